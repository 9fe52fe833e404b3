/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Option tables: see opts.h. Prints nothing and opens nothing; commands decide what a
 * mistake means.
 */
#include "cli/opts.h"
#include "base/path.h"
#include "base/utf8.h"
#include "tum/mem.h"
#include <ctype.h>

/* Columns of a help line, and where its explanation starts. */
#define HELP_WIDTH  80
#define HELP_INDENT 28
/* Long names of one table, for the search of the nearest one. */
#define NAMES_LIMIT 64

static const struct tum_opt opt_help = {
    .name = "help",
    .letter = 'h',
    .kind = TUM_OPT_NOTHING,
    .help = "this text",
};

static const struct tum_opt opt_help_all = {
    .name = "help-all",
    .kind = TUM_OPT_NOTHING,
    .rank = 0,
    .help = "all options, those of batches too; see tum-batch(7)",
};

static const struct tum_opt opt_version = {
    .name = "version",
    .kind = TUM_OPT_NOTHING,
    .help = "the version",
};

/* ---- words ---- */

static void words_add(struct tum_words *words, const char *word)
{
    tum_grow(&words->words, &words->cap, words->count + 2);
    words->words[words->count++] = word;
    words->words[words->count] = NULL;
}

void tum_words_release(struct tum_words *words)
{
    tum_free(words->words);
    *words = (struct tum_words){0};
}

static bool is_negative_number(const char *word)
{
    const char *p = word + 1;

    if (word[0] != '-')
        return false;
    while (isdigit((unsigned char)*p))
        p++;
    if (*p == '\0')
        return p > word + 1;
    if (*p != '.' || !isdigit((unsigned char)p[1]))
        return false;
    for (p++; isdigit((unsigned char)*p); p++)
        ;
    return *p == '\0';
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && !is_negative_number(word);
}

/* Takes off `quote` at both ends, as often as it stands there. */
static char *strip_quote(char *s, char quote)
{
    size_t n;

    while (*s == quote)
        s++;
    n = strlen(s);
    while (n > 0 && s[n - 1] == quote)
        s[--n] = '\0';
    return s;
}

/* ---- the table ---- */

/* Row `i` of the whole table: shared rows, own rows, help, those of tum itself. */
static const struct tum_opt *opt_at(const struct tum_usage *usage, size_t i)
{
    const struct tum_opt *const tables[] = {usage->common, usage->opts, usage->more};

    for (size_t t = 0; t < TUM_LEN(tables); t++) {
        for (const struct tum_opt *o = tables[t]; o != NULL && o->name != NULL; o++) {
            if (i-- == 0)
                return o;
        }
    }
    if (i == 0)
        return &opt_help;
    if (usage->command != NULL)
        return NULL;
    return i == 1 ? &opt_help_all : i == 2 ? &opt_version : NULL;
}

static const struct tum_opt *opt_of_letter(const struct tum_usage *usage, char letter)
{
    const struct tum_opt *opt;

    for (size_t i = 0; (opt = opt_at(usage, i)) != NULL; i++) {
        if (opt->letter == letter)
            return opt;
    }
    return NULL;
}

static bool fail_unknown(const struct tum_usage *usage, const char *word,
                         struct tum_str name, struct tum_error **err)
{
    const char *names[NAMES_LIMIT + 1];
    const struct tum_opt *opt;
    const char *near;
    size_t count = 0;

    for (size_t i = 0; (opt = opt_at(usage, i)) != NULL && count < NAMES_LIMIT; i++)
        names[count++] = opt->name;
    names[count] = NULL;
    near = name.n > 1 ? tum_str_nearest(name, names) : NULL;
    if (near != NULL)
        return tum_fail(err, TUM_ERROR_NAME,
                        "unknown option '%s'; did you mean '--%s'?", word, near);
    return tum_fail(err, TUM_ERROR_NAME, "unknown option '%s'", word);
}

/* Finds a long option by its whole name, else by an unambiguous beginning. */
static bool find_long(const struct tum_usage *usage, const char *word,
                      struct tum_str name, const struct tum_opt **ret,
                      struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf all = TUM_BUF_INIT(4096);
    const struct tum_opt *opt, *found = NULL;

    for (size_t i = 0; (opt = opt_at(usage, i)) != NULL; i++) {
        if (tum_str_is(name, opt->name)) {
            *ret = opt;
            return true;
        }
    }
    for (unsigned rank = 0; rank < 2 && found == NULL && name.n > 0; rank++) {
        for (size_t i = 0; (opt = opt_at(usage, i)) != NULL; i++) {
            if (opt->rank != rank || strncmp(opt->name, name.s, name.n) != 0)
                continue;
            tum_buf_addf(&all, "%s'--%s'", found != NULL ? ", " : "", opt->name);
            if (found != NULL)
                *ret = NULL; /* remembered below: more than one */
            else
                *ret = opt;
            found = opt;
        }
    }
    if (found == NULL)
        return fail_unknown(usage, word, name, err);
    if (*ret == NULL)
        return tum_fail(err, TUM_ERROR_NAME, "option '%s' is ambiguous: %s", word,
                        all.s);
    return true;
}

