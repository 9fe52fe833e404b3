/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a run, and the revision of the test directory that it shows: found out
 * in a thread of its own while the campaign loads, so that it delays nothing.
 */
#include "engine/runstate.h"

#include "engine/gitfacts.h"
#include "tum/mem.h"

#define LABEL_COLUMNS 32
#define RULER                                                                          \
    "================================================================================"

static void *find_revision(void *arg)
{
    struct tum_session *session = arg;
    struct tum_buf revision = TUM_BUF_INIT((size_t)1 << 20);
    struct tum_buf changes = TUM_BUF_INIT((size_t)1 << 20);
    struct tum_error *err = NULL;

    if (tum_git_revision(session->main_folder, &revision, &changes, &err)) {
        session->revision = tum_buf_detach(&revision);
        session->changes = tum_buf_detach(&changes);
    }
    tum_error_free(err);
    tum_buf_release(&revision);
    tum_buf_release(&changes);
    return NULL;
}

void tum_overview_start(struct tum_session *session)
{
    if (session->revision_thread_on || !tum_git_is_near(session->main_folder))
        return;
    session->revision_thread_on =
        pthread_create(&session->revision_thread, NULL, find_revision, session) == 0;
}

void tum_overview_end(struct tum_session *session)
{
    if (session->revision_thread_on)
        pthread_join(session->revision_thread, NULL);
    session->revision_thread_on = false;
}

static struct tum_str trimmed(const char *text)
{
    return tum_str_trim(tum_str_of(text));
}

void tum_overview_revision(struct tum_session *session)
{
    tum_overview_end(session);
    if (session->revision == NULL)
        session->revision =
            tum_asprintf("Warning : %s not versioned", session->main_folder);
    if (session->changes == NULL)
        session->changes = tum_strdup("");
    tum_session_set(session, "test_version",
                    tum_val_text_of(trimmed(session->revision)));
    tum_session_set(session, "test_modifs", tum_val_text_of(trimmed(session->changes)));
}

static void add_line(struct tum_buf *out, const char *label, struct tum_str value)
{
    tum_buf_addf(out, "%-*s: %.*s\n", LABEL_COLUMNS, label, TUM_STR_ARG(value));
}

static void add_revision(struct tum_session *session, struct tum_buf *out)
{
    struct tum_str rest = trimmed(session->revision);
    struct tum_str line;
    bool more = true, first = true;

    while (tum_str_split(&rest, &more, '\n', &line)) {
        add_line(out, first ? "Test scripts revision" : "", line);
        first = false;
    }
    rest = trimmed(session->changes);
    more = rest.n > 0;
    while (more && tum_str_split(&rest, &more, '\n', &line))
        tum_buf_addf(out, "  %.*s\n", TUM_STR_ARG(line));
    if (tum_str_starts(tum_str_of(session->revision), "Warning :"))
        tum_buf_addf(out, "%s\n", session->revision);
}

void tum_overview_print(struct tum_session *session)
{
    const char *const *files = session->opts.config_files;
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    tum_val date = tum_val_none(), time = tum_val_none();
    char *started;

    tum_scope_get(session->scope, TUM_S("testrun_date"), &date);
    tum_scope_get(session->scope, TUM_S("testrun_time"), &time);
    started = tum_asprintf("%s %s", tum_val_text(date).s, tum_val_text(time).s);
    tum_buf_adds(&out, RULER "\n====== Test overview\n" RULER "\n");
    add_line(&out, "Executed test file", tum_str_of(session->main_file));
    for (size_t i = 0; files != NULL && files[i] != NULL; i++) {
        tum_val list = tum_val_none();

        if (tum_scope_get(session->scope, TUM_S("config_files"), &list) &&
            list.kind == TUM_LIST && i < tum_list_len(list))
            add_line(&out, "With param file", tum_val_text(tum_list_items(list)[i]));
        tum_val_unref(list);
    }
    add_line(&out, "Test started", tum_str_of(started));
    tum_buf_adds(&out, RULER "\n====== Test configuration\n" RULER "\n");
    add_line(&out, "Test executed with tum", tum_str_of(tum_version));
    tum_buf_adds(&out, " \n");
    add_revision(session, &out);
    tum_output_lines(session->output, tum_str_n("", 0), tum_buf_str(&out));
    tum_free(started);
    tum_val_unref(date);
    tum_val_unref(time);
    tum_buf_release(&out);
}
