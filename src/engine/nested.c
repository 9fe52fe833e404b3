/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Campaigns in campaigns. The chain of files that led to a campaign is in its
 * environment, one path a line, so that a campaign that runs itself is noticed however
 * many others are between. What a campaign counted goes into a memory file that the
 * one above reads when it has ended.
 */
#include "engine/nested.h"

#include "base/fd.h"
#include "base/path.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHAIN         "TUM_CAMPAIGNS"
#define TELL          "TUM_CAMPAIGN_TELL"
/* Its descriptors: the memory file, and a pipe with a byte when it begins or ends to wait
   for locks. */
#define TELL_FD       9
#define TELL_WAITS    10
#define WAITS         '+'
#define GOES_ON       '-'
/* A campaign may be in its own chain so often, itself included. */
#define SELF_MOST     4
/* Campaigns in campaigns, whichever they are. */
#define DEPTH_MOST    64
#define SUMMARY_LIMIT ((size_t)1 << 20)

/* ---- the one that runs another ---- */

/* Lines of the chain; *ret_same: those that are `path`. */
static size_t count_chain(struct tum_str chain, const char *path, size_t *ret_same)
{
    struct tum_str line;
    bool more = true;
    size_t lines = 0;

    *ret_same = 0;
    while (tum_str_split(&chain, &more, '\n', &line)) {
        lines += line.n > 0;
        *ret_same += tum_str_is(line, path);
    }
    return lines;
}

/* A file has one, whatever it is called by. */
static char *real_path(const char *path)
{
    char *real = realpath(path, NULL);

    return real != NULL ? real : tum_strdup(path);
}

/* The chain that ends with `self`, for tum_free. */
static char *chain_with(const char *self)
{
    const char *above = getenv(CHAIN);
    struct tum_str text = tum_str_of(above != NULL ? above : ""), last = text;

    for (size_t i = text.n; i > 0 && last.n == text.n; i--) {
        if (text.s[i - 1] == '\n')
            last = tum_str_sub(text, i, text.n);
    }
    if (tum_str_is(last, self))
        return tum_strdup(above);
    return tum_asprintf("%s%s%s", text.s, text.n > 0 ? "\n" : "", self);
}

static bool check_chain(struct tum_str chain, const char *path, const char *real,
                        struct tum_error **err)
{
    size_t same, depth = count_chain(chain, real, &same);

    if (same >= SELF_MOST)
        return tum_fail(err, TUM_ERROR_LIMIT,
                        "campaign '%s' runs itself: it is running %zu times already, "
                        "each inside the one before",
                        path, same);
    if (depth >= DEPTH_MOST)
        return tum_fail(err, TUM_ERROR_LIMIT,
                        "campaigns run campaigns more than %d deep", DEPTH_MOST);
    return true;
}

char *tum_run_nested_chain(struct tum_run *run, const char *path,
                           struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *self = real_path(run->session->main_file);
    TUM_AUTO(tum_freep) char *target = real_path(path);
    TUM_AUTO(tum_freep) char *chain = chain_with(self);

    return check_chain(tum_str_of(chain), path, target, err)
               ? tum_asprintf("%s=%s", CHAIN, chain)
               : NULL;
}

bool tum_nested_enter(const char *path, struct tum_error **err)
{
    const char *above = getenv(CHAIN);
    TUM_AUTO(tum_freep) char *self = real_path(path);
    TUM_AUTO(tum_freep)
    char *chain = tum_asprintf("%s%s%s", above != NULL ? above : "",
                               above != NULL && above[0] != '\0' ? "\n" : "", self);

    if (above != NULL && !check_chain(tum_str_of(above), path, self, err))
        return false;
    return setenv(CHAIN, chain, 1) == 0 ||
           tum_fail_os(err, errno, "cannot tell programs of campaign '%s'", path);
}

bool tum_run_nested_open(struct tum_run *run, struct tum_nested *ret,
                         struct tum_error **err)
{
    *ret = (struct tum_nested){.run = run, .waits = -1, .waits_end = -1};
    ret->fd = memfd_create("tum-campaign", MFD_CLOEXEC);
    if (ret->fd < 0)
        return tum_fail_os(err, errno, "making a memory file");
    if (!tum_fd_pipe(&ret->waits, &ret->waits_end, err) ||
        !tum_fd_set_blocking(ret->waits, false, err)) {
        tum_run_nested_release(ret);
        return false;
    }
    ret->pass[0] = (struct tum_proc_fd){ret->fd, TELL_FD};
    ret->pass[1] = (struct tum_proc_fd){ret->waits_end, TELL_WAITS};
    ret->env = tum_asprintf("%s=%d", TELL, TELL_FD);
    return true;
}

static void hold(struct tum_nested *nested, bool waits)
{
    if (waits != nested->held)
        tum_holding_waits(nested->run, waits);
    nested->held = waits;
}

void tum_run_nested_waits(struct tum_nested *nested)
{
    char bytes[64];
    ssize_t n;

    while ((n = read(nested->waits, bytes, sizeof bytes)) > 0)
        hold(nested, bytes[n - 1] == WAITS);
}

