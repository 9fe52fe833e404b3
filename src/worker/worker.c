/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workers: starting a Python worker, and what can be done with one of any kind. The
 * interpreter gets a few lines on its command line and the rest over the link, so
 * nothing is written to disk and nothing of ours can be imported.
 */
#include "worker/worker.h"
#include "base/fd.h"
#include "base/lock.h"
#include "base/path.h"
#include "io/proctree.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include "worker/calls.h"
#include "worker/embedded.h"
#include "worker/frame.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the worker: out of the way of what programs and shells number by hand. */
#define LINK_NUMBER    99
#define LINK_TEXT      "99"
#define START_PATIENCE (30 * TUM_SECOND) /* when config.start_timeout is 0 */
/* The worker keeps nothing that an orderly end would save. */
#define GRACE          (200 * TUM_MS)
/* How long to wait for the news of an end when the link is closed already. */
#define CAUSE_PATIENCE (1 * TUM_SECOND)
/* Of the kernel's, out of the way of what programs use: "say where you are". */
#define WHERE_SIGNAL   63
/* Texts of a parent of workers: "P4711", "S256", "Ewhy". */
#define NEWS_LIMIT     ((size_t)400)

struct tum_worker {
    atomic_size_t refs;
    atomic_bool known;
    struct tum_proc *proc;
    struct tum_rpc *rpc;
    char *python;
    tum_time patience;

    /* Of a forked one; proc is NULL then. Guarded by the lock. */
    struct tum_lock lock;
    int raw; /* belongs to rpc */
    int status;
    int pidfd;
    pid_t pid; /* 0: not told yet */
    bool over; /* nothing more comes from status */
    bool ended;
    int code; /* as of waitpid */
    char *unborn;
    struct tum_buf news;
};

/* ---- what a worker is told ---- */

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* PYTHONPATH as user code sees it: the folders in front, then `base`. NULL: nothing. */
static char *python_path(const struct tum_python_config *config, const char *base)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    for (char **folder = config->path; folder != NULL && *folder != NULL; folder++)
        tum_buf_addf(&text, "%s%s", text.len > 0 ? ":" : "", *folder);
    if (is_given(base))
        tum_buf_addf(&text, "%s%s", text.len > 0 ? ":" : "", base);
    if (text.len > 0)
        return tum_buf_detach(&text);
    tum_buf_release(&text);
    return NULL;
}

/* File names are bytes to the system; what is not UTF-8 in them cannot be told. */
static void add_name(struct tum_buf *out, const char *name)
{
    tum_val text = tum_val_str(name);

    tum_message_add_text(out, tum_val_text(text));
    tum_val_unref(text);
}

/* The set-up message: what the worker applies after it has imported what is its own. */
static void add_setup(const struct tum_worker_opts *opts, struct tum_buf *out)
{
    const struct tum_python_config *config = opts->config;
    const char *base = is_given(config->env_pythonpath) ? config->env_pythonpath
                                                        : getenv("PYTHONPATH");
    TUM_AUTO(tum_freep) char *path = python_path(config, base);

    tum_buf_addf(out, "{\"hello\": {\"protocol\": %d, \"name\": \"tum\"}, \"path\": [",
                 TUM_WORKER_PROTOCOL);
    for (char **folder = config->path; folder != NULL && *folder != NULL; folder++) {
        tum_buf_adds(out, folder == config->path ? "" : ", ");
        add_name(out, *folder);
    }
    tum_buf_adds(out, "], \"pythonpath\": ");
    if (path != NULL)
        add_name(out, path);
    else
        tum_buf_adds(out, "null");
    tum_buf_adds(out, ", \"main_dir\": ");
    add_name(out, opts->main_dir);
    tum_buf_addc(out, '}');
}

/* ---- start ---- */

