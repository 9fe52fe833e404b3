/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings from bytes: src/io/replay.c, and what src/io/constream.c makes of what they hold.
 * The input is a channels.tape; a campaign of a few steps is played on it. Whether they
 * fit makes no difference here.
 */
#include "tum/console.h"

#include "io/tape.h"
#include "tum/mem.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Enough for a step; one that would wait for another branch, or for a stop, ends then. */
#define STEP_TIME (2 * TUM_MS)

static struct tum_stop *soon(void)
{
    struct tum_stop *stop = tum_stop_new(NULL);

    tum_stop_set_deadline(stop, tum_now() + STEP_TIME);
    return stop;
}

static void talk(struct tum_console *console, struct tum_expect *expect)
{
    struct tum_error *err = NULL;

    for (int i = 0; i < 3; i++) {
        struct tum_console_read_opts how = {
            .expect = expect, .stop = soon(), .what = "x", .timeout = TUM_FOREVER};
        struct tum_console_read read;

        tum_console_read(console, &how, &read);
        tum_console_read_release(&read);
        tum_stop_unref(how.stop);
        how.stop = soon();
        tum_console_send(console, TUM_S("a\n"), how.stop, "it", &err);
        tum_error_clear(&err);
        tum_stop_unref(how.stop);
    }
}

static void play(struct tum_consoles *all)
{
    static const char *const argv[] = {"cat", NULL}, *const ignore[] = {
                                                         "\\[\\d+\\] .*"};
    struct tum_console_opts opts = {.name = "c",
                                    .protocol = "terminal",
                                    .argv = argv,
                                    .ignore = ignore,
                                    .ignore_count = 1};
    struct tum_str what = TUM_S("x");
    struct tum_error *err = NULL;
    struct tum_expect *expect = tum_expect_new(&what, 1, false, &err);
    struct tum_console *console;
    char *log = NULL;
    uint32_t random;
    bool again;

    if (tum_console_open(all, &opts, &again, &err)) {
        console = tum_console_get(all, "c");
        talk(console, expect);
        tum_console_unref(console);
        tum_console_close(all, "c", &log);
        tum_free(log);
    }
    tum_error_clear(&err);
    tum_consoles_random(all, "it", &random, &err);
    tum_error_clear(&err);
    tum_consoles_left(all, &err);
    tum_error_free(err);
    tum_expect_free(expect);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folder[] = "/tmp/tum-fuzz-XXXXXX", path[64];
    struct tum_consoles *all = tum_consoles_new();
    struct tum_error *err = NULL;
    int fd;

    if (mkdtemp(folder) == NULL)
        tum_die("no folder");
    snprintf(path, sizeof(path), "%s/%s", folder, TUM_TAPE_FILE);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        tum_die("no file");
    close(fd);
    if (tum_consoles_replay(all, folder, &err))
        play(all);
    tum_error_free(err);
    tum_consoles_free(all);
    unlink(path);
    rmdir(folder);
    return 0;
}
