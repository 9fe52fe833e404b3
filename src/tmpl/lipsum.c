/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filler text: sentences of Latin-looking words with commas here and there. Not meant
 * to be the same twice.
 */
#include "tmpl/lipsum.h"
#include "tum/clock.h"
#include <sys/random.h>

static const char *const words[] = {
    "lorem",      "ipsum",     "dolor",     "sit",      "amet",      "consectetur",
    "adipiscing", "elit",      "sed",       "eiusmod",  "tempor",    "incididunt",
    "labore",     "dolore",    "magna",     "aliqua",   "enim",      "minim",
    "veniam",     "quis",      "nostrud",   "ullamco",  "laboris",   "nisi",
    "aliquip",    "commodo",   "consequat", "duis",     "aute",      "irure",
    "voluptate",  "velit",     "esse",      "cillum",   "fugiat",    "nulla",
    "pariatur",   "excepteur", "sint",      "occaecat", "cupidatat", "proident",
    "sunt",       "culpa",     "officia",   "deserunt", "mollit",    "anim",
    "est",        "laborum",
};

/* splitmix64: good enough for filler, and one number of state. */
uint64_t tum_dice_roll(struct tum_dice *dice, uint64_t sides)
{
    uint64_t z;

    if (dice->state == 0 &&
        getrandom(&dice->state, sizeof(dice->state), GRND_NONBLOCK) < 0)
        dice->state = (uint64_t)tum_now();
    z = dice->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (z ^ (z >> 31)) % sides;
}

void tum_lipsum_paragraph(struct tum_buf *out, struct tum_dice *dice, int64_t min,
                          int64_t max)
{
    int64_t count = min + (int64_t)tum_dice_roll(dice, (uint64_t)max - (uint64_t)min);
    size_t last = TUM_LEN(words);
    bool capital = true;
    int64_t comma_in = 0, stop_in = 0;
    size_t start = out->len;

    for (int64_t i = 0; i < count && !out->full; i++) {
        size_t word;

        do
            word = (size_t)tum_dice_roll(dice, TUM_LEN(words));
        while (word == last);
        last = word;
        if (i > 0)
            tum_buf_addc(out, ' ');
        if (capital) {
            stop_in = 8 + (int64_t)tum_dice_roll(dice, 10);
            comma_in = 3 + (int64_t)tum_dice_roll(dice, 5);
            tum_buf_addc(out, (char)(words[word][0] - 'a' + 'A'));
            tum_buf_adds(out, words[word] + 1);
        } else {
            tum_buf_adds(out, words[word]);
        }
        capital = --stop_in <= 0;
        if (capital) {
            tum_buf_addc(out, '.');
        } else if (--comma_in <= 0 && i + 1 < count) {
            tum_buf_addc(out, ',');
            comma_in = 3 + (int64_t)tum_dice_roll(dice, 5);
        }
    }
    if (out->len == start || out->s[out->len - 1] != '.')
        tum_buf_addc(out, '.');
}
