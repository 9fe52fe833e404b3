/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JPEG (ITU-T T.81), Huffman coded, sequential or progressive. The first coefficient of a
 * block is eight times its mean; the others are read only to get past them, and in a
 * progressive file their scans are not read at all.
 */
#include "cli/jpegdc.h"
#include "tum/mem.h"

#define PARTS        3 /* components: grey, or luminance and two of colour */
#define PADDING_MOST 8 /* bytes read ahead past the end of a scan */

struct codes {
    unsigned char count[17], symbol[256];
};

struct part {
    unsigned id, h, v, table; /* sampling factors, number of the quantization */
    size_t width, height;     /* blocks there are, whole units of the picture */
    int16_t *dc;
    int last;
    const struct codes *dc_codes, *ac_codes;
};

struct jpeg {
    const unsigned char *at, *end;
    size_t width, height;
    bool progressive;
    struct part parts[PARTS];
    size_t count;
    unsigned h, v; /* largest sampling factors */
    unsigned first_quant[4];
    struct codes codes[2][4]; /* DC, AC */
    size_t restart;

    uint32_t held; /* bits of the scan */
    unsigned bits, padded;
    unsigned shift; /* low bits that a progressive scan leaves to a later one */
    bool over;      /* the scan has ended: a marker, or the file */
};

