/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The branch that asks serves the terminal itself while it is its turn: there is no
 * thread of dialogs, and a stop reaches it as it reaches every wait.
 */
#include "cli/askterm.h"

#include "base/lock.h"
#include "cli/askeditor.h"
#include "cli/asking.h"
#include "cli/askpicture.h"
#include "tum/mem.h"
#include "tum/wait.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

/* An escape with nothing behind it for so long is the key of that name. */
#define ESCAPE_PATIENCE (200 * TUM_MS)
#define SIGNAL_PATIENCE TUM_SECOND
#define KEYS_LIMIT      ((size_t)4096)

struct request {
    struct request *next;
    struct tum_stop *turn; /* set when it is its turn */
    bool patient;          /* a sleep: steps aside */
};

struct tum_askterm {
    struct tum_live *live;
    const char *editor; /* command line, or NULL */
    struct tum_lock lock;
    struct request *first; /* whose turn it is; behind it those that wait */
};

bool tum_askterm_possible(const struct tum_live *live)
{
    return tum_live_is_terminal(live) && isatty(STDIN_FILENO);
}

struct tum_askterm *tum_askterm_new(struct tum_live *live)
{
    struct tum_askterm *term = tum_new(struct tum_askterm);
    const char *editor = getenv("VISUAL");

    if (editor == NULL || editor[0] == '\0')
        editor = getenv("EDITOR");
    term->live = live;
    term->editor = editor != NULL && editor[0] != '\0' ? editor : NULL;
    tum_lock_init(&term->lock, TUM_RANK_ASK);
    return term;
}

void tum_askterm_free(struct tum_askterm *term)
{
    if (term == NULL)
        return;
    tum_lock_release(&term->lock);
    tum_free(term);
}

/* ---- whose turn it is ---- */

/* Behind the one whose turn it is; the impatient before the patient. */
static void queue_up(struct tum_askterm *term, struct request *request)
{
    struct request **at = &term->first;

    tum_lock_enter(&term->lock);
    if (*at != NULL)
        at = &(*at)->next;
    while (*at != NULL && ((*at)->patient <= request->patient))
        at = &(*at)->next;
    request->next = *at;
    *at = request;
    if (term->first == request)
        tum_stop_request(request->turn, TUM_STOP_WAKE);
    tum_lock_leave(&term->lock);
    tum_live_nudge(term->live);
}

/* The terminal goes to the next, or back to how it was. */
static void leave_queue(struct tum_askterm *term, struct request *request)
{
    struct request **at = &term->first;
    bool mine;

    tum_lock_enter(&term->lock);
    mine = term->first == request;
    while (*at != request)
        at = &(*at)->next;
    *at = request->next;
    if (term->first == NULL)
        tum_live_keys(term->live, false);
    else if (mine)
        tum_stop_request(term->first->turn, TUM_STOP_WAKE);
    tum_lock_leave(&term->lock);
    tum_live_nudge(term->live);
}

/* Requests that wait behind the one whose turn it is; *ret_yield: it is to step aside. */
static size_t count_waiting(struct tum_askterm *term, bool *ret_yield)
{
    size_t n = 0;

    tum_lock_enter(&term->lock);
    *ret_yield = term->first->patient && term->first->next != NULL &&
                 !term->first->next->patient;
    for (const struct request *r = term->first->next; r != NULL; r = r->next)
        n++;
    tum_lock_leave(&term->lock);
    return n;
}

/* ---- one turn ---- */

struct turn {
    struct tum_askterm *term;
    const struct tum_ask *ask;
    struct tum_asking *asking;
    struct tum_stop *stop;
    tum_time deadline;
    struct tum_buf keys; /* bytes that are the start of a key */
    bool shown;          /* the picture, which is no part of the panel */
};

enum ended {
    ENDED_NOT,
    ENDED_OK,
    ENDED_CANCEL,
    ENDED_STOPPED,
    ENDED_LATE,
    ENDED_YIELD
};

