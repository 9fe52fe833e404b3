/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The campaign's side of a batch: its plan comes over a link, its events go back; or it
 * stands alone, and what a batch would do for it is done here.
 */
#include "cli/hosted.h"
#include "base/fd.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/strmap.h"
#include "batch/batch.h"
#include "batch/link.h"
#include "batch/record.h"
#include "batch/runid.h"
#include "batch/service.h"
#include "cli/live.h"
#include "engine/eventjson.h"
#include "engine/itemtree.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* The plan is there at once, and so is the answer to a bye. */
#define PLAN_PATIENCE (10 * TUM_SECOND)
#define BYE_PATIENCE  (2 * TUM_SECOND)

/* Bytes of paths in a packet, about: what JSON makes of them fits one. */
#define FILES_PIECE (TUM_LINK_LIMIT / 16)

/* A request for services that is under way or in use. */
struct wish {
    struct tum_hosted *hosted;
    int64_t id;
    struct tum_stop *answered; /* set when the answer is there */
    struct tum_stop *cut;
    enum tum_needed state;
    char *text, *death;
    struct tum_service_use *use; /* of the first form */
    struct wish *next;
};

struct tum_hosted {
    struct tum_host host;
    int fd; /* of the link; -1: no batch */
    char *run, *campaign, *clean_start, *report_folder, *project_file;
    tum_val services;            /* names, or none */
    bool partial;                /* only what was selected runs */
    struct tum_strmap *selected; /* addresses */
    struct tum_strmap *flaky;    /* addresses; value: retries + 1 */
    bool *chosen;                /* by index of the item */
    size_t item_count;
    struct tum_eventjson *events;
    int events_fd;
    struct tum_record *record;
    tum_val files;

    /* The first form. */
    char *file, *folder;       /* folder: of the state */
    struct tum_campaign alone; /* for the state */
    struct tum_project *project;
    bool project_read;
    bool no_services;
    struct tum_services *own;
    tum_time start;

    pthread_t reader;
    bool reading;
    struct tum_stop *end, *bye;
    struct tum_lock lock;
    struct wish *wishes;
    int64_t next_id;
};

/* ---- selection and flaky nodes ---- */

static bool host_selects(void *ctx, const struct tum_item *item)
{
    const struct tum_hosted *h = ctx;

    return !h->partial || item->index >= h->item_count || h->chosen[item->index];
}

static bool host_is_flaky(void *ctx, const struct tum_item *item, int64_t *ret_retries)
{
    TUM_AUTO(tum_buf_release) struct tum_buf address = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_hosted *h = ctx;
    void *value;

    if (item->parent == NULL || (item->type->flags & TUM_ITEM_ACTION) != 0 ||
        tum_strmap_count(h->flaky) == 0)
        return false;
    tum_item_address(item, &address);
    value = tum_strmap_get(h->flaky, tum_buf_str(&address));
    if (value == NULL)
        return false;
    *ret_retries = (int64_t)((uintptr_t)value - 1);
    return true;
}

static bool is_leaf(const struct tum_item *item)
{
    return item->first == NULL || (item->type->flags & TUM_ITEM_ACTIONS) != 0;
}

/* True when the item, or something below it, is selected. */
static bool choose_selected(struct tum_hosted *h, const struct tum_item *item)
{
    TUM_AUTO(tum_buf_release) struct tum_buf address = TUM_BUF_INIT(TUM_BUF_ANY);
    bool any = false;

    if (is_leaf(item)) {
        tum_item_address(item, &address);
        any = tum_strmap_has(h->selected, tum_buf_str(&address));
    } else {
        for (const struct tum_item *i = item->first; i != NULL; i = i->next)
            any = choose_selected(h, i) || any;
    }
    h->chosen[item->index] = any;
    return any;
}

/* Set-up and tear-down of containers in which something is selected. */
static void choose_always(struct tum_hosted *h, const struct tum_item *item, bool whole)
{
    if (whole)
        h->chosen[item->index] = true;
    if (!h->chosen[item->index] || is_leaf(item))
        return;
    for (const struct tum_item *i = item->first; i != NULL; i = i->next)
        choose_always(h, i, whole || i->common->always);
}

