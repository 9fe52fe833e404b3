/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The developer's log: a level for each area, read once from the environment.
 */
#include "base/log.h"
#include "base/lock.h"
#include "tum/buf.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Longest line, cut beyond. */
#define LOG_LINE 4096

static const char *const names[] = {
    [TUM_AREA_BASE] = "base",     [TUM_AREA_VALUE] = "value",
    [TUM_AREA_IO] = "io",         [TUM_AREA_LANG] = "lang",
    [TUM_AREA_TMPL] = "tmpl",     [TUM_AREA_DOC] = "doc",
    [TUM_AREA_REPORT] = "report", [TUM_AREA_EXPORT] = "export",
    [TUM_AREA_WORKER] = "worker", [TUM_AREA_ENGINE] = "engine",
    [TUM_AREA_CLI] = "cli",       [TUM_AREA_BATCH] = "batch",
};

/* Written by tum_log_init before threads exist, const afterwards. */
static int levels[TUM_LEN(names)];
static int log_fd = STDERR_FILENO;
static struct tum_lock log_lock = TUM_LOCK_INIT(TUM_RANK_LOG);

static void set_level(struct tum_str word)
{
    size_t colon = tum_str_find_char(word, ':', 0);
    struct tum_str area = tum_str_sub(word, 0, colon);
    int64_t level;

    if (!tum_str_int(colon != TUM_STR_NONE ? tum_str_sub(word, colon + 1, word.n)
                                           : word,
                     &level) ||
        level < 0 || level > 9)
        return;
    for (size_t i = 0; i < TUM_LEN(names); i++) {
        if (colon == TUM_STR_NONE || tum_str_is(area, names[i]))
            levels[i] = (int)level;
    }
}

/* A word that means nothing is passed over: there is nobody to tell yet. */
void tum_log_init(void)
{
    const char *wanted = getenv("TUM_LOG"), *file = getenv("TUM_LOG_FILE");
    struct tum_str rest = tum_str_of(wanted), word;
    bool more = wanted != NULL;

    while (tum_str_split(&rest, &more, ',', &word))
        set_level(tum_str_trim(word));
    if (wanted != NULL && file != NULL && file[0] != '\0') {
        int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

        if (fd >= 0)
            log_fd = fd;
    }
}

bool tum_log_on(enum tum_area area, int level)
{
    return level <= levels[area];
}

void tum_log_write(enum tum_area area, int level TUM_UNUSED, const char *fmt, ...)
{
    struct tum_buf line = TUM_BUF_INIT(LOG_LINE);
    struct tum_str rest;
    int error = errno;
    va_list ap;

    tum_buf_addf(&line, "%s: ", names[area]);
    va_start(ap, fmt);
    tum_buf_addv(&line, fmt, ap);
    va_end(ap);
    tum_buf_truncate(&line, LOG_LINE - 1);
    tum_buf_addc(&line, '\n');
    rest = tum_buf_str(&line);
    tum_lock_enter(&log_lock);
    while (rest.n != 0) {
        ssize_t n = write(log_fd, rest.s, rest.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) /* a log that cannot be written is nobody's failure */
            break;
        rest = tum_str_sub(rest, (size_t)n, rest.n);
    }
    tum_lock_leave(&log_lock);
    tum_buf_release(&line);
    errno = error;
}
