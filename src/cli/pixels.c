/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PNG (all kinds of pixels, interlaced or not; what is transparent is shown on grey) and
 * PNM. Colours are taken as they are: no profiles, no gamma.
 */
#include "cli/pixels.h"
#include "cli/inflate.h"
#include "cli/jpegdc.h"
#include "tum/mem.h"

#define PNG_HEAD   "\x89PNG\r\n\x1a\n"
#define BACKGROUND 0x80

bool tum_pixels_make(struct tum_pixels *ret, size_t width, size_t height,
                     struct tum_error **err)
{
    if (width == 0 || height == 0)
        return tum_fail(err, TUM_ERROR_VALUE, "the picture is empty");
    if (width > TUM_PIXELS_SIDE || height > TUM_PIXELS_SIDE ||
        width * height > TUM_PIXELS_LIMIT)
        return tum_fail(err, TUM_ERROR_LIMIT, "the picture is too large: %zu x %zu",
                        width, height);
    *ret = (struct tum_pixels){width, height, tum_alloc_array(width * height, 3)};
    return true;
}

void tum_pixels_release(struct tum_pixels *pixels)
{
    tum_free(pixels->rgb);
    *pixels = (struct tum_pixels){0};
}

void tum_pixels_mean(const struct tum_pixels *pixels, size_t x, size_t y, size_t width,
                     size_t height, unsigned char ret[3])
{
    uint64_t sum[3] = {0};
    size_t right, below;

    x = TUM_MIN(x, pixels->width - 1);
    y = TUM_MIN(y, pixels->height - 1);
    right = TUM_MIN(x + TUM_MAX(width, 1u), pixels->width);
    below = TUM_MIN(y + TUM_MAX(height, 1u), pixels->height);
    for (size_t row = y; row < below; row++)
        for (size_t i = x; i < right; i++)
            for (size_t c = 0; c < 3; c++)
                sum[c] += pixels->rgb[(row * pixels->width + i) * 3 + c];
    for (size_t c = 0; c < 3; c++)
        ret[c] = (unsigned char)(sum[c] / ((right - x) * (below - y)));
}

/* ---- PNG ---- */

struct png {
    size_t width, height;
    unsigned bits, type, interlaced;
    const unsigned char *palette; /* 3 bytes each */
    size_t colours;
    struct tum_buf packed;
};