/* ---- parsing ---- */

struct parse {
    const struct tum_usage *usage;
    int argc;
    char **argv;
    int next; /* index of the word after the present one */
    void *into;
    struct tum_line *line;
};

static void *member(const struct parse *parse, const struct tum_opt *opt)
{
    return (char *)parse->into + (opt->field - 1);
}

static bool check_choice(const struct tum_opt *opt, const char *as, const char *value,
                         struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf all = TUM_BUF_INIT(4096);
    const char *near;

    if (opt->choices == NULL)
        return true;
    for (size_t i = 0; opt->choices[i] != NULL; i++) {
        if (strcmp(opt->choices[i], value) == 0)
            return true;
        /* An empty one is the option without a value. */
        if (opt->choices[i][0] != '\0')
            tum_buf_addf(&all, "%s%s", all.len > 0 ? ", " : "", opt->choices[i]);
    }
    near = tum_str_nearest(tum_str_of(value), opt->choices);
    if (near != NULL)
        return tum_fail(err, TUM_ERROR_VALUE,
                        "option '%s': '%s' is none of %s; did you mean '%s'?", as,
                        value, all.s, near);
    return tum_fail(err, TUM_ERROR_VALUE, "option '%s': '%s' is none of %s", as, value,
                    all.s);
}

/*
 * Applies an option. `as` is how the user wrote it; `value` the attached value, or
 * NULL: it is in the words that follow.
 */
static bool apply(struct parse *parse, const struct tum_opt *opt, const char *as,
                  char *value, struct tum_error **err)
{
    bool takes = opt->kind != TUM_OPT_FLAG && opt->kind != TUM_OPT_NOTHING;
    bool list = opt->kind == TUM_OPT_LIST || opt->kind == TUM_OPT_ADD;
    bool attached = value != NULL;
    struct tum_words *words;

    if (opt == &opt_help)
        parse->line->help = true;
    if (opt == &opt_help_all)
        parse->line->help_all = true;
    if (opt == &opt_version)
        parse->line->version = true;
    if (opt->kind == TUM_OPT_MAYBE) {
        const char *given = value != NULL ? value : "";

        if (!check_choice(opt, as, given, err))
            return false;
        *(const char **)member(parse, opt) = given;
        return true;
    }
    if (!takes) {
        if (attached)
            return tum_fail(err, TUM_ERROR_VALUE, "option '%s' takes no value: '%s'",
                            as, value);
        if (opt->kind == TUM_OPT_FLAG)
            *(bool *)member(parse, opt) = true;
        return true;
    }
    if (!attached &&
        (parse->next >= parse->argc || is_option(parse->argv[parse->next])))
        return tum_fail(err, TUM_ERROR_VALUE, "option '%s' needs %s: %s", as,
                        list ? "at least one value" : "a value", opt->value);
    if (opt->kind == TUM_OPT_TEXT) {
        if (!attached)
            value = parse->argv[parse->next++];
        if (opt->quotes)
            value = strip_quote(strip_quote(value, '"'), '\'');
        if (!check_choice(opt, as, value, err))
            return false;
        *(const char **)member(parse, opt) = value;
        return true;
    }

    words = member(parse, opt);
    words->given = true;
    if (opt->kind == TUM_OPT_LIST)
        words->count = 0;
    parse->line->last_list = attached ? NULL : words;
    parse->line->last_opt = opt;
    do {
        if (!attached)
            value = parse->argv[parse->next++];
        if (opt->quotes)
            value = strip_quote(strip_quote(value, '"'), '\'');
        words_add(words, value);
    } while (!attached && parse->next < parse->argc &&
             !is_option(parse->argv[parse->next]));
    return true;
}

static bool parse_long(struct parse *parse, char *word, struct tum_error **err)
{
    char *equals = strchr(word, '=');
    struct tum_str name = tum_str_of(word + 2);
    const struct tum_opt *opt = NULL;
    bool good;

    if (equals != NULL) {
        *equals = '\0';
        name = tum_str_of(word + 2);
    }
    good = find_long(parse->usage, word, name, &opt, err) &&
           apply(parse, opt, word, equals != NULL ? equals + 1 : NULL, err);
    if (equals != NULL)
        *equals = '=';
    return good;
}

/* "-b", "-bo", "-dk=v", "-d=k=v", "-bdk=v". */
static bool parse_short(struct parse *parse, char *word, struct tum_error **err)
{
    for (char *p = word + 1; *p != '\0'; p++) {
        const struct tum_opt *opt = opt_of_letter(parse->usage, *p);
        const char as[] = {'-', *p, '\0'};
        char *value = p[1] != '\0' ? p + 1 : NULL;

        if (opt == NULL) {
            if (p == word + 1)
                return fail_unknown(parse->usage, word, tum_str_of(word + 1), err);
            return tum_fail(err, TUM_ERROR_NAME, "unknown option '%s' in '%s'", as,
                            word);
        }
        if (opt->kind == TUM_OPT_FLAG || opt->kind == TUM_OPT_NOTHING) {
            if (value != NULL && *value == '=')
                return apply(parse, opt, as, value + 1, err);
            if (!apply(parse, opt, as, NULL, err))
                return false;
            continue;
        }
        if (value != NULL && *value == '=')
            value++;
        return apply(parse, opt, as, value, err);
    }
    return true;
}

