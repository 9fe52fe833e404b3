/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two ways the program gives up: a mistake of ours, and what it cannot go on
 * without. Neither allocates nor takes a lock, since both may be the reason.
 */
#include "base/lock.h"
#include "tum/base.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Longer messages are cut: this text lives on the stack. */
#define BUG_TEXT 1024

static void say(const char *head, const char *text)
{
    dprintf(STDERR_FILENO, "tum: %s%s\n", head, text);
}

void tum_bug_at(const char *file, int line, const char *fmt, ...)
{
    char head[256], text[BUG_TEXT];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    snprintf(head, sizeof(head), "bug at %s:%d: ", file, line);
    say(head, text);
    tum_lock_say_held(STDERR_FILENO);
    abort();
}

void tum_die(const char *fmt, ...)
{
    char text[BUG_TEXT];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    say("", text);
    /* No exit handlers: other threads may be using what they would tear down. */
    _exit(3);
}
