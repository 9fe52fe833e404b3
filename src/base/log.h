/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The developer's log: off unless TUM_LOG is set, e.g. TUM_LOG=2 or TUM_LOG=lang:2,io:1.
 * One whole line per call to standard error (or the file of TUM_LOG_FILE). Users never need it; what they must know is an
 * error, an outcome or output of an item.
 */
#ifndef TUM_LOG_H
#define TUM_LOG_H

#include "tum/base.h"

enum tum_area {
    TUM_AREA_BASE,
    TUM_AREA_VALUE,
    TUM_AREA_IO,
    TUM_AREA_LANG,
    TUM_AREA_TMPL,
    TUM_AREA_DOC,
    TUM_AREA_REPORT,
    TUM_AREA_EXPORT,
    TUM_AREA_WORKER,
    TUM_AREA_ENGINE,
    TUM_AREA_CLI,
    TUM_AREA_BATCH,
};

#define tum_log(area, level, ...)                                                      \
    do {                                                                               \
        if (tum_log_on((area), (level)))                                               \
            tum_log_write((area), (level), __VA_ARGS__);                               \
    } while (0)

/* Reads the environment once; called by main before threads exist. */
void tum_log_init(void);
bool tum_log_on(enum tum_area area, int level);
TUM_PRINTF(3, 4)
void tum_log_write(enum tum_area area, int level, const char *fmt, ...);

#endif