bool tum_opts_parse(const struct tum_usage *usage, int argc, char **argv, void *into,
                    struct tum_line *ret, struct tum_error **err)
{
    struct parse parse = {
        .usage = usage,
        .argc = argc,
        .argv = argv,
        .next = 1,
        .into = into,
        .line = ret,
    };
    struct tum_error *first = NULL;

    *ret = (struct tum_line){0};
    while (parse.next < argc) {
        char *word = argv[parse.next++];
        struct tum_error *wrong = NULL;

        if (strcmp(word, "--") == 0) {
            while (parse.next < argc)
                words_add(&ret->words, argv[parse.next++]);
        } else if (!is_option(word)) {
            words_add(&ret->words, word);
        } else if (word[1] == '-') {
            parse_long(&parse, word, &wrong);
        } else {
            parse_short(&parse, word, &wrong);
        }
        /* The rest is read all the same: --help after a mistake is a cry for help. */
        if (wrong != NULL && first == NULL)
            first = wrong;
        else
            tum_error_free(wrong);
    }
    if (first != NULL && (ret->help || ret->help_all || ret->version))
        tum_error_clear(&first);
    if (first == NULL)
        return true;
    *err = first;
    return false;
}

bool tum_opts_has_file(const struct tum_line *line, const char *suffix)
{
    const struct tum_words *list = line->last_list;
    const char *word;

    if (list == NULL || list->count == 0)
        return false;
    word = list->words[list->count - 1];
    return tum_str_ends(tum_str_of(word), suffix) && tum_path_is_file(word);
}

bool tum_opts_take_file(struct tum_line *line, const char *suffix)
{
    struct tum_words *list = line->last_list;
    const char *word;

    if (!tum_opts_has_file(line, suffix))
        return false;
    word = list->words[list->count - 1];
    list->words[--list->count] = NULL;
    words_add(&line->words, word);
    return true;
}

/* ---- help ---- */

/* Adds `text` from column `column` on, lines after the first indented by `indent`. */
static void wrap(struct tum_buf *out, const char *text, size_t column, size_t indent)
{
    struct tum_str rest = tum_str_of(text), word;
    bool more = true, first = true;

    while (tum_str_split(&rest, &more, ' ', &word)) {
        size_t width = tum_utf8_columns(word);

        if (!first && column + 1 + width > HELP_WIDTH) {
            tum_buf_addc(out, '\n');
            tum_buf_fill(out, ' ', indent);
            column = indent;
        } else if (!first) {
            tum_buf_addc(out, ' ');
            column++;
        }
        tum_buf_addt(out, word);
        column += width;
        first = false;
    }
    tum_buf_addc(out, '\n');
}

static void help_row(const struct tum_opt *opt, struct tum_buf *out)
{
    size_t start = out->len, width;

    tum_buf_adds(out, "  ");
    if (opt->letter != 0)
        tum_buf_addf(out, "-%c, ", opt->letter);
    else
        tum_buf_adds(out, "    ");
    tum_buf_addf(out, "--%s", opt->name);
    if (opt->value != NULL)
        tum_buf_addf(out, opt->kind == TUM_OPT_MAYBE ? "[=%s]" : " %s", opt->value);
    width = out->len - start;
    if (width + 1 > HELP_INDENT) {
        tum_buf_addc(out, '\n');
        width = 0;
    }
    tum_buf_fill(out, ' ', HELP_INDENT - width);
    wrap(out, opt->help, HELP_INDENT, HELP_INDENT);
}

static void synopsis(const struct tum_usage *usage, struct tum_buf *out)
{
    struct tum_str rest = tum_str_of(usage->synopsis), line;
    bool more = true, first = true;

    while (tum_str_split(&rest, &more, '\n', &line)) {
        tum_buf_addf(out, "%s%.*s\n", first ? "usage: " : "       ", TUM_STR_ARG(line));
        first = false;
    }
}

void tum_opts_help(const struct tum_usage *usage, bool all, struct tum_buf *out)
{
    const struct tum_opt *opt;

    synopsis(usage, out);
    if (usage->about != NULL)
        tum_buf_addf(out, "\n%s\n", usage->about);
    tum_buf_addc(out, '\n');
    for (size_t i = 0; (opt = opt_at(usage, i)) != NULL; i++) {
        if (opt->help != NULL && (all || opt->rank == 0))
            help_row(opt, out);
    }
    if (usage->after != NULL)
        tum_buf_addf(out, "\n%s\n", usage->after);
}

void tum_opts_hint(const struct tum_usage *usage, struct tum_buf *out)
{
    synopsis(usage, out);
    tum_buf_addf(out, "Try 'tum%s%s --help'.\n", usage->command != NULL ? " " : "",
                 usage->command != NULL ? usage->command : "");
}
