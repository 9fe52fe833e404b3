/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deflate: blocks of literals and of copies of what came before, in Huffman codes. Codes
 * of up to FAST bits are looked up at once, longer ones are followed bit by bit.
 */
#include "cli/inflate.h"

#define CODE_BITS   15
#define FAST        10
#define LITERALS    288
#define DISTANCES   30
#define LENGTHS     19
#define END_OF_DATA 256

struct code {
    uint16_t count[CODE_BITS + 1]; /* codes of each length */
    uint16_t symbol[LITERALS];     /* in the order of their codes */
    /* By the next FAST bits: the symbol * 16 + its length; 0: none so short. */
    uint16_t fast[1 << FAST];
};

struct bits {
    const unsigned char *at, *end;
    uint64_t held;
    unsigned count;
    bool over; /* more was asked for than there is */
};

static void refill(struct bits *in)
{
    for (; in->count <= 56 && in->at < in->end; in->count += 8)
        in->held |= (uint64_t)*in->at++ << in->count;
}

static void drop(struct bits *in, unsigned n)
{
    in->over |= n > in->count;
    in->held >>= n;
    in->count -= TUM_MIN(n, in->count);
}

static unsigned take(struct bits *in, unsigned n)
{
    unsigned value;

    refill(in);
    value = (unsigned)(in->held & ((1u << n) - 1));
    drop(in, n);
    return value;
}

/* Codes are sent with their highest bit first. */
static unsigned reversed(unsigned code, unsigned length)
{
    unsigned result = 0;

    for (; length > 0; length--, code >>= 1)
        result = result << 1 | (code & 1);
    return result;
}

/* False: lengths that no code has. */
static bool make_code(struct code *code, const unsigned char *lengths, size_t n)
{
    uint16_t start[CODE_BITS + 1] = {0};
    unsigned next[CODE_BITS + 1] = {0}, first = 0;
    int left = 1;

    memset(code, 0, sizeof(*code));
    for (size_t i = 0; i < n; i++)
        code->count[lengths[i]]++;
    code->count[0] = 0;
    for (unsigned length = 1; length <= CODE_BITS; length++) {
        left = left * 2 - code->count[length];
        if (left < 0)
            return false;
        first = (first + code->count[length - 1]) << 1;
        next[length] = first;
        start[length] = (uint16_t)(start[length - 1] + code->count[length - 1]);
    }
    for (size_t i = 0; i < n; i++) {
        unsigned length = lengths[i], bits;

        if (length == 0)
            continue;
        code->symbol[start[length]++] = (uint16_t)i;
        bits = reversed(next[length]++, length);
        for (; length <= FAST && bits < 1u << FAST; bits += 1u << length)
            code->fast[bits] = (uint16_t)(i * 16 + length);
    }
    return true;
}

/* The next symbol; -1: the bits are no code. */
static int symbol(struct bits *in, const struct code *code)
{
    unsigned found, first = 0, index = 0, value = 0;

    refill(in);
    found = code->fast[in->held & ((1u << FAST) - 1)];
    if (found != 0) {
        drop(in, found & 15);
        return (int)(found >> 4);
    }
    for (unsigned length = 1; length <= CODE_BITS; length++) {
        value |= (unsigned)(in->held >> (length - 1) & 1);
        if (value < first + code->count[length]) {
            drop(in, length);
            return code->symbol[index + (value - first)];
        }
        index += code->count[length];
        first = (first + code->count[length]) << 1;
        value <<= 1;
    }
    return -1;
}

static bool stored(struct bits *in, struct tum_buf *out)
{
    unsigned length, check;

    drop(in, in->count % 8);
    length = take(in, 16);
    check = take(in, 16);
    if (in->over || (length ^ check) != 0xffff)
        return false;
    for (; length > 0 && !in->over; length--)
        tum_buf_addc(out, (char)take(in, 8));
    return true;
}

/* How far from `base` the lengths and distances of a symbol go: RFC 1951, 3.2.5. */
static unsigned extra_bits(unsigned symbol_left, unsigned group)
{
    return symbol_left < group * 2 ? 0 : symbol_left / group - 1;
}

static unsigned length_of(struct bits *in, unsigned s)
{
    unsigned extra = extra_bits(s, 4);

    if (s == 28)
        return 258;
    return extra == 0 ? 3 + s : 3 + ((4 + s % 4) << extra) + take(in, extra);
}

