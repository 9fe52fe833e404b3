/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services: starting, watching, judging, replacing. What is told to campaigns always has
 * the evidence: how it ended or what the probe found, and the last lines it wrote.
 */
#include "batch/service.h"
#include "base/fd.h"
#include "base/lock.h"
#include "base/path.h"
#include "batch/preflight.h"
#include "batch/procscan.h"
#include "batch/runid.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define TAIL_SIZE     ((size_t)16 << 10)
/* Reads in a row, so that one that writes without end stops nobody. */
#define DRAIN_READS   64
/* A health check answers within this. */
#define HEALTH_BOUND  (900 * TUM_MS)
#define READY_DEFAULT (15 * TUM_SECOND)
#define READY_AGAIN   (30 * TUM_MS)
#define STOP_DEFAULT  (5 * TUM_SECOND)
/* Services and their instances. */
#define SERVICE_LIMIT 1000

struct service;

struct one_use {
    struct service *service;
    void (*died)(void *ctx, const char *reason);
    void *ctx;
    struct one_use *next; /* of the service */
};

struct tum_service_use {
    struct one_use *uses;
    size_t count;
};

struct service {
    struct tum_services *all;
    char *name, *campaign; /* campaign: of an instance for one; or NULL */
    char *user;            /* who used it last, or NULL; with the lock */
    tum_val conf;          /* borrowed */
    struct tum_lock lock;  /* starting, ending, judging */
    struct tum_proc *proc;
    int out; /* read with the facts */
    int log; /* copy of it in the folder of the batch, or -1 */
    pthread_t watcher;
    bool watched;
    struct tum_stop *end;  /* of the watcher */
    struct tum_stop *gone; /* set by the watcher when it ends */

    struct tum_lock facts; /* what the watcher says, and who uses it */
    struct tum_buf tail;
    bool dead;
    struct tum_proc_status status;
    struct one_use *uses;
};

struct tum_services {
    const struct tum_project *project;
    char *run, *folder;
    struct tum_services_sink sink;
    struct tum_lock lock;
    struct service *list[SERVICE_LIMIT];
    size_t count;
};

struct tum_services *tum_services_new(const struct tum_project *project,
                                      const char *run, const char *folder,
                                      const struct tum_services_sink *sink)
{
    struct tum_services *s = tum_new(struct tum_services);

    s->project = project;
    s->run = tum_strdup(run);
    s->folder = folder != NULL ? tum_strdup(folder) : NULL;
    s->sink = *sink;
    tum_lock_init(&s->lock, TUM_RANK_LIVE);
    return s;
}

static void note(struct service *s, const char *what, const char *details)
{
    const struct tum_services_sink *sink = &s->all->sink;

    if (sink->note != NULL)
        sink->note(sink->ctx, s->name, what, details);
}

/* The run whose id its processes carry. */
static const char *run_of(const struct service *s)
{
    return s->campaign != NULL ? s->campaign : s->all->run;
}

static void note_process(struct service *s, bool started)
{
    const struct tum_services_sink *sink = &s->all->sink;

    if (sink->process != NULL)
        sink->process(sink->ctx, s->name, run_of(s), s->proc, started);
}

/* ---- the watcher ---- */

/* With the facts. */
static void keep_tail(struct service *s, const char *bytes, size_t n)
{
    if (s->tail.len + n > 2 * TAIL_SIZE) {
        size_t keep = TUM_MIN(s->tail.len, TAIL_SIZE);

        memmove(s->tail.s, s->tail.s + s->tail.len - keep, keep);
        tum_buf_truncate(&s->tail, keep);
    }
    tum_buf_add(&s->tail, bytes, n);
}

/*
 * Takes what it has written so far. The watcher does when it is woken, and who tells what
 * the service wrote last does before: its last words must not be those of a moment ago.
 */