static unsigned word(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* ---- segments ---- */

static bool read_quantizations(struct jpeg *j, const unsigned char *p, size_t n)
{
    while (n > 0) {
        bool wide = p[0] >> 4 != 0;
        size_t length = wide ? 129 : 65;

        if (n < length || (p[0] & 15) > 3)
            return false;
        j->first_quant[p[0] & 15] = wide ? word(p + 1) : p[1];
        p += length;
        n -= length;
    }
    return true;
}

static bool read_codes(struct jpeg *j, const unsigned char *p, size_t n)
{
    while (n >= 17) {
        unsigned class = p[0] >> 4, number = p[0] & 15;
        struct codes *codes;
        size_t symbols = 0;

        for (size_t i = 1; i <= 16; i++)
            symbols += p[i];
        if (class > 1 || number > 3 || symbols > 256 || n - 17 < symbols)
            return false;
        codes = &j->codes[class][number];
        memset(codes, 0, sizeof(*codes));
        memcpy(codes->count + 1, p + 1, 16);
        memcpy(codes->symbol, p + 17, symbols);
        p += 17 + symbols;
        n -= 17 + symbols;
    }
    return n == 0;
}

static bool read_frame(struct jpeg *j, const unsigned char *p, size_t n,
                       struct tum_error **err)
{
    if (n < 6 || p[0] != 8 || j->count > 0 || (p[5] != 1 && p[5] != PARTS) ||
        n < 6 + 3u * p[5])
        return tum_fail(err, TUM_ERROR_UNSUPPORTED, "an unknown kind of JPEG");
    j->height = word(p + 1);
    j->width = word(p + 3);
    j->h = j->v = 1;
    for (size_t i = 0; i < p[5]; i++) {
        struct part *part = &j->parts[i];

        *part = (struct part){p[6 + i * 3],
                              p[7 + i * 3] >> 4,
                              p[7 + i * 3] & 15,
                              p[8 + i * 3] & 3,
                              0,
                              0,
                              NULL,
                              0,
                              NULL,
                              NULL};
        if (part->h == 0 || part->h > 4 || part->v == 0 || part->v > 4)
            return tum_fail(err, TUM_ERROR_SYNTAX, "the JPEG is damaged");
        j->h = TUM_MAX(j->h, part->h);
        j->v = TUM_MAX(j->v, part->v);
    }
    if (j->width == 0 || j->height == 0 || j->width > TUM_PIXELS_SIDE ||
        j->height > TUM_PIXELS_SIDE)
        return tum_fail(err, TUM_ERROR_LIMIT, "the picture is too large: %zu x %zu",
                        j->width, j->height);
    j->count = p[5];
    for (size_t i = 0; i < j->count; i++) {
        struct part *part = &j->parts[i];

        part->width = (j->width + 8 * j->h - 1) / (8 * j->h) * part->h;
        part->height = (j->height + 8 * j->v - 1) / (8 * j->v) * part->v;
        part->dc = tum_new_array(int16_t, part->width * part->height);
    }
    return true;
}

/* ---- bits of a scan ---- */

/* A byte 0xff of the data is followed by 0; by anything else it is a marker, and nothing
   follows but zeros. */
static void more_bits(struct jpeg *j)
{
    for (; j->bits <= 24; j->bits += 8) {
        bool data = j->end - j->at >= 2 && !(j->at[0] == 0xff && j->at[1] != 0);
        unsigned byte = data ? j->at[0] : 0;

        if (data)
            j->at += byte == 0xff ? 2 : 1;
        else
            j->over = ++j->padded > PADDING_MOST;
        j->held = j->held << 8 | byte;
    }
}

static unsigned take(struct jpeg *j, unsigned n)
{
    if (n == 0)
        return 0;
    if (j->bits < n)
        more_bits(j);
    j->bits -= n;
    return j->held >> j->bits & ((1u << n) - 1);
}

/* The next symbol; 0 when there is none. */
static unsigned symbol(struct jpeg *j, const struct codes *codes)
{
    unsigned code = 0, first = 0, index = 0;

    for (unsigned length = 1; length <= 16; length++) {
        code |= take(j, 1);
        if (code < first + codes->count[length])
            return codes->symbol[index + (code - first)];
        index += codes->count[length];
        first = (first + codes->count[length]) << 1;
        code <<= 1;
    }
    j->over = true;
    return 0;
}

/* A number of so many bits, of which those with a leading 0 are negative. */
static int number(struct jpeg *j, unsigned bits)
{
    int value = (int)take(j, bits);

    return bits > 0 && value < 1 << (bits - 1) ? value - (1 << bits) + 1 : value;
}

static void read_block(struct jpeg *j, struct part *part, int16_t *ret)
{
    unsigned bits = symbol(j, part->dc_codes);

    part->last += number(j, TUM_MIN(bits, 15u));
    part->last = TUM_MIN(part->last, INT16_MAX);
    part->last = TUM_MAX(part->last, INT16_MIN);
    *ret = (int16_t)(part->last * (1 << j->shift));
    for (unsigned k = 1; !j->progressive && k < 64 && !j->over;) {
        unsigned both = symbol(j, part->ac_codes);

        if ((both & 15) == 0 && both != 0xf0)
            return;
        take(j, both & 15);
        k += (both >> 4) + 1;
    }
}

/* ---- scans ---- */

static void restart(struct jpeg *j)
{
    j->bits = 0;
    j->held = j->padded = 0;
    j->over = false;
    if (j->end - j->at >= 2 && j->at[0] == 0xff && (j->at[1] & 0xf8) == 0xd0)
        j->at += 2;
    for (size_t i = 0; i < j->count; i++)
        j->parts[i].last = 0;
}

/* The blocks of one part in a scan of its own: only those the picture has. */
static void scan_one(struct jpeg *j, struct part *part)
{
    size_t width = ((j->width * part->h + j->h - 1) / j->h + 7) / 8;
    size_t height = ((j->height * part->v + j->v - 1) / j->v + 7) / 8;

    for (size_t n = 0; n < width * height; n++) {
        if (n > 0 && j->restart > 0 && n % j->restart == 0)
            restart(j);
        if (j->over)
            return;
        read_block(j, part, &part->dc[n / width * part->width + n % width]);
    }
}

/* All parts together, in units of the largest sampling factors. */
static void scan_all(struct jpeg *j)
{
    size_t across = j->parts[0].width / j->parts[0].h;
    size_t units = across * (j->parts[0].height / j->parts[0].v);

    for (size_t n = 0; n < units; n++) {
        if (n > 0 && j->restart > 0 && n % j->restart == 0)
            restart(j);
        for (size_t i = 0; i < j->count; i++) {
            struct part *part = &j->parts[i];

            for (size_t k = 0; k < part->h * part->v && !j->over; k++) {
                size_t x = n % across * part->h + k % part->h;
                size_t y = n / across * part->v + k / part->h;

                read_block(j, part, &part->dc[y * part->width + x]);
            }
        }
    }
}

static bool has_codes(const struct jpeg *j)
{
    for (size_t i = 0; i < j->count; i++)
        if (j->parts[i].dc_codes == NULL)
            return false;
    return true;
}

static bool read_scan(struct jpeg *j, const unsigned char *p, size_t n)
{
    struct part *only = NULL;
    size_t count = n > 0 ? p[0] : 0;

    if (count == 0 || n < count * 2 + 4 || j->count == 0)
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < j->count; k++)
            if (j->parts[k].id == p[1 + i * 2]) {
                only = &j->parts[k];
                only->dc_codes = &j->codes[0][p[2 + i * 2] >> 4 & 3];
                only->ac_codes = &j->codes[1][p[2 + i * 2] & 3];
            }
    /* Of a progressive file only the scans that bring the first bits of the means. */
    if (j->progressive && (p[1 + count * 2] != 0 || p[3 + count * 2] >> 4 != 0))
        return true;
    j->shift = j->progressive ? p[3 + count * 2] & 15 : 0;
    restart(j);
    if (count == 1 && only != NULL)
        scan_one(j, only);
    else if (count == j->count && has_codes(j))
        scan_all(j);
    return true;
}

