/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local date-times of samples: the opening plus what passed since. A change of the clock or
 * of daylight saving meanwhile does not show: times of one plot never jump.
 */
#ifndef TUM_PLOTTIME_H
#define TUM_PLOTTIME_H

#include "tum/buf.h"
#include "tum/clock.h"

/* Microseconds since 1970-01-01 00:00:00, all in local time. */
int64_t tum_plottime_of(const struct tum_wall *wall);
void tum_plottime_fields(int64_t time, struct tum_wall *ret);
/* YYYY-MM-DD HH:MM:SS.ffffff, the fraction left out when it is zero. */
void tum_plottime_write(struct tum_buf *out, int64_t time);

/* The same for many times that lie close together: remembers the last second. */
struct tum_plottime_writer {
    int64_t second; /* of `text`, or a second that cannot be */
    char text[32];
    size_t length;
};
#define TUM_PLOTTIME_WRITER                                                            \
    {                                                                                  \
        .second = INT64_MIN                                                            \
    }
void tum_plottime_write_next(struct tum_plottime_writer *writer, struct tum_buf *out,
                             int64_t time);
/* The name of a line and the end of the line that is a head of a table. */
void tum_plottime_head(struct tum_buf *out, struct tum_str name);

#endif