static void drain(struct service *s)
{
    char bytes[16384];

    tum_lock_enter(&s->facts);
    for (int i = 0; i < DRAIN_READS; i++) {
        ssize_t n = read(s->out, bytes, sizeof(bytes));
        struct tum_error *err = NULL;

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        keep_tail(s, bytes, (size_t)n);
        if (s->log >= 0 && !tum_fd_write_all(s->log, tum_str_n(bytes, (size_t)n), &err))
            tum_error_free(err); /* the record of a service is no reason to end it */
    }
    tum_lock_leave(&s->facts);
}

static void add_last_lines(struct service *s, struct tum_buf *out)
{
    struct tum_str text = tum_buf_str(&s->tail);
    size_t lines = TUM_SERVICE_LINES, at;

    text = tum_str_trim(text);
    at = text.n;
    while (at > 0 && lines > 0) {
        at--;
        if (text.s[at] == '\n' && --lines == 0)
            at++, lines = 0;
        if (lines == 0)
            break;
    }
    if (text.n > 0)
        tum_buf_addf(out, "; its last lines:\n%.*s",
                     TUM_STR_ARG(tum_str_sub(text, at, text.n)));
}

static void add_user(const char *user, struct tum_buf *out)
{
    if (user != NULL)
        tum_buf_addf(out, "; last used by %s", user);
}

/* With the facts. user: as add_user, or NULL. */
static void write_death(struct service *s, const char *user, struct tum_buf *out)
{
    tum_buf_addf(out, "service '%s' ended: ", s->name);
    tum_proc_status_text(&s->status, out);
    add_user(user, out);
    add_last_lines(s, out);
}

static void *watch(void *arg)
{
    struct service *s = arg;

    for (;;) {
        struct pollfd fds[2] = {
            {.fd = s->out, .events = POLLIN},
            {.fd = tum_proc_fd(s->proc), .events = POLLIN},
        };
        struct tum_proc_status status;
        enum tum_waited waited = tum_wait_many(s->end, fds, 2, TUM_FOREVER);

        drain(s);
        if (waited == TUM_STOPPED)
            break;
        if (fds[0].revents & POLLHUP)
            tum_wait(s->end, tum_proc_fd(s->proc), POLLIN, TUM_FOREVER);
        if (tum_proc_wait(s->proc, NULL, tum_now(), &status) != TUM_READY)
            continue;
        TUM_AUTO(tum_buf_release) struct tum_buf why = TUM_BUF_INIT((size_t)32 << 10);
        drain(s);
        tum_lock_enter(&s->facts);
        s->status = status;
        s->dead = true;
        write_death(s, NULL, &why);
        for (struct one_use *use = s->uses; use != NULL; use = use->next) {
            if (use->died != NULL)
                use->died(use->ctx, why.s);
        }
        tum_lock_leave(&s->facts);
        break;
    }
    tum_stop_request(s->gone, TUM_STOP_WAKE);
    return NULL;
}

/* ---- starting and ending ---- */

static int signal_number(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } names[] = {{"TERM", SIGTERM}, {"INT", SIGINT},   {"HUP", SIGHUP},
                 {"QUIT", SIGQUIT}, {"KILL", SIGKILL}, {"USR1", SIGUSR1},
                 {"USR2", SIGUSR2}};
    struct tum_str text = tum_str_of(name != NULL ? name : "TERM");
    int64_t number;

    if (tum_str_starts(text, "SIG"))
        text = tum_str_sub(text, 3, text.n);
    for (size_t i = 0; i < TUM_LEN(names); i++) {
        if (tum_str_is_nocase(text, names[i].name))
            return names[i].number;
    }
    return tum_str_int(text, &number) && number > 0 && number < 32 ? (int)number
                                                                   : SIGTERM;
}

/* While there is a watcher, it alone waits for the process, and others for the watcher. */
static void wait_death(struct service *s, tum_time deadline)
{
    if (s->watched)
        tum_wait(s->gone, -1, 0, deadline);
    else
        tum_proc_wait(s->proc, NULL, deadline, NULL);
}

