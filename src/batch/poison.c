/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures of what is shared, and the differences between two of them.
 */
#include "batch/poison.h"
#include "base/path.h"
#include "base/strmap.h"
#include "batch/batchstate.h"
#include "batch/leftovers.h"
#include "batch/procscan.h"
#include "batch/runid.h"
#include "io/proctree.h"
#include "tum/mem.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define COMMAND_LIMIT 100
/* Folders below TMPDIR that are searched for sockets, and files looked at in all. */
#define TMP_DEPTH     3
#define ENTRY_LIMIT   ((size_t)20000)
/* Processes named in one line. */
#define NAMED_LIMIT   16
/* Below so much free space a disk counts as full. */
#define SPACE_LEAST   ((uint64_t)64 << 20)

/*
 * With one campaign at a time what is new after it is its doing. With several, only what
 * names it is: the rest is the batch's, and the picture of its start is what counts.
 */
struct tum_poison {
    /* Text to the inode of who listens there as a pointer, NULL when there is none. */
    struct tum_strmap *things;
    char *pending; /* what the next campaign inherits, with its origin */
};

struct tum_poison *tum_poison_new(struct tum_batch *batch)
{
    struct tum_poison *poison = tum_new(struct tum_poison);

    (void)batch;
    poison->things = NULL;
    return poison;
}

void tum_poison_free(struct tum_poison *poison)
{
    if (poison == NULL)
        return;
    tum_strmap_free(poison->things);
    tum_free(poison->pending);
    tum_free(poison);
}

/* ---- pictures ---- */

static void add_thing(struct tum_strmap *things, const char *text, uint64_t inode)
{
    tum_strmap_set(things, tum_str_of(text), (void *)(uintptr_t)inode);
}

static void add_ports(struct tum_strmap *things)
{
    struct tum_listeners listeners;

    tum_listeners_read(&listeners);
    for (size_t i = 0; i < listeners.count; i++) {
        TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(128);

        if (listeners.all[i].uid != geteuid())
            continue;
        tum_buf_adds(&text, "port ");
        tum_listener_write(&listeners.all[i], &text);
        add_thing(things, text.s, listeners.all[i].inode);
    }
    tum_listeners_release(&listeners);
}

static bool is_socket(int parent, const char *name)
{
    struct stat st;

    return fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode);
}

/* A folder of ours, and none that a campaign has for itself. */
static bool is_shared(int parent, const char *name)
{
    struct stat st;

    return name[0] != '.' && !tum_scratch_is_name(name) &&
           fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/* Of the folder, and of ours below it where `depth` is above 0; looks at *left at most. */
static void add_sockets_in(struct tum_strmap *things, const char *folder, int depth,
                           size_t *left)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL && *left > 0) {
        TUM_AUTO(tum_freep) char *text = NULL;

        --*left;
        /* Most file systems say what it is, and most of it is of no interest. */
        if (entry->d_type != DT_SOCK && entry->d_type != DT_DIR &&
            entry->d_type != DT_UNKNOWN)
            continue;
        text = tum_asprintf("socket %s/%s", folder, entry->d_name);
        if (depth > 0 && is_shared(dirfd(dir), entry->d_name))
            add_sockets_in(things, text + strlen("socket "), depth - 1, left);
        else if (is_socket(dirfd(dir), entry->d_name))
            add_thing(things, text, tum_unix_listener(text + strlen("socket ")));
    }
    if (dir != NULL)
        closedir(dir);
}

static void add_sockets(struct tum_batch *batch, struct tum_strmap *things)
{
    const char *tmp = getenv("TMPDIR");
    size_t left = ENTRY_LIMIT;

    add_sockets_in(things, tmp != NULL && tmp[0] == '/' ? tmp : "/tmp", TMP_DEPTH,
                   &left);
    tum_list_each (probe, tum_conf_get(batch->project->config, "preflight")) {
        const char *path = tum_conf_text(tum_conf_get(*probe, "socket"), "path");

        if (path != NULL) {
            TUM_AUTO(tum_freep) char *absolute = tum_project_path(batch->project, path);
            TUM_AUTO(tum_freep) char *folder = tum_path_folder(absolute);

            add_sockets_in(things, folder, 0, &left);
        }
    }
}

