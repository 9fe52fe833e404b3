/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shortest decimal that reads back as a float; of those the nearest one. After
 * Raffaello Giulietti, "The Schubfach way to render doubles" (2020).
 */
#ifndef TUM_VSHORT_H
#define TUM_VSHORT_H

#include <stdint.h>

/* f (finite, above 0) as result * 10**exponent; the result has no zero at its end. */
uint64_t tum_float_shortest(double f, int *ret_exponent);

#endif