static bool spawn(struct tum_worker *worker, const struct tum_worker_opts *opts,
                  int link, int raw, struct tum_error **err)
{
    const struct tum_python_config *config = opts->config;
    const char *argv[] = {opts->python, "-c", tum_worker_start_py, LINK_TEXT, NULL};
    const char *inherited = getenv("PATH");
    TUM_AUTO(tum_freep) char *path = NULL;
    TUM_AUTO(tum_freep) char *pythonpath = NULL;
    TUM_AUTO(tum_freep) const char **env = NULL;
    size_t count = 0, given = 0;

    while (config->env != NULL && config->env[given] != NULL)
        given++;
    env = tum_new_array(const char *, given + 3);
    if (is_given(config->env_path))
        env[count++] = path = tum_asprintf("PATH=%s%s%s", config->env_path,
                                           is_given(inherited) ? ":" : "",
                                           is_given(inherited) ? inherited : "");
    if (is_given(config->env_pythonpath))
        env[count++] = pythonpath =
            tum_asprintf("PYTHONPATH=%s", config->env_pythonpath);
    for (size_t i = 0; i < given; i++)
        env[count++] = config->env[i];
    return tum_proc_start(
        &(struct tum_proc_opts){
            .argv = argv,
            .directory = config->directory,
            .env = env,
            .in = -1,
            .out = raw,
            .err = raw,
            .extra = &(struct tum_proc_fd){.fd = link, .number = LINK_NUMBER},
            .extra_count = 1,
            .grace = GRACE,
        },
        &worker->proc, err);
}

/* ---- news of a forked worker ---- */

static void take_news(struct tum_worker *worker, struct tum_str line)
{
    int64_t number = 0;

    if (line.n == 0)
        return;
    if (line.s[0] == 'E') {
        worker->unborn = tum_strndup(line.s + 1, line.n - 1);
    } else if (tum_str_int(tum_str_sub(line, 1, line.n), &number)) {
        if (line.s[0] == 'P') {
            worker->pid = (pid_t)number;
            worker->pidfd = (int)syscall(SYS_pidfd_open, worker->pid, 0);
        } else if (line.s[0] == 'S') {
            worker->ended = true;
            worker->code = (int)number;
        }
    }
}

static void read_news(struct tum_worker *worker)
{
    char chunk[128];
    ssize_t n;

    while (!worker->over) {
        struct tum_str rest;
        size_t end;

        n = read(worker->status, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            worker->over = true;
        else
            tum_buf_add(&worker->news, chunk, (size_t)n);
        rest = tum_buf_str(&worker->news);
        while ((end = tum_str_find_char(rest, '\n', 0)) != TUM_STR_NONE) {
            take_news(worker, tum_str_sub(rest, 0, end));
            rest = tum_str_sub(rest, end + 1, rest.n);
        }
        memmove(worker->news.s, rest.s, rest.n);
        tum_buf_truncate(&worker->news, rest.n);
    }
}

bool tum_worker_news(struct tum_worker *worker)
{
    bool over;

    tum_lock_enter(&worker->lock);
    read_news(worker);
    over = worker->over;
    tum_lock_leave(&worker->lock);
    return over;
}

int tum_worker_status_fd(const struct tum_worker *worker)
{
    return worker->status;
}

int tum_worker_raw_fd(const struct tum_worker *worker)
{
    return worker->raw;
}

/* The pid, waited for a moment: its parent tells it right after the fork. */
static pid_t known_pid(struct tum_worker *worker)
{
    tum_time until = tum_now() + CAUSE_PATIENCE;
    pid_t pid = 0;
    bool over = false;

    while (pid == 0 && !over) {
        over = tum_worker_news(worker);
        tum_lock_enter(&worker->lock);
        pid = worker->pid;
        tum_lock_leave(&worker->lock);
        if (pid == 0 && !over &&
            tum_wait(NULL, worker->status, POLLIN, until) != TUM_READY)
            break;
    }
    return pid;
}

static char *forked_cause(struct tum_worker *worker)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    tum_time until = tum_now() + CAUSE_PATIENCE;
    struct tum_proc_status status = {0};

    while (!tum_worker_news(worker))
        if (tum_wait(NULL, worker->status, POLLIN, until) != TUM_READY)
            return tum_strdup("it closed its link");
    if (worker->unborn != NULL)
        return tum_asprintf("it could not be forked: %s", worker->unborn);
    if (!worker->ended)
        return tum_strdup("it closed its link, and the parent of workers is gone");
    status.exited = WIFEXITED(worker->code);
    status.code = status.exited ? WEXITSTATUS(worker->code) : 0;
    status.signal = status.exited ? 0 : WTERMSIG(worker->code);
    tum_proc_status_text(&status, &text);
    return tum_buf_detach(&text);
}

static void signal_one(struct tum_worker *worker, int signal)
{
    if (worker->pidfd >= 0)
        syscall(SYS_pidfd_send_signal, worker->pidfd, signal, NULL, 0);
}

