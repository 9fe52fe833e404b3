/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the paths of a command line to campaigns. A campaign is a file *.tum that has a
 * line starting with the key `main`; files that others include have none.
 */
#include "base/fd.h"
#include "base/path.h"
#include "batch/pathglob.h"
#include "batch/plan.h"
#include "tum/mem.h"
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Folders inside each other. */
#define DEPTH_LIMIT 64
/* Of a file that is looked at for `main`. */
#define LOOK_LIMIT  ((size_t)64 << 20)

#define BOM "\xef\xbb\xbf"

/* A folder that is being searched, and those around it. */
struct around {
    const struct around *up;
    dev_t device;
    ino_t inode;
};

struct walk {
    struct tum_plan *plan;
    const char *pattern; /* absolute glob, or NULL: every campaign */
    size_t found;
};

static bool has_main(struct tum_str text)
{
    struct tum_str rest = text, line;
    bool more = true;

    if (tum_str_starts(text, BOM))
        rest = tum_str_sub(text, strlen(BOM), text.n);
    while (tum_str_split(&rest, &more, '\n', &line)) {
        size_t at = 0;
        char quote = 0;

        if (line.n > 0 && (line.s[0] == '"' || line.s[0] == '\'')) {
            quote = line.s[0];
            at = 1;
        }
        if (!tum_str_starts(tum_str_sub(line, at, line.n), "main"))
            continue;
        at += 4;
        if (quote != 0 && (at >= line.n || line.s[at++] != quote))
            continue;
        while (at < line.n && (line.s[at] == ' ' || line.s[at] == '\t'))
            at++;
        if (at < line.n && line.s[at] == ':' &&
            (at + 1 == line.n || strchr(" \t\r{", line.s[at + 1]) != NULL))
            return true;
    }
    return false;
}

static bool is_campaign(const char *path)
{
    struct tum_error *err = NULL;
    char *text;
    size_t n;
    bool is;

    if (!tum_str_ends(tum_str_of(path), ".tum"))
        return false;
    if (!tum_file_read(path, LOOK_LIMIT, &text, &n, &err)) {
        tum_error_free(err);
        return true; /* the load says why it cannot be read */
    }
    is = has_main(tum_str_n(text, n));
    tum_free(text);
    return is;
}

static bool is_ignored(const struct tum_plan *plan, const char *path)
{
    TUM_AUTO(tum_freep) char *shown = tum_path_relative(path, plan->project->root);

    tum_list_each (glob, tum_conf_get(plan->project->config, "ignore")) {
        if (tum_glob_path(tum_val_text(*glob), tum_str_of(shown)))
            return true;
    }
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a folder, sorted, without hidden ones. */
static char **read_names(const char *folder, size_t *ret_count)
{
    DIR *dir = opendir(folder);
    size_t count = 0, cap = 0;
    struct dirent *entry;
    char **names = NULL;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        tum_grow(&names, &cap, count + 1);
        names[count++] = tum_strdup(entry->d_name);
    }
    if (dir != NULL)
        closedir(dir);
    if (count > 0)
        qsort(names, count, sizeof(*names), by_name);
    *ret_count = count;
    return names;
}

/* A link to a folder that it is in would be searched without an end. */
static bool is_within(const struct around *here)
{
    for (const struct around *up = here->up; up != NULL; up = up->up) {
        if (up->device == here->device && up->inode == here->inode)
            return true;
    }
    return false;
}

static void walk_folder(struct walk *walk, const char *folder, const struct around *up,
                        int depth)
{
    struct around here = {.up = up};
    struct stat st;
    char **names;
    size_t count;

    if (depth > DEPTH_LIMIT || stat(folder, &st) != 0)
        return;
    here.device = st.st_dev;
    here.inode = st.st_ino;
    if (is_within(&here))
        return;
    names = read_names(folder, &count);
    for (size_t i = 0; i < count; i++) {
        TUM_AUTO(tum_freep) char *path = tum_path_join(folder, names[i]);

        tum_free(names[i]);
        if (is_ignored(walk->plan, path))
            continue;
        if (tum_path_is_folder(path)) {
            walk_folder(walk, path, &here, depth + 1);
            continue;
        }
        if (walk->pattern != NULL &&
            !tum_glob_match(tum_str_of(walk->pattern), tum_str_of(path)))
            continue;
        if (is_campaign(path)) {
            tum_plan_add(walk->plan, path);
            walk->found++;
        }
    }
    tum_free(names);
}

/* The folder above the first part with a star. */
static char *fixed_part(const char *pattern)
{
    size_t end = 0;

    for (size_t i = 0; pattern[i] != '\0' && strchr("*?[", pattern[i]) == NULL; i++) {
        if (pattern[i] == '/')
            end = i;
    }
    return end == 0 ? tum_strdup("/") : tum_strndup(pattern, end);
}

static void want(struct tum_campaign *campaign, const char *address)
{
    tum_grow(&campaign->wanted, &campaign->wanted_cap, campaign->wanted_count + 1);
    campaign->wanted[campaign->wanted_count++] = tum_strdup(address);
}

static void want_all(struct tum_campaign *campaign)
{
    for (size_t i = 0; i < campaign->wanted_count; i++)
        tum_free(campaign->wanted[i]);
    tum_free(campaign->wanted);
    campaign->wanted = NULL;
    campaign->wanted_count = campaign->wanted_cap = 0;
}

/* Whether the plan has it already, and asks for all of it. */
static bool is_whole(const struct tum_plan *plan, const char *file)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (strcmp(plan->campaigns[i]->file, file) == 0)
            return plan->campaigns[i]->wanted == NULL;
    }
    return false;
}

bool tum_discover(struct tum_plan *plan, const char *path, const char *folder,
                  struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *joined = tum_path_join(folder, path);
    TUM_AUTO(tum_freep) char *absolute = tum_path_normalise(joined);
    struct walk walk = {.plan = plan};
    const char *colons;

    if (tum_path_is_folder(absolute)) {
        walk_folder(&walk, absolute, NULL, 0);
        return true;
    }
    if (tum_path_exists(absolute)) {
        want_all(tum_plan_add(plan, absolute));
        return true;
    }
    /* "::" may also be in a name; the file ends at the first one behind a file. */
    for (colons = strstr(joined, "::"); colons != NULL;
         colons = strstr(colons + 1, "::")) {
        TUM_AUTO(tum_freep)
        char *start = tum_strndup(joined, (size_t)(colons - joined));
        TUM_AUTO(tum_freep) char *file = tum_path_normalise(start);

        if (!tum_path_is_file(file))
            continue;
        if (!is_whole(plan, file))
            want(tum_plan_add(plan, file), colons + 2);
        return true;
    }
    if (tum_glob_is(tum_str_of(path))) {
        TUM_AUTO(tum_freep) char *from = fixed_part(absolute);

        walk.pattern = absolute;
        if (tum_path_is_folder(from))
            walk_folder(&walk, from, NULL, 0);
        if (walk.found > 0)
            return true;
        return tum_fail(err, TUM_ERROR_NAME, "no campaign matches '%s'", path);
    }
    return tum_fail(err, TUM_ERROR_NAME, "cannot open '%s': no such file or folder",
                    path);
}
