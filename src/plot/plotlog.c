/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of an open plot: a CSV for each line, and the picture. Samples gather in
 * memory; a thread of the plot, woken by the first, writes what has gathered a little
 * less than a second later, then draws.
 */
#include "base/fd.h"
#include "base/path.h"
#include "plot/plotdata.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define GATHER_TIME (900 * TUM_MS)
/* More than this of one line is written by whoever adds it. */
#define GATHER_SIZE ((size_t)TUM_HOSTILE_OR(8, 256 << 10))
/* A large plot takes at most a tenth of the time for being drawn. */
#define DRAW_SHARE  10

static void remember(struct tum_plot_log *log, struct tum_error *take)
{
    if (log->trouble == NULL)
        log->trouble = take;
    else
        tum_error_free(take);
}

/* ---- the lines; under the plot's lock ---- */

static bool write_line(struct tum_plot *plot, struct tum_plot_line *line,
                       struct tum_error **err)
{
    TUM_AUTO(tum_freep)
    char *base = tum_asprintf("plot_line-%s.csv", line->file_part);
    TUM_AUTO(tum_freep) char *path = tum_path_join(plot->log->folder, base);
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY;
    bool ok;
    int fd;

    if (!line->log_begun && !tum_file_save_old(path, err))
        return false;
    fd = open(path, flags | O_CLOEXEC, 0666);
    if (fd < 0)
        return tum_fail_os(err, errno, "writing '%s'", path);
    ok = tum_fd_write_all(fd, tum_buf_str(&line->log), err);
    if (close(fd) < 0 && ok)
        ok = tum_fail_os(err, errno, "writing");
    if (!ok)
        tum_error_wrap(err, "'%s'", path);
    line->log_begun = true;
    return ok;
}

static void flush_line(struct tum_plot *plot, struct tum_plot_line *line)
{
    struct tum_error *err = NULL;

    if (line->log.len > 0 && !write_line(plot, line, &err))
        remember(plot->log, err);
    /* What could not be written stays in the plot, not here. */
    tum_buf_reset(&line->log);
}

static void flush_lines(struct tum_plot *plot)
{
    tum_lock_enter(&plot->lock);
    plot->log->is_new = false;
    for (size_t i = 0; i < plot->line_count; i++)
        flush_line(plot, plot->lines[i]);
    tum_lock_leave(&plot->lock);
}

static void wake(struct tum_plot_log *log)
{
    uint64_t one = 1;
    ssize_t done;

    do {
        done = write(log->wake, &one, sizeof(one));
    } while (done < 0 && errno == EINTR);
}

void tum_plot_log_add(struct tum_plot *plot, struct tum_plot_line *line, int64_t at,
                      tum_val number)
{
    struct tum_buf *out = &line->log;
    char seconds[TUM_FLOAT_TEXT];

    if (line->series.count == 1) {
        tum_buf_adds(out, "time; timestamp; ");
        tum_plottime_head(out, tum_str_n(line->name, line->name_length));
    }
    tum_plottime_write_next(&line->writer, out, plot->opened_local + at);
    tum_buf_addc(out, ';');
    tum_buf_add(out, seconds, tum_float_text((double)at / 1e6, seconds));
    tum_buf_addc(out, ';');
    tum_val_write_str(out, number);
    tum_buf_addc(out, '\n');
    if (out->len > GATHER_SIZE)
        flush_line(plot, line);
    if (!plot->log->is_new) {
        plot->log->is_new = true;
        wake(plot->log);
    }
}

/* ---- the picture ---- */

static void draw(struct tum_plot *plot)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_CANVAS_LIMIT);
    struct tum_error *err = NULL;

    tum_plot_draw(plot, &text);
    if (!tum_file_replace(plot->picture, tum_buf_str(&text), &err)) {
        tum_lock_enter(&plot->lock);
        remember(plot->log, err);
        tum_lock_leave(&plot->lock);
    }
    tum_buf_release(&text);
}

/* ---- the thread ---- */

static void *keep(void *ctx)
{
    struct tum_plot *plot = ctx;
    struct tum_plot_log *log = plot->log;
    tum_time next_drawing = 0;
    uint64_t seen;

    for (;;) {
        tum_time begun;

        if (tum_wait(log->end, log->wake, POLLIN, TUM_FOREVER) == TUM_STOPPED ||
            (read(log->wake, &seen, sizeof(seen)) < 0 && errno != EINTR &&
             errno != EAGAIN))
            return NULL;
        for (;;) {
            if (tum_wait(log->end, -1, 0, tum_now() + GATHER_TIME) == TUM_STOPPED)
                return NULL;
            flush_lines(plot);
            begun = tum_now();
            if (begun >= next_drawing)
                break;
        }
        draw(plot);
        next_drawing = tum_now() + (tum_now() - begun) * DRAW_SHARE;
    }
}

/* ---- opening and closing ---- */

static void free_log(struct tum_plot_log *log)
{
    tum_fd_close(&log->wake);
    tum_stop_unref(log->end);
    tum_error_free(log->trouble);
    tum_free(log->folder);
    tum_free(log);
}

/* A name without slashes for the picture. */
static char *picture_path(const struct tum_plot *plot, const char *folder)
{
    TUM_AUTO(tum_freep) char *base = tum_asprintf("plot-%s.svg", plot->name);

    for (char *slash = base; (slash = strchr(slash, '/')) != NULL;)
        *slash = '_';
    return tum_path_join(folder, base);
}

bool tum_plot_log_open(struct tum_plot *plot, const char *folder,
                       struct tum_error **err)
{
    struct tum_plot_log *log;
    int os;

    if (!tum_folder_make(folder, err))
        return false;
    if (access(folder, W_OK) != 0)
        return tum_fail_os(err, errno, "writing into '%s'", folder);
    log = tum_new(struct tum_plot_log);
    log->folder = tum_path_absolute(folder);
    plot->picture = picture_path(plot, log->folder);
    log->end = tum_stop_new(NULL);
    log->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!tum_file_save_old(plot->picture, err)) {
        free_log(log);
        return false;
    }
    /* Nobody else knows the plot yet. */
    plot->log = log;
    os = log->wake < 0 ? errno : pthread_create(&log->thread, NULL, keep, plot);
    if (os != 0) {
        plot->log = NULL;
        free_log(log);
        return tum_fail_os(err, os, "starting to write the files of plot '%s'",
                           plot->name);
    }
    return true;
}

bool tum_plot_log_close(struct tum_plot *plot, struct tum_error **err)
{
    struct tum_plot_log *log = plot->log;
    bool ok = true;

    if (log == NULL)
        return true;
    tum_stop_request(log->end, TUM_STOP_USER);
    pthread_join(log->thread, NULL);
    flush_lines(plot);
    draw(plot);
    if (log->trouble != NULL) {
        *err = log->trouble;
        log->trouble = NULL;
        ok = false;
    }
    plot->log = NULL;
    free_log(log);
    return ok;
}