/* With the service's lock. */
static void end_service(struct service *s)
{
    tum_val stop = tum_conf_get(s->conf, "stop");
    tum_time grace = tum_conf_time(stop, "grace", STOP_DEFAULT);
    int signal = signal_number(tum_conf_text(stop, "signal"));

    if (s->proc == NULL)
        return;
    if (signal != SIGTERM) {
        tum_proc_signal(s->proc, signal);
        wait_death(s, tum_now() + grace);
        grace = 0;
    }
    tum_proc_end(s->proc, grace);
    wait_death(s, tum_now() + grace + 2 * TUM_SECOND);
    if (s->watched) {
        tum_stop_request(s->end, TUM_STOP_USER);
        pthread_join(s->watcher, NULL);
        s->watched = false;
    }
    tum_stop_unref(s->end);
    tum_stop_unref(s->gone);
    s->end = s->gone = NULL;
    note_process(s, false);
    tum_proc_free(s->proc);
    s->proc = NULL;
    tum_fd_close(&s->out);
    tum_fd_close(&s->log);
}

static int open_log(const struct service *s)
{
    TUM_AUTO(tum_freep) char *name = tum_asprintf("service-%s.log", s->name);
    TUM_AUTO(tum_freep)
    char *path = s->all->folder != NULL ? tum_path_join(s->all->folder, name) : NULL;

    return path != NULL ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)
                        : -1;
}

static char **service_env(struct service *s)
{
    tum_val map = tum_conf_get(s->conf, "environment");
    char **env = tum_new_array(char *, tum_map_len(map) + 2);
    size_t n = 0;

    env[n++] = tum_asprintf("%s=%s", TUM_RUN_VARIABLE, run_of(s));
    tum_map_each (entry, map) {
        if (entry->value.kind == TUM_STR)
            env[n++] = tum_asprintf("%s=%s", tum_val_text(entry->key).s,
                                    tum_val_text(entry->value).s);
        else
            env[n++] = tum_strdup(tum_val_text(entry->key).s);
    }
    return env;
}

static bool spawn(struct service *s, struct tum_error **err)
{
    const char *directory = tum_conf_text(s->conf, "directory");
    TUM_AUTO(tum_freep)
    char *folder =
        tum_project_path(s->all->project, directory != NULL ? directory : ".");
    const char **argv = tum_conf_words(tum_conf_get(s->conf, "command"));
    TUM_AUTO(tum_freep) char *beside = tum_project_path(s->all->project, argv[0]);
    char **env = service_env(s);
    struct tum_proc_opts opts = {TUM_PROC_OPTS, .argv = argv, .directory = folder,
                                 .env = (const char *const *)env,
                                 .grace = STOP_DEFAULT};
    int write_end = -1;
    bool ok;

    if (strchr(argv[0], '/') != NULL && tum_path_is_file(beside))
        argv[0] = beside;
    ok = tum_fd_pipe(&s->out, &write_end, err) &&
         tum_fd_set_blocking(s->out, false, err);
    opts.out = opts.err = write_end;
    ok = ok && tum_proc_start(&opts, &s->proc, err);
    tum_fd_close(&write_end);
    if (!ok)
        tum_fd_close(&s->out);
    for (size_t i = 0; env[i] != NULL; i++)
        tum_free(env[i]);
    tum_free(env);
    tum_free(argv);
    if (!ok)
        return false;
    note_process(s, true);
    s->end = tum_stop_new(NULL);
    s->gone = tum_stop_new(NULL);
    s->dead = false;
    s->log = open_log(s);
    tum_buf_reset(&s->tail);
    s->watched = pthread_create(&s->watcher, NULL, watch, s) == 0;
    return true;
}