void tum_worker_ask_where(struct tum_worker *worker)
{
    if (known_pid(worker) != 0)
        signal_one(worker, WHERE_SIGNAL);
}

void tum_worker_kill(struct tum_worker *worker)
{
    if (known_pid(worker) != 0)
        signal_one(worker, SIGKILL);
}

struct tum_worker_tree {
    struct tum_proctree below;
};

static void remember(struct tum_worker_tree *tree, pid_t root)
{
    struct tum_proctree now = {0};

    tum_proctree_read(&now, root);
    for (size_t i = 0; i < now.count; i++) {
        struct tum_proctree *known = &tree->below;
        size_t k = 0;

        while (k < known->count && (known->all[k].pid != now.all[i].pid ||
                                    known->all[k].start != now.all[i].start))
            k++;
        if (k < known->count)
            continue;
        tum_grow(&known->all, &known->cap, known->count + 1);
        known->all[known->count++] = now.all[i];
    }
    tum_proctree_release(&now);
}

static void signal_info(const struct tum_procinfo *info, int signal)
{
    tum_procinfo_signal(info, signal);
    if (signal == SIGTERM)
        tum_procinfo_signal(info, SIGCONT);
}

void tum_worker_signal(struct tum_worker *worker, int signal,
                       struct tum_worker_tree **tree)
{
    pid_t pid = known_pid(worker);
    size_t known;

    if (*tree == NULL)
        *tree = tum_new(struct tum_worker_tree);
    if (pid == 0)
        return;
    /* Once it was reaped its number may be somebody else's. */
    if (!tum_worker_news(worker))
        remember(*tree, pid);
    known = (*tree)->below.count;
    for (size_t i = 0; i < known; i++)
        remember(*tree, (*tree)->below.all[i].pid);
    signal_one(worker, signal);
    if (signal == SIGTERM)
        signal_one(worker, SIGCONT);
    for (size_t i = 0; i < (*tree)->below.count; i++)
        signal_info(&(*tree)->below.all[i], signal);
}

void tum_worker_tree_free(struct tum_worker_tree *tree)
{
    if (tree == NULL)
        return;
    tum_proctree_release(&tree->below);
    tum_free(tree);
}

/* ---- how it ended ---- */

static char *worker_cause(void *ctx)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_worker *worker = ctx;
    struct tum_proc_status status;

    if (worker->proc == NULL)
        return forked_cause(worker);
    if (tum_proc_wait(worker->proc, NULL, tum_now() + CAUSE_PATIENCE, &status) !=
        TUM_READY)
        return tum_strdup("it closed its link");
    if (status.exited && status.code == TUM_WORKER_TOO_OLD)
        return tum_strdup("it is not Python 3");
    tum_proc_status_text(&status, &text);
    return tum_buf_detach(&text);
}

static bool send_start(struct tum_worker *worker, const struct tum_worker_opts *opts,
                       struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf setup = TUM_BUF_INIT(TUM_FRAME_LIMIT);
    TUM_AUTO(tum_buf_release) struct tum_buf source = TUM_BUF_INIT(TUM_FRAME_LIMIT);

    add_setup(opts, &setup);
    tum_buf_add(&source, tum_common_py, tum_common_py_size);
    tum_buf_add(&source, tum_worker_py, tum_worker_py_size);
    return tum_rpc_send(worker->rpc, tum_buf_str(&source), err) &&
           tum_rpc_send(worker->rpc, tum_buf_str(&setup), err);
}

static struct tum_worker *new_worker(const char *program, tum_time patience)
{
    struct tum_worker *worker = tum_new(struct tum_worker);

    atomic_init(&worker->refs, 1);
    worker->python = tum_strdup(program);
    worker->patience = patience;
    worker->raw = worker->status = worker->pidfd = -1;
    tum_lock_init(&worker->lock, TUM_RANK_WORKER);
    tum_buf_init(&worker->news, NEWS_LIMIT);
    return worker;
}

struct tum_worker *tum_worker_forked(const struct tum_worker_fork *fork)
{
    struct tum_worker *worker = new_worker(fork->program, fork->patience);

    worker->raw = fork->raw;
    worker->status = fork->status;
    worker->rpc = tum_rpc_new(&(struct tum_rpc_opts){
        .link = fork->link, .raw = fork->raw, .cause = worker_cause, .ctx = worker});
    return worker;
}

