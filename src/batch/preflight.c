/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of probes. Each finding has three parts: what was found with its evidence,
 * why it matters, what to do.
 */
#include "batch/preflight.h"
#include "base/fd.h"
#include "base/path.h"
#include "batch/batchstate.h"
#include "batch/probing.h"
#include "batch/procscan.h"
#include "batch/runid.h"
#include "io/proctree.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#define COMMAND_LIMIT 200
/* Of a line of a traceback or an answer. */
#define LINE_LIMIT    400
#define CLEAN_GRACE   (500 * TUM_MS)
#define LOOK_AGAIN    (10 * TUM_MS)

bool tum_probing_say(struct tum_probing *p, const char *why, const char *todo)
{
    tum_buf_addf(p->out, "; %s; %s", why, todo);
    return false;
}

void tum_probing_lines(struct tum_probing *p, struct tum_str text)
{
    struct tum_str all = tum_str_trim(text), last;
    size_t end = tum_str_find_char(all, '\n', 0), start = all.n;

    tum_buf_addt(p->out, tum_str_sub(tum_str_sub(all, 0, end), 0, LINE_LIMIT));
    if (end == TUM_STR_NONE)
        return;
    while (start > 0 && all.s[start - 1] != '\n')
        start--;
    last = tum_str_sub(all, start, all.n);
    tum_buf_addf(p->out, " … %.*s", TUM_STR_ARG(tum_str_sub(last, 0, LINE_LIMIT)));
}

static char *probe_path(const struct tum_probing *p, const char *path)
{
    return tum_project_path(p->opts->project, path);
}

/* A service of this very batch is where it is to be. */
static bool is_own(pid_t pid)
{
    TUM_AUTO(tum_buf_release) struct tum_buf run = TUM_BUF_INIT(4096);
    const char *mark = getenv(TUM_RUN_VARIABLE);

    tum_process_run(pid, &run);
    return mark != NULL && run.len > 0 && strcmp(run.s, mark) == 0;
}

/* A process of a run that is over may be ended with --clean; nothing else ever. */
static bool clean_process(struct tum_probing *p, const struct tum_process *process)
{
    TUM_AUTO(tum_buf_release) struct tum_buf run = TUM_BUF_INIT(4096);
    const struct tum_procinfo info = {.pid = process->pid, .start = process->ticks};
    tum_time until = tum_now() + CLEAN_GRACE;

    tum_process_run(process->pid, &run);
    if (!p->opts->clean || run.len == 0 || tum_run_id_lives(tum_buf_str(&run)))
        return false;
    tum_procinfo_signal(&info, SIGTERM);
    while (tum_process_ticks(process->pid) == process->ticks && tum_now() < until)
        tum_wait(p->opts->stop, -1, 0, tum_now() + LOOK_AGAIN);
    tum_procinfo_signal(&info, SIGKILL);
    while (tum_process_ticks(process->pid) == process->ticks &&
           tum_now() < until + CLEAN_GRACE)
        tum_wait(p->opts->stop, -1, 0, tum_now() + LOOK_AGAIN);
    return tum_process_ticks(process->pid) != process->ticks;
}

static bool probe_port(struct tum_probing *p)
{
    const char *address = tum_conf_text(p->conf, "address");
    bool open = tum_conf_flag(p->conf, "open", p->opts->service);
    struct tum_listeners listeners;
    const struct tum_listener *found;
    struct tum_process holder = {0};
    bool ok;

    tum_listeners_read(&listeners);
    found = tum_listeners_find(&listeners, address);
    if (found != NULL && !open)
        holder = tum_socket_holder(found->inode);
    ok = (found != NULL) == open;
    if (!ok && !open && holder.pid != 0 &&
        (is_own(holder.pid) || clean_process(p, &holder))) {
        ok = true;
    } else if (!ok && open) {
        tum_buf_addf(p->out, "nothing listens on port %s", address);
        tum_probing_say(p, "what needs it cannot work", "start it");
    } else if (!ok) {
        tum_buf_addf(p->out, "port %s is taken by ", address);
        if (holder.pid != 0)
            tum_process_write(holder.pid, COMMAND_LIMIT, p->out);
        else
            tum_buf_addf(p->out, "a process of user %u", (unsigned)found->uid);
        tum_probing_say(
            p, "what is to listen there cannot start",
            "end that process, or use --clean when it is of an earlier run");
    }
    tum_listeners_release(&listeners);
    return ok;
}

