/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Struct tags and the few shared scalar types, so that a header can name a type
 * without including its owner.
 */
#ifndef TUM_FWD_H
#define TUM_FWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* base */
struct tum_arena;
struct tum_buf;
struct tum_diags;
struct tum_error;
struct tum_finding;
struct tum_lock;
struct tum_sources;
struct tum_span;
struct tum_str;
struct tum_strmap;

/* value */
struct tum_list_builder;
struct tum_map_builder;
struct tum_object;

/* io */
struct tum_consoles;
struct tum_proc;
struct tum_stop;

/* plot */
struct tum_plot;
struct tum_plots;

/* engine */
struct tum_arg;
struct tum_item;
struct tum_item_type;
struct tum_load;
struct tum_node;
struct tum_run;

/* Nanoseconds of the monotonic clock, or a duration in nanoseconds. */
typedef int64_t tum_time;

#endif
