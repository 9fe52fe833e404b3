/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exports of a plot. The file that is there is put aside when the new one is complete.
 */
#include "base/fd.h"
#include "base/path.h"
#include "export/outfile.h"
#include "plot/plotdata.h"
#include "tum/mem.h"

/* Samples between two looks at the stop token. */
#define STOP_EVERY 16384

/* "1.0" for an integer of a line that has floats. */
static void add_number(struct tum_buf *out, tum_val number, bool as_float)
{
    double v;

    if (as_float && number.kind != TUM_FLOAT && tum_val_to_double(number, &v))
        number = tum_val_float(v);
    tum_val_write_str(out, number);
}

static bool write_samples(struct tum_outfile *out, const struct tum_picture *picture,
                          const struct tum_picture_line *line, struct tum_stop *stop,
                          struct tum_error **err)
{
    struct tum_plottime_writer writer = TUM_PLOTTIME_WRITER;
    struct tum_series_walk walk = {0};
    tum_val number;
    int64_t at;

    tum_buf_adds(&out->buf, "# time;");
    tum_plottime_head(&out->buf, line->name);
    while (tum_series_next(&line->view, &walk, &at, &number)) {
        tum_plottime_write_next(&writer, &out->buf, picture->opened + at);
        tum_buf_addc(&out->buf, ';');
        add_number(&out->buf, number, line->view.any_float);
        tum_buf_addc(&out->buf, '\n');
        if (!tum_outfile_drain(out, err))
            return false;
        if (walk.done % STOP_EVERY == 0 && tum_stop_is_set(stop))
            return tum_fail(err, TUM_ERROR_STOPPED, "stopped on request");
    }
    return true;
}

static bool export_line(const struct tum_picture *picture, size_t i, const char *path,
                        struct tum_stop *stop, struct tum_error **err)
{
    struct tum_outfile out;
    bool ok;

    if (!tum_outfile_open(path, &out, err))
        return false;
    ok = write_samples(&out, picture, &picture->lines[i], stop, err) &&
         tum_outfile_finish(&out, err);
    tum_outfile_release(&out);
    return ok;
}

static bool export_csv(const struct tum_picture *picture, const char *path,
                       struct tum_stop *stop, struct tum_list_builder *files,
                       struct tum_error **err)
{
    int stem = (int)(strlen(path) - strlen(".csv"));

    for (size_t i = 0; i < picture->count; i++) {
        TUM_AUTO(tum_freep)
        char *file =
            tum_asprintf("%.*s-%s.csv", stem, path, picture->lines[i].file_part);

        if (!export_line(picture, i, file, stop, err)) {
            tum_error_wrap(err, "'%s'", file);
            return false;
        }
        tum_list_add(files, tum_val_str(file));
    }
    return true;
}

static bool export_picture(const struct tum_picture *picture, const char *path,
                           const struct tum_canvas_ops *ops,
                           struct tum_list_builder *files, struct tum_error **err)
{
    struct tum_outfile out;
    bool ok;

    if (!tum_outfile_open(path, &out, err)) {
        tum_error_wrap(err, "'%s'", path);
        return false;
    }
    tum_picture_draw(picture, ops, &out.buf);
    ok = tum_outfile_finish(&out, err);
    tum_outfile_release(&out);
    if (ok)
        tum_list_add(files, tum_val_str(path));
    else
        tum_error_wrap(err, "'%s'", path);
    return ok;
}

static bool export_as(const struct tum_picture *picture, const char *path,
                      struct tum_stop *stop, struct tum_list_builder *files,
                      struct tum_error **err)
{
    struct tum_str text = tum_str_of(path);

    if (tum_str_ends(text, ".csv"))
        return export_csv(picture, path, stop, files, err);
    if (tum_str_ends(text, ".svg"))
        return export_picture(picture, path, &tum_canvas_svg, files, err);
    return export_picture(picture, path, &tum_canvas_pdf, files, err);
}

bool tum_plot_export(struct tum_plot *plot, const char *path, struct tum_stop *stop,
                     tum_val *ret_files, struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *folder = tum_path_folder(path);
    struct tum_str base = tum_str_of(tum_path_base(path));
    struct tum_list_builder *files;
    struct tum_picture picture;
    bool ok;

    if (!tum_str_ends(base, ".csv") && !tum_str_ends(base, ".pdf") &&
        !tum_str_ends(base, ".svg"))
        return tum_fail(err, TUM_ERROR_VALUE,
                        "'%s' ends with none of the extensions .csv, .pdf, .svg", path);
    if (!tum_folder_make(folder, err))
        return false;
    files = tum_list_begin(1);
    tum_plot_look(plot, &picture);
    ok = export_as(&picture, path, stop, files, err);
    tum_plot_look_release(&picture);
    if (ok)
        *ret_files = tum_list_end(files);
    else
        tum_list_drop(files);
    return ok;
}