/* Nobody has it bound, whatever names the kernel lists; asked before it is removed. */
static bool is_stale(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, os = 0;

    if (strlen(path) >= sizeof(address.sun_path))
        return false;
    memcpy(address.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        os = errno;
    tum_fd_close(&fd);
    return os == ECONNREFUSED;
}

static bool probe_socket_path(struct tum_probing *p, const char *path, bool open)
{
    uint64_t inode = tum_unix_listener(path);
    struct tum_process holder;
    struct stat st;

    if (open) {
        if (inode != 0)
            return true;
        tum_buf_addf(p->out, "nobody listens on the socket %s", path);
        return tum_probing_say(p, "what needs it cannot work", "start it");
    }
    if (lstat(path, &st) != 0)
        return true;
    if (inode == 0 && S_ISSOCK(st.st_mode) && is_stale(path)) {
        if (p->opts->clean && tum_conf_flag(p->conf, "clean", false) &&
            unlink(path) == 0)
            return true;
        tum_buf_addf(p->out, "the socket %s is left over: nobody listens on it", path);
        return tum_probing_say(p, "what binds it fails",
                               tum_conf_flag(p->conf, "clean", false)
                                   ? "remove it, or use --clean"
                                   : "remove it");
    }
    holder = tum_socket_holder(inode);
    if (holder.pid != 0 && is_own(holder.pid))
        return true;
    tum_buf_addf(p->out, "the socket %s is there", path);
    if (holder.pid != 0) {
        tum_buf_adds(p->out, ", served by ");
        tum_process_write(holder.pid, COMMAND_LIMIT, p->out);
    }
    return tum_probing_say(p, "two registries would answer",
                           "end the process that serves it");
}

static bool probe_socket(struct tum_probing *p)
{
    TUM_AUTO(tum_freep) char *path = probe_path(p, tum_conf_text(p->conf, "path"));
    bool open = tum_conf_flag(p->conf, "open", p->opts->service);
    glob_t found;
    bool ok = true;

    if (glob(path, 0, NULL, &found) != 0)
        return open ? probe_socket_path(p, path, true) : true;
    for (size_t i = 0; ok && i < found.gl_pathc; i++)
        ok = probe_socket_path(p, found.gl_pathv[i], open);
    globfree(&found);
    return ok;
}

struct matching {
    struct tum_probing *p;
    const char *folder, *command;
    struct tum_process found;
};

static bool match_process(void *ctx, const struct tum_process *process)
{
    struct matching *m = ctx;
    TUM_AUTO(tum_buf_release) struct tum_buf command = TUM_BUF_INIT(65536);

    if (!tum_process_is_under(process->pid, m->folder) || is_own(process->pid) ||
        tum_process_is_around(process->pid))
        return true;
    tum_process_command(process->pid, &command);
    if (m->command != NULL &&
        tum_str_find(tum_buf_str(&command), tum_str_of(m->command), 0) == TUM_STR_NONE)
        return true;
    if (clean_process(m->p, process))
        return true;
    m->found = *process;
    return false;
}

static bool probe_process(struct tum_probing *p)
{
    TUM_AUTO(tum_freep) char *folder = probe_path(p, tum_conf_text(p->conf, "under"));
    struct matching m = {p, folder, tum_conf_text(p->conf, "command"), {0}};

    tum_processes_each(match_process, &m);
    if (m.found.pid == 0)
        return true;
    tum_process_write(m.found.pid, COMMAND_LIMIT, p->out);
    tum_buf_addf(p->out, " runs under %s", folder);
    return tum_probing_say(p, "it may answer in place of what is to be tested",
                           "end it, or use --clean when it is of an earlier run");
}

/* Runs a program within the time; false: the finding says why. */
static bool run_program(struct tum_probing *p, const char *const *argv,
                        const char *directory, struct tum_proc_result *ret)
{
    const struct tum_proc_run_opts opts = {
        .proc = {TUM_PROC_OPTS, .argv = argv, .directory = directory,
                 .grace = 100 * TUM_MS},
        .stop = p->opts->stop,
        .deadline = p->deadline,
        .out_limit = 65536,
        .merge = true,
    };
    struct tum_error *err = NULL;
    char *text;

    if (tum_proc_run(&opts, ret, &err))
        return true;
    text = tum_error_text(err);
    tum_buf_adds(p->out, text);
    tum_free(text);
    tum_error_free(err);
    tum_probing_say(p, "the check could not be made", "see that the program is there");
    return false;
}

static bool judge_program(struct tum_probing *p, const char *name,
                          struct tum_proc_result *result, const char *why,
                          const char *todo)
{
    bool ok = result->ended && result->status.exited && result->status.code == 0;

    if (!ok) {
        tum_buf_addf(p->out, "'%s' ", name);
        if (result->late)
            tum_buf_adds(p->out, "did not end in time");
        else if (result->stopped)
            tum_buf_adds(p->out, "was stopped");
        else
            tum_proc_status_text(&result->status, p->out);
        if (result->out.len > 0) {
            tum_buf_adds(p->out, ": ");
            tum_probing_lines(p, tum_buf_str(&result->out));
        }
        tum_probing_say(p, why, todo);
    }
    tum_proc_result_release(result);
    return ok;
}

static bool probe_command(struct tum_probing *p)
{
    const char *directory = tum_conf_text(p->conf, "directory");
    TUM_AUTO(tum_freep)
    char *folder = probe_path(p, directory != NULL ? directory : ".");
    const char **argv = tum_conf_words(tum_conf_get(p->conf, "run"));
    TUM_AUTO(tum_freep) char *beside = probe_path(p, argv[0]);
    TUM_AUTO(tum_freep) char *name = tum_strdup(argv[0]);
    struct tum_proc_result result;
    bool ok;

    /* A path with a slash is relative to the project file. */
    if (strchr(argv[0], '/') != NULL)
        argv[0] = beside;
    ok = run_program(p, argv, folder, &result) &&
         judge_program(p, name, &result, "the bench is not ready",
                       "do what the check says");
    tum_free(argv);
    return ok;
}

/* Says what is wrong, in three parts, and exits with 1; argv: rules, modules, folder. */
static const char interpreter_script[] =
    "import sys, importlib.util as u\n"
    "want, venv, under, mods = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]\n"
    "v = sys.version_info[:3]\n"
    "t = lambda s: tuple(int(x) for x in s.strip().split('.') if x.isdigit())\n"
    "ops = {'>=': lambda a, b: a >= b, '<=': lambda a, b: a <= b,\n"
    "       '==': lambda a, b: a == b, '!=': lambda a, b: a != b,\n"
    "       '>': lambda a, b: a > b, '<': lambda a, b: a < b}\n"
    "for rule in filter(None, (r.strip() for r in want.split(','))):\n"
    "    op = next((o for o in ops if rule.startswith(o)), '==')\n"
    "    w = t(rule[len(op):] if rule.startswith(op) else rule)\n"
    "    if not ops[op](v[:len(w)], w):\n"
    "        sys.exit('%s is Python %d.%d.%d, wanted %s' % ((sys.executable,) + v + "
    "(rule,)))\n"
    "inside = sys.prefix != getattr(sys, 'base_prefix', sys.prefix)\n"
    "if venv == 'required' and not inside:\n"
    "    sys.exit('%s is not in a virtual environment' % sys.executable)\n"
    "if venv == 'forbidden' and inside:\n"
    "    sys.exit('%s is in a virtual environment' % sys.executable)\n"
    "import os\n"
    "sys.path.insert(0, os.getcwd())\n"
    "for m in mods:\n"
    "    try:\n"
    "        s = u.find_spec(m)\n"
    "    except Exception as e:\n"
    "        s = None\n"
    "    if s is None:\n"
    "        sys.exit('%s has no module %s' % (sys.executable, m))\n"
    "    o = os.path.realpath(s.origin or (list(s.submodule_search_locations or ['']) "
    "+ "
    "[''])[0])\n"
    "    if under and not (o + '/').startswith(os.path.realpath(under) + '/'):\n"
    "        sys.exit('module %s is %s, not below %s' % (m, o, under))\n";

static bool probe_interpreter(struct tum_probing *p)
{
    const char *program = tum_conf_text(p->conf, "program");
    const char *python = tum_conf_text(p->conf, "python");
    const char *venv = tum_conf_text(p->conf, "venv");
    const char *under = tum_conf_text(p->conf, "under");
    tum_val modules = tum_conf_get(p->conf, "modules");
    TUM_AUTO(tum_freep) char *folder = under != NULL ? probe_path(p, under) : NULL;
    const char **argv = tum_new_array(const char *, tum_list_len(modules) + 8);
    struct tum_proc_result result;
    size_t n = 0;
    bool ok;

    argv[n++] = program != NULL ? program : "python3";
    argv[n++] = "-c";
    argv[n++] = interpreter_script;
    argv[n++] = python != NULL ? python : "";
    argv[n++] = venv != NULL ? venv : "any";
    argv[n++] = folder != NULL ? folder : "";
    tum_list_each (module, modules)
        argv[n++] = tum_val_text(*module).s;
    ok = run_program(p, argv, p->opts->project->root, &result) &&
         judge_program(p, argv[0], &result, "functions would run in the wrong place",
                       "activate the environment of the project");
    tum_free(argv);
    return ok;
}

static bool probe_disk(struct tum_probing *p)
{
    const char *path = tum_conf_text(p->conf, "path");
    TUM_AUTO(tum_freep) char *folder = probe_path(p, path != NULL ? path : ".");
    int64_t wanted = tum_conf_int(p->conf, "free", 0);
    struct statvfs fs;
    uint64_t free;

    if (statvfs(folder, &fs) != 0) {
        tum_buf_addf(p->out, "cannot look at '%s': %s", folder, tum_errno_text(errno));
        return tum_probing_say(p, "reports may not be written",
                               "see that the folder is there");
    }
    free = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (free >= (uint64_t)wanted)
        return true;
    tum_buf_addf(p->out, "%llu MiB are free at %s, wanted %lld MiB",
                 (unsigned long long)(free >> 20), folder, (long long)(wanted >> 20));
    return tum_probing_say(p, "reports may not be written", "make room");
}

static bool probe_env(struct tum_probing *p)
{
    tum_list_each (name, p->conf) {
        const char *value = getenv(tum_val_text(*name).s);

        if (value == NULL || value[0] == '\0') {
            tum_buf_addf(p->out, "the variable %s is not set", tum_val_text(*name).s);
            return tum_probing_say(p, "campaigns depend on it", "set it");
        }
    }
    return true;
}

static const struct {
    const char *name;
    bool (*run)(struct tum_probing *p);
} kinds[] = {
    {"port", probe_port},       {"socket", probe_socket},
    {"process", probe_process}, {"http", tum_probe_http},
    {"command", probe_command}, {"interpreter", probe_interpreter},
    {"disk", probe_disk},       {"env", probe_env},
};

/* All attempts of an http probe, with the pauses between them. */
static tum_time patience(const char *kind, tum_val conf)
{
    tum_time timeout = tum_conf_time(conf, "timeout", TUM_SECOND);
    int64_t attempts = tum_conf_int(conf, "attempts", 1);

    if (strcmp(kind, "http") != 0)
        return timeout;
    return attempts * timeout +
           (attempts - 1) * tum_conf_time(conf, "backoff", TUM_SECOND);
}

bool tum_probe(tum_val probe, const struct tum_probe_opts *opts,
               struct tum_buf *finding)
{
    for (size_t i = 0; i < TUM_LEN(kinds); i++) {
        struct tum_probing p = {.opts = opts, .out = finding};

        p.conf = tum_conf_get(probe, kinds[i].name);
        if (p.conf.kind == TUM_NONE)
            continue;
        p.deadline = opts->deadline != 0
                         ? opts->deadline
                         : tum_time_add(tum_now(), patience(kinds[i].name, p.conf));
        if (!kinds[i].run(&p))
            return false;
    }
    return true;
}

bool tum_preflight_run(struct tum_batch *batch, const char *campaign,
                       struct tum_buf *finding)
{
    const struct tum_probe_opts opts = {
        .project = batch->project,
        .clean =
            batch->opts->clean || tum_conf_flag(batch->project->config, "clean", false),
        .stop = batch->soft,
    };
    size_t number = 0;

    tum_list_each (probe, tum_conf_get(batch->project->config, "preflight")) {
        const char *kind = tum_val_text(tum_map_entries(*probe)->key).s;
        bool ok = tum_probe(*probe, &opts, finding);
        struct tum_map_builder *b = tum_map_begin(5);

        number++;
        tum_map_adds(b, "check", tum_val_str(kind));
        tum_map_adds(b, "ok", tum_val_bool(ok));
        if (campaign != NULL)
            tum_map_adds(b, "campaign", tum_val_str(campaign));
        if (!ok)
            tum_map_adds(b, "message", tum_val_str(finding->s));
        tum_lock_enter(&batch->lock);
        tum_batch_emit(batch, "preflight", tum_map_end(b));
        tum_lock_leave(&batch->lock);
        if (!ok) {
            TUM_AUTO(tum_freep) char *text = tum_strdup(finding->s);

            tum_buf_reset(finding);
            tum_buf_addf(finding, "pre-flight check %zu (%s): %s", number, kind, text);
            return false;
        }
    }
    return true;
}