static void show(struct turn *turn, size_t waiting)
{
    struct tum_asking_state state = {
        .waiting = waiting,
        .left =
            turn->deadline == TUM_FOREVER ? TUM_FOREVER : turn->deadline - tum_now(),
    };
    struct tum_panel panel;
    size_t rows, columns;

    tum_live_size(&rows, &columns);
    tum_panel_init(&panel, rows, columns, tum_live_colours(turn->term->live));
    tum_asking_show(turn->asking, &state, &panel);
    tum_live_panel(turn->term->live, tum_buf_str(&panel.text), panel.cursor_row,
                   panel.cursor_column);
    tum_panel_release(&panel);
}

static void hide(struct turn *turn)
{
    tum_live_panel(turn->term->live, TUM_S(""), 0, 0);
}

/* The note, written with the editor of the person. */
static enum ended use_editor(struct turn *turn)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_NOTE_LIMIT);
    struct tum_error *err = NULL;
    enum tum_waited waited;

    hide(turn);
    tum_live_lend(turn->term->live, true);
    tum_live_keys(turn->term->live, false);
    waited = tum_askeditor_run(turn->term->editor, turn->ask, turn->stop,
                               turn->deadline, &text, &err);
    tum_live_keys(turn->term->live, true);
    tum_live_lend(turn->term->live, false);
    if (waited != TUM_READY)
        return waited == TUM_LATE ? ENDED_LATE : ENDED_STOPPED;
    if (err != NULL) {
        TUM_AUTO(tum_freep) char *why = tum_error_text(err);

        tum_asking_say(turn->asking, why);
        tum_error_clear(&err);
        return ENDED_NOT;
    }
    tum_asking_note(turn->asking, tum_buf_str(&text));
    return ENDED_OK;
}

/* What the key does where lines are waited for: all that is in the foreground stops. */
static enum ended suspend(struct turn *turn)
{
    hide(turn);
    tum_live_keys(turn->term->live, false);
    kill(0, SIGTSTP);
    return tum_live_keys(turn->term->live, true) ? ENDED_NOT : ENDED_CANCEL;
}

/* Gives the keys that are complete to the request. */
static enum ended take_keys(struct turn *turn, bool whole)
{
    enum ended ended = ENDED_NOT;
    size_t used = 0, n;
    struct tum_key key;

    while (ended == ENDED_NOT && (n = tum_key_take(tum_str_sub(tum_buf_str(&turn->keys),
                                                               used, turn->keys.len),
                                                   whole, &key)) > 0) {
        switch (tum_asking_key(turn->asking, &key)) {
        case TUM_ASKING_ON:
            break;
        case TUM_ASKING_OK:
            ended = ENDED_OK;
            break;
        case TUM_ASKING_CANCEL:
            ended = ENDED_CANCEL;
            break;
        case TUM_ASKING_EDIT:
            ended = use_editor(turn);
            break;
        case TUM_ASKING_SUSPEND:
            ended = suspend(turn);
            break;
        }
        used += n;
    }
    memmove(turn->keys.s, turn->keys.s + used, turn->keys.len - used);
    tum_buf_truncate(&turn->keys, turn->keys.len - used);
    return ended;
}

/*
 * No more keys will come. A terminal that went away sends a signal as well, which stops
 * the run: that must not depend on which of the two is seen first.
 */
static enum ended end_of_keys(struct turn *turn)
{
    tum_time until = TUM_MIN(turn->deadline, tum_now() + SIGNAL_PATIENCE);

    return tum_wait(turn->stop, -1, 0, until) == TUM_STOPPED ? ENDED_STOPPED
                                                             : ENDED_CANCEL;
}

static enum ended read_keys(struct turn *turn)
{
    char bytes[512];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return ENDED_NOT;
    if (n <= 0)
        return end_of_keys(turn);
    tum_buf_add(&turn->keys, bytes, (size_t)n);
    return take_keys(turn, false);
}