static void choose(struct tum_hosted *h, const struct tum_item *root)
{
    for (const struct tum_item *i = root; i != NULL; i = tum_item_walk(root, i))
        h->item_count = TUM_MAX(h->item_count, (size_t)i->index + 1);
    h->chosen = tum_new_array(bool, h->item_count);
    choose_selected(h, root);
    choose_always(h, root, false);
}

/* ---- services ---- */

static void wish_died(void *ctx, const char *reason)
{
    struct wish *wish = ctx;

    if (wish->death == NULL)
        wish->death = tum_strdup(reason);
    tum_stop_request(wish->cut, TUM_STOP_FAULT);
}

static void remove_wish(struct tum_hosted *h, struct wish *wish)
{
    tum_lock_enter(&h->lock);
    for (struct wish **at = &h->wishes; *at != NULL; at = &(*at)->next) {
        if (*at == wish) {
            *at = wish->next;
            break;
        }
    }
    tum_lock_leave(&h->lock);
}

static void free_wish(struct wish *wish)
{
    tum_stop_unref(wish->answered);
    tum_stop_unref(wish->cut);
    tum_free(wish->text);
    tum_free(wish->death);
    tum_free(wish);
}

static void send_id(struct tum_hosted *h, const char *msg, int64_t id, tum_val names)
{
    struct tum_map_builder *b = tum_map_begin(3);

    tum_map_adds(b, "msg", tum_val_str(msg));
    tum_map_adds(b, "id", tum_val_int(id));
    if (names.kind != TUM_NONE)
        tum_map_adds(b, "names", tum_val_ref(names));
    tum_link_send_val(h->fd, tum_map_end(b));
}

static enum tum_needed need_alone(struct tum_hosted *h, tum_val names,
                                  struct tum_stop *stop, struct wish *wish)
{
    if (h->no_services) {
        wish->text = tum_strdup("services are switched off (--no-services)");
        return TUM_NEEDED_ERROR;
    }
    tum_lock_enter(&h->lock);
    if (h->own == NULL)
        h->own =
            tum_services_new(h->project, h->run, NULL, &(struct tum_services_sink){0});
    tum_lock_leave(&h->lock);
    return tum_services_need(h->own, names, h->run, NULL, stop, wish_died, wish,
                             &wish->use, &wish->text);
}

static enum tum_needed need_batch(struct tum_hosted *h, tum_val names,
                                  struct tum_stop *stop, struct wish *wish)
{
    enum tum_needed state = TUM_NEEDED_STOPPED;

    wish->answered = tum_stop_new(stop);
    tum_lock_enter(&h->lock);
    wish->id = ++h->next_id;
    wish->next = h->wishes;
    h->wishes = wish;
    tum_lock_leave(&h->lock);
    send_id(h, "need", wish->id, names);
    tum_wait(wish->answered, -1, 0, TUM_FOREVER);
    tum_lock_enter(&h->lock);
    if (tum_stop_reason(wish->answered) == TUM_STOP_WAKE)
        state = wish->state;
    tum_lock_leave(&h->lock);
    if (state != TUM_NEEDED_READY) {
        remove_wish(h, wish);
        send_id(h, "release", wish->id, tum_val_none());
    }
    return state;
}

static enum tum_needed host_need(void *ctx, tum_val names, struct tum_stop *stop,
                                 struct tum_stop *cut, void **ret_use, char **ret_text)
{
    struct tum_hosted *h = ctx;
    struct wish *wish = tum_new(struct wish);
    enum tum_needed state;

    wish->hosted = h;
    wish->cut = tum_stop_ref(cut);
    state = h->fd >= 0 ? need_batch(h, names, stop, wish)
                       : need_alone(h, names, stop, wish);
    *ret_text = wish->text;
    wish->text = NULL;
    *ret_use = NULL;
    if (state == TUM_NEEDED_READY)
        *ret_use = wish;
    else
        free_wish(wish);
    return state;
}

