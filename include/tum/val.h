/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values: what variables, parameters, results and report data are made of.
 *
 * Immutable and counted. Nothing reachable from a value ever changes, so threads share
 * values without locks or copies, and reference cycles cannot exist. Containers are
 * built (begin, add, end), then frozen; "changing" a variable means putting another
 * value under its name. Arguments are borrowed, results are owned, except where the verb
 * says `take` (the argument changes owner) or the result is const or said to be borrowed.
 *
 * Depth is stored and checked at construction: values nest at most TUM_VAL_DEPTH deep, so
 * printing, comparing, hashing and freeing recurse without counters of their own.
 *
 * The meaning of equality, order, truth and text is Python's (1 == 1.0 == True is one map
 * key; maps keep insertion order and compare without it).
 */
#ifndef TUM_VAL_H
#define TUM_VAL_H

#include "tum/buf.h"
#include "tum/err.h"

#define TUM_VAL_DEPTH 1000

enum tum_kind {
    TUM_NONE,
    TUM_BOOL,
    TUM_INT,
    TUM_FLOAT,
    TUM_DATE,   /* a date, or a date-time with or without zone; see tum_date */
    TUM_BIGINT, /* from here on counted; an integer that does not fit TUM_INT */
    TUM_STR,    /* valid UTF-8, may hold NUL; lone surrogates as their 3-byte form */
    TUM_BYTES,
    TUM_LIST,
    TUM_TUPLE,
    TUM_MAP,
    TUM_SET, /* kept in insertion order */
};

typedef struct {
    uint8_t kind; /* enum tum_kind */
    uint8_t spare;
    uint16_t depth; /* 0, or one more than the deepest child */
    uint32_t spare2;
    union {
        bool b;
        int64_t i; /* TUM_INT; TUM_DATE: see val.c */
        double f;
        struct tum_object *obj;
    } as;
} tum_val;

_Static_assert(sizeof(tum_val) == 16, "values travel in two registers");

/* A date or date-time as written; not converted between zones. */
struct tum_date {
    int year, month, day; /* proleptic Gregorian, year 1…9999 */
    bool has_time;
    int hour, minute, second, microsecond;
    bool has_zone;
    int zone; /* minutes east of UTC */
};

/* ---- scalars ---- */

static inline enum tum_kind tum_val_kind(tum_val v)
{
    return (enum tum_kind)v.kind;
}
static inline tum_val tum_val_none(void)
{
    return (tum_val){.kind = TUM_NONE};
}
static inline tum_val tum_val_bool(bool b)
{
    return (tum_val){.kind = TUM_BOOL, .as.b = b};
}
static inline tum_val tum_val_int(int64_t i)
{
    return (tum_val){.kind = TUM_INT, .as.i = i};
}
static inline tum_val tum_val_float(double f)
{
    return (tum_val){.kind = TUM_FLOAT, .as.f = f};
}
/* False when the fields are no date (month 13, hour 25). */
bool tum_val_date(const struct tum_date *date, tum_val *ret);
void tum_val_get_date(tum_val date, struct tum_date *ret);

/* Copies. Bytes that are not UTF-8 become U+FFFD, one for each maximal bad part. */
tum_val tum_val_str(const char *s) TUM_MUST_USE;
tum_val tum_val_strn(const char *s, size_t n) TUM_MUST_USE;
static inline TUM_MUST_USE tum_val tum_val_text_of(struct tum_str text)
{
    return tum_val_strn(text.s, text.n);
}
tum_val tum_val_strf(const char *fmt, ...) TUM_MUST_USE TUM_PRINTF(1, 2);
/* As strn, for text known to be valid UTF-8: no check. */
tum_val tum_val_str_valid(const char *s, size_t n) TUM_MUST_USE;
tum_val tum_val_bytes(const void *p, size_t n) TUM_MUST_USE;

/* Kind TUM_STR or TUM_BYTES: the borrowed text, also NUL-terminated. Else empty. */
struct tum_str tum_val_text(tum_val v);
/* A TUM_STR of ASCII only: byte offsets are code point indexes. Known without a scan. */
bool tum_val_is_ascii(tum_val v);

/* ---- counting ---- */

