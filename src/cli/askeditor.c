/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The editor is the person's, not the campaign's: started beside tum, in its process
 * group, so that the keys of the terminal that suspend and resume mean both. The
 * guardian, whose processes have no terminal, has no part in it.
 */
#include "cli/askeditor.h"

#include "base/fd.h"
#include "tum/mem.h"
#include "tum/words.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_LIMIT ((size_t)4 << 20)
/* Between asking the editor to end and ending it. */
#define PATIENCE   (50 * TUM_MS)
#define MARK       "# ---- what stands below this line is not kept ----"

extern char **environ;

static char *write_file(const struct tum_ask *ask, struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TEXT_LIMIT);
    const char *folder = getenv("TMPDIR");
    char *path = tum_asprintf("%s/tum-note-XXXXXX",
                              folder != NULL && folder[0] == '/' ? folder : "/tmp");
    struct tum_str rest = tum_str_of(ask->question), line;
    int fd = mkostemp(path, O_CLOEXEC);
    bool more = true, done;

    tum_buf_addf(&text, "\n" MARK "\n# %s%s%s%s\n", ask->branch[0] != '\0' ? "[" : "",
                 ask->branch, ask->branch[0] != '\0' ? "] " : "", ask->title);
    while (tum_str_split(&rest, &more, '\n', &line))
        tum_buf_addf(&text, "# %.*s\n", TUM_STR_ARG(line));
    if (fd < 0) {
        tum_fail_os(err, errno, "making a file for the note");
        tum_free(path);
        return NULL;
    }
    done = tum_fd_write_all(fd, tum_buf_str(&text), err);
    tum_fd_close(&fd);
    if (done)
        return path;
    unlink(path);
    tum_free(path);
    return NULL;
}

static bool read_file(const char *path, struct tum_buf *out, struct tum_error **err)
{
    struct tum_str text, mark = TUM_S(MARK);
    char *bytes;
    size_t length, end;

    if (!tum_file_read(path, TEXT_LIMIT, &bytes, &length, err))
        return false;
    text = tum_str_n(bytes, length);
    end = tum_str_find(text, mark, 0);
    text = tum_str_sub(text, 0, end == TUM_STR_NONE ? length : end);
    if (text.n > out->limit)
        tum_fail(err, TUM_ERROR_LIMIT, "the note is too long");
    else
        tum_buf_addt(out, text);
    tum_free(bytes);
    return *err == NULL;
}

/* The signals that tum takes by other ways are the editor's as usual. */
static bool start(char **argv, pid_t *ret, struct tum_error **err)
{
    posix_spawnattr_t attributes;
    sigset_t none, pipe;
    int os;

    sigemptyset(&none);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &pipe);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    os = posix_spawnp(ret, argv[0], NULL, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    return os == 0 || tum_fail_os(err, os, "starting '%s'", argv[0]);
}

/* Waits until it has ended, well or not; ends it when that takes too long. */
static enum tum_waited wait_for(pid_t pid, struct tum_stop *stop, tum_time deadline,
                                struct tum_error **err)
{
    int fd = pidfd_open(pid, 0), status = 0;
    enum tum_waited waited = tum_wait(stop, fd, POLLIN, deadline);

    if (waited != TUM_READY) {
        kill(pid, SIGTERM);
        if (tum_wait(NULL, fd, POLLIN, tum_now() + PATIENCE) != TUM_READY)
            kill(pid, SIGKILL);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    tum_fd_close(&fd);
    if (waited == TUM_READY && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        tum_fail(err, TUM_ERROR_VALUE, "the editor did not end well");
    return waited;
}

enum tum_waited tum_askeditor_run(const char *editor, const struct tum_ask *ask,
                                  struct tum_stop *stop, tum_time deadline,
                                  struct tum_buf *out, struct tum_error **err)
{
    enum tum_waited waited = TUM_READY;
    char **words = NULL, **argv, *path;
    size_t n = 0;
    pid_t pid;

    if (!tum_words_split(editor, &words, err))
        return TUM_READY;
    path = write_file(ask, err);
    while (words[n] != NULL)
        n++;
    argv = tum_new_array(char *, n + 2);
    for (size_t i = 0; i < n; i++)
        argv[i] = words[i];
    argv[n] = path;
    if (path != NULL && start(argv, &pid, err)) {
        waited = wait_for(pid, stop, deadline, err);
        if (waited == TUM_READY && *err == NULL)
            read_file(path, out, err);
    }
    if (path != NULL)
        unlink(path);
    tum_free(path);
    tum_free(argv);
    tum_words_free(words);
    return waited;
}
