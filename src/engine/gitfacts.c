/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about git work trees, asked of the git program in its porcelain forms: it honours
 * the user's configuration, safe directories and work-tree layout.
 */
#include "engine/gitfacts.h"

#include "base/path.h"
#include "tum/item.h"
#include "tum/mem.h"
#include "tum/proc.h"

#define ANSWER_LIMIT ((size_t)16 << 20)
#define HASH_DIGITS  12

static const char *const quiet_env[] = {"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0",
                                        "GIT_TERMINAL_PROMPT=0", NULL};

struct answer {
    bool ran;
    int code;
    struct tum_buf out, err;
};

static void answer_release(struct answer *answer)
{
    tum_buf_release(&answer->out);
    tum_buf_release(&answer->err);
}

/* `git -C path ARGS…`; false with err when it cannot be run at all or a stop came. */
static bool ask(struct tum_stop *stop, const char *path, const char *const *args,
                struct answer *ret, struct tum_error **err)
{
    const char *argv[16] = {"git", "-C", path};
    struct tum_proc_run_opts opts = {
        .proc = {TUM_PROC_OPTS, .argv = argv, .env = quiet_env},
        .stop = stop,
        .out_limit = ANSWER_LIMIT,
    };
    struct tum_proc_result result;
    struct tum_error *start = NULL;
    size_t n = 3;

    for (size_t i = 0; args[i] != NULL && n + 1 < TUM_LEN(argv); i++)
        argv[n++] = args[i];
    if (!tum_proc_run(&opts, &result, &start)) {
        tum_fail(err, TUM_ERROR_SYSTEM, "the program 'git' cannot be run");
        (*err)->cause = start;
        return false;
    }
    if (result.stopped) {
        tum_proc_result_release(&result);
        return tum_fail(err, TUM_ERROR_STOPPED, "aborted on stop request");
    }
    ret->ran = result.status.exited;
    ret->code = result.status.code;
    ret->out = result.out;
    ret->err = result.err;
    return true;
}

static struct tum_str first_line(const struct tum_buf *text)
{
    struct tum_str all = tum_buf_str(text);
    size_t end = tum_str_find_char(all, '\n', 0);

    return tum_str_trim(tum_str_sub(all, 0, end == TUM_STR_NONE ? all.n : end));
}

static struct tum_str last_line(const struct tum_buf *text)
{
    struct tum_str rest = tum_str_trim(tum_buf_str(text));
    struct tum_str line, last = tum_str_n("", 0);
    bool more = true;

    while (tum_str_split(&rest, &more, '\n', &line))
        last = line;
    return tum_str_trim(last);
}

/* One line of answer, or empty text when git says no. */
static bool ask_line(struct tum_stop *stop, const char *path, const char *const *args,
                     bool last, char **ret, struct tum_error **err)
{
    struct answer answer;

    if (!ask(stop, path, args, &answer, err))
        return false;
    struct tum_str line = last ? last_line(&answer.out) : first_line(&answer.out);

    *ret =
        answer.ran && answer.code == 0 ? tum_strndup(line.s, line.n) : tum_strdup("");
    answer_release(&answer);
    return true;
}

struct status {
    char oid[HASH_DIGITS + 1];
    char *branch; /* NULL: detached */
    bool modified;
};

static void read_header(struct status *status, struct tum_str line)
{
    if (tum_str_starts(line, "# branch.oid ")) {
        struct tum_str oid = tum_str_sub(line, 13, line.n);

        if (!tum_str_is(oid, "(initial)")) {
            size_t n = TUM_MIN(oid.n, (size_t)HASH_DIGITS);

            memcpy(status->oid, oid.s, n);
            status->oid[n] = '\0';
        }
    } else if (tum_str_starts(line, "# branch.head ")) {
        struct tum_str head = tum_str_sub(line, 14, line.n);

        if (!tum_str_is(head, "(detached)"))
            status->branch = tum_strndup(head.s, head.n);
    }
}

/*
 * Reads `git status --porcelain=v2 --branch -z`. Changes are told to `seen` (NULL: not):
 * path and whether it is untracked.
 */