void tum_run_nested_release(struct tum_nested *nested)
{
    hold(nested, false);
    tum_fd_close(&nested->waits);
    tum_fd_close(&nested->waits_end);
    tum_fd_close(&nested->fd);
    tum_free(nested->env);
    nested->env = NULL;
}

static int64_t number_of(tum_val map, const char *key)
{
    int64_t n = 0;
    tum_val v;

    return tum_map_peeks(map, key, &v) && tum_val_to_int64(v, &n) ? n : 0;
}

bool tum_run_nested_summary(const struct tum_nested *nested, struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(SUMMARY_LIMIT);
    struct tum_error *err = NULL;
    tum_val told, report;

    if (lseek(nested->fd, 0, SEEK_SET) != 0 ||
        !tum_fd_read_all(nested->fd, &text, &err) ||
        !tum_json_read(tum_buf_str(&text), (struct tum_span){0}, &told, &err)) {
        tum_error_free(err);
        return false;
    }
    tum_buf_addf(out, "%lld passed, %lld failed, %lld skipped",
                 (long long)number_of(told, "passed"),
                 (long long)number_of(told, "failed"),
                 (long long)number_of(told, "skipped"));
    if (tum_map_peeks(told, "reports", &report))
        tum_list_each (path, report) {
            tum_buf_adds(out, path == tum_list_items(report) ? "; report: " : ", ");
            tum_val_write_str(out, *path);
        }
    tum_val_unref(told);
    return true;
}

/* ---- the one that is run ---- */

void tum_nested_init(struct tum_session *session)
{
    const char *number = getenv(TELL);
    struct stat facts;
    int64_t fd;

    session->tell_fd = session->waits_fd = -1;
    tum_buf_init(&session->wrote, SUMMARY_LIMIT / 8);
    if (number == NULL)
        return;
    /* A descriptor that something else has under that number is left alone. */
    if (tum_str_int(tum_str_of(number), &fd) && fd == TELL_FD &&
        fstat(TELL_FD, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_nlink == 0 &&
        fcntl(TELL_FD, F_SETFD, FD_CLOEXEC) == 0)
        session->tell_fd = TELL_FD;
    if (session->tell_fd >= 0 && fstat(TELL_WAITS, &facts) == 0 &&
        S_ISFIFO(facts.st_mode) && fcntl(TELL_WAITS, F_SETFD, FD_CLOEXEC) == 0)
        session->waits_fd = TELL_WAITS;
    /* It is for this process, not for what it starts. */
    unsetenv(TELL);
}

void tum_nested_waits(struct tum_session *session, bool waits)
{
    static const char words[2] = {GOES_ON, WAITS};

    /* Who runs this campaign lets its clock run when it cannot be told. */
    if (session->waits_fd >= 0 && write(session->waits_fd, &words[waits], 1) < 0)
        tum_fd_close(&session->waits_fd);
}

void tum_nested_count(struct tum_session *session, const struct tum_item *item,
                      enum tum_verdict verdict)
{
    if (item->first == NULL && item->parent != NULL &&
        (item->type->flags & (TUM_ITEM_CONTAINER | TUM_ITEM_ACTIONS)) == 0)
        atomic_fetch_add_explicit(&session->tally[verdict], 1, memory_order_relaxed);
}

/* Paths mean the same in another folder when they are absolute. */
void tum_nested_wrote(struct tum_session *session, const char *path)
{
    TUM_AUTO(tum_freep) char *absolute = tum_path_absolute(path);

    if (session->tell_fd >= 0)
        tum_buf_add(&session->wrote, absolute, strlen(absolute) + 1);
}

static tum_val written(const struct tum_session *session)
{
    struct tum_list_builder *b = tum_list_begin(4);
    struct tum_str rest = tum_buf_str(&session->wrote), path;
    TUM_AUTO(tum_freep) char *database = NULL;
    bool more = true;

    if (session->report.database != NULL) {
        database = tum_path_absolute(session->report.database);
        tum_list_add(b, tum_val_str(database));
    }
    while (tum_str_split(&rest, &more, '\0', &path))
        if (path.n > 0)
            tum_list_add(b, tum_val_text_of(path));
    return tum_list_end(b);
}

void tum_nested_tell(struct tum_session *session)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(SUMMARY_LIMIT);
    struct tum_error *err = NULL;
    struct tum_map_builder *b;
    tum_val told;

    if (session->tell_fd < 0)
        return;
    b = tum_map_begin(4);
    tum_map_adds(b, "passed", tum_val_int(atomic_load(&session->tally[TUM_PASS])));
    tum_map_adds(b, "failed", tum_val_int(atomic_load(&session->tally[TUM_FAIL])));
    tum_map_adds(b, "skipped", tum_val_int(atomic_load(&session->tally[TUM_SKIP])));
    tum_map_adds(b, "reports", written(session));
    told = tum_map_end(b);
    tum_json_write_data(&text, told);
    tum_val_unref(told);
    /* Who runs this campaign does without when it cannot be told. */
    if (!tum_fd_write_all(session->tell_fd, tum_buf_str(&text), &err))
        tum_error_free(err);
    tum_fd_close(&session->tell_fd);
    tum_fd_close(&session->waits_fd);
    tum_buf_release(&session->wrote);
}
