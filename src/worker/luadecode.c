/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON texts of tum as values of Lua: what tum_worker.lua does for other interpreters, in
 * less time. Messages come from tum and are right; what is not is an error of Lua, never
 * a read beyond the text, which ends with a NUL.
 */
#include "worker/luadecode.h"
#include <lauxlib.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A value nests at most 1000 deep, and a message a few levels more. */
#define DEPTH_LIMIT 1100
/* More digits than this are read as text that Lua understands anyway. */
#define NUMBER_SIZE 64

struct reading {
    lua_State *lua;
    const char *at;
    int depth;
};

static void read_value(struct reading *r);

static void fail(struct reading *r)
{
    luaL_error(r->lua, "message of tum that is no JSON");
}

static char skip(struct reading *r)
{
    while (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t')
        r->at++;
    return *r->at;
}

static bool take(struct reading *r, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(r->at, word, n) != 0)
        return false;
    r->at += n;
    return true;
}

/* ---- texts ---- */

static uint32_t read_hex(struct reading *r)
{
    uint32_t code = 0;

    for (int i = 0; i < 4; i++, r->at++) {
        char c = *r->at;

        if (c >= '0' && c <= '9')
            code = code * 16 + (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            code = code * 16 + (uint32_t)((c | 32) - 'a' + 10);
        else
            fail(r);
    }
    return code;
}

/* Half a pair of surrogates alone is kept as the three bytes that it would be. */
static void add_code(luaL_Buffer *out, uint32_t code)
{
    if (code < 0x80) {
        luaL_addchar(out, (char)code);
        return;
    }
    if (code < 0x800) {
        luaL_addchar(out, (char)(0xC0 | code >> 6));
    } else {
        if (code < 0x10000) {
            luaL_addchar(out, (char)(0xE0 | code >> 12));
        } else {
            luaL_addchar(out, (char)(0xF0 | code >> 18));
            luaL_addchar(out, (char)(0x80 | (code >> 12 & 0x3F)));
        }
        luaL_addchar(out, (char)(0x80 | (code >> 6 & 0x3F)));
    }
    luaL_addchar(out, (char)(0x80 | (code & 0x3F)));
}

static void read_code(struct reading *r, luaL_Buffer *out)
{
    uint32_t code = read_hex(r), low;

    if (code >= 0xD800 && code < 0xDC00 && r->at[0] == '\\' && r->at[1] == 'u') {
        const char *before = r->at;

        r->at += 2;
        low = read_hex(r);
        if (low >= 0xDC00 && low < 0xE000)
            code = 0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00);
        else
            r->at = before;
    }
    add_code(out, code);
}

static void read_escape(struct reading *r, luaL_Buffer *out)
{
    static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
    char c = *++r->at;
    const char *known = c != '\0' ? strchr(names, c) : NULL;

    if (c == '\0')
        fail(r);
    r->at++;
    if (c == 'u')
        read_code(r, out);
    else
        luaL_addchar(out, known != NULL ? values[known - names] : c);
}

/* Behind the quote. */
static void read_text(struct reading *r)
{
    size_t n = strcspn(r->at, "\"\\");
    luaL_Buffer out;

    if (r->at[n] == '"') {
        lua_pushlstring(r->lua, r->at, n);
        r->at += n + 1;
        return;
    }
    luaL_buffinit(r->lua, &out);
    while (r->at[n] == '\\') {
        luaL_addlstring(&out, r->at, n);
        r->at += n;
        read_escape(r, &out);
        n = strcspn(r->at, "\"\\");
    }
    if (r->at[n] != '"')
        fail(r);
    luaL_addlstring(&out, r->at, n);
    r->at += n + 1;
    luaL_pushresult(&out);
}

/* ---- values ---- */

static void read_number(struct reading *r)
{
    size_t n = strspn(r->at, "+-.0123456789Ee");
    char small[NUMBER_SIZE];

    if (n == 0)
        fail(r);
    if (n < sizeof small) {
        memcpy(small, r->at, n);
        small[n] = '\0';
        if (lua_stringtonumber(r->lua, small) == 0)
            fail(r);
    } else {
        int is_number;
        lua_Number number;

        lua_pushlstring(r->lua, r->at, n);
        number = lua_tonumberx(r->lua, -1, &is_number);
        lua_pop(r->lua, 1);
        lua_pushnumber(r->lua, is_number ? number : HUGE_VAL);
    }
    r->at += n;
}

static void read_list(struct reading *r)
{
    lua_newtable(r->lua);
    if (skip(r) == ']') {
        r->at++;
        return;
    }
    for (lua_Integer i = 1;; i++) {
        read_value(r);
        lua_rawseti(r->lua, -2, i);
        if (skip(r) == ']')
            break;
        if (*r->at++ != ',')
            fail(r);
    }
    r->at++;
}

static void read_map(struct reading *r)
{
    lua_newtable(r->lua);
    if (skip(r) == '}') {
        r->at++;
        return;
    }
    for (;;) {
        if (skip(r) != '"')
            fail(r);
        r->at++;
        read_text(r);
        if (skip(r) != ':')
            fail(r);
        r->at++;
        read_value(r);
        lua_rawset(r->lua, -3);
        if (skip(r) == '}')
            break;
        if (*r->at++ != ',')
            fail(r);
    }
    r->at++;
}

static void read_value(struct reading *r)
{
    char c = skip(r);

    luaL_checkstack(r->lua, 4, "message of tum");
    if (++r->depth > DEPTH_LIMIT)
        fail(r);
    if (c == '"') {
        r->at++;
        read_text(r);
    } else if (c == '{') {
        r->at++;
        read_map(r);
    } else if (c == '[') {
        r->at++;
        read_list(r);
    } else if (take(r, "null")) {
        lua_pushlightuserdata(r->lua, NULL);
    } else if (take(r, "true")) {
        lua_pushboolean(r->lua, 1);
    } else if (take(r, "false")) {
        lua_pushboolean(r->lua, 0);
    } else if (take(r, "NaN")) {
        lua_pushnumber(r->lua, (lua_Number)NAN);
    } else if (take(r, "Infinity")) {
        lua_pushnumber(r->lua, HUGE_VAL);
    } else if (take(r, "-Infinity")) {
        lua_pushnumber(r->lua, -HUGE_VAL);
    } else {
        read_number(r);
    }
    r->depth--;
}

int tum_lua_decode(lua_State *lua)
{
    struct reading r = {.lua = lua, .at = luaL_checkstring(lua, 1)};

    read_value(&r);
    return 1;
}
