/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON for the Lua worker of ours.
 */
#ifndef TUM_LUADECODE_H
#define TUM_LUADECODE_H

#include <lua.h>

/* decode(text): the value; null is the light userdata NULL. Raises an error of Lua. */
int tum_lua_decode(lua_State *lua);

#endif
