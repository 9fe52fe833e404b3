/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines: one const table gives parsing, abbreviations, the words of a usage
 * error and --help.
 *
 * Rules (those of the batch chapter's predecessors, kept word for word by scripts):
 *  - a list option takes every following word up to one that starts with '-', or to
 *    `--`;
 *  - a negative number (-3, -.5) and a lone - are words, not options;
 *  - short flags combine (-bo), values may be attached (-dk=v, -d=k=v, --define=k=v);
 *    an
 *    attached value is the only one of that occurrence;
 *  - a long option may be cut short while it is unambiguous; rows of rank 0 are looked
 *    at
 *    first, the others only when none of them fits;
 *  - `--` ends options.
 */
#ifndef TUM_OPTS_H
#define TUM_OPTS_H

#include "tum/buf.h"
#include "tum/err.h"

/* Words of a command line, borrowed from argv. Zero is empty. */
struct tum_words {
    const char **words; /* NULL-terminated once count > 0 */
    size_t count, cap;
    bool given; /* the option occurred */
};

void tum_words_release(struct tum_words *words);

enum tum_opt_kind {
    TUM_OPT_FLAG,  /* a bool becomes true */
    TUM_OPT_TEXT,  /* a `const char *`; the last one wins */
    TUM_OPT_MAYBE, /* the same, its value only as --name=VALUE; without one it is "" */
    TUM_OPT_LIST,  /* a struct tum_words; the last occurrence wins */
    TUM_OPT_ADD,   /* a struct tum_words; occurrences add up */
    TUM_OPT_NOTHING, /* a flag that is accepted and means nothing */
};

struct tum_opt {
    const char *name; /* long name without its dashes */
    char letter;      /* short name, or 0 */
    enum tum_opt_kind kind;
    unsigned rank;              /* 0: abbreviations find it first */
    const char *value;          /* what the value is called in help: "FILE" */
    const char *help;           /* NULL: not shown */
    const char *const *choices; /* NULL-terminated, or NULL: any */
    size_t field;               /* TUM_OPT_FIELD(struct, member); 0: none */
    bool quotes;                /* quotes around the value are removed */
};

/* Offset of a member of the struct handed to tum_opts_parse; 0 means none. */
#define TUM_OPT_FIELD(type, member) (offsetof(type, member) + 1)

/* Every table has -h, --help without saying so; tum itself --help-all, --version too. */
struct tum_usage {
    const char *command;  /* "check"; NULL: tum itself */
    const char *synopsis; /* what follows "usage: "; lines split by \n */
    const char *about;    /* text between synopsis and options, or NULL */
    const struct tum_opt
        *common; /* rows shared with other commands, or NULL; ended by {0} */
    const struct tum_opt *opts; /* the command's own, or NULL; ended by {0} */
    const struct tum_opt *more; /* rows of a part of it, or NULL; ended by {0} */
    const char *after;          /* text below the options, or NULL */
};

/* What was left when the options were taken out. */
struct tum_line {
    struct tum_words words;
    struct tum_words
        *last_list; /* list option given last with words of its own, or NULL */
    const struct tum_opt *last_opt; /* its row */
    bool help, help_all, version;
};

/*
 * Parses argv (argv[0] is skipped; its strings may be changed) into the struct at
 * `into`, zeroed by the caller. -h and --version win over mistakes anywhere in the
 * line. The error names the word as the user wrote it and the nearest right one.
 */
bool tum_opts_parse(const struct tum_usage *usage, int argc, char **argv, void *into,
                    struct tum_line *ret, struct tum_error **err);
/* True when tum_opts_take_file would take one. */
bool tum_opts_has_file(const struct tum_line *line, const char *suffix);
/*
 * The last word of the list option given last, if it ends with `suffix` and names a
 * file: it is taken off that list and added to line->words. True when it was.
 */
bool tum_opts_take_file(struct tum_line *line, const char *suffix);
/* --help: at most 80 columns wide; without `all` only the rows of rank 0. */
void tum_opts_help(const struct tum_usage *usage, bool all, struct tum_buf *out);
/* The first lines of a usage error, after its message: synopsis and where to look. */
void tum_opts_hint(const struct tum_usage *usage, struct tum_buf *out);

#endif