static void read_status(struct tum_str text, struct status *status,
                        void (*seen)(void *ctx, struct tum_str path, bool untracked),
                        void *ctx)
{
    struct tum_str record;
    bool more = true;

    while (tum_str_split(&text, &more, '\0', &record)) {
        size_t fields, at = 0;

        if (record.n < 2)
            continue;
        switch (record.s[0]) {
        case '#':
            read_header(status, record);
            continue;
        case '?':
            if (seen != NULL)
                seen(ctx, tum_str_sub(record, 2, record.n), true);
            continue;
        case '1':
            fields = 8;
            break;
        case '2':
            fields = 9;
            break;
        case 'u':
            fields = 10;
            break;
        default:
            continue;
        }
        status->modified = true;
        for (size_t i = 0; i < fields && at != TUM_STR_NONE; i++) {
            at = tum_str_find_char(record, ' ', at);
            if (at != TUM_STR_NONE)
                at++;
        }
        if (seen != NULL && at != TUM_STR_NONE)
            seen(ctx, tum_str_sub(record, at, record.n), false);
        /* A rename is followed by the old name as a record of its own. */
        if (record.s[0] == '2')
            tum_str_split(&text, &more, '\0', &record);
    }
}

/* Why git did not read `path`. Returns false. */
static bool refused(const char *path, const struct answer *answer,
                    struct tum_error **err)
{
    struct tum_str all = tum_buf_str(&answer->err);
    struct tum_str why = first_line(&answer->err);

    if (tum_str_find(all, TUM_S("dubious ownership"), 0) != TUM_STR_NONE)
        return tum_fail(err, TUM_ERROR_VALUE,
                        "'%s' belongs to another user and git does not trust it (git: "
                        "dubious ownership); to allow it: git config --global --add "
                        "safe.directory '%s'",
                        path, path);
    if (tum_str_find(all, TUM_S("must be run in a work tree"), 0) != TUM_STR_NONE)
        return tum_fail(err, TUM_ERROR_VALUE,
                        "'%s' is a bare repository: it has no work tree", path);
    if (tum_str_find(all, TUM_S("not a git repository"), 0) != TUM_STR_NONE)
        return tum_fail(err, TUM_ERROR_VALUE, "'%s' is no git repository", path);
    return tum_fail(err, TUM_ERROR_VALUE, "'%s' is no git work tree: %.*s", path,
                    TUM_STR_ARG(why));
}

static bool ask_status(struct tum_stop *stop, const char *path, struct status *ret,
                       void (*seen)(void *ctx, struct tum_str path, bool untracked),
                       void *ctx, struct tum_error **err)
{
    const char *args[] = {"status",
                          "--porcelain=v2",
                          "--branch",
                          "-z",
                          seen != NULL ? "--untracked-files=normal"
                                       : "--untracked-files=no",
                          NULL};
    struct answer answer;
    bool ok = true;

    *ret = (struct status){0};
    if (!ask(stop, path, args, &answer, err))
        return false;
    if (!answer.ran || answer.code != 0) {
        ok = refused(path, &answer, err);
    } else {
        read_status(tum_buf_str(&answer.out), ret, seen, ctx);
        if (ret->oid[0] == '\0')
            ok = tum_fail(err, TUM_ERROR_VALUE, "'%s' has no commit yet", path);
    }
    answer_release(&answer);
    if (!ok) {
        tum_free(ret->branch);
        ret->branch = NULL;
    }
    return ok;
}

/* "tag v1(M) from : URL", "main, commit 0123456789ab", … */
static bool describe_one(struct tum_stop *stop, const char *path,
                         void (*seen)(void *ctx, struct tum_str path, bool untracked),
                         void *ctx, struct tum_buf *out, struct tum_error **err)
{
    static const char *const tag_args[] = {"tag", "--points-at", "HEAD",
                                           "--sort=refname", NULL};
    static const char *const url_args[] = {"config", "--get", "remote.origin.url",
                                           NULL};
    static const char *const at_args[] = {"for-each-ref", "--points-at=HEAD",
                                          "--format=%(refname:short)", "refs/heads",
                                          NULL};
    struct status status;
    char *tag = NULL, *url = NULL, *local = NULL;
    bool ok;

    if (!ask_status(stop, path, &status, seen, ctx, err))
        return false;
    ok = ask_line(stop, path, tag_args, true, &tag, err) &&
         ask_line(stop, path, url_args, false, &url, err) &&
         (status.branch != NULL || ask_line(stop, path, at_args, false, &local, err));
    if (ok) {
        const char *mark = status.modified ? "(M)" : "";

        if (tag[0] != '\0')
            tum_buf_addf(out, "tag %s%s", tag, mark);
        else if (status.branch != NULL)
            tum_buf_addf(out, "%s%s, commit %s", status.branch, mark, status.oid);
        else if (local[0] != '\0')
            tum_buf_addf(out, "detached from %s%s, commit %s", local, mark, status.oid);
        else
            tum_buf_addf(out, "%s, commit %s", mark, status.oid);
        if (url[0] != '\0')
            tum_buf_addf(out, " from : %s", url);
        tum_buf_addc(out, '\n');
    }
    tum_free(status.branch);
    tum_free(tag);
    tum_free(url);
    tum_free(local);
    return ok;
}

