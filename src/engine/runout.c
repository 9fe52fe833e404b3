/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an execution prints: into the log of its thread, and live with the branch's
 * prefix. Also the lines of a session outside any item.
 */
#include "engine/aside.h"

#include "base/utf8.h"
#include "tum/mem.h"

static const struct tum_str info_prefix = {"INFO  ", 6};
static const struct tum_str warn_prefix = {"WARN  ", 6};
static const struct tum_str debug_prefix = {"DEBUG ", 6};
static const struct tum_str blank_prefix = {"      ", 6};

/* ---- branches ---- */

void tum_branch_init(struct tum_branch *branch, struct tum_session *session,
                     struct tum_str name)
{
    *branch = (struct tum_branch){.session = session, .name = name};
    tum_buf_init(&branch->log, TUM_BUF_ANY);
    tum_buf_init(&branch->partial, TUM_BUF_ANY);
    tum_buf_init(&branch->scratch, TUM_BUF_ANY);
}

struct tum_expr_machine *tum_branch_machine(struct tum_branch *branch)
{
    struct tum_session *session = branch->session;

    if (branch->machine != NULL)
        return branch->machine;
    tum_lock_enter(&session->machines_lock);
    if (session->spare_machine_count > 0)
        branch->machine = session->spare_machines[--session->spare_machine_count];
    tum_lock_leave(&session->machines_lock);
    if (branch->machine == NULL)
        branch->machine = tum_expr_machine_new();
    return branch->machine;
}

static void give_machine_back(struct tum_branch *branch)
{
    struct tum_session *session = branch->session;

    if (branch->machine == NULL)
        return;
    tum_lock_enter(&session->machines_lock);
    if (session->spare_machine_count < TUM_SPARE_MACHINES) {
        session->spare_machines[session->spare_machine_count++] = branch->machine;
        branch->machine = NULL;
    }
    tum_lock_leave(&session->machines_lock);
    tum_expr_machine_free(branch->machine);
}

void tum_branch_release(struct tum_branch *branch)
{
    give_machine_back(branch);
    tum_postbox_unref(branch->box);
    tum_buf_release(&branch->log);
    tum_buf_release(&branch->partial);
    tum_buf_release(&branch->scratch);
    tum_arena_free(branch->spare);
}

/*
 * Over the limit, the middle goes: the first half of the limit is kept for good, of the
 * rest the last half. Until the row is written the moving is done only when a whole half
 * has piled up.
 */
static void cut_log(struct tum_branch *branch, size_t limit)
{
    size_t half = branch->session->log_limit / 2;
    size_t keep = branch->log.len - half;

    if (branch->log.len <= limit)
        return;
    memmove(branch->log.s + half, branch->log.s + keep, half);
    branch->log_cut += keep - half;
    branch->log_tail = half;
    tum_buf_truncate(&branch->log, half * 2);
}

static void add_log(struct tum_branch *branch, struct tum_str text)
{
    if (!branch->session->report.store_log || branch->session->store == NULL)
        return;
    if (branch->post != NULL) {
        tum_postbox_add(branch->post, text);
        return;
    }
    tum_buf_addt(&branch->log, text);
    if (text.n == 0 || text.s[text.n - 1] != '\n')
        tum_buf_addc(&branch->log, '\n');
    cut_log(branch, branch->session->log_limit / 2 * 3);
}

void tum_branch_settle_log(struct tum_branch *branch)
{
    cut_log(branch, branch->session->log_limit);
}

void tum_branch_log(struct tum_branch *branch, struct tum_str text)
{
    add_log(branch, text);
}

static void emit_output(struct tum_branch *branch, struct tum_str text)
{
    struct tum_event event = {
        .kind = TUM_EVENT_ITEM_OUTPUT,
        .item = branch->current->item,
        .execution = branch->current->found > 0 ? branch->current->found
                                                : branch->current->execution,
        .branch = "",
        .message = "",
        .text = text,
        .loop_index = -1,
    };
    struct tum_buf line = TUM_BUF_INIT(TUM_BUF_ANY);

    if (text.n == 0 || text.s[text.n - 1] != '\n') {
        tum_buf_addt(&line, text);
        tum_buf_addc(&line, '\n');
        event.text = tum_buf_str(&line);
    }
    tum_bus_emit(branch->session->bus, &event);
    tum_buf_release(&line);
}

void tum_branch_out(struct tum_branch *branch, struct tum_str text)
{
    add_log(branch, text);
    tum_output_lines(branch->session->output, branch->name, text);
    if (branch->current != NULL && tum_bus_wants_output(branch->session->bus))
        emit_output(branch, text);
}

/* ---- items ---- */

void tum_out(struct tum_run *run, const char *fmt, ...)
{
    struct tum_buf *scratch = &run->branch->scratch;
    va_list ap;

    tum_out_end(run);
    tum_buf_reset(scratch);
    va_start(ap, fmt);
    tum_buf_addv(scratch, fmt, ap);
    va_end(ap);
    tum_branch_out(run->branch, tum_buf_str(scratch));
}