static uint32_t big_endian(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static size_t channels(unsigned type)
{
    static const unsigned char of[] = {1, 0, 3, 1, 2, 0, 4};

    return type < sizeof(of) ? of[type] : 0;
}

static bool read_header(struct png *png, const unsigned char *p, struct tum_error **err)
{
    png->width = big_endian(p);
    png->height = big_endian(p + 4);
    png->bits = p[8];
    png->type = p[9];
    png->interlaced = p[12];
    if (channels(png->type) == 0 || png->bits == 0 || png->bits > 16 ||
        (png->bits & (png->bits - 1)) != 0 ||
        (png->bits < 8 && png->type != 0 && png->type != 3) || png->interlaced > 1)
        return tum_fail(err, TUM_ERROR_UNSUPPORTED, "an unknown kind of PNG");
    return true;
}

/* Chunks: what there is of them, checksums unread. */
static bool read_chunks(struct png *png, struct tum_str file, struct tum_error **err)
{
    const unsigned char *p = (const unsigned char *)file.s;
    size_t at = sizeof(PNG_HEAD) - 1, length;

    for (; file.n - at >= 12; at += length + 12) {
        const unsigned char *data = p + at + 8;

        length = big_endian(p + at);
        if (length > file.n - at - 12)
            break; /* a file that was cut: what is there is shown */
        if (memcmp(p + at + 4, "IHDR", 4) == 0 && length == 13) {
            if (!read_header(png, data, err))
                return false;
        } else if (memcmp(p + at + 4, "PLTE", 4) == 0) {
            png->palette = data;
            png->colours = length / 3;
        } else if (memcmp(p + at + 4, "IDAT", 4) == 0) {
            tum_buf_add(&png->packed, data, length);
        }
    }
    if (png->width == 0 || png->packed.len == 0)
        return tum_fail(err, TUM_ERROR_SYNTAX, "the PNG has no picture");
    return true;
}

static int paeth(int a, int b, int c)
{
    int p = a + b - c, pa = p < a ? a - p : p - a, pb = p < b ? b - p : p - b,
        pc = p < c ? c - p : p - c;

    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/* Takes the filter off a row; `above` may be NULL. */
static void unfilter(unsigned filter, unsigned char *row, const unsigned char *above,
                     size_t n, size_t step)
{
    for (size_t i = 0; i < n; i++) {
        int left = i >= step ? row[i - step] : 0, up = above != NULL ? above[i] : 0;
        int corner = i >= step && above != NULL ? above[i - step] : 0, add = 0;

        switch (filter) {
        case 1:
            add = left;
            break;
        case 2:
            add = up;
            break;
        case 3:
            add = (left + up) / 2;
            break;
        case 4:
            add = paeth(left, up, corner);
            break;
        default:
            break;
        }
        row[i] = (unsigned char)(row[i] + add);
    }
}

/* Sample `i` of a row, as 8 bits (of a palette: its index). */
static unsigned sample(const struct png *png, const unsigned char *row, size_t i)
{
    unsigned shift, value;

    if (png->bits >= 8)
        return row[i * png->bits / 8];
    shift = 8 - png->bits - (unsigned)(i * png->bits % 8);
    value = row[i * png->bits / 8] >> shift & ((1u << png->bits) - 1);
    return png->type == 3 ? value : value * 255 / ((1u << png->bits) - 1);
}

static void put_pixel(const struct png *png, const unsigned char *row, size_t i,
                      unsigned char *rgb)
{
    size_t n = channels(png->type);
    unsigned alpha = png->type >= 4 ? sample(png, row, i * n + n - 1) : 255;

    for (size_t c = 0; c < 3; c++) {
        unsigned value = sample(png, row, i * n + (n >= 3 ? c : 0));

        if (png->type == 3)
            value = value < png->colours ? png->palette[value * 3 + c] : 0;
        rgb[c] = (unsigned char)((value * alpha + BACKGROUND * (255 - alpha)) / 255);
    }
}

struct pass {
    size_t x, y, dx, dy;
};

/* One picture of those an interlaced one is made of; false: the data ends before. */
static bool read_pass(const struct png *png, const struct pass *pass,
                      struct tum_buf *raw, size_t *at, struct tum_pixels *ret)
{
    size_t width =
        png->width > pass->x ? (png->width - pass->x + pass->dx - 1) / pass->dx : 0;
    size_t bits = channels(png->type) * png->bits;
    size_t n = (width * bits + 7) / 8;
    unsigned char *above = NULL;

    for (size_t y = pass->y; width > 0 && y < png->height; y += pass->dy) {
        unsigned char *row = (unsigned char *)raw->s + *at + 1;

        if (raw->len - *at < n + 1)
            return false;
        unfilter(row[-1], row, above, n, TUM_MAX(bits / 8, 1u));
        for (size_t i = 0; i < width; i++)
            put_pixel(png, row, i,
                      ret->rgb + (y * png->width + pass->x + i * pass->dx) * 3);
        above = row;
        *at += n + 1;
    }
    return true;
}

static bool unpack_png(struct png *png, struct tum_pixels *ret, struct tum_error **err)
{
    static const struct pass whole[] = {{0, 0, 1, 1}, {0, 0, 0, 0}};
    static const struct pass adam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8},
                                        {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2},
                                        {0, 1, 1, 2}, {0, 0, 0, 0}};
    /* Rows of all passes, with a filter byte each. */
    size_t limit = (png->width * 8 + 16) * (png->height + 16) * 2;
    struct tum_buf raw = TUM_BUF_INIT(limit);
    size_t at = 0;

    if (!tum_inflate(tum_buf_str(&png->packed), &raw, err)) {
        if (raw.len == 0) {
            tum_buf_release(&raw);
            return false;
        }
        tum_error_clear(err); /* the rows that are whole are shown */
    }
    if (!tum_pixels_make(ret, png->width, png->height, err)) {
        tum_buf_release(&raw);
        return false;
    }
    for (const struct pass *pass = png->interlaced ? adam7 : whole; pass->dx > 0;
         pass++)
        if (!read_pass(png, pass, &raw, &at, ret))
            break;
    tum_buf_release(&raw);
    return true;
}

