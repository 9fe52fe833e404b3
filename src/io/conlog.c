/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a traffic log. One write(2) for each piece of text that came, so that whoever
 * looks at the file sees what the console saw.
 */
#include "io/conlog.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/utf8.h"
#include "tum/clock.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct tum_conlog {
    int fd;
    bool inside;         /* of a line */
    bool marked;         /* the line in hand holds ignored text */
    int os;              /* why no more is written, or 0 */
    bool told;           /* that it is so */
    struct tum_buf line; /* of the line in hand, after its time */
    struct tum_buf out;
    struct tum_wall at; /* of its first character */
};

char *tum_conlog_path(const char *log, const char *name)
{
    if (tum_str_ends(tum_str_of(log), ".log"))
        return tum_strdup(log);
    return tum_asprintf("%s%s%s.log", log,
                        tum_str_ends(tum_str_of(log), "/") ? "" : "/", name);
}

static bool make_folders(const char *path, struct tum_error **err)
{
    char *folder = tum_path_folder(path);
    bool ok = true;

    for (char *slash = folder; ok && slash != NULL && folder[0] != '\0';) {
        slash = strchr(slash + 1, '/');
        if (slash != NULL)
            *slash = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            ok = tum_fail_os(err, errno, "making the folder '%s'", folder);
        if (slash != NULL)
            *slash = '/';
    }
    tum_free(folder);
    return ok;
}

struct tum_conlog *tum_conlog_open(const char *path, bool append,
                                   struct tum_error **err)
{
    int how = O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | (append ? 0 : O_TRUNC);
    struct tum_conlog *log;
    int fd;

    if (!make_folders(path, err))
        return NULL;
    fd = open(path, how | O_CLOEXEC, 0666);
    if (fd < 0) {
        tum_fail_os(err, errno, "opening the log file '%s'", path);
        return NULL;
    }
    log = tum_new(struct tum_conlog);
    log->fd = fd;
    tum_buf_init(&log->line, TUM_BUF_ANY);
    tum_buf_init(&log->out, TUM_BUF_ANY);
    return log;
}

/* The line so far, with its time in front. */
static void move_line(struct tum_conlog *log)
{
    if (!log->inside)
        return;
    tum_buf_addf(&log->out, "[%02d:%02d:%02d]%s", log->at.hour, log->at.minute,
                 log->at.second, log->marked ? "(ignored) " : "");
    tum_buf_addt(&log->out, tum_buf_str(&log->line));
    tum_buf_reset(&log->line);
    log->marked = false;
    log->inside = false;
}

static void flush(struct tum_conlog *log)
{
    struct tum_error *err = NULL;

    if (log->os == 0 && log->out.len > 0 &&
        !tum_fd_write_all(log->fd, tum_buf_str(&log->out), &err)) {
        log->os = err->os != 0 ? err->os : EIO;
        tum_error_free(err);
    }
    tum_buf_reset(&log->out);
}

/* Length of what stays as it is, from the start of a text. */
static size_t plain(struct tum_str text)
{
    size_t n = 0;

    while (n < text.n && ((unsigned char)text.s[n] >= 0x20 || text.s[n] == '\t') &&
           (unsigned char)text.s[n] < 0x7F)
        n++;
    return n;
}

static void begin_line(struct tum_conlog *log)
{
    if (log->inside)
        return;
    log->inside = true;
    tum_wall_now(&log->at);
}

void tum_conlog_add(struct tum_conlog *log, struct tum_str text)
{
    while (text.n > 0) {
        size_t n = plain(text);
        uint32_t c;

        begin_line(log);
        tum_buf_add(&log->line, text.s, n);
        if (n == 0) {
            n = tum_utf8_decode(text.s, text.n, &c);
            if (c == '\n') {
                move_line(log);
                tum_buf_addc(&log->out, '\n');
            } else if (c >= 0xA0) {
                tum_buf_add(&log->line, text.s, n);
            }
        }
        text = tum_str_sub(text, n, text.n);
    }
    if (log->line.len > TUM_CONLOG_LINE) {
        move_line(log);
        tum_buf_addc(&log->out, '\n');
    }
    flush(log);
}

void tum_conlog_mark(struct tum_conlog *log)
{
    begin_line(log);
    log->marked = true;
}

int tum_conlog_trouble(struct tum_conlog *log)
{
    if (log->told)
        return 0;
    log->told = log->os != 0;
    return log->os;
}

void tum_conlog_close(struct tum_conlog *log)
{
    if (log == NULL)
        return;
    if (log->line.len > 0)
        move_line(log);
    flush(log);
    tum_fd_close(&log->fd);
    tum_buf_release(&log->line);
    tum_buf_release(&log->out);
    tum_free(log);
}