/* "127.0.0.1:8999" of a probe of a port or a web server on this machine; for tum_free. */
static char *probe_address(tum_val probe)
{
    const char *port = tum_conf_text(tum_conf_get(probe, "port"), "address");
    const char *url = tum_conf_text(tum_conf_get(probe, "http"), "url");
    const char *start;
    char *address;

    if (port != NULL)
        return tum_strdup(port);
    if (url == NULL || (start = strstr(url, "://")) == NULL)
        return NULL;
    start += 3;
    address = tum_strndup(start, strcspn(start, "/?#"));
    if (strncmp(address, "127.", 4) != 0 && strncmp(address, "localhost", 9) != 0 &&
        strncmp(address, "[::1]", 5) != 0) {
        tum_free(address);
        return NULL;
    }
    if (strrchr(address, ':') == NULL || address[strlen(address) - 1] == ']') {
        char *full = tum_asprintf("%s:80", address);

        tum_free(address);
        return full;
    }
    return address;
}

/* Somebody else sits where the service is to listen. */
static bool is_taken(struct service *s, struct tum_buf *out)
{
    const char *const keys[] = {"ready", "health"};
    bool taken = false;

    for (size_t i = 0; i < TUM_LEN(keys) && !taken; i++) {
        TUM_AUTO(tum_freep)
        char *address = probe_address(tum_conf_get(s->conf, keys[i]));
        struct tum_listeners listeners;
        const struct tum_listener *found;

        if (address == NULL)
            continue;
        tum_listeners_read(&listeners);
        found = tum_listeners_find(&listeners, address);
        if (found != NULL) {
            struct tum_process holder = tum_socket_holder(found->inode);

            taken = true;
            tum_buf_addf(out, "port %s is taken by ", address);
            if (holder.pid != 0)
                tum_process_write(holder.pid, 200, out);
            else
                tum_buf_adds(out, "another process");
        }
        tum_listeners_release(&listeners);
    }
    return taken;
}

static bool is_dead(struct service *s)
{
    bool dead;

    tum_lock_enter(&s->facts);
    dead = s->dead;
    tum_lock_leave(&s->facts);
    return dead;
}

/* Starts it and waits until it is ready; false: `out` says why not. */
static bool start_service(struct service *s, struct tum_stop *stop, struct tum_buf *out)
{
    tum_val ready = tum_conf_get(s->conf, "ready");
    tum_time within = tum_conf_time(ready, "within", READY_DEFAULT);
    tum_time until = tum_now() + within;
    struct tum_error *err = NULL;

    if (is_taken(s, out))
        return false;
    if (!spawn(s, &err)) {
        char *text = tum_error_text(err);

        tum_buf_adds(out, text);
        tum_free(text);
        tum_error_free(err);
        return false;
    }
    for (;;) {
        TUM_AUTO(tum_buf_release) struct tum_buf finding = TUM_BUF_INIT(8192);
        const struct tum_probe_opts opts = {
            .project = s->all->project,
            .service = true,
            .stop = stop,
            .deadline = TUM_MIN(until, tum_now() + TUM_SECOND),
        };

        if (is_dead(s)) {
            tum_lock_enter(&s->facts);
            write_death(s, NULL, out);
            tum_lock_leave(&s->facts);
            break;
        }
        if (tum_probe(ready, &opts, &finding) && !is_dead(s))
            return true;
        if (tum_now() >= until || tum_stop_is_set(stop)) {
            TUM_AUTO(tum_buf_release) struct tum_buf time = TUM_BUF_INIT(64);

            tum_duration_text(within, &time);
            tum_buf_addf(out, "not ready within %s: %s", time.s, finding.s);
            drain(s);
            tum_lock_enter(&s->facts);
            add_last_lines(s, out);
            tum_lock_leave(&s->facts);
            break;
        }
        /* Its end is noticed at once, its readiness at the next look. */
        tum_wait(stop, tum_proc_fd(s->proc), POLLIN, tum_now() + READY_AGAIN);
    }
    end_service(s);
    return false;
}

/* ---- judging ---- */

