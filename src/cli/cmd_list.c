/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum list: the tree of a campaign as loaded, for people or as JSON; runs nothing.
 */
#include "base/path.h"
#include "base/source.h"
#include "base/utf8.h"
#include "cli/cmd.h"
#include "cli/live.h"
#include "cli/setup.h"
#include "engine/itemtree.h"
#include "tum/mem.h"
#include "tum/proc.h"

/* Widest column of names; longer ones push the rest of their line. */
#define NAME_COLUMNS 48

struct list_opts {
    struct tum_setup setup; /* first: tum_setup_opts point into it */
    bool json;
};

static const struct tum_opt list_rows[] = {
    {
        .name = "json",
        .kind = TUM_OPT_FLAG,
        .help = "the tree as one JSON object",
        .field = TUM_OPT_FIELD(struct list_opts, json),
    },
    {0},
};

static const struct tum_usage list_usage = {
    .command = "list",
    .synopsis = "tum list [options] [--] FILE",
    .about = "Loads a campaign and shows its items: name, type, file and line, tags. "
             "Nothing\n"
             "is run. Exit status 0, or 2 when the campaign does not load.",
    .common = tum_setup_opts,
    .opts = list_rows,
};

struct listing {
    const struct tum_session *session;
    char *cwd;
    struct tum_buf *out;
    size_t name_width, type_width;
};

/* Relative to the current folder when the file is below it. For tum_free. */
static char *shown_path(const struct listing *listing, const char *path)
{
    char *shown = tum_path_relative(path, listing->cwd);

    if (strncmp(shown, "../", 3) != 0)
        return shown;
    tum_free(shown);
    return tum_strdup(path);
}

static uint32_t line_of(const struct listing *listing, const struct tum_item *item)
{
    struct tum_place place;

    if (!tum_source_place(tum_session_sources(listing->session), item->at, &place))
        return 0;
    return place.line;
}

/* Names as rows have them; one without a name shows its type in brackets. */
static void item_label(const struct tum_item *item, struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf name = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_item_row_name(item, &name);
    if (name.len == 0) {
        tum_buf_addf(out, "[%s]", item->type->row_type);
        return;
    }
    for (size_t i = 0; i < name.len;) {
        uint32_t c;
        size_t n = tum_utf8_decode(name.s + i, name.len - i, &c);

        if (c != TUM_UTF8_BAD && tum_utf8_printable(c))
            tum_buf_add(out, name.s + i, n);
        else
            tum_buf_addc(out, '?');
        i += n;
    }
}

/* ---- for people ---- */

static size_t label_width(const struct tum_item *item)
{
    TUM_AUTO(tum_buf_release) struct tum_buf label = TUM_BUF_INIT(TUM_BUF_ANY);

    item_label(item, &label);
    return 2 * (size_t)item->level + tum_utf8_columns(tum_buf_str(&label));
}

static void list_line(const struct listing *listing, const struct tum_item *item)
{
    struct tum_buf *out = listing->out;
    char *path = shown_path(listing, tum_session_item_file(listing->session, item));
    size_t width = label_width(item);

    tum_buf_fill(out, ' ', 2 * (size_t)item->level);
    item_label(item, out);
    tum_buf_fill(out, ' ',
                 2 + (width < listing->name_width ? listing->name_width - width : 0));
    tum_buf_adds(out, item->type->row_type);
    tum_buf_fill(out, ' ', 2 + listing->type_width - strlen(item->type->row_type));
    tum_buf_addf(out, "%s:%u", path, line_of(listing, item));
    if (item->skipped)
        tum_buf_adds(out, "  skipped");
    tum_list_each (tag, item->common->tags) {
        tum_buf_adds(out, "  #");
        tum_buf_addt(out, tum_val_text(*tag));
    }
    tum_buf_addc(out, '\n');
    tum_free(path);
}

static void list_tree(struct listing *listing, const struct tum_item *root)
{
    for (const struct tum_item *i = root; i != NULL; i = tum_item_walk(root, i)) {
        size_t width = label_width(i);

        if (width <= NAME_COLUMNS)
            listing->name_width = TUM_MAX(listing->name_width, width);
        listing->type_width = TUM_MAX(listing->type_width, strlen(i->type->row_type));
    }
    for (const struct tum_item *i = root; i != NULL; i = tum_item_walk(root, i))
        list_line(listing, i);
}

/* ---- as JSON ---- */

static void json_text(struct tum_buf *out, const char *text, size_t n)
{
    static const struct tum_json_style style = {0};
    struct tum_error *err = NULL;
    tum_val v = tum_val_strn(text, n);

    if (!tum_json_write(out, v, &style, &err))
        tum_error_free(err); /* a text always can be written */
    tum_val_unref(v);
}

