/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiler attributes, small macros and the one way to say that tum itself is wrong.
 */
#ifndef TUM_BASE_H
#define TUM_BASE_H

#include "tum/fwd.h"

/* Number of elements of an array (not of a pointer). */
#define TUM_LEN(array) (sizeof(array) / sizeof((array)[0]))

#define TUM_MUST_USE           __attribute__((warn_unused_result))
#define TUM_NORETURN           __attribute__((noreturn))
#define TUM_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define TUM_UNUSED             __attribute__((unused))

/*
 * Calls `release(&variable)` when the variable goes out of scope. For a pointer, name
 * the function that takes a pointer to it, by convention `…_freep`.
 */
#define TUM_AUTO(release) __attribute__((cleanup(release)))

/* Smaller and larger of two values; both are evaluated once. */
#define TUM_MIN(a, b)                                                                  \
    __extension__({                                                                    \
        __typeof__(a) tum_min_a = (a);                                                 \
        __typeof__(b) tum_min_b = (b);                                                 \
        tum_min_a < tum_min_b ? tum_min_a : tum_min_b;                                 \
    })
#define TUM_MAX(a, b)                                                                  \
    __extension__({                                                                    \
        __typeof__(a) tum_max_a = (a);                                                 \
        __typeof__(b) tum_max_b = (b);                                                 \
        tum_max_a > tum_max_b ? tum_max_a : tum_max_b;                                 \
    })

/*
 * Sizes of a hostile build (meson -Dhostile=true) are chosen so that every growth,
 * partial read and boundary happens all the time: use TUM_HOSTILE_OR(3, 65536) for
 * initial capacities and read chunks.
 */
#ifdef TUM_HOSTILE
#define TUM_HOSTILE_OR(hostile, normal) (hostile)
#else
#define TUM_HOSTILE_OR(hostile, normal) (normal)
#endif

/*
 * A broken invariant of tum: writes file, line and the message to standard error and
 * aborts. For mistakes of ours only, never for input.
 */
#define tum_bug(...) tum_bug_at(__FILE__, __LINE__, __VA_ARGS__)
TUM_NORETURN TUM_PRINTF(3, 4) void tum_bug_at(const char *file, int line,
                                              const char *fmt, ...);

/*
 * Writes "tum: MESSAGE" to standard error and leaves with status 3. For what the
 * process cannot go on without: memory, and descriptors at start.
 */
TUM_NORETURN TUM_PRINTF(1, 2) void tum_die(const char *fmt, ...);

#endif