static bool is_healthy(struct service *s, struct tum_stop *stop, struct tum_buf *out)
{
    tum_val health = tum_conf_get(s->conf, "health");
    const struct tum_probe_opts opts = {
        .project = s->all->project,
        .service = true,
        .stop = stop,
        .deadline = tum_now() + HEALTH_BOUND,
    };

    if (is_dead(s)) {
        tum_lock_enter(&s->facts);
        write_death(s, s->user, out);
        tum_lock_leave(&s->facts);
        return false;
    }
    if (health.kind == TUM_NONE)
        return true;
    TUM_AUTO(tum_buf_release) struct tum_buf finding = TUM_BUF_INIT(8192);
    if (tum_probe(health, &opts, &finding))
        return true;
    tum_buf_addf(out, "service '%s' is not healthy: %s", s->name, finding.s);
    add_user(s->user, out);
    drain(s);
    tum_lock_enter(&s->facts);
    add_last_lines(s, out);
    tum_lock_leave(&s->facts);
    return false;
}

/* With the service's lock. *ret_text: for tum_free, or NULL. */
static enum tum_needed make_ready(struct service *s, struct tum_stop *stop,
                                  char **ret_text)
{
    TUM_AUTO(tum_buf_release) struct tum_buf why = TUM_BUF_INIT((size_t)32 << 10);
    TUM_AUTO(tum_buf_release) struct tum_buf start = TUM_BUF_INIT((size_t)32 << 10);
    const char *policy = tum_conf_text(s->conf, "on_degraded");

    if (s->proc == NULL) {
        note(s, "starting", "");
        if (start_service(s, stop, &start)) {
            note(s, "ready", "");
            return TUM_NEEDED_READY;
        }
        note(s, "error", start.s);
        *ret_text =
            tum_asprintf("service '%s' cannot be started: %s", s->name, start.s);
        return TUM_NEEDED_ERROR;
    }
    if (is_healthy(s, stop, &why))
        return TUM_NEEDED_READY;
    note(s, "degraded", why.s);
    if (policy != NULL && strcmp(policy, "respawn") != 0) {
        *ret_text = tum_strdup(why.s);
        return strcmp(policy, "skip") == 0 ? TUM_NEEDED_SKIP : TUM_NEEDED_DEGRADED;
    }
    end_service(s);
    if (start_service(s, stop, &start)) {
        note(s, "respawned", why.s);
        *ret_text = tum_asprintf("respawned: %s", why.s);
        return TUM_NEEDED_READY;
    }
    note(s, "error", start.s);
    *ret_text = tum_asprintf("service '%s' cannot be respawned: %s; it was respawned "
                             "because: %s",
                             s->name, start.s, why.s);
    return TUM_NEEDED_ERROR;
}

/* The service of a name, or its instance for a campaign; NULL: there is none. */
static struct service *find_service(struct tum_services *all, const char *name,
                                    const char *campaign)
{
    tum_val conf = tum_conf_get(tum_conf_get(all->project->config, "services"), name);
    const char *scope = tum_conf_text(conf, "scope");
    bool own = scope != NULL && strcmp(scope, "campaign") == 0;
    struct service *found = NULL;

    if (conf.kind != TUM_MAP)
        return NULL;
    tum_lock_enter(&all->lock);
    for (size_t i = 0; i < all->count && found == NULL; i++) {
        struct service *s = all->list[i];

        if (strcmp(s->name, name) == 0 &&
            (!own || (s->campaign != NULL && strcmp(s->campaign, campaign) == 0)))
            found = s;
    }
    if (found == NULL && all->count < SERVICE_LIMIT) {
        found = tum_new(struct service);
        found->all = all;
        found->log = -1;
        found->name = tum_strdup(name);
        found->campaign = own ? tum_strdup(campaign) : NULL;
        found->conf = conf;
        found->out = -1;
        tum_buf_init(&found->tail, 2 * TAIL_SIZE);
        tum_lock_init(&found->lock, TUM_RANK_SERVICE);
        tum_lock_init(&found->facts, TUM_RANK_CONSOLE);
        all->list[all->count++] = found;
    }
    tum_lock_leave(&all->lock);
    return found;
}