struct holding {
    struct tum_strmap *things;
    const char *path; /* as it is named */
    char *real;       /* as processes have it open */
};

static bool add_holder(void *ctx, const struct tum_process *process)
{
    struct holding *holding = ctx;

    if (tum_process_holds(process->pid, holding->real)) {
        TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(4096);

        tum_buf_addf(&text, "%s held by ", holding->path);
        tum_process_write(process->pid, COMMAND_LIMIT, &text);
        add_thing(holding->things, text.s, 0);
    }
    return true;
}

static void add_lock(struct tum_strmap *things, const char *path)
{
    struct holding holding = {things, path, NULL};
    struct stat st;

    if (stat(path, &st) != 0)
        return;
    if (S_ISREG(st.st_mode)) {
        TUM_AUTO(tum_freep) char *text = tum_asprintf("lock file %s", path);

        add_thing(things, text, 0);
    }
    /* Devices are named by links that say where they are plugged in. */
    holding.real = realpath(path, NULL);
    if (holding.real != NULL)
        tum_processes_each(add_holder, &holding);
    free(holding.real); /* of the C library */
}

/* Devices and files that campaigns of this batch name as locks. */
static void add_locks(struct tum_batch *batch, struct tum_strmap *things)
{
    struct tum_strmap *seen = tum_strmap_new();

    for (size_t i = 0; i < batch->job_count; i++) {
        tum_val locks = tum_conf_get(batch->jobs[i].campaign->tree, "all_locks");

        tum_list_each (name, locks) {
            struct tum_str path = tum_val_text(*name);

            if (path.n == 0 || path.s[0] != '/' || tum_strmap_has(seen, path))
                continue;
            tum_strmap_set(seen, path, seen);
            add_lock(things, path.s);
        }
    }
    tum_strmap_free(seen);
}

static void add_disk(struct tum_strmap *things, const char *folder)
{
    struct statvfs fs;

    if (statvfs(folder, &fs) == 0 &&
        (uint64_t)fs.f_bavail * fs.f_frsize < SPACE_LEAST) {
        TUM_AUTO(tum_freep) char *text = tum_asprintf("a full disk (%s)", folder);

        add_thing(things, text, 0);
    }
}

static struct tum_strmap *picture(struct tum_batch *batch)
{
    struct tum_strmap *things = tum_strmap_new();
    const char *tmp = getenv("TMPDIR");