tum_val tum_val_ref(tum_val v); /* result may be ignored: it is v */
void tum_val_unref(tum_val v);
void tum_val_release(tum_val *v); /* for TUM_AUTO; leaves none */
static inline void tum_val_swap(tum_val *a, tum_val *b)
{
    tum_val was = *a;

    *a = *b;
    *b = was;
}

/* ---- lists, tuples, sets ---- */

/* kind: TUM_LIST, TUM_TUPLE or TUM_SET; cap is a guess. */
struct tum_list_builder *tum_seq_begin(enum tum_kind kind, size_t cap) TUM_MUST_USE;
static inline TUM_MUST_USE struct tum_list_builder *tum_list_begin(size_t cap)
{
    return tum_seq_begin(TUM_LIST, cap);
}
/*
 * Takes v. False when v is TUM_VAL_DEPTH deep already (v is released), or, for a set,
 * when v is not hashable (released). Equal elements of a set are kept once, the first.
 */
bool tum_list_add(struct tum_list_builder *b, tum_val v);
size_t tum_list_built(const struct tum_list_builder *b);
tum_val tum_list_end(struct tum_list_builder *b) TUM_MUST_USE; /* frees the builder */
void tum_list_drop(struct tum_list_builder *b); /* gives up; accepts NULL */

/* Lists, tuples and sets; 0 for other kinds. */
size_t tum_list_len(tum_val list);
/* Borrowed elements, tum_list_len of them; NULL when empty. */
const tum_val *tum_list_items(tum_val list);
/* Owned; i must be in range. */
tum_val tum_list_get(tum_val list, size_t i) TUM_MUST_USE;
/* False when v is not hashable or `set` is no set. */
bool tum_set_has(tum_val set, tum_val v);
static inline bool tum_val_is_seq(tum_val v)
{
    return v.kind == TUM_LIST || v.kind == TUM_TUPLE || v.kind == TUM_SET;
}

/* ---- maps ---- */

struct tum_map_entry {
    tum_val key, value;
};

struct tum_map_builder *tum_map_begin(size_t cap) TUM_MUST_USE;
/*
 * Takes key and value. An equal key: the later value wins, at the place and with the key
 * of the first. False when key is not hashable or one is too deep (both are released).
 */
bool tum_map_add(struct tum_map_builder *b, tum_val key, tum_val value);
/* With a text key (copied); takes value. */
bool tum_map_adds(struct tum_map_builder *b, const char *key, tum_val value);
/* Adds the entries of a map (borrowed). */
bool tum_map_merge(struct tum_map_builder *b, tum_val map);
/* Borrowed current value of a key of an unfinished map; false when absent. */
bool tum_map_built_get(const struct tum_map_builder *b, tum_val key, tum_val *ret);
size_t tum_map_built(const struct tum_map_builder *b);
tum_val tum_map_end(struct tum_map_builder *b) TUM_MUST_USE;
void tum_map_drop(struct tum_map_builder *b); /* accepts NULL */

size_t tum_map_len(tum_val map); /* 0 for other kinds */
/* Borrowed entries in insertion order; NULL when empty. */
const struct tum_map_entry *tum_map_entries(tum_val map);
/* Borrowed value; false when absent, not hashable, or map is no map. */
bool tum_map_peek(tum_val map, tum_val key, tum_val *ret);
bool tum_map_peeks(tum_val map, const char *key, tum_val *ret);