static char *host_release(void *ctx, void *use)
{
    struct tum_hosted *h = ctx;
    struct wish *wish = use;
    char *death;

    if (h->fd >= 0) {
        remove_wish(h, wish);
        send_id(h, "release", wish->id, tum_val_none());
    } else {
        tum_services_release(h->own, wish->use);
    }
    death = wish->death;
    wish->death = NULL;
    free_wish(wish);
    return death;
}

static const char *host_lacks(void *ctx, const char *name)
{
    struct tum_hosted *h = ctx;
    tum_val v;

    if (h->fd >= 0) {
        tum_list_each (known, h->services) {
            if (tum_str_is(tum_val_text(*known), name))
                return NULL;
        }
        return h->project_file;
    }
    /* Only a campaign that needs a service cares for what the file says. */
    if (!h->project_read) {
        TUM_AUTO(tum_buf_release) struct tum_buf findings = TUM_BUF_INIT(TUM_BUF_ANY);

        h->project_read = true;
        if (!tum_project_read(h->project, &findings))
            tum_print_error(tum_buf_str(&findings));
    }
    if (tum_map_peeks(tum_conf_get(h->project->config, "services"), name, &v))
        return NULL;
    return h->project->file != NULL ? h->project->file : "the project (no tum.yaml)";
}

static void host_waiting(void *ctx, bool waits)
{
    struct tum_map_builder *b = tum_map_begin(2);
    struct tum_hosted *h = ctx;

    tum_map_adds(b, "msg", tum_val_str("waiting"));
    tum_map_adds(b, "on", tum_val_bool(waits));
    tum_link_send_val(h->fd, tum_map_end(b));
}

/* ---- the link ---- */

static struct wish *find_wish(struct tum_hosted *h, int64_t id)
{
    for (struct wish *wish = h->wishes; wish != NULL; wish = wish->next) {
        if (wish->id == id)
            return wish;
    }
    return NULL;
}

static void take_answer(struct tum_hosted *h, tum_val v, bool died)
{
    const char *state = tum_conf_text(v, "state"), *text = tum_conf_text(v, "text");
    struct wish *wish;

    tum_lock_enter(&h->lock);
    wish = find_wish(h, tum_conf_int(v, "id", -1));
    if (wish != NULL && died) {
        wish_died(wish, text != NULL ? text : "a service ended");
    } else if (wish != NULL && state != NULL) {
        wish->state = strcmp(state, "ready") == 0      ? TUM_NEEDED_READY
                      : strcmp(state, "degraded") == 0 ? TUM_NEEDED_DEGRADED
                      : strcmp(state, "skip") == 0     ? TUM_NEEDED_SKIP
                                                       : TUM_NEEDED_ERROR;
        if (text != NULL && wish->text == NULL)
            wish->text = tum_strdup(text);
        tum_stop_request(wish->answered, TUM_STOP_WAKE);
    }
    tum_lock_leave(&h->lock);
}

static void *read_main(void *arg)
{
    TUM_AUTO(tum_buf_release) struct tum_buf packet = TUM_BUF_INIT(TUM_LINK_LIMIT + 1);
    struct tum_hosted *h = arg;
    bool end = false;

    while (!end && tum_wait(h->end, h->fd, POLLIN, TUM_FOREVER) == TUM_READY) {
        while (tum_link_take(h->fd, &packet, &end)) {
            struct tum_error *err = NULL;
            const char *msg;
            tum_val v;

            if (!tum_json_read(tum_buf_str(&packet), (struct tum_span){0}, &v, &err)) {
                tum_error_free(err);
                continue;
            }
            msg = tum_conf_text(v, "msg");
            if (msg != NULL && strcmp(msg, "bye") == 0)
                tum_stop_request(h->bye, TUM_STOP_WAKE);
            else if (msg != NULL)
                take_answer(h, v, strcmp(msg, "died") == 0);
            tum_val_unref(v);
        }
    }
    tum_stop_request(h->bye, TUM_STOP_WAKE);
    return NULL;
}