static void json_key(struct tum_buf *out, size_t indent, const char *key, bool first)
{
    tum_buf_adds(out, first ? "\n" : ",\n");
    tum_buf_fill(out, ' ', indent);
    tum_buf_addf(out, "\"%s\": ", key);
}

static void json_item(const struct listing *listing, const struct tum_item *item,
                      size_t indent)
{
    TUM_AUTO(tum_buf_release) struct tum_buf name = TUM_BUF_INIT(TUM_BUF_ANY);
    const char *path = tum_session_item_file(listing->session, item);
    struct tum_buf *out = listing->out;
    size_t in = indent + 2;

    tum_item_row_name(item, &name);
    tum_buf_addc(out, '{');
    json_key(out, in, "name", true);
    json_text(out, name.s, name.len);
    json_key(out, in, "keyword", false);
    json_text(out, item->type->keyword, strlen(item->type->keyword));
    json_key(out, in, "type", false);
    json_text(out, item->type->row_type, strlen(item->type->row_type));
    json_key(out, in, "file", false);
    json_text(out, path, strlen(path));
    json_key(out, in, "line", false);
    tum_buf_addi(out, line_of(listing, item));
    json_key(out, in, "skipped", false);
    tum_buf_adds(out, item->skipped ? "true" : "false");
    json_key(out, in, "tags", false);
    tum_buf_addc(out, '[');
    tum_list_each (tag, item->common->tags) {
        struct tum_str text = tum_val_text(*tag);

        if (tag != tum_list_items(item->common->tags))
            tum_buf_adds(out, ", ");
        json_text(out, text.s, text.n);
    }
    tum_buf_addc(out, ']');
    json_key(out, in, "steps", false);
    tum_buf_addc(out, '[');
    /* As deep as the loader lets a tree be. */
    for (const struct tum_item *i = item->first; i != NULL; i = i->next) {
        if (i != item->first)
            tum_buf_addc(out, ',');
        tum_buf_addc(out, '\n');
        tum_buf_fill(out, ' ', in + 2);
        json_item(listing, i, in + 2);
    }
    if (item->first != NULL) {
        tum_buf_addc(out, '\n');
        tum_buf_fill(out, ' ', in);
    }
    tum_buf_addc(out, ']');
    tum_buf_addc(out, '\n');
    tum_buf_fill(out, ' ', indent);
    tum_buf_addc(out, '}');
}

/* ---- the command ---- */

static int list_file(const struct list_opts *opts, const char *path)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_freep) char *cwd = tum_path_cwd();
    struct tum_session_opts session_opts;
    struct tum_session *session;
    struct listing listing;
    int status = TUM_STATUS_PASSED;

    tum_setup_fill(&opts->setup, path, &session_opts);
    session_opts.check_only = true;
    session = tum_session_new(&session_opts);
    listing = (struct listing){.session = session, .cwd = cwd, .out = &out};
    if (!tum_session_load(session)) {
        /* Standard output is for the tree, which a program may be reading. */
        tum_session_show(session, false, &out);
        tum_print_error(tum_buf_str(&out));
        status = TUM_STATUS_USAGE;
    } else {
        if (opts->json) {
            json_item(&listing, tum_session_root(session), 0);
            tum_buf_addc(&out, '\n');
        } else {
            list_tree(&listing, tum_session_root(session));
        }
        if (!tum_print(tum_buf_str(&out)))
            status = TUM_STATUS_INTERNAL;
    }
    tum_session_free(session);
    tum_guardian_close(TUM_END_PATIENCE);
    return status;
}

static int list_main(int argc, char **argv)
{
    struct list_opts opts = {0};
    struct tum_line line;
    char *path = NULL;
    int status;

    if (tum_command_line(&list_usage, argc, argv, &opts, &line, &status)) {
        if (line.words.count == 0)
            tum_opts_take_file(&line, ".tum");
        if (line.words.count == 0)
            status = tum_command_no_file(&list_usage, &line);
        else if (line.words.count > 1)
            status = tum_command_wrong(&list_usage,
                                       "one campaign at a time: '%s' and '%s' are two",
                                       line.words.words[0], line.words.words[1]);
        else if (!tum_setup_file(line.words.words[0], &path) ||
                 !tum_setup_read(&opts.setup))
            status = TUM_STATUS_USAGE;
        else
            status = list_file(&opts, path);
    }
    tum_free(path);
    tum_words_release(&line.words);
    tum_setup_release(&opts.setup);
    return status;
}

const struct tum_command tum_command_list = {.name = "list", .run = list_main};
