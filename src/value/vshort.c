/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shortest decimal of a float.
 *
 * f = c * 2**q. The decimals that read back as f lie between the middles to its
 * neighbours (with the middles themselves when c is even, since reading rounds half to
 * even). With k so that 10**k is no wider than that interval but 10**(k+1) is, some
 * multiple of 10**k is inside, and at most one of 10**(k+1); where that one exists, it is
 * the shortest once its zeros are cut off.
 *
 * Bounds are compared as multiples of a quarter of 10**k, in 64 bits: the product with
 * the power keeps in its last bit whether anything was cut off ("rounding to odd"), and
 * that is enough to order it against whole numbers.
 */
#include "value/vshort.h"
#include "value/vpowers.h"
#include <stdbool.h>
#include <string.h>

#define FRACTION_BITS 52
#define HIDDEN_BIT    ((uint64_t)1 << FRACTION_BITS)
#define LEAST_Q       (-1074)

/* Floors of logarithms, exact for all exponents of floats. */
static int log10_of_power2(int q)
{
    return (q * 1262611) >> 22;
}
static int log10_of_power2_less(int q) /* of 3/4 * 2**q */
{
    return (q * 1262611 - 524031) >> 22;
}
static int log2_of_power10(int k)
{
    return (k * 1741647) >> 19;
}

static uint64_t scaled(const struct power *power, uint64_t m)
{
    unsigned __int128 low = (unsigned __int128)power->low * m;
    unsigned __int128 high = (unsigned __int128)power->high * m + (uint64_t)(low >> 64);

    /* The table is rounded up, so an exact product shows as 1 here. */
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* s * 10**k, the choice among the neighbours of a value between two bounds, in quarters. */
static uint64_t choose(uint64_t lower, uint64_t value, uint64_t upper, int *k)
{
    uint64_t s = value / 4;
    uint64_t tens = s / 10;

    if (s >= 10) {
        bool below = lower <= 40 * tens;
        bool above = 40 * tens + 40 <= upper;

        if (below != above) {
            ++*k;
            return tens + above;
        }
    }

    bool below = lower <= 4 * s;
    bool above = 4 * s + 4 <= upper;

    if (below != above)
        return s + above;
    /* Both read back: the nearer one, the even one from the middle. */
    return s + (value > 4 * s + 2 || (value == 4 * s + 2 && (s & 1)));
}

uint64_t tum_float_shortest(double f, int *ret_exponent)
{
    uint64_t bits;

    memcpy(&bits, &f, sizeof(bits));

    uint64_t c = bits & (HIDDEN_BIT - 1);
    int q = (int)(bits >> FRACTION_BITS);

    /* Below a power of two floats are twice as dense: the lower middle is nearer. */
    bool dense_below = c == 0 && q > 1;

    if (q == 0)
        q = 1;
    else
        c |= HIDDEN_BIT;
    q += LEAST_Q - 1;

    int k = dense_below ? log10_of_power2_less(q) : log10_of_power2(q);
    int shift = q + log2_of_power10(-k) + 1;
    const struct power *power = &powers[-k - TUM_POWER_FIRST];
    bool odd = c & 1;
    uint64_t lower = scaled(power, (4 * c - (dense_below ? 1 : 2)) << shift);
    uint64_t value = scaled(power, 4 * c << shift);
    uint64_t upper = scaled(power, (4 * c + 2) << shift);
    uint64_t s = choose(lower + odd, value, upper - odd, &k);

    /* Few decimals leave many zeros: eight at once first. */
    if (s % 100000000 == 0) {
        s /= 100000000;
        k += 8;
    }
    while (s % 10 == 0) {
        s /= 10;
        k++;
    }
    *ret_exponent = k;
    return s;
}
