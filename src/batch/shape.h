/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes: what a configuration file may hold, as const tables. Reading, findings with
 * their place, and the JSON Schema are all made from the same table.
 *
 * Reading gives a normalised value, so that nobody looks at the file again: durations
 * are integers in nanoseconds, sizes integers in bytes, commands lists of words, dates
 * texts YYYY-MM-DD, "a text or a list" always a list. What was not written is absent,
 * except where the key has a default.
 */
#ifndef TUM_SHAPE_H
#define TUM_SHAPE_H

#include "tum/diag.h"
#include "tum/node.h"

enum tum_shape_kind {
    TUM_SHAPE_FLAG,
    TUM_SHAPE_INT,
    TUM_SHAPE_DURATION,
    TUM_SHAPE_SIZE, /* a number of bytes, or text "500MiB", "2 GB" */
    TUM_SHAPE_DATE,
    TUM_SHAPE_TEXT,
    TUM_SHAPE_PORT,      /* "ADDRESS:PORT", "[V6]:PORT" or a number; normalised: text */
    TUM_SHAPE_TEXTS,     /* a text or a list of texts */
    TUM_SHAPE_WORDS,     /* a command: a list, or a text split as a shell does */
    TUM_SHAPE_VARIABLES, /* a mapping of names to scalars; null stays null */
    TUM_SHAPE_MAP,       /* the keys of the table and no others */
    TUM_SHAPE_ONE,       /* a mapping with exactly one of the keys of the table */
    TUM_SHAPE_LIST,
    TUM_SHAPE_NAMED, /* a mapping of names of the user's to the element */
    TUM_SHAPE_ANY,   /* looked at by whoever uses it */
};

struct tum_shape {
    enum tum_shape_kind kind;
    const char *what; /* "a list of probes"; NULL: by the kind */
    const struct tum_shape_key *keys;
    const struct tum_shape *element;
    const char *const *choices; /* of a TEXT: NULL-terminated */
    const char *short_key; /* of a MAP: what is no mapping stands for {short_key: it} */
    int64_t min, max;      /* of an INT, when min < max */
};

struct tum_shape_key {
    const char *name;
    const char *doc; /* one sentence with a full stop */
    const struct tum_shape *shape;
    bool required;
    const char *deflt; /* as written in YAML; only shown */
};

extern const struct tum_shape tum_shape_flag, tum_shape_int, tum_shape_duration,
    tum_shape_size, tum_shape_date, tum_shape_text, tum_shape_port, tum_shape_texts,
    tum_shape_words, tum_shape_variables, tum_shape_any;

/*
 * Checks a node and gives the normalised value (owned). Findings go to `diags`; reading
 * goes on after a mistake. False when there was one; *ret is then none.
 */
bool tum_shape_read(const struct tum_shape *shape, const struct tum_node *node,
                    struct tum_diags *diags, tum_val *ret);
/* The shape as JSON Schema (draft 2020-12), owned. */
tum_val tum_shape_schema(const struct tum_shape *shape);

/* A whole text as a duration: a number of seconds, or the grammar of `sleep`. */
bool tum_duration_whole(struct tum_str text, tum_time *ret);
/* "500MiB", "2 GB", "4096". */
bool tum_size_parse(struct tum_str text, int64_t *ret);

/* Reading normalised values; what is absent gives none, NULL, or `deflt`. Borrowed. */
tum_val tum_conf_get(tum_val map, const char *key);
const char *tum_conf_text(tum_val map, const char *key);
int64_t tum_conf_int(tum_val map, const char *key, int64_t deflt);
tum_time tum_conf_time(tum_val map, const char *key, tum_time deflt);
bool tum_conf_flag(tum_val map, const char *key, bool deflt);
/* The words of a list as argv for tum_proc (borrowed texts; NULL-ended); for tum_free. */
const char **tum_conf_words(tum_val list);

#endif
