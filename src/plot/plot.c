/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One plot: lines and their samples. Adding touches memory only; files are written by
 * plotlog.c and plotfile.c.
 */
#include "plot/plotdata.h"
#include "tum/mem.h"

struct tum_plot *tum_plot_new(const char *name)
{
    struct tum_plot *plot = tum_new(struct tum_plot);
    struct tum_wall wall;

    atomic_init(&plot->refs, 1);
    plot->name = tum_strdup(name);
    plot->index = tum_strmap_new();
    tum_lock_init(&plot->lock, TUM_RANK_PLOT);
    tum_wall_now(&wall);
    plot->opened = tum_now();
    plot->opened_local = tum_plottime_of(&wall);
    return plot;
}

struct tum_plot *tum_plot_ref(struct tum_plot *plot)
{
    atomic_fetch_add_explicit(&plot->refs, 1, memory_order_relaxed);
    return plot;
}

void tum_plot_unref(struct tum_plot *plot)
{
    if (plot == NULL ||
        atomic_fetch_sub_explicit(&plot->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < plot->line_count; i++) {
        struct tum_plot_line *line = plot->lines[i];

        tum_series_release(&line->series);
        tum_buf_release(&line->log);
        tum_free(line->name);
        tum_free(line->file_part);
        tum_free(line);
    }
    tum_free(plot->lines);
    tum_strmap_free(plot->index);
    tum_lock_release(&plot->lock);
    tum_free(plot->name);
    tum_free(plot->picture);
    tum_free(plot);
}

const char *tum_plot_name(const struct tum_plot *plot)
{
    return plot->name;
}

const char *tum_plot_picture(const struct tum_plot *plot)
{
    return plot->picture;
}

/* ---- adding ---- */

/* The line's name in file names: without slashes, and no other line has it. */
static char *make_file_part(const struct tum_plot *plot, const char *name)
{
    char *part = tum_strdup(name);

    for (char *slash = part; (slash = strchr(slash, '/')) != NULL;)
        *slash = '_';
    for (size_t i = 0; i < plot->line_count; i++) {
        if (strcmp(plot->lines[i]->file_part, part) == 0) {
            char *longer = tum_asprintf("%s_", part);

            tum_free(part);
            part = longer;
            i = (size_t)-1; /* again from the first */
        }
    }
    return part;
}

static struct tum_plot_line *get_line(struct tum_plot *plot, struct tum_str name)
{
    struct tum_plot_line *line = tum_strmap_get(plot->index, name);

    if (line != NULL)
        return line;
    line = tum_new(struct tum_plot_line);
    line->name = tum_strndup(name.s, name.n);
    line->name_length = name.n;
    line->file_part = make_file_part(plot, line->name);
    line->writer = (struct tum_plottime_writer)TUM_PLOTTIME_WRITER;
    tum_buf_init(&line->log, TUM_BUF_ANY);
    tum_grow(&plot->lines, &plot->line_cap, plot->line_count + 1);
    plot->lines[plot->line_count++] = line;
    tum_strmap_set(plot->index, name, line);
    return line;
}

static bool check_numbers(const struct tum_plot *plot, tum_val samples,
                          struct tum_error **err)
{
    if (samples.kind != TUM_MAP)
        return tum_fail(err, TUM_ERROR_TYPE,
                        "plot '%s': a mapping of lines and numbers is needed, not %s",
                        plot->name, tum_val_type_name(samples));
    tum_map_each (entry, samples) {
        char *key, *shown;

        if (tum_val_is_number(entry->value))
            continue;
        key = tum_val_to_str(entry->key);
        shown = tum_val_to_repr(entry->value);
        tum_fail(err, TUM_ERROR_TYPE,
                 "plot '%s': the value of line '%s' is no number: %s", plot->name, key,
                 shown);
        tum_free(key);
        tum_free(shown);
        return false;
    }
    return true;
}

/* Under the lock. */
static bool check_room(const struct tum_plot *plot, tum_val samples,
                       struct tum_error **err)
{
    size_t lines = plot->line_count;

    if (plot->closed)
        return tum_fail(err, TUM_ERROR_NAME, "plot '%s' is not open", plot->name);
    if (plot->samples + tum_map_len(samples) > TUM_PLOT_SAMPLES)
        return tum_fail(err, TUM_ERROR_LIMIT,
                        "plot '%s': the limit of %d samples is reached", plot->name,
                        TUM_PLOT_SAMPLES);
    tum_map_each (entry, samples) {
        TUM_AUTO(tum_buf_release) struct tum_buf key = TUM_BUF_INIT(TUM_BUF_ANY);

        tum_val_write_str(&key, entry->key);
        lines += !tum_strmap_has(plot->index, tum_buf_str(&key));
    }
    if (lines > TUM_PLOT_LINES)
        return tum_fail(err, TUM_ERROR_LIMIT,
                        "plot '%s': the limit of %d lines is reached", plot->name,
                        TUM_PLOT_LINES);
    return true;
}

static void add_all(struct tum_plot *plot, tum_val samples)
{
    int64_t at = TUM_MAX((tum_now() - plot->opened) / TUM_US, plot->last_at);

    plot->last_at = at;
    plot->samples += tum_map_len(samples);
    tum_map_each (entry, samples) {
        TUM_AUTO(tum_buf_release) struct tum_buf key = TUM_BUF_INIT(TUM_BUF_ANY);
        struct tum_plot_line *line;
        tum_val last;

        tum_val_write_str(&key, entry->key);
        line = get_line(plot, tum_buf_str(&key));
        tum_series_add(&line->series, at, tum_val_ref(entry->value));
        if (plot->log != NULL && tum_series_last(&line->series, &at, &last))
            tum_plot_log_add(plot, line, at, last);
    }
}

bool tum_plot_add(struct tum_plot *plot, tum_val samples, struct tum_error **err)
{
    bool ok;

    if (!check_numbers(plot, samples, err))
        return false;
    tum_lock_enter(&plot->lock);
    ok = check_room(plot, samples, err);
    if (ok)
        add_all(plot, samples);
    tum_lock_leave(&plot->lock);
    return ok;
}

/* ---- the last values ---- */

static tum_val last_of(const struct tum_plot *plot, const struct tum_plot_line *line)
{
    struct tum_buf date = TUM_BUF_INIT(64);
    struct tum_list_builder *b;
    int64_t at = 0;
    tum_val number;

    if (!tum_series_last(&line->series, &at, &number))
        return tum_val_none();
    tum_plottime_write(&date, plot->opened_local + at);
    b = tum_list_begin(3);
    tum_list_add(b, tum_val_strn(date.s, date.len));
    tum_list_add(b, tum_val_float((double)at / 1e6));
    tum_list_add(b, tum_val_ref(number));
    tum_buf_release(&date);
    return tum_list_end(b);
}

tum_val tum_plot_last(struct tum_plot *plot, tum_val lines)
{
    struct tum_map_builder *b = tum_map_begin(8);

    tum_lock_enter(&plot->lock);
    if (tum_val_is_seq(lines)) {
        tum_list_each (name, lines) {
            TUM_AUTO(tum_buf_release) struct tum_buf key = TUM_BUF_INIT(TUM_BUF_ANY);
            const struct tum_plot_line *line;

            tum_val_write_str(&key, *name);
            line = tum_strmap_get(plot->index, tum_buf_str(&key));
            tum_map_add(b, tum_val_strn(key.s, key.len),
                        line != NULL ? last_of(plot, line) : tum_val_none());
        }
    } else {
        for (size_t i = 0; i < plot->line_count; i++)
            tum_map_add(b,
                        tum_val_strn(plot->lines[i]->name, plot->lines[i]->name_length),
                        last_of(plot, plot->lines[i]));
    }
    tum_lock_leave(&plot->lock);
    return tum_map_end(b);
}

/* ---- sources ---- */

bool tum_plot_attach(struct tum_plot *plot, const struct tum_plot_source *source,
                     struct tum_error **err)
{
    bool ok = true;

    tum_lock_enter(&plot->lock);
    if (plot->closing)
        ok = tum_fail(err, TUM_ERROR_NAME, "plot '%s' is not open", plot->name);
    else if (plot->source_count == TUM_PLOT_SOURCES)
        ok = tum_fail(err, TUM_ERROR_LIMIT,
                      "plot '%s': the limit of %d sources is reached", plot->name,
                      TUM_PLOT_SOURCES);
    else
        plot->sources[plot->source_count++] = *source;
    tum_lock_leave(&plot->lock);
    return ok;
}

void tum_plot_end(struct tum_plot *plot)
{
    size_t count;

    tum_lock_enter(&plot->lock);
    plot->closing = true;
    count = plot->source_count;
    plot->source_count = 0;
    tum_lock_leave(&plot->lock);
    /* Nobody adds a source any more. */
    for (size_t i = 0; i < count; i++)
        plot->sources[i].end(plot->sources[i].ctx);
    tum_lock_enter(&plot->lock);
    plot->closed = true;
    tum_lock_leave(&plot->lock);
}

/* ---- looking ---- */

void tum_plot_look(struct tum_plot *plot, struct tum_picture *ret)
{
    struct tum_picture_line *lines;

    tum_lock_enter(&plot->lock);
    lines = tum_new_array(struct tum_picture_line, plot->line_count);
    for (size_t i = 0; i < plot->line_count; i++) {
        lines[i].name = tum_str_n(plot->lines[i]->name, plot->lines[i]->name_length);
        lines[i].file_part = plot->lines[i]->file_part;
        tum_series_look(&plot->lines[i]->series, &lines[i].view);
    }
    *ret = (struct tum_picture){
        .title = tum_str_of(plot->name),
        .opened = plot->opened_local,
        .until = (tum_now() - plot->opened) / TUM_US,
        .lines = lines,
        .count = plot->line_count,
    };
    tum_lock_leave(&plot->lock);
}

void tum_plot_look_release(struct tum_picture *picture)
{
    struct tum_picture_line *lines =
        (struct tum_picture_line *)(uintptr_t)picture->lines;

    for (size_t i = 0; i < picture->count; i++)
        tum_series_view_release(&lines[i].view);
    tum_free(lines);
}

void tum_plot_draw(struct tum_plot *plot, struct tum_buf *out)
{
    struct tum_picture picture;

    tum_plot_look(plot, &picture);
    tum_picture_draw(&picture, &tum_canvas_svg, out);
    tum_plot_look_release(&picture);
}