static enum ended wait_for_key(struct turn *turn)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = tum_live_news(turn->term->live), .events = POLLIN}};
    tum_time now = tum_now(), until = turn->deadline;
    enum tum_waited waited;
    uint64_t news;

    /* The seconds that are left are shown as they go by. */
    if (until != TUM_FOREVER)
        until = TUM_MIN(until, now + TUM_MAX((until - now - 1) % TUM_SECOND, TUM_MS));
    if (turn->keys.len > 0)
        until = TUM_MIN(until, now + ESCAPE_PATIENCE);
    waited = tum_wait_many(turn->stop, fds, TUM_LEN(fds), until);
    if (waited == TUM_STOPPED)
        return ENDED_STOPPED;
    if (turn->deadline != TUM_FOREVER && tum_now() >= turn->deadline)
        return ENDED_LATE;
    if (waited == TUM_LATE)
        return turn->keys.len > 0 ? take_keys(turn, true) : ENDED_NOT;
    if (fds[1].revents != 0 && read(fds[1].fd, &news, sizeof(news)) < 0 &&
        errno != EAGAIN && errno != EINTR)
        return ENDED_CANCEL;
    return fds[0].revents != 0 ? read_keys(turn) : ENDED_NOT;
}

static enum ended take_turn(struct turn *turn)
{
    enum ended ended = ENDED_NOT;
    bool yield;

    if (!tum_live_keys(turn->term->live, true))
        return end_of_keys(turn);
    tcflush(STDIN_FILENO, TCIFLUSH);
    tum_buf_init(&turn->keys, KEYS_LIMIT);
    if (turn->ask->kind == TUM_ASK_IMAGE && !turn->shown)
        tum_askpicture_show(turn->term->live, turn->ask->file);
    turn->shown = true;
    do {
        size_t waiting = count_waiting(turn->term, &yield);

        if (yield) {
            ended = ENDED_YIELD;
        } else {
            show(turn, waiting);
            ended = wait_for_key(turn);
        }
    } while (ended == ENDED_NOT);
    hide(turn);
    tum_buf_release(&turn->keys);
    return ended;
}

/* Waits for a turn and takes it. */
static enum ended one_turn(struct turn *turn)
{
    struct request request = {.patient = turn->ask->kind == TUM_ASK_SLEEP};
    enum ended ended = ENDED_STOPPED;

    request.turn = tum_stop_new(turn->stop);
    queue_up(turn->term, &request);
    if (tum_wait(request.turn, -1, 0, turn->deadline) != TUM_STOPPED)
        ended = ENDED_LATE;
    else if (!tum_stop_is_set(turn->stop))
        ended = take_turn(turn);
    leave_queue(turn->term, &request);
    tum_stop_unref(request.turn);
    return ended;
}

enum tum_asked tum_askterm_ask(void *ctx, const struct tum_ask *ask,
                               struct tum_stop *stop, tum_time deadline,
                               tum_val *ret_answer)
{
    struct turn turn = {
        .term = ctx,
        .ask = ask,
        .stop = stop,
        .deadline = ask->kind == TUM_ASK_SLEEP ? ask->until : deadline,
    };
    enum tum_asked asked = TUM_ASKED_STOPPED;
    enum ended ended;

    turn.asking = tum_asking_new(ask, turn.term->editor);
    do {
        ended = one_turn(&turn);
    } while (ended == ENDED_YIELD);
    if (ended == ENDED_OK || ended == ENDED_CANCEL) {
        tum_val_unref(*ret_answer);
        *ret_answer = tum_asking_answer(turn.asking);
        asked = ended == ENDED_OK ? TUM_ASKED_OK : TUM_ASKED_CANCEL;
    } else if (ended == ENDED_LATE) {
        asked = TUM_ASKED_LATE;
    }
    tum_asking_free(turn.asking);
    return asked;
}