/* tum_map_each(e, map) { use e->key, e->value }; tum_list_each(e, list) { use *e }. */
#define tum_map_each(e, map)                                                           \
    for (const struct tum_map_entry *e = tum_map_entries(map),                         \
                                    *e##_end = e != NULL ? e + tum_map_len(map) : e;   \
         e != e##_end; e++)
#define tum_list_each(e, list)                                                         \
    for (const tum_val *e = tum_list_items(list),                                      \
                       *e##_end = e != NULL ? e + tum_list_len(list) : e;              \
         e != e##_end; e++)

/* ---- meaning ---- */

bool tum_val_truth(tum_val v);           /* Python's */
bool tum_val_eq(tum_val a, tum_val b);   /* Python's ==; nan is unequal to itself, but a
                                            container compares identical objects equal */
bool tum_val_same(tum_val a, tum_val b); /* eq and of the same kinds throughout */
/*
 * -1, 0, 1 in *ret; false when the kinds have no order. TUM_UNORDERED when a nan decides:
 * then none of < <= > >= holds.
 */
#define TUM_UNORDERED 2
bool tum_val_cmp(tum_val a, tum_val b, int *ret);
/* Agrees with eq. False for lists, maps and sets, also inside a tuple. */
bool tum_val_hash(tum_val v, uint64_t *ret);
/* "int", "str", "NoneType", "dict", …: the class name in Python. */
const char *tum_val_type_name(tum_val v);
static inline bool tum_val_is_int(tum_val v) /* not bool */
{
    return v.kind == TUM_INT || v.kind == TUM_BIGINT;
}
static inline bool tum_val_is_number(tum_val v) /* bool included */
{
    return v.kind == TUM_BOOL || v.kind == TUM_FLOAT || tum_val_is_int(v);
}
/* Number (bool included) to double; false for other kinds; a big integer beyond double
   is ±inf. */
bool tum_val_to_double(tum_val v, double *ret);
/* Bool or integer within int64_t. */
bool tum_val_to_int64(tum_val v, int64_t *ret);

/* ---- text ---- */

void tum_val_write_str(struct tum_buf *out, tum_val v);  /* Python's str() */
void tum_val_write_repr(struct tum_buf *out, tum_val v); /* Python's repr(); a date in a
                                                            container is its quoted text */
char *tum_val_to_str(tum_val v) TUM_MUST_USE;            /* str(), for tum_free */
char *tum_val_to_repr(tum_val v) TUM_MUST_USE;
/* repr() of a text that is not a value; ascii: escape all non-ASCII, as ascii(). */
void tum_text_write_repr(struct tum_buf *out, struct tum_str text, bool ascii);
/* Python's repr of a float: "1.0", "1e+16", "inf". At most TUM_FLOAT_TEXT bytes. */
#define TUM_FLOAT_TEXT 32
size_t tum_float_text(double f, char out[TUM_FLOAT_TEXT]);

/*
 * The plain form of execution chapter 2.2: tuples and sets, which files and defines may
 * hold, become lists; keys become text as JSON writes them (later value wins); dates their
 * text. False when there are bytes inside: *ret_type is then the class name (static).
 */
bool tum_val_plain(tum_val v, tum_val *ret, const char **ret_type);

/* ---- JSON ---- */

struct tum_json_style {
    int indent;           /* blanks a level; 0: one line */
    const char *item_sep; /* NULL: ", ", or "," before a line break when indented */
    const char *key_sep;  /* NULL: ": " */
    bool ascii;           /* \uXXXX for all non-ASCII */
    bool sort_keys;       /* at every depth: by code point; all-number keys by number */
    bool html_safe;       /* < > & ' as \u003c … too (Jinja's tojson) */
    bool no_nan;          /* refuse nan and inf instead of NaN, Infinity */
    bool strict;          /* refuse what JSON cannot hold instead of writing its text */
};
/* Keys are written as text; dates, bytes, sets: text form, list for sets and tuples. */
bool tum_json_write(struct tum_buf *out, tum_val v, const struct tum_json_style *style,
                    struct tum_error **err);
/* One text in double quotes; `style` says what is escaped. */
void tum_json_write_text(struct tum_buf *out, struct tum_str text,
                         const struct tum_json_style *style);
/* A key as JSON writes it: 1 is "1", true is "true", infinity is "Infinity"; owned. */
tum_val tum_json_key(tum_val key) TUM_MUST_USE;
/* The report's data form: ASCII, sorted, ", " and ": ". Cannot fail. */
void tum_json_write_data(struct tum_buf *out, tum_val v);
/*
 * Reads one JSON text (surrounding blanks allowed; NaN, Infinity, -Infinity accepted;
 * duplicate keys: last wins; \u surrogate pairs joined). `at.source` and `at.start` place
 * the text for errors; source 0: byte offsets are named in the message.
 */
bool tum_json_read(struct tum_str text, struct tum_span at, tum_val *ret,
                   struct tum_error **err);

#endif