static void take_list(struct tum_hosted *h, tum_val v, bool flaky)
{
    tum_list_each (item, tum_conf_get(v, "list")) {
        if (flaky)
            tum_strmap_set(h->flaky, tum_str_of(tum_conf_text(*item, "node")),
                           (void *)((uintptr_t)tum_conf_int(*item, "retries", 0) + 1));
        else
            tum_strmap_set(h->selected, tum_val_text(*item), h);
    }
}

static char *dup_text(tum_val v, const char *key)
{
    const char *text = tum_conf_text(v, key);

    return tum_strdup(text != NULL ? text : "");
}

static struct tum_hosted *hosted_new(void)
{
    struct tum_hosted *h = tum_new(struct tum_hosted);

    h->fd = h->events_fd = -1;
    h->selected = tum_strmap_new();
    h->flaky = tum_strmap_new();
    h->end = tum_stop_new(NULL);
    h->bye = tum_stop_new(NULL);
    h->start = tum_now();
    tum_lock_init(&h->lock, TUM_RANK_SERVICE);
    h->host = (struct tum_host){
        .ctx = h,
        .lacks_service = host_lacks,
        .need = host_need,
        .release = host_release,
    };
    return h;
}

bool tum_hosted_open(int fd, struct tum_hosted **ret, struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf packet = TUM_BUF_INIT(TUM_LINK_LIMIT + 1);
    tum_time until = tum_now() + PLAN_PATIENCE;
    struct tum_hosted *h;
    bool end = false, planned = false;
    int kind;
    socklen_t size = sizeof(kind);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) != 0 ||
        kind != SOCK_SEQPACKET)
        return tum_fail(err, TUM_ERROR_VALUE,
                        "option '--batch-link' is for campaigns that a batch starts");
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    h = hosted_new();
    h->fd = fd;
    while (!planned && !end && tum_wait(NULL, fd, POLLIN, until) == TUM_READY) {
        const char *msg;
        tum_val v;

        if (!tum_link_take(fd, &packet, &end))
            continue;
        if (!tum_json_read(tum_buf_str(&packet), (struct tum_span){0}, &v, err)) {
            tum_hosted_free(h);
            return false;
        }
        msg = tum_conf_text(v, "msg");
        if (msg != NULL && strcmp(msg, "plan") == 0) {
            planned = true;
            h->run = dup_text(v, "run");
            h->campaign = dup_text(v, "campaign");
            h->clean_start = dup_text(v, "clean_start");
            h->report_folder = dup_text(v, "report_folder");
            h->project_file = dup_text(v, "project_file");
            h->services = tum_val_ref(tum_conf_get(v, "services"));
            h->partial = tum_conf_flag(v, "partial", false);
        } else if (msg != NULL) {
            take_list(h, v, strcmp(msg, "flaky") == 0);
        }
        tum_val_unref(v);
    }
    if (!planned) {
        tum_hosted_free(h);
        return tum_fail(err, TUM_ERROR_LOST, "the batch sent no plan");
    }
    h->host.selects = host_selects;
    h->host.is_flaky = host_is_flaky;
    h->host.clean_start = h->clean_start;
    h->host.report_folder = h->report_folder;
    h->host.waiting = host_waiting;
    h->reading = pthread_create(&h->reader, NULL, read_main, h) == 0;
    *ret = h;
    return true;
}

/* Where --events says; NULL: nowhere. */
static bool open_events(struct tum_hosted *h, const char *path, struct tum_error **err)
{
    if (path == NULL)
        return true;
    if (path[0] == '\0' || strcmp(path, "-") == 0) {
        h->events_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        return true;
    }
    h->events_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    return h->events_fd >= 0 || tum_fail_os(err, errno, "cannot open '%s'", path);
}

