/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing an export beside its name. The file that is there is put aside only when the
 * new one is complete: an export that fails changes nothing.
 */
#include "export/outfile.h"
#include "base/fd.h"
#include "base/path.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* For copies, when TMPDIR names none. */
#define NO_FOLDER    "/tmp"
#define CHUNK        ((size_t)TUM_HOSTILE_OR(3, 65536))
/* Names tried for the file beside; others are in use by exports going on. */
#define BESIDE_TRIES 1000

static bool open_beside(struct tum_outfile *out, struct tum_error **err)
{
    for (int i = 0; i < BESIDE_TRIES; i++) {
        out->beside = tum_asprintf("%s.%ld-%d.part", out->path, (long)getpid(), i);
        out->fd = open(out->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (out->fd >= 0)
            return true;
        tum_free(out->beside);
        out->beside = NULL;
        if (errno != EEXIST)
            break;
    }
    return tum_fail_os(err, errno, "cannot write the file");
}

bool tum_outfile_open(const char *path, struct tum_outfile *ret, struct tum_error **err)
{
    struct tum_outfile out = {.path = tum_path_absolute(path), .fd = -1};
    struct stat info;
    bool good;

    tum_buf_init(&out.buf, TUM_BUF_ANY);
    if (stat(out.path, &info) == 0 && !S_ISREG(info.st_mode)) {
        out.fd = open(out.path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        good = out.fd >= 0 || tum_fail_os(err, errno, "cannot write the file");
    } else {
        good = open_beside(&out, err);
    }
    if (!good) {
        tum_outfile_release(&out);
        return false;
    }
    *ret = out;
    return true;
}

static bool flush(struct tum_outfile *out, struct tum_error **err)
{
    if (out->buf.full)
        return tum_fail(err, TUM_ERROR_LIMIT, "one row is longer than %zu bytes",
                        out->buf.limit);
    if (!tum_fd_write_all(out->fd, tum_buf_str(&out->buf), err)) {
        tum_error_wrap(err, "cannot write the file");
        return false;
    }
    tum_buf_reset(&out->buf);
    return true;
}

bool tum_outfile_drain(struct tum_outfile *out, struct tum_error **err)
{
    return out->buf.len < CHUNK || flush(out, err);
}

bool tum_outfile_finish(struct tum_outfile *out, struct tum_error **err)
{
    int rc;

    if (!flush(out, err))
        return false;
    rc = close(out->fd); /* some file systems tell only now that the disk is full */
    out->fd = -1;
    if (rc != 0)
        return tum_fail_os(err, errno, "cannot write the file");
    if (out->beside == NULL)
        return true;
    if (!tum_file_place(out->beside, out->path, err))
        return false;
    tum_free(out->beside);
    out->beside = NULL;
    return true;
}

void tum_outfile_release(struct tum_outfile *out)
{
    tum_fd_close(&out->fd);
    if (out->beside != NULL)
        unlink(out->beside);
    tum_buf_release(&out->buf);
    tum_free(out->beside);
    tum_free(out->path);
}

bool tum_outfile_scratch(char **ret, struct tum_error **err)
{
    const char *folder = getenv("TMPDIR");
    char *path;
    int fd;

    if (folder == NULL || !tum_path_is_folder(folder))
        folder = NO_FOLDER;
    path = tum_asprintf("%s/tum-XXXXXX.db", folder);
    fd = mkostemps(path, 3, O_CLOEXEC);
    if (fd < 0) {
        tum_fail_os(err, errno, "cannot make a copy of the database in '%s'", folder);
        tum_free(path);
        return false;
    }
    tum_fd_close(&fd);
    *ret = path;
    return true;
}