static void add_use(struct tum_service_use *use, struct service *s,
                    void (*died)(void *ctx, const char *reason), void *ctx)
{
    struct one_use *one = &use->uses[use->count++];

    *one = (struct one_use){.service = s, .died = died, .ctx = ctx};
    tum_lock_enter(&s->facts);
    one->next = s->uses;
    s->uses = one;
    tum_lock_leave(&s->facts);
}

enum tum_needed tum_services_need(struct tum_services *services, tum_val names,
                                  const char *campaign, const char *user,
                                  struct tum_stop *stop,
                                  void (*died)(void *ctx, const char *reason),
                                  void *ctx, struct tum_service_use **ret_use,
                                  char **ret_text)
{
    struct tum_service_use *use = tum_new(struct tum_service_use);
    enum tum_needed state = TUM_NEEDED_READY;
    char *all_text = NULL;

    use->uses = tum_new_array(struct one_use, tum_list_len(names));
    tum_list_each (item, names) {
        const char *name = tum_val_text(*item).s;
        struct service *s = find_service(services, name, campaign);
        char *text = NULL;

        if (s == NULL) {
            text = tum_asprintf("there is no service '%s'", name);
            state = TUM_NEEDED_ERROR;
        } else {
            tum_lock_enter(&s->lock);
            state = make_ready(s, stop, &text);
            if (state == TUM_NEEDED_READY) {
                add_use(use, s, died, ctx);
                tum_free(s->user);
                s->user = user != NULL ? tum_strdup(user) : NULL;
            }
            tum_lock_leave(&s->lock);
        }
        if (state != TUM_NEEDED_READY) {
            tum_free(all_text);
            all_text = text;
            break;
        }
        if (text != NULL && all_text != NULL) {
            char *joined = tum_asprintf("%s; %s", all_text, text);

            tum_free(all_text);
            tum_free(text);
            all_text = joined;
        } else if (text != NULL) {
            all_text = text;
        }
    }
    *ret_text = all_text;
    *ret_use = use;
    if (state != TUM_NEEDED_READY) {
        tum_services_release(services, use);
        *ret_use = NULL;
    }
    return state;
}

void tum_services_release(struct tum_services *services, struct tum_service_use *use)
{
    (void)services;
    if (use == NULL)
        return;
    for (size_t i = 0; i < use->count; i++) {
        struct one_use *one = &use->uses[i];

        tum_lock_enter(&one->service->facts);
        for (struct one_use **at = &one->service->uses; *at != NULL;
             at = &(*at)->next) {
            if (*at == one) {
                *at = one->next;
                break;
            }
        }
        tum_lock_leave(&one->service->facts);
    }
    tum_free(use->uses);
    tum_free(use);
}

static void free_service(struct service *s)
{
    tum_lock_enter(&s->lock);
    end_service(s);
    tum_lock_leave(&s->lock);
    tum_buf_release(&s->tail);
    tum_lock_release(&s->lock);
    tum_lock_release(&s->facts);
    tum_free(s->name);
    tum_free(s->campaign);
    tum_free(s->user);
    tum_free(s);
}

void tum_services_end_campaign(struct tum_services *services, const char *campaign)
{
    for (;;) {
        struct service *found = NULL;

        tum_lock_enter(&services->lock);
        for (size_t i = 0; i < services->count && found == NULL; i++) {
            if (services->list[i]->campaign != NULL &&
                strcmp(services->list[i]->campaign, campaign) == 0) {
                found = services->list[i];
                services->list[i] = services->list[--services->count];
            }
        }
        tum_lock_leave(&services->lock);
        if (found == NULL)
            return;
        free_service(found);
    }
}

void tum_services_free(struct tum_services *services)
{
    if (services == NULL)
        return;
    for (size_t i = 0; i < services->count; i++) {
        if (services->list[i]->proc != NULL)
            note(services->list[i], "stopping", "");
        free_service(services->list[i]);
    }
    tum_lock_release(&services->lock);
    tum_free(services->run);
    tum_free(services->folder);
    tum_free(services);
}