/* Each line of `git submodule status --recursive`: a state, a hash, a path, a description. */
static bool describe_submodules(struct tum_stop *stop, const char *path,
                                struct tum_buf *out, struct tum_error **err)
{
    static const char *const args[] = {"submodule", "status", "--recursive", NULL};
    struct answer answer;
    struct tum_str rest, line;
    bool more = true, ok = true;

    if (!ask(stop, path, args, &answer, err))
        return false;
    rest = tum_buf_str(&answer.out);
    while (ok && answer.code == 0 && tum_str_split(&rest, &more, '\n', &line)) {
        size_t hash = 1, name, end;
        char *sub, *full;

        if (line.n < 3)
            continue;
        name = tum_str_find_char(line, ' ', hash);
        if (name == TUM_STR_NONE)
            continue;
        name++;
        end = line.n;
        /* The description in brackets is there only for an initialised one. */
        if (line.s[0] != '-' && line.s[line.n - 1] == ')') {
            while (end > name && !(line.s[end - 1] == '(' && line.s[end - 2] == ' '))
                end--;
            end = end > name + 2 ? end - 2 : line.n;
        }
        sub = tum_strndup(line.s + name, end - name);
        if (line.s[0] == '-') {
            tum_buf_addf(out, "%s not versioned\n", sub);
        } else {
            full = tum_path_join(path, sub);
            ok = describe_one(stop, full, NULL, NULL, out, err);
            tum_free(full);
        }
        tum_free(sub);
    }
    answer_release(&answer);
    return ok;
}

bool tum_git_describe(struct tum_stop *stop, const char *path, struct tum_buf *out,
                      struct tum_error **err)
{
    static const char *const top_args[] = {"rev-parse", "--show-toplevel", NULL};
    struct answer answer;
    char *top;
    bool ok;

    if (!tum_path_is_folder(path))
        return tum_fail(err, TUM_ERROR_SYSTEM, "'%s' %s", path,
                        tum_path_exists(path) ? "is no folder" : "does not exist");
    if (!ask(stop, path, top_args, &answer, err))
        return false;
    if (!answer.ran || answer.code != 0) {
        refused(path, &answer, err);
        answer_release(&answer);
        return false;
    }
    struct tum_str line = first_line(&answer.out);

    top = tum_strndup(line.s, line.n);
    answer_release(&answer);
    ok = describe_one(stop, top, NULL, NULL, out, err) &&
         describe_submodules(stop, top, out, err);
    tum_free(top);
    return ok;
}

static void add_change(void *ctx, struct tum_str path, bool untracked)
{
    struct tum_buf *out = ctx;

    tum_buf_addf(out, "\"%.*s\" (%s)\n", TUM_STR_ARG(path),
                 untracked ? "untracked" : "modified");
}

bool tum_git_revision(const char *folder, struct tum_buf *ret_revision,
                      struct tum_buf *ret_changes, struct tum_error **err)
{
    return describe_one(NULL, folder, add_change, ret_changes, ret_revision, err) &&
           describe_submodules(NULL, folder, ret_revision, err);
}

bool tum_git_is_near(const char *folder)
{
    char *at = tum_strdup(folder);
    bool found = false;

    for (;;) {
        char *mark = tum_path_join(at, ".git");
        char *up;

        found = tum_path_exists(mark);
        tum_free(mark);
        if (found || strcmp(at, "/") == 0 || at[0] != '/')
            break;
        up = tum_path_folder(at);
        tum_free(at);
        at = up;
    }
    tum_free(at);
    return found;
}