/* Up to the end of the picture or of the file. */
static bool read_segments(struct jpeg *j, struct tum_error **err)
{
    while (j->end - j->at >= 4) {
        unsigned marker = j->at[1];
        const unsigned char *data = j->at + 4;
        size_t length;
        bool good = true;

        if (j->at[0] != 0xff || marker == 0xff || marker == 0 ||
            (marker >= 0xd0 && marker <= 0xd8)) {
            j->at++; /* what a scan left, or fill */
            continue;
        }
        if (marker == 0xd9)
            break;
        length = word(j->at + 2);
        if (length < 2 || (size_t)(j->end - j->at) < length + 2)
            break;
        j->at += length + 2;
        length -= 2;
        if (marker == 0xdb)
            good = read_quantizations(j, data, length);
        else if (marker == 0xc4)
            good = read_codes(j, data, length);
        else if (marker == 0xdd && length >= 2)
            j->restart = word(data);
        else if (marker == 0xda)
            good = read_scan(j, data, length);
        else if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc8 && marker != 0xcc) {
            j->progressive = marker == 0xc2;
            if (marker > 0xc2)
                return tum_fail(err, TUM_ERROR_UNSUPPORTED, "an unknown kind of JPEG");
            if (!read_frame(j, data, length, err))
                return false;
        }
        if (!good)
            return tum_fail(err, TUM_ERROR_SYNTAX, "the JPEG is damaged");
    }
    return j->count > 0 || tum_fail(err, TUM_ERROR_SYNTAX, "the JPEG has no picture");
}

/* ---- colours ---- */

/* Mean of a block of a part at a place of the picture, 0 … 255. */
static int level(const struct jpeg *j, const struct part *part, size_t x, size_t y)
{
    size_t column = x * part->h / j->h, row = y * part->v / j->v;
    int dc = part->dc[row * part->width + column];

    return dc * (int)j->first_quant[part->table] / 8 + 128;
}

static unsigned char clip(double value)
{
    return value <= 0 ? 0 : value >= 255 ? 255 : (unsigned char)(value + 0.5);
}

/* JFIF: YCbCr as in ITU-R BT.601. */
static void put_colour(const struct jpeg *j, size_t x, size_t y, unsigned char *rgb)
{
    int light = level(j, &j->parts[0], x, y);
    double cb = 0, cr = 0;

    if (j->count == PARTS) {
        cb = level(j, &j->parts[1], x, y) - 128;
        cr = level(j, &j->parts[2], x, y) - 128;
    }
    rgb[0] = clip(light + 1.402 * cr);
    rgb[1] = clip(light - 0.344136 * cb - 0.714136 * cr);
    rgb[2] = clip(light + 1.772 * cb);
}

bool tum_jpegdc_read(struct tum_str file, struct tum_pixels *ret,
                     struct tum_error **err)
{
    struct jpeg j = {.at = (const unsigned char *)file.s,
                     .end = (const unsigned char *)file.s + file.n};
    bool good = read_segments(&j, err) &&
                tum_pixels_make(ret, (j.width + 7) / 8, (j.height + 7) / 8, err);

    for (size_t i = 0; good && i < ret->width * ret->height; i++)
        put_colour(&j, i % ret->width, i / ret->width, ret->rgb + i * 3);
    for (size_t i = 0; i < PARTS; i++)
        tum_free(j.parts[i].dc);
    return good;
}
