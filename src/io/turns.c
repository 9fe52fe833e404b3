/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns on a console, and the one way to wait for news of it. What is done in a turn is not
 * known here.
 */
#include "io/conparts.h"

void tum_conop_begin(struct tum_console *console, struct tum_conop *op,
                     struct tum_stop *stop)
{
    *op = (struct tum_conop){.stop = stop, .next = console->ops};
    console->ops = op;
}

void tum_console_tell(struct tum_console *console)
{
    for (struct tum_conop *op = console->ops; op != NULL; op = op->next)
        if (op->wake != NULL)
            tum_stop_request(op->wake, TUM_STOP_WAKE);
}

void tum_conop_end(struct tum_console *console, struct tum_conop *op)
{
    struct tum_conop **at = &console->ops;

    while (*at != op)
        at = &(*at)->next;
    *at = op->next;
    tum_console_tell(console);
}

/* The token is made for this one wait: it can be set by anyone, and needs no descriptor. */
enum tum_waited tum_conop_wait(struct tum_console *console, struct tum_conop *op,
                               int fd, short events, tum_time deadline)
{
    struct tum_stop *wake = tum_stop_new(op->stop);
    enum tum_waited waited;

    op->wake = wake;
    tum_lock_leave(&console->lock);
    waited = tum_wait(wake, fd, events, deadline);
    tum_lock_enter(&console->lock);
    op->wake = NULL;
    tum_stop_unref(wake);
    if (tum_stop_is_set(op->stop))
        return TUM_STOPPED;
    return waited == TUM_LATE ? TUM_LATE : TUM_READY;
}

enum tum_waited tum_conop_turn(struct tum_console *console, struct tum_conop *op,
                               struct tum_conop **turn, tum_time deadline)
{
    while (*turn != NULL && !console->closing) {
        enum tum_waited waited = tum_conop_wait(console, op, -1, 0, deadline);

        if (waited != TUM_READY)
            return waited;
    }
    if (!console->closing)
        *turn = op;
    return TUM_READY;
}

bool tum_fail_stopped(struct tum_error **err)
{
    return tum_fail(err, TUM_ERROR_STOPPED, "aborted on stop request");
}