    add_ports(things);
    add_sockets(batch, things);
    add_locks(batch, things);
    add_disk(things, tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
    add_disk(things, batch->folder);
    return things;
}

/* ---- before and after ---- */

char *tum_poison_before(struct tum_batch *batch, const struct tum_campaign *campaign)
{
    struct tum_poison *poison = batch->poison;
    char *text = poison->pending;

    (void)campaign;
    if (batch->opts->jobs <= 1 || poison->things == NULL) {
        tum_strmap_free(poison->things);
        poison->things = picture(batch);
    }
    poison->pending = NULL;
    return text != NULL ? text : tum_strdup("yes");
}

static void add_word(struct tum_buf *out, struct tum_str text)
{
    if (out->len > 0)
        tum_buf_adds(out, ", ");
    tum_buf_addt(out, text);
}

/*
 * Who listens has nothing to do with the campaign: a service, another campaign, or a
 * process that somebody else started and still looks after. What a campaign leaves behind
 * has its mark, or nobody any more.
 */
static bool is_foreign(uint64_t inode, const char *run)
{
    TUM_AUTO(tum_buf_release) struct tum_buf of = TUM_BUF_INIT(4096);
    struct tum_process holder = tum_socket_holder(inode);
    struct tum_procinfo info;

    if (inode == 0)
        return false;
    if (holder.pid == 0 || !tum_procinfo_read(holder.pid, &info))
        return true;
    tum_process_run(holder.pid, &of);
    if (of.len > 0)
        return strcmp(of.s, run) != 0;
    return info.parent != 1;
}

/* "lock file /path", and the campaign has that lock. */
static bool names(const struct tum_campaign *campaign, struct tum_str thing)
{
    tum_list_each (name, tum_conf_get(campaign->tree, "all_locks")) {
        if (tum_str_find(thing, tum_val_text(*name), 0) != TUM_STR_NONE &&
            tum_val_text(*name).n > 0 && tum_val_text(*name).s[0] == '/')
            return true;
    }
    return false;
}

void tum_poison_inherit(struct tum_batch *batch, const char *who, const char *what,
                        bool ended)
{
    struct tum_poison *poison = batch->poison;
    char *old = poison->pending;

    poison->pending = tum_asprintf("%s%sno: %s left %s behind%s",
                                   old != NULL ? old : "", old != NULL ? "; " : "", who,
                                   what, ended ? " " TUM_ENDED_SINCE : "");
    tum_free(old);
}

void tum_poison_after(struct tum_batch *batch, const struct tum_campaign *campaign,
                      const char *run, struct tum_buf *left)
{
    struct tum_poison *poison = batch->poison;
    struct tum_strmap *now = picture(batch);
    TUM_AUTO(tum_buf_release) struct tum_buf stays = TUM_BUF_INIT(8192);
    TUM_AUTO(tum_buf_release) struct tum_buf loose = TUM_BUF_INIT(8192);
    bool several = batch->opts->jobs > 1;
    struct tum_str key;
    size_t cursor = 0;
    void *value;

    while (tum_strmap_next(now, &cursor, &key, &value)) {
        if (tum_strmap_has(poison->things, key) ||
            is_foreign((uint64_t)(uintptr_t)value, run))
            continue;
        tum_strmap_set(poison->things, key, value);
        add_word(several && !names(campaign, key) ? &loose : &stays, key);
    }
    tum_strmap_free(now);
    if (stays.len > 0)
        add_word(left, tum_buf_str(&stays));
    if (left->len > 0)
        tum_poison_inherit(batch, campaign->shown, left->s, stays.len == 0);
    if (loose.len > 0) {
        tum_batch_left(batch, loose.s);
        tum_poison_inherit(batch, "one of several campaigns", loose.s, false);
    }
}

struct looking {
    struct tum_batch *batch;
    const char *run;
    pid_t pid;
    struct tum_proctree tree;
    struct tum_listeners listeners;
    struct tum_buf *out, run_of;
    size_t named;
};

static bool is_in_tree(const struct looking *l, pid_t pid)
{
    for (size_t i = 0; i < l->tree.count; i++) {
        if (l->tree.all[i].pid == pid)
            return true;
    }
    return false;
}

static bool name_left(void *ctx, const struct tum_process *process)
{
    struct looking *l = ctx;

    if (process->pid == l->pid)
        return true;
    tum_process_run(process->pid, &l->run_of);
    if (strcmp(l->run_of.s, l->run) != 0 && !is_in_tree(l, process->pid))
        return true;
    TUM_AUTO(tum_buf_release) struct tum_buf command = TUM_BUF_INIT(4096);
    tum_process_command(process->pid, &command);
    /* Our own helpers end by themselves. */
    if (tum_str_find(tum_buf_str(&command), TUM_S("--guardian-of"), 0) != TUM_STR_NONE)
        return true;
    if (l->named++ >= NAMED_LIMIT)
        return true;
    if (l->out->len > 0)
        tum_buf_adds(l->out, ", ");
    tum_process_write(process->pid, COMMAND_LIMIT, l->out);
    for (size_t i = 0; i < l->listeners.count; i++) {
        if (tum_process_has_socket(process->pid, l->listeners.all[i].inode))
            tum_buf_addf(l->out, ", port %u", l->listeners.all[i].port);
    }
    return true;
}

void tum_poison_left(struct tum_batch *batch, const char *run, pid_t pid,
                     struct tum_buf *out)
{
    struct looking l = {
        .batch = batch,
        .run = run,
        .pid = pid,
        .out = out,
        .run_of = TUM_BUF_INIT(4096),
    };

    tum_proctree_read(&l.tree, pid);
    tum_listeners_read(&l.listeners);
    tum_processes_each(name_left, &l);
    tum_proctree_release(&l.tree);
    tum_listeners_release(&l.listeners);
    tum_buf_release(&l.run_of);
}
