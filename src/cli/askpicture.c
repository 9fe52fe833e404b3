/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures: the graphics protocols of kitty, of iTerm2, and sixels. The terminal is not
 * asked what it can do: an answer that does not come would be waited for, and one that
 * comes late would be taken for keys.
 */
#include "cli/askpicture.h"

#include "base/fd.h"
#include "cli/sketch.h"
#include "tum/mem.h"
#include <stdlib.h>

#define ROWS_MOST   40
/* A cell is about so many pixels. */
#define CELL_WIDTH  8
#define CELL_HEIGHT 16
/* Bytes of base64 in one command of kitty. */
#define CHUNK       4096

static const char *value_of(const char *name)
{
    const char *value = getenv(name);

    return value != NULL ? value : "";
}

enum tum_picture_way tum_picture_way(void)
{
    const char *name = value_of("TERM"), *program = value_of("TERM_PROGRAM");
    struct tum_str term = tum_str_of(name);

    if (value_of("TMUX")[0] != '\0' || tum_str_starts(term, "tmux") ||
        tum_str_starts(term, "screen"))
        return TUM_PICTURE_SKETCH;
    if (value_of("KITTY_WINDOW_ID")[0] != '\0' || strcmp(name, "xterm-kitty") == 0 ||
        strcmp(name, "xterm-ghostty") == 0)
        return TUM_PICTURE_KITTY;
    if (strcmp(program, "iTerm.app") == 0 || strcmp(program, "WezTerm") == 0)
        return TUM_PICTURE_ITERM;
    if (tum_str_starts(term, "foot") || tum_str_starts(term, "mlterm") ||
        tum_str_starts(term, "yaft") ||
        tum_str_find(term, TUM_S("sixel"), 0) != TUM_STR_NONE)
        return TUM_PICTURE_SIXEL;
    return TUM_PICTURE_SKETCH;
}

static void add_base64(struct tum_buf *out, struct tum_str bytes)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)bytes.s;

    for (size_t i = 0; i < bytes.n; i += 3) {
        unsigned left = (unsigned)TUM_MIN(bytes.n - i, 3u);
        unsigned v = (unsigned)p[i] << 16 | (left > 1 ? (unsigned)p[i + 1] << 8 : 0) |
                     (left > 2 ? p[i + 2] : 0);

        tum_buf_addc(out, digits[v >> 18]);
        tum_buf_addc(out, digits[v >> 12 & 63]);
        tum_buf_addc(out, left > 1 ? digits[v >> 6 & 63] : '=');
        tum_buf_addc(out, left > 2 ? digits[v & 63] : '=');
    }
}

/* PNG goes as it is, everything else as pixels. */
static void add_kitty(struct tum_buf *out, struct tum_str file,
                      const struct tum_pixels *pixels, size_t rows)
{
    TUM_AUTO(tum_buf_release) struct tum_buf data = TUM_BUF_INIT(TUM_BUF_ANY);
    bool png = tum_str_starts(file, "\x89PNG");

    add_base64(&data, png ? file
                          : tum_str_n((const char *)pixels->rgb,
                                      pixels->width * pixels->height * 3));
    for (size_t i = 0; i < data.len; i += CHUNK) {
        size_t n = TUM_MIN(data.len - i, (size_t)CHUNK);

        tum_buf_adds(out, "\x1b_G");
        if (i == 0 && png)
            tum_buf_addf(out, "a=T,f=100,q=2,r=%zu,", rows);
        else if (i == 0)
            tum_buf_addf(out, "a=T,f=24,q=2,s=%zu,v=%zu,r=%zu,", pixels->width,
                         pixels->height, rows);
        tum_buf_addf(out, "m=%d;%.*s\x1b\\", i + n < data.len, (int)n, data.s + i);
    }
    tum_buf_addc(out, '\n');
}

static void add_iterm(struct tum_buf *out, struct tum_str file, size_t rows)
{
    tum_buf_addf(out,
                 "\x1b]1337;File=inline=1;size=%zu;height=%zu;preserveAspectRatio=1:",
                 file.n, rows);
    add_base64(out, file);
    tum_buf_adds(out, "\x07\n");
}

/* Rows that the picture takes at its own size, within what there is room for. */
static size_t rows_for(const struct tum_pixels *pixels, size_t rows, size_t columns)
{
    size_t wanted = (pixels->height + CELL_HEIGHT - 1) / CELL_HEIGHT;
    size_t most = columns * CELL_WIDTH * pixels->height / pixels->width / CELL_HEIGHT;

    wanted = TUM_MIN(wanted, rows);
    wanted = TUM_MIN(wanted, most);
    return TUM_MAX(wanted, 1u);
}

static void add_picture(struct tum_live *live, struct tum_str file,
                        const struct tum_pixels *pixels, struct tum_buf *out)
{
    const char *deep = value_of("COLORTERM");
    size_t rows, columns;

    tum_live_size(&rows, &columns);
    columns--;
    /* Room for the panel. */
    rows = TUM_MIN(rows, (size_t)ROWS_MOST);
    rows = TUM_MAX(rows, 12u) - 8;
    switch (tum_picture_way()) {
    case TUM_PICTURE_KITTY:
        add_kitty(out, file, pixels, rows_for(pixels, rows, columns));
        return;
    case TUM_PICTURE_ITERM:
        add_iterm(out, file, rows_for(pixels, rows, columns));
        return;
    case TUM_PICTURE_SIXEL:
        tum_sketch_sixels(pixels, columns * CELL_WIDTH, rows * CELL_HEIGHT, out);
        tum_buf_addc(out, '\n');
        return;
    case TUM_PICTURE_SKETCH:
        break;
    }
    tum_sketch_add(pixels, columns, rows,
                   !tum_live_colours(live) ? TUM_SKETCH_LETTERS
                   : strcmp(deep, "truecolor") == 0 || strcmp(deep, "24bit") == 0
                       ? TUM_SKETCH_TRUE
                       : TUM_SKETCH_256,
                   out);
}

void tum_askpicture_show(struct tum_live *live, const char *path)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_freep) char *bytes = NULL;
    struct tum_pixels pixels = {0};
    struct tum_error *err = NULL;
    size_t length = 0;

    if (tum_file_read(path, TUM_PICTURE_FILE, &bytes, &length, &err) &&
        tum_pixels_read(tum_str_n(bytes, length), &pixels, &err)) {
        add_picture(live, tum_str_n(bytes, length), &pixels, &out);
    } else {
        TUM_AUTO(tum_freep) char *why = tum_error_text(err);

        tum_buf_addf(&out, "The picture cannot be shown here: %s\n", why);
        tum_error_free(err);
    }
    tum_pixels_release(&pixels);
    tum_live_raw(live, tum_buf_str(&out));
}