struct tum_worker *tum_worker_start(const struct tum_worker_opts *opts,
                                    struct tum_error **err)
{
    struct tum_worker *worker;
    int ours = -1, theirs = -1, raw = -1, raw_theirs = -1;
    bool ok;

    worker = new_worker(opts->python,
                        tum_time_add(tum_now(), opts->config->start_timeout > 0
                                                    ? opts->config->start_timeout
                                                    : START_PATIENCE));
    ok = tum_fd_socketpair(&ours, &theirs, err) &&
         tum_fd_set_blocking(ours, false, err) && tum_fd_pipe(&raw, &raw_theirs, err) &&
         tum_fd_set_blocking(raw, false, err) &&
         spawn(worker, opts, theirs, raw_theirs, err);
    tum_fd_close(&theirs);
    tum_fd_close(&raw_theirs);
    if (ok) {
        worker->rpc = tum_rpc_new(&(struct tum_rpc_opts){
            .link = ours, .raw = raw, .cause = worker_cause, .ctx = worker});
        ok = send_start(worker, opts, err);
    } else {
        tum_fd_close(&ours);
        tum_fd_close(&raw);
    }
    if (ok)
        return worker;
    tum_worker_unref(worker);
    return NULL;
}

struct tum_worker *tum_worker_ref(struct tum_worker *worker)
{
    atomic_fetch_add_explicit(&worker->refs, 1, memory_order_relaxed);
    return worker;
}

void tum_worker_unref(struct tum_worker *worker)
{
    if (worker == NULL || atomic_fetch_sub(&worker->refs, 1) != 1)
        return;
    tum_rpc_free(worker->rpc);
    tum_proc_free(worker->proc);
    tum_fd_close(&worker->status);
    tum_fd_close(&worker->pidfd);
    tum_buf_release(&worker->news);
    tum_lock_release(&worker->lock);
    tum_free(worker->unborn);
    tum_free(worker->python);
    tum_free(worker);
}

struct tum_rpc *tum_worker_rpc(struct tum_worker *worker)
{
    return worker->rpc;
}

const char *tum_worker_python(const struct tum_worker *worker)
{
    return worker->python;
}

bool tum_worker_is_new(struct tum_worker *worker)
{
    return !atomic_exchange(&worker->known, true);
}

tum_time tum_worker_patience(const struct tum_worker *worker)
{
    return worker->patience;
}

bool tum_worker_hello_fits(tum_val hello, char **ret_why)
{
    int64_t protocol = 0;
    tum_val v;

    if (tum_map_peeks(hello, "protocol", &v) && tum_val_to_int64(v, &protocol) &&
        protocol == TUM_WORKER_PROTOCOL)
        return true;
    *ret_why = tum_asprintf("it speaks version %lld of the worker protocol, not %d",
                            (long long)protocol, TUM_WORKER_PROTOCOL);
    return false;
}

/* ---- the interpreter ---- */

char *tum_python_find(const char *wanted)
{
    static const char *const names[] = {"python3", "python"};

    char *path = is_given(wanted) ? tum_path_find_program(wanted) : NULL;

    for (size_t i = 0; path == NULL && i < TUM_LEN(names); i++)
        path = tum_path_find_program(names[i]);
    return path;
}

void tum_python_config_release(struct tum_python_config *config)
{
    for (char **p = config->path; p != NULL && *p != NULL; p++)
        tum_free(*p);
    for (char **p = config->env; p != NULL && *p != NULL; p++)
        tum_free(*p);
    tum_free(config->path);
    tum_free(config->env);
    tum_free(config->python_bin);
    tum_free(config->directory);
    tum_free(config->env_path);
    tum_free(config->env_pythonpath);
    *config = (struct tum_python_config){0};
}

struct tum_str tum_worker_printed(struct tum_str text, struct tum_buf *room)
{
    size_t from = 0;

    for (size_t i = 0; i + 2 < text.n; i++) {
        const unsigned char *s = (const unsigned char *)text.s + i;

        if (s[0] != 0xED || (s[1] != 0xB2 && s[1] != 0xB3))
            continue;
        tum_buf_add(room, text.s + from, i - from);
        tum_buf_addc(room, (char)((s[1] == 0xB2 ? 0x80 : 0xC0) | (s[2] & 0x3F)));
        from = i + 3;
        i += 2;
    }
    if (from == 0)
        return text;
    tum_buf_add(room, text.s + from, text.n - from);
    return tum_buf_str(room);
}