void tum_out_bytes(struct tum_run *run, struct tum_str bytes)
{
    struct tum_buf *partial = &run->branch->partial;
    size_t end = bytes.n;

    while (end > 0 && bytes.s[end - 1] != '\n')
        end--;
    if (end > 0) {
        struct tum_str whole = tum_str_sub(bytes, 0, end);

        if (partial->len == 0 && tum_utf8_valid(whole, NULL)) {
            tum_branch_out(run->branch, whole);
        } else {
            struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

            tum_buf_addt(partial, whole);
            tum_utf8_add_replaced(&text, tum_buf_str(partial));
            tum_branch_out(run->branch, tum_buf_str(&text));
            tum_buf_release(&text);
            tum_buf_reset(partial);
        }
    }
    tum_buf_addt(partial, tum_str_sub(bytes, end, bytes.n));
    if (partial->len > run->session->log_limit)
        tum_out_end(run);
}

void tum_out_end(struct tum_run *run)
{
    if (run->branch->partial.len > 0)
        tum_out_bytes(run, TUM_S("\n"));
}

static void add_wrapped(struct tum_buf *out, struct tum_str prefix, const char *fmt,
                        va_list ap)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_buf_addv(&text, fmt, ap);
    tum_wrap(out, prefix, blank_prefix, tum_buf_str(&text));
    tum_buf_release(&text);
}

static void run_note(struct tum_run *run, struct tum_str prefix, const char *fmt,
                     va_list ap)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_out_end(run);
    add_wrapped(&out, prefix, fmt, ap);
    tum_branch_out(run->branch, tum_buf_str(&out));
    tum_buf_release(&out);
}

void tum_out_info(struct tum_run *run, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    run_note(run, info_prefix, fmt, ap);
    va_end(ap);
}

void tum_out_warn(struct tum_run *run, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    run_note(run, warn_prefix, fmt, ap);
    va_end(ap);
}

void tum_out_debug(struct tum_run *run, const char *fmt, ...)
{
    va_list ap;

    if (!tum_session_debugs(run->session))
        return;
    va_start(ap, fmt);
    run_note(run, debug_prefix, fmt, ap);
    va_end(ap);
}

/* True the first time a text is seen. */
static bool is_news(struct tum_session *session, struct tum_str text)
{
    bool news = false;

    tum_lock_enter(&session->warned_lock);
    if (!tum_strmap_has(session->warned, text)) {
        news = true;
        if (tum_strmap_count(session->warned) < TUM_WARNED_LIMIT)
            tum_strmap_set(session->warned, text, session);
    }
    tum_lock_leave(&session->warned_lock);
    return news;
}

bool tum_out_warn_once(struct tum_run *run, const char *fmt, ...)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    bool news;
    va_list ap;

    va_start(ap, fmt);
    tum_buf_addv(&text, fmt, ap);
    va_end(ap);
    news = is_news(run->session, tum_buf_str(&text));
    if (news)
        tum_out_warn(run, "%s", text.s);
    tum_buf_release(&text);
    return news;
}

void tum_run_flush(struct tum_run *run)
{
    struct tum_error *err = NULL;

    tum_output_flush(run->session->output);
    if (run->session->store != NULL && !tum_store_sync(run->session->store, &err))
        tum_error_free(err); /* said by the store's failure hook */
}

/* ---- the session ---- */

static void session_note(struct tum_session *session, struct tum_str prefix,
                         const char *fmt, va_list ap)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    add_wrapped(&out, prefix, fmt, ap);
    tum_output_lines(session->output, tum_str_n("", 0), tum_buf_str(&out));
    tum_buf_release(&out);
}

void tum_session_out(struct tum_session *session, const char *fmt, ...)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    va_list ap;

    va_start(ap, fmt);
    tum_buf_addv(&out, fmt, ap);
    va_end(ap);
    tum_output_lines(session->output, tum_str_n("", 0), tum_buf_str(&out));
    tum_buf_release(&out);
}

void tum_session_info(struct tum_session *session, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    session_note(session, info_prefix, fmt, ap);
    va_end(ap);
}

void tum_session_warn(struct tum_session *session, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    session_note(session, warn_prefix, fmt, ap);
    va_end(ap);
}

bool tum_session_debugs(struct tum_session *session)
{
    tum_val v;
    bool debugs;

    if (!tum_scope_get(session->scope, TUM_S("test_debug"), &v))
        return false;
    debugs = tum_val_truth(v);
    tum_val_unref(v);
    return debugs;
}

void tum_session_debug(struct tum_session *session, const char *fmt, ...)
{
    va_list ap;

    if (!tum_session_debugs(session))
        return;
    va_start(ap, fmt);
    session_note(session, debug_prefix, fmt, ap);
    va_end(ap);
}

/* A load that only checks has findings in place of output. */
static void session_find(struct tum_session *session, const char *text)
{
    struct tum_finding *finding =
        tum_diag_warning(session->diags, (struct tum_span){0}, "%s", text);

    tum_free(finding->file);
    finding->file = tum_strdup(session->opts.path);
}

bool tum_session_warn_once(struct tum_session *session, const char *fmt, ...)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    bool news;
    va_list ap;

    va_start(ap, fmt);
    tum_buf_addv(&text, fmt, ap);
    va_end(ap);
    news = is_news(session, tum_buf_str(&text));
    if (news && session->opts.check_only)
        session_find(session, text.s);
    else if (news)
        tum_session_warn(session, "%s", text.s);
    tum_buf_release(&text);
    return news;
}

bool tum_session_debug_is_news(struct tum_session *session, const char *text)
{
    return tum_session_debugs(session) && is_news(session, tum_str_of(text));
}