static bool read_png(struct tum_str file, struct tum_pixels *ret,
                     struct tum_error **err)
{
    struct png png = {0};
    bool good;

    tum_buf_init(&png.packed, file.n);
    good = read_chunks(&png, file, err);
    if (good && (png.width > TUM_PIXELS_SIDE || png.height > TUM_PIXELS_SIDE ||
                 png.width * png.height > TUM_PIXELS_LIMIT))
        good = tum_fail(err, TUM_ERROR_LIMIT, "the picture is too large: %zu x %zu",
                        png.width, png.height);
    good = good && unpack_png(&png, ret, err);
    tum_buf_release(&png.packed);
    return good;
}

/* ---- PNM ---- */

/* A number of the head; 0: there is none. */
static size_t head_number(struct tum_str file, size_t *at)
{
    size_t n = 0;

    while (*at < file.n &&
           (strchr(" \t\r\n", file.s[*at]) != NULL || file.s[*at] == '#'))
        if (file.s[(*at)++] == '#')
            while (*at < file.n && file.s[*at] != '\n')
                (*at)++;
    for (; *at < file.n && file.s[*at] >= '0' && file.s[*at] <= '9' && n < 1000000;
         (*at)++)
        n = n * 10 + (size_t)(file.s[*at] - '0');
    return n;
}

static bool read_pnm(struct tum_str file, struct tum_pixels *ret,
                     struct tum_error **err)
{
    size_t at = 2, width = head_number(file, &at), height = head_number(file, &at);
    size_t most = head_number(file, &at), n = file.s[1] == '6' ? 3 : 1;

    at++;
    if (most != 255)
        return tum_fail(err, TUM_ERROR_UNSUPPORTED, "an unknown kind of PNM");
    if (!tum_pixels_make(ret, width, height, err))
        return false;
    for (size_t i = 0; i < width * height && at < file.n; i++, at += n)
        for (size_t c = 0; c < 3; c++)
            ret->rgb[i * 3 + c] =
                (unsigned char)file.s[TUM_MIN(at + (n == 3 ? c : 0), file.n - 1)];
    return true;
}

/* ---- any ---- */

static const struct format {
    const char *head;
    size_t length;
    bool (*read)(struct tum_str file, struct tum_pixels *ret, struct tum_error **err);
} formats[] = {
    {PNG_HEAD, sizeof(PNG_HEAD) - 1, read_png},
    {"\xff\xd8\xff", 3, tum_jpegdc_read},
    {"P5", 2, read_pnm},
    {"P6", 2, read_pnm},
};

static const struct format *format_of(struct tum_str file)
{
    for (size_t i = 0; i < TUM_LEN(formats); i++)
        if (file.n >= formats[i].length &&
            memcmp(file.s, formats[i].head, formats[i].length) == 0)
            return &formats[i];
    return NULL;
}

bool tum_pixels_known(struct tum_str file)
{
    return format_of(file) != NULL;
}

bool tum_pixels_read(struct tum_str file, struct tum_pixels *ret,
                     struct tum_error **err)
{
    const struct format *format = format_of(file);

    if (format == NULL)
        return tum_fail(err, TUM_ERROR_UNSUPPORTED,
                        "not a PNG, JPEG or binary PNM picture");
    return format->read(file, ret, err);
}