static unsigned distance_of(struct bits *in, unsigned s)
{
    unsigned extra = extra_bits(s, 2);

    return extra == 0 ? 1 + s : 1 + ((2 + s % 2) << extra) + take(in, extra);
}

static bool copy(struct tum_buf *out, unsigned length, unsigned distance)
{
    if (distance > out->len)
        return false;
    for (; length > 0; length--)
        tum_buf_addc(out, out->s[out->len - distance]);
    return true;
}

static bool coded(struct bits *in, struct tum_buf *out, const struct code *literals,
                  const struct code *distances)
{
    while (!in->over && !out->full) {
        int s = symbol(in, literals), d;
        unsigned length;

        if (s < 0 || s > 285)
            return false;
        if (s == END_OF_DATA)
            return true;
        if (s < END_OF_DATA) {
            tum_buf_addc(out, (char)s);
            continue;
        }
        length = length_of(in, (unsigned)s - 257);
        d = symbol(in, distances);
        if (d < 0 || d >= DISTANCES || !copy(out, length, distance_of(in, (unsigned)d)))
            return false;
    }
    return false;
}

static bool fixed(struct bits *in, struct tum_buf *out)
{
    unsigned char lengths[LITERALS];
    struct code literals, distances;

    for (size_t i = 0; i < LITERALS; i++)
        lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    make_code(&literals, lengths, LITERALS);
    memset(lengths, 5, DISTANCES);
    make_code(&distances, lengths, DISTANCES);
    return coded(in, out, &literals, &distances);
}

static bool read_lengths(struct bits *in, const struct code *code,
                         unsigned char *lengths, size_t n)
{
    size_t i = 0;

    while (i < n && !in->over) {
        int s = symbol(in, code);
        unsigned char again = 0;
        unsigned times = 1;

        if (s < 0 || (s == 16 && i == 0))
            return false;
        if (s < 16) {
            again = (unsigned char)s;
        } else if (s == 16) {
            again = lengths[i - 1];
            times = 3 + take(in, 2);
        } else {
            times = s == 17 ? 3 + take(in, 3) : 11 + take(in, 7);
        }
        if (times > n - i)
            return false;
        memset(lengths + i, again, times);
        i += times;
    }
    return !in->over;
}

static bool dynamic(struct bits *in, struct tum_buf *out)
{
    static const unsigned char order[LENGTHS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                 11, 4,  12, 3, 13, 2, 14, 1, 15};
    unsigned char lengths[LITERALS + 32] = {0};
    size_t of_literals = 257 + take(in, 5), of_distances = 1 + take(in, 5);
    size_t of_lengths = 4 + take(in, 4);
    struct code literals, distances;

    for (size_t i = 0; i < of_lengths; i++)
        lengths[order[i]] = (unsigned char)take(in, 3);
    if (of_literals > LITERALS || !make_code(&literals, lengths, LENGTHS))
        return false;
    memset(lengths, 0, sizeof(lengths));
    return read_lengths(in, &literals, lengths, of_literals + of_distances) &&
           make_code(&literals, lengths, of_literals) &&
           make_code(&distances, lengths + of_literals, of_distances) &&
           coded(in, out, &literals, &distances);
}

bool tum_inflate(struct tum_str zlib, struct tum_buf *out, struct tum_error **err)
{
    const unsigned char *bytes = (const unsigned char *)zlib.s;
    struct bits in = {.at = bytes + TUM_MIN(zlib.n, 2u), .end = bytes + zlib.n};
    bool last = false, good = zlib.n > 2 && (bytes[0] & 15) == 8 &&
                              (bytes[0] * 256 + bytes[1]) % 31 == 0;

    while (good && !last) {
        last = take(&in, 1) == 1;
        switch (take(&in, 2)) {
        case 0:
            good = stored(&in, out);
            break;
        case 1:
            good = fixed(&in, out);
            break;
        case 2:
            good = dynamic(&in, out);
            break;
        default:
            good = false;
            break;
        }
        good = good && !in.over && !out->full;
    }
    if (out->full)
        return tum_fail(err, TUM_ERROR_LIMIT, "packed data is too long");
    return good || tum_fail(err, TUM_ERROR_SYNTAX, "packed data is damaged");
}