struct tum_hosted *tum_hosted_single(const char *file, const char *events,
                                     bool no_services, struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_freep) char *cwd = tum_path_cwd();
    struct tum_hosted *h = hosted_new();
    bool nested = getenv(TUM_RUN_VARIABLE) != NULL;

    h->file = tum_path_absolute(file);
    h->no_services = no_services;
    tum_run_id_write(&text);
    h->run = tum_strdup(text.s);
    h->campaign = tum_strdup(tum_path_base(file));
    if (!nested)
        setenv(TUM_RUN_VARIABLE, h->run, 1);
    h->project = tum_project_find(cwd);
    if (!open_events(h, events, err)) {
        tum_hosted_free(h);
        return NULL;
    }
    /* The child of a `run` item leaves the state to the campaign around it. */
    if (!nested) {
        TUM_AUTO(tum_freep) char *folder = tum_state_place(h->project, h->file);
        TUM_AUTO(tum_freep) char *db = tum_path_join(folder, ".tum/state.db");

        if (tum_path_is_file(db))
            h->folder = tum_strdup(folder);
    }
    return h;
}

const struct tum_host *tum_hosted_host(const struct tum_hosted *hosted)
{
    return &hosted->host;
}

/* ---- events ---- */

static void write_event(void *ctx, struct tum_str line)
{
    struct tum_hosted *h = ctx;
    struct tum_error *err = NULL;
    tum_val v;

    if (h->fd >= 0) {
        tum_link_send(h->fd, line);
        return;
    }
    if (h->events_fd >= 0) {
        TUM_AUTO(tum_buf_release) struct tum_buf whole = TUM_BUF_INIT(TUM_BUF_ANY);

        tum_buf_addt(&whole, line);
        tum_buf_addc(&whole, '\n');
        if (!tum_fd_write_all(h->events_fd, tum_buf_str(&whole), &err)) {
            tum_fd_close(&h->events_fd);
            tum_error_clear(&err);
        }
    }
    if (h->record != NULL && tum_json_read(line, (struct tum_span){0}, &v, &err)) {
        tum_record_take(h->record, v);
        tum_val_unref(v);
    }
    tum_error_free(err);
}

static bool is_skipped(const struct tum_item *item)
{
    for (; item != NULL; item = item->parent) {
        if (item->skipped)
            return true;
    }
    return false;
}

/* The nodes of a campaign that runs alone: the state keeps what it has, and no others. */
static void note_nodes(struct tum_hosted *h, const struct tum_item *root)
{
    struct tum_list_builder *texts = tum_list_begin(16);
    struct tum_campaign *campaign = &h->alone;
    size_t cap = 0;

    for (const struct tum_item *i = tum_item_walk(root, root); i != NULL;
         i = tum_item_walk(root, i)) {
        TUM_AUTO(tum_buf_release) struct tum_buf address = TUM_BUF_INIT(TUM_BUF_ANY);
        bool leaf = is_leaf(i);
        tum_val text;

        if ((i->type->flags & TUM_ITEM_ACTION) != 0)
            continue;
        tum_item_address(i, &address);
        text = tum_val_strn(address.s, address.len);
        tum_list_add(texts, text);
        tum_grow(&campaign->nodes, &cap, campaign->node_count + 1);
        campaign->nodes[campaign->node_count++] = (struct tum_node_info){
            .address = tum_val_text(text).s,
            .container = !leaf,
            .selected = leaf,
            .skipped = is_skipped(i),
        };
    }
    campaign->tree = tum_list_end(texts);
    campaign->listed = true;
}

static tum_val file_list(struct tum_session *session)
{
    struct tum_list_builder *b = tum_list_begin(8);
    const char *const *files;
    tum_val named;
    size_t count;

    files = tum_session_files(session, &count);
    for (size_t i = 0; i < count; i++)
        tum_list_add(b, tum_val_str(files[i]));
    named = tum_session_named_files(session);
    tum_list_each (path, named)
        tum_list_add(b, tum_val_ref(*path));
    tum_val_unref(named);
    return tum_list_end(b);
}

static void send_piece(struct tum_hosted *h, bool first, tum_val take_files)
{
    struct tum_map_builder *b = tum_map_begin(3);

    tum_map_adds(b, "msg", tum_val_str("loaded"));
    tum_map_adds(b, "first", tum_val_bool(first));
    tum_map_adds(b, "files", take_files);
    tum_link_send_val(h->fd, tum_map_end(b));
}

