/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Lua side of workers, carried in their program: tum_worker.lua and a line that
 * returns its `serve`.
 */
#ifndef TUM_EMBEDDED_LUA_H
#define TUM_EMBEDDED_LUA_H

#include <stddef.h>

extern const char tum_worker_lua[];
extern const size_t tum_worker_lua_size;        /* with that line */
extern const size_t tum_worker_lua_source_size; /* without it */

#endif