/* However many there are, each packet holds a few. */
static void send_files(struct tum_hosted *h, struct tum_session *session)
{
    TUM_AUTO(tum_val_release) tum_val files = file_list(session);
    struct tum_list_builder *piece = tum_list_begin(8);
    bool first = true;
    size_t size = 0;

    tum_list_each (path, files) {
        if (size > FILES_PIECE) {
            send_piece(h, first, tum_list_end(piece));
            piece = tum_list_begin(8);
            first = false;
            size = 0;
        }
        tum_list_add(piece, tum_val_ref(*path));
        size += tum_val_text(*path).n;
    }
    send_piece(h, first, tum_list_end(piece));
}

void tum_hosted_loaded(struct tum_hosted *hosted, struct tum_session *session)
{
    struct tum_hosted *h = hosted;

    if (h->partial)
        choose(h, tum_session_root(session));
    if (h->fd >= 0) {
        send_files(h, session);
    } else if (h->folder != NULL) {
        h->record = tum_record_new();
        note_nodes(h, tum_session_root(session));
    }
    if (h->fd >= 0 || h->record != NULL || h->events_fd >= 0)
        h->events = tum_eventjson_new(session, h->run, h->campaign, write_event, h);
}

/* ---- the end ---- */

void tum_hosted_ran(struct tum_hosted *hosted, struct tum_session *session)
{
    if (hosted->fd >= 0)
        send_files(hosted, session);
    else if (hosted->record != NULL)
        hosted->files = file_list(session);
}

static void store_alone(struct tum_hosted *h)
{
    TUM_AUTO(tum_freep) char *key = tum_path_relative(h->file, h->folder);
    const char *outcome, *message;
    struct tum_state *state = NULL;
    struct tum_error *err = NULL;
    char *warning = NULL;
    int status;

    if (!tum_record_finished(h->record, &outcome, &message, &status))
        return;
    h->alone.file = h->file;
    h->alone.key = key;
    if (tum_state_open(h->folder, false, &state, &warning, &err) && state != NULL &&
        tum_state_begin(state, &err)) {
        bool ok = tum_record_store(
            h->record, state, &h->alone, h->run, outcome, message,
            (double)(tum_now() - h->start) / (double)TUM_SECOND, h->files, &err);

        tum_state_end(state, ok, &err);
    }
    if (warning != NULL)
        tum_complain("%s", warning);
    if (err != NULL)
        tum_complain_take(&err);
    tum_free(warning);
    tum_state_close(state);
}

void tum_hosted_end(struct tum_hosted *hosted, int status)
{
    struct tum_hosted *h = hosted;

    if (h->fd >= 0) {
        struct tum_map_builder *b = tum_map_begin(2);

        tum_map_adds(b, "msg", tum_val_str("bye"));
        tum_map_adds(b, "status", tum_val_int(status));
        tum_link_send_val(h->fd, tum_map_end(b));
        tum_wait(h->bye, -1, 0, tum_now() + BYE_PATIENCE);
    } else if (h->record != NULL) {
        store_alone(h);
    }
}

void tum_hosted_free(struct tum_hosted *h)
{
    if (h == NULL)
        return;
    if (h->reading) {
        tum_stop_request(h->end, TUM_STOP_USER);
        pthread_join(h->reader, NULL);
    }
    tum_services_free(h->own);
    tum_eventjson_free(h->events);
    tum_record_free(h->record);
    tum_project_free(h->project);
    tum_strmap_free(h->selected);
    tum_strmap_free(h->flaky);
    tum_val_unref(h->services);
    tum_val_unref(h->files);
    tum_val_unref(h->alone.tree);
    tum_free(h->alone.nodes);
    tum_free(h->chosen);
    tum_stop_unref(h->end);
    tum_stop_unref(h->bye);
    tum_lock_release(&h->lock);
    tum_fd_close(&h->events_fd);
    tum_fd_close(&h->fd);
    tum_free(h->run);
    tum_free(h->campaign);
    tum_free(h->clean_start);
    tum_free(h->report_folder);
    tum_free(h->project_file);
    tum_free(h->file);
    tum_free(h->folder);
    tum_free(h);
}
