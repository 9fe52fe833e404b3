/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching in a text that grows. The meaning is that of testing after every character;
 * nothing here does that except where nothing else is right.
 *
 * A regular expression is searched in each new piece as a whole, in its loose form
 * (dialect.h): what that does not find, no shorter text of the piece has either. When it is found, the
 * shortest text is found by bisection and tried with the exact form. `alive` says how far the
 * start of a match can still lie back: an attempt that failed without having met the end of
 * the text fails for ever, so a long text is not searched again with every piece.
 */
#include "tum/console.h"

#include "base/utf8.h"
#include "io/dialect.h"
#include "io/expect.h"
#include "tum/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/*
 * Steps from one start of a match. A greedy run over the whole window takes about one a
 * character; what needs fifteen times that explodes.
 */
#define STEP_LIMIT 1000000u
#define HEAP_LIMIT 65536u /* KiB of one search without compiled code */
/* Starts of a match tried between two looks at the stop token; adapted to their cost. */
#define SLICE      4096u
#define SLICE_MOST ((size_t)1 << 22)
#define SLICE_TIME (2 * TUM_MS)
/* Text after which a pattern is worth compiling to machine code. */
#define JIT_FROM   16384u
#define JIT_STACK  ((size_t)1 << 20)
/* Characters tried one by one after the loose form was found and the exact one was not. */
#define STRIDE     64u
/* Of a text in which the nearest match is looked for. */
#define NEAR_TEXT  8192u
#define NEAR_SHOWN 80u

struct pattern {
    struct tum_str text; /* owned */
    pcre2_code *exact, *loose;
    bool differs, hard, looks_ahead;
    bool compiled;       /* to machine code */
    struct tum_str tail; /* every match ends with it; of `text`, may be empty */
    size_t alive;        /* matches start here or later */
};

struct tum_expect {
    struct pattern *patterns;
    size_t count;
    bool regex;
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    /* Start of the window that ends at `window_end`, and the characters between. */
    size_t window, window_end, window_chars;
    size_t slice;
    struct tum_stop *stop;
    tum_time deadline;
};

/* ---- patterns ---- */

static pcre2_code *compile(const struct tum_buf *text,
                           const struct tum_dialect *dialect,
                           pcre2_compile_context *context, struct tum_error **err)
{
    /* What PCRE2 works out beforehand (the least length of a match, characters it must
       have) counts what a look-ahead sees twice, and misses matches at the end. */
    uint32_t options =
        PCRE2_UTF | PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C |
        PCRE2_USE_OFFSET_LIMIT | (dialect->ascii ? 0 : PCRE2_UCP) |
        (dialect->hard || dialect->looks_ahead ? PCRE2_NO_START_OPTIMIZE : 0);
    PCRE2_UCHAR words[160];
    PCRE2_SIZE at;
    pcre2_code *code;
    int number;

    code =
        pcre2_compile((PCRE2_SPTR)text->s, text->len, options, &number, &at, context);
    if (code == NULL) {
        pcre2_get_error_message(number, words, sizeof(words));
        tum_fail(err, TUM_ERROR_SYNTAX, "%s", (const char *)words);
    }
    return code;
}

/*
 * The literal that a simple pattern ends with, as in `(?s)boot.*login`. A match that was not there
 * before ends in what is new, and to look for the literal there is much less than to search the
 * window again. Whatever might mean something else (groups, alternatives, flags, escapes)
 * makes it no simple pattern.
 */
static struct tum_str literal_tail(struct tum_str pattern)
{
    static const char *const flags[] = {"(?s)", "(?m)", "(?ms)", "(?sm)"};
    struct tum_str body = pattern;
    size_t start;

    for (size_t i = 0; i < TUM_LEN(flags); i++)
        if (tum_str_starts(pattern, flags[i]))
            body = tum_str_sub(pattern, strlen(flags[i]), pattern.n);
    for (size_t i = 0; i < body.n; i++)
        if (body.s[i] == '(' || body.s[i] == '|')
            return tum_str_n("", 0);
    start = body.n;
    while (start > 0 && memchr("\\^$.?*+)[]{}", body.s[start - 1], 12) == NULL)
        start--;
    /* The first letters may belong to an escape. */
    if (start > 0 && body.s[start - 1] == '\\')
        return tum_str_n("", 0);
    return tum_str_sub(body, start, body.n);
}

static bool compile_pattern(struct pattern *p, struct tum_error **err)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    struct tum_dialect dialect;
    bool ok;

    if (!tum_dialect_translate(p->text, &dialect, err)) {
        pcre2_compile_context_free(context);
        return false;
    }
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    p->differs = dialect.differs;
    p->hard = dialect.hard;
    p->looks_ahead = dialect.looks_ahead;
    p->tail = literal_tail(p->text);
    p->exact = compile(&dialect.exact, &dialect, context, err);
    ok = p->exact != NULL;
    if (ok && p->differs && !p->hard)
        p->loose = compile(&dialect.loose, &dialect, context, err);
    else
        p->loose = p->exact;
    ok = ok && p->loose != NULL;
    tum_dialect_release(&dialect);
    pcre2_compile_context_free(context);
    return ok;
}

struct tum_expect *tum_expect_new(const struct tum_str *patterns, size_t count,
                                  bool regex, struct tum_error **err)
{
    struct tum_expect *x = tum_new(struct tum_expect);

    x->patterns = tum_new_array(struct pattern, count);
    x->count = count;
    x->regex = regex;
    x->slice = SLICE;
    for (size_t i = 0; i < count; i++)
        x->patterns[i].text =
            tum_str_n(tum_strndup(patterns[i].s, patterns[i].n), patterns[i].n);
    if (!regex)
        return x;
    x->data = pcre2_match_data_create(1, NULL);
    x->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(x->context, STEP_LIMIT);
    pcre2_set_heap_limit(x->context, HEAP_LIMIT);
    for (size_t i = 0; i < count; i++) {
        if (compile_pattern(&x->patterns[i], err))
            continue;
        tum_error_wrap(err, "invalid pattern '%.*s'", TUM_STR_ARG(patterns[i]));
        tum_expect_free(x);
        return NULL;
    }
    return x;
}

void tum_expect_free(struct tum_expect *x)
{
    if (x == NULL)
        return;
    for (size_t i = 0; i < x->count; i++) {
        struct pattern *p = &x->patterns[i];

        if (p->loose != p->exact)
            pcre2_code_free(p->loose);
        pcre2_code_free(p->exact);
        tum_free((char *)(uintptr_t)p->text.s);
    }
    pcre2_match_data_free(x->data);
    pcre2_match_context_free(x->context);
    pcre2_jit_stack_free(x->stack);
    tum_free(x->patterns);
    tum_free(x);
}

/* ---- literals ---- */

/* The first occurrence that ends after `from` and at most at `to`. */
static bool find_literal(struct tum_str what, struct tum_str text, size_t from,
                         size_t to, struct tum_expect_match *ret)
{
    size_t start = from >= what.n ? from - what.n + 1 : 0;
    const char *found;

    if (to < start + what.n)
        return false;
    found = memmem(text.s + start, to - start, what.s, what.n);
    if (found == NULL)
        return false;
    ret->start = (size_t)(found - text.s);
    ret->stop = ret->end = ret->start + what.n;
    return true;
}

/* ---- one search ---- */

enum searched {
    SEARCH_FOUND,
    SEARCH_NOT,     /* and no attempt met the end of the text */
    SEARCH_PARTIAL, /* only when asked for: an attempt met the end */
    SEARCH_CUT,
    SEARCH_BAD,
};

static void make_fast(struct tum_expect *x, struct pattern *p)
{
    uint32_t modes = PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD;

    p->compiled = true;
    /* Where there is no such compiler the interpreter does the same, slower. */
    pcre2_jit_compile(p->exact, modes);
    if (p->loose != p->exact)
        pcre2_jit_compile(p->loose, modes);
    if (x->stack == NULL) {
        x->stack = pcre2_jit_stack_create(32768, JIT_STACK, NULL);
        pcre2_jit_stack_assign(x->context, NULL, x->stack);
    }
}

static bool is_cut(const struct tum_expect *x)
{
    return tum_stop_is_set(x->stop) ||
           (x->deadline != TUM_FOREVER && tum_now() >= x->deadline);
}

static enum searched judge(int rc, struct tum_error **err)
{
    PCRE2_UCHAR words[160];

    if (rc >= 0)
        return SEARCH_FOUND;
    if (rc == PCRE2_ERROR_NOMATCH)
        return SEARCH_NOT;
    if (rc == PCRE2_ERROR_PARTIAL)
        return SEARCH_PARTIAL;
    if (rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_JIT_STACKLIMIT ||
        rc == PCRE2_ERROR_HEAPLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT) {
        tum_fail(err, TUM_ERROR_LIMIT, "the search takes more than %u steps",
                 STEP_LIMIT);
        return SEARCH_BAD;
    }
    pcre2_get_error_message(rc, words, sizeof(words));
    tum_fail(err, TUM_ERROR_LIMIT, "the search failed: %s", (const char *)words);
    return SEARCH_BAD;
}

/*
 * Searches in the first `to` bytes for a match that starts at `start` or later. Many starts
 * are tried in slices, so that a slow pattern does not hold up a stop.
 */
static enum searched search(struct tum_expect *x, const pcre2_code *code,
                            struct tum_str text, size_t to, size_t start,
                            uint32_t options, struct tum_error **err)
{
    options |= PCRE2_NO_UTF_CHECK;
    for (;;) {
        bool last = to - start <= x->slice;
        tum_time begun = 0;
        enum searched found;
        size_t limit = to;

        if (last) {
            pcre2_set_offset_limit(x->context, PCRE2_UNSET);
        } else {
            limit = start + x->slice;
            while (((unsigned char)text.s[limit] & 0xC0) == 0x80)
                limit++;
            pcre2_set_offset_limit(x->context, limit - 1);
            begun = tum_now();
        }
        found = judge(pcre2_match(code, (PCRE2_SPTR)text.s, to, start, options, x->data,
                                  x->context),
                      err);
        if (found != SEARCH_NOT || last)
            return found;
        start = limit;
        begun = tum_now() - begun;
        if (begun > SLICE_TIME)
            x->slice = TUM_MAX(x->slice / 4, (size_t)1);
        else if (begun < SLICE_TIME / 4 && x->slice < SLICE_MOST)
            x->slice *= 4;
        if (is_cut(x))
            return SEARCH_CUT;
    }
}

static size_t found_start(const struct tum_expect *x)
{
    return pcre2_get_ovector_pointer(x->data)[0];
}

static size_t found_stop(const struct tum_expect *x)
{
    return pcre2_get_ovector_pointer(x->data)[1];
}

/* ---- the window ---- */

static size_t next_character(struct tum_str text, size_t at)
{
    at++;
    while (at < text.n && ((unsigned char)text.s[at] & 0xC0) == 0x80)
        at++;
    return at;
}

/* Start of the window that ends at `end`; ends only grow within one read. */
static size_t window_at(struct tum_expect *x, struct tum_str text, size_t end)
{
    if (end - x->window <= TUM_EXPECT_WINDOW)
        return x->window;
    x->window_chars +=
        tum_utf8_count(tum_str_sub(text, x->window_end, TUM_MAX(end, x->window_end)));
    x->window_end = TUM_MAX(end, x->window_end);
    while (x->window_chars > TUM_EXPECT_WINDOW) {
        x->window = next_character(text, x->window);
        x->window_chars--;
    }
    return x->window;
}

/* ---- one pattern over one piece ---- */

struct hunt {
    struct tum_expect *x;
    struct pattern *p;
    struct tum_str text;
    size_t scanned, to;
    struct tum_expect_match *match;
    struct tum_error **err;
};

static size_t first_start(const struct hunt *h)
{
    /* Of the shortest text to come, so that it serves for all of the piece. */
    return TUM_MAX(h->p->alive, h->x->window);
}

static void revive(struct hunt *h, size_t alive)
{
    h->p->alive = TUM_MAX(h->p->alive, alive);
}

/* Tries the exact form on the first `end` bytes, and learns which starts are dead. */
static enum searched try_exact(struct hunt *h, size_t end)
{
    size_t start = TUM_MAX(h->p->alive, window_at(h->x, h->text, end));
    enum searched found;
    size_t partial;

    found = search(h->x, h->p->exact, h->text, end, start, PCRE2_PARTIAL_HARD, h->err);
    if (found == SEARCH_NOT)
        revive(h, end);
    if (found == SEARCH_PARTIAL) {
        partial = found_start(h->x);
        found = search(h->x, h->p->exact, h->text, end, start, 0, h->err);
        if (found == SEARCH_NOT)
            revive(h, partial);
    }
    if (found == SEARCH_FOUND) {
        h->match->start = found_start(h->x);
        h->match->stop = found_stop(h->x);
        h->match->end = end;
    }
    return found;
}

/* Character by character, at most `most` of them, all when 0. */
static enum searched stride(struct hunt *h, size_t most)
{
    enum searched found = SEARCH_NOT;

    for (size_t i = 0; h->scanned < h->to && (most == 0 || i < most); i++) {
        size_t end = next_character(h->text, h->scanned);

        found = try_exact(h, end);
        if (found != SEARCH_NOT)
            break;
        h->scanned = end;
        if (i % 256 == 255 && is_cut(h->x))
            return SEARCH_CUT;
    }
    return found;
}

/* Whether the loose form matches anything of the piece. */
static enum searched try_loose(struct hunt *h, size_t start)
{
    enum searched found;
    size_t partial;

    found =
        search(h->x, h->p->loose, h->text, h->to, start, PCRE2_PARTIAL_HARD, h->err);
    if (found == SEARCH_NOT)
        revive(h, h->to);
    if (found != SEARCH_PARTIAL)
        return found;
    partial = found_start(h->x);
    found = search(h->x, h->p->loose, h->text, h->to, start, 0, h->err);
    if (found == SEARCH_NOT)
        revive(h, partial);
    return found;
}

static size_t character_start(struct tum_str text, size_t at)
{
    while (at > 0 && at < text.n && ((unsigned char)text.s[at] & 0xC0) == 0x80)
        at--;
    return at;
}

/*
 * The loose form matches the piece: the shortest text that it matches. Steps double
 * from the front, because what is looked for is mostly near.
 */
static enum searched bisect(struct hunt *h, size_t start, size_t *ret)
{
    size_t low = h->scanned, high = h->to, step = 16;
    enum searched found;

    if (!h->p->looks_ahead && found_stop(h->x) > low)
        high = TUM_MIN(high, found_stop(h->x));
    while (next_character(h->text, low) < high) {
        size_t middle = step < (high - low) / 2 ? low + step : low + (high - low) / 2;

        step *= 2;
        middle = character_start(h->text, middle);
        if (middle <= low)
            middle = next_character(h->text, low);
        if (middle >= high)
            break;
        if (middle <= start)
            found = SEARCH_NOT;
        else
            found = search(h->x, h->p->loose, h->text, middle, start, 0, h->err);
        if (found == SEARCH_FOUND)
            high = middle;
        else if (found == SEARCH_NOT)
            low = middle;
        else
            return found;
        if (found == SEARCH_FOUND)
            step = SIZE_MAX / 4;
    }
    *ret = high;
    return SEARCH_FOUND;
}

/* False: nothing that is new can end a match. */
static bool tail_came(const struct hunt *h)
{
    size_t n = h->p->tail.n, from = h->scanned >= n ? h->scanned - n + 1 : 0;

    return n == 0 || (h->to >= from + n &&
                      memmem(h->text.s + from, h->to - from, h->p->tail.s, n) != NULL);
}

static enum searched hunt(struct hunt *h)
{
    enum searched found = SEARCH_NOT;
    size_t end;

    while (h->scanned < h->to) {
        size_t start = first_start(h);

        if (is_cut(h->x))
            return SEARCH_CUT;
        if (!tail_came(h))
            return SEARCH_NOT;
        if (h->p->hard)
            return stride(h, 0);
        found = try_loose(h, start);
        if (found != SEARCH_FOUND)
            return found;
        found = bisect(h, start, &end);
        if (found != SEARCH_FOUND)
            return found;
        found = try_exact(h, end);
        if (found != SEARCH_NOT)
            return found;
        h->scanned = end;
        found = stride(h, STRIDE);
        if (found != SEARCH_NOT)
            return found;
    }
    return found;
}

static void begin(struct tum_expect *x)
{
    x->window = x->window_end = x->window_chars = 0;
    for (size_t i = 0; i < x->count; i++)
        x->patterns[i].alive = 0;
}

enum tum_expected tum_expect_scan(struct tum_expect *x, struct tum_str text,
                                  size_t from, struct tum_stop *stop, tum_time deadline,
                                  struct tum_expect_match *ret, struct tum_error **err)
{
    struct tum_expect_match best = {0}, match = {0};
    size_t to = text.n;
    bool any = false;

    if (from == 0)
        begin(x);
    if (from >= text.n)
        return TUM_EXPECT_NOT;
    x->stop = stop;
    x->deadline = deadline;
    for (size_t i = 0; i < x->count && to > from; i++) {
        struct pattern *p = &x->patterns[i];
        enum searched found;

        if (!x->regex) {
            found = find_literal(p->text, text, from, to, &match) ? SEARCH_FOUND
                                                                  : SEARCH_NOT;
        } else {
            size_t window = x->window, end = x->window_end, chars = x->window_chars;
            struct hunt h = {x, p, text, from, to, &match, err};

            if (!p->compiled && text.n > JIT_FROM)
                make_fast(x, p);
            found = hunt(&h);
            x->window = window;
            x->window_end = end;
            x->window_chars = chars;
        }
        if (found == SEARCH_CUT)
            return TUM_EXPECT_CUT;
        if (found == SEARCH_BAD) {
            tum_error_wrap(err, "pattern '%.*s'", TUM_STR_ARG(p->text));
            return TUM_EXPECT_BAD;
        }
        if (found == SEARCH_FOUND) {
            any = true;
            best = match;
            best.index = i;
            /* A later one must end earlier. */
            to = character_start(text, best.end - 1);
        }
    }
    if (any) {
        *ret = best;
        return TUM_EXPECT_FOUND;
    }
    if (x->regex)
        window_at(x, text, text.n);
    return TUM_EXPECT_NOT;
}

/* ---- what came nearest ---- */

static void add_quoted(struct tum_buf *out, struct tum_str text)
{
    struct tum_buf shown = TUM_BUF_INIT(TUM_BUF_ANY);

    if (text.n > NEAR_SHOWN)
        text.n = character_start(text, NEAR_SHOWN);
    tum_console_show(&shown, text);
    tum_buf_addf(out, "'%s'", shown.s);
    tum_buf_release(&shown);
}

static struct tum_str line_around(struct tum_str text, size_t at)
{
    size_t start = at, end = at;

    while (start > 0 && text.s[start - 1] != '\n')
        start--;
    while (end < text.n && text.s[end] != '\n' && text.s[end] != '\r')
        end++;
    return tum_str_sub(text, start, end);
}

/* The longest beginning of a literal that the text holds; any case counts as near. */
static size_t longest_beginning(struct tum_str what, struct tum_str text,
                                size_t *ret_at)
{
    size_t best = 0;

    for (size_t i = 0; i < text.n; i++) {
        size_t n = 0;

        while (n < what.n && i + n < text.n &&
               (text.s[i + n] | 0x20) == (what.s[n] | 0x20))
            n++;
        if (n > best) {
            best = n;
            *ret_at = i;
        }
    }
    return best;
}

/* How far into a pattern any attempt came, and where in the text that was. */
struct reach {
    size_t pattern, from, to;
    unsigned calls;
};

static int note_reach(pcre2_callout_block *block, void *ctx)
{
    struct reach *reach = ctx;

    if (block->pattern_position > reach->pattern &&
        block->current_position > block->start_match) {
        reach->pattern = block->pattern_position;
        reach->from = block->start_match;
        reach->to = block->current_position;
    }
    return ++reach->calls > STEP_LIMIT ? PCRE2_ERROR_CALLOUT : 0;
}

static bool nearest_regex(const struct tum_expect *x, const struct pattern *p,
                          struct tum_str text, struct tum_buf *out)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_match_context *match = pcre2_match_context_create(NULL);
    struct tum_error *err = NULL;
    struct tum_dialect dialect;
    struct reach reach = {0};
    pcre2_code *code;
    PCRE2_SIZE at;
    int number;

    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    if (tum_dialect_translate(p->text, &dialect, &err)) {
        code = pcre2_compile((PCRE2_SPTR)dialect.exact.s, dialect.exact.len,
                             PCRE2_UTF | PCRE2_AUTO_CALLOUT | PCRE2_NO_START_OPTIMIZE |
                                 (dialect.ascii ? 0 : PCRE2_UCP),
                             &number, &at, context);
        if (code != NULL) {
            pcre2_set_match_limit(match, STEP_LIMIT / 10);
            pcre2_set_callout(match, note_reach, &reach);
            pcre2_match(code, (PCRE2_SPTR)text.s, text.n, 0, PCRE2_NO_UTF_CHECK,
                        x->data, match);
            pcre2_code_free(code);
        }
        if (reach.pattern > 0) {
            tum_buf_adds(out, "the nearest was ");
            add_quoted(out, tum_str_sub(text, reach.from, reach.to));
            tum_buf_adds(out, " in the line ");
            add_quoted(out, line_around(text, reach.from));
            tum_buf_adds(out, ", which fits '");
            tum_buf_add(out, p->text.s, tum_dialect_source(p->text, reach.pattern));
            tum_buf_adds(out, "'");
        }
        tum_dialect_release(&dialect);
    } else {
        tum_error_free(err);
    }
    pcre2_match_context_free(match);
    pcre2_compile_context_free(context);
    return reach.pattern > 0;
}

static bool nearest_literal(const struct tum_expect *x, struct tum_str text,
                            struct tum_buf *out)
{
    size_t best = 0, best_at = 0, best_index = 0;
    struct tum_str what;

    for (size_t i = 0; i < x->count; i++) {
        size_t at = 0, n = longest_beginning(x->patterns[i].text, text, &at);

        /* Compared by the part of the pattern that was there. */
        if (n > 0 && (best == 0 || n * x->patterns[best_index].text.n >
                                       best * x->patterns[i].text.n)) {
            best = n;
            best_at = at;
            best_index = i;
        }
    }
    if (best == 0)
        return false;
    what = x->patterns[best_index].text;
    best = character_start(what, best);
    /* A letter in common is nothing. */
    if (best * 3 < what.n)
        return false;
    tum_buf_adds(out, "the nearest was ");
    add_quoted(out, tum_str_sub(text, best_at, best_at + best));
    tum_buf_adds(out, " of ");
    add_quoted(out, what);
    tum_buf_adds(out, " in the line ");
    add_quoted(out, line_around(text, best_at));
    return true;
}

void tum_expect_nearest(struct tum_expect *x, struct tum_str text, struct tum_buf *out)
{
    if (text.n > NEAR_TEXT) {
        size_t cut = character_start(text, text.n - NEAR_TEXT);

        text = tum_str_sub(text, cut, text.n);
    }
    if (!x->regex) {
        nearest_literal(x, text, out);
        return;
    }
    for (size_t i = 0; i < x->count; i++)
        if (nearest_regex(x, &x->patterns[i], text, out))
            return;
}

/* ---- showing ---- */

void tum_console_show(struct tum_buf *out, struct tum_str text)
{
    for (size_t at = 0; at < text.n;) {
        uint32_t c;
        size_t n = tum_utf8_decode(text.s + at, text.n - at, &c);

        if (c == '\n')
            tum_buf_addc(out, '\n');
        else if (c == '\r')
            tum_buf_adds(out, "\\r");
        else if (c == '\t')
            tum_buf_adds(out, "\\t");
        else if (c < 0x20 || c == 0x7F)
            tum_buf_addf(out, "\\x%02x", c);
        else if (c >= 0x80 && c < 0xA0)
            tum_buf_addf(out, "\\x%02x", c);
        else
            tum_buf_add(out, text.s + at, n);
        at += n;
    }
}

/* ---- patterns in a line ---- */

struct tum_finder {
    pcre2_code **codes;
    size_t count;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

struct tum_finder *tum_finder_new(const char *const *patterns, size_t count,
                                  struct tum_error **err)
{
    struct tum_finder *f = tum_new(struct tum_finder);

    f->codes = tum_new_array(pcre2_code *, count);
    f->count = count;
    f->data = pcre2_match_data_create(1, NULL);
    f->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(f->context, STEP_LIMIT / 10);
    for (size_t i = 0; i < count; i++) {
        struct pattern p = {.text = tum_str_of(patterns[i])};
        bool ok = compile_pattern(&p, err);

        if (p.loose != p.exact)
            pcre2_code_free(p.loose);
        f->codes[i] = p.exact;
        if (ok) {
            pcre2_jit_compile(p.exact, PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD);
            continue;
        }
        tum_error_wrap(err, "invalid pattern '%s'", patterns[i]);
        tum_finder_free(f);
        return NULL;
    }
    return f;
}

void tum_finder_free(struct tum_finder *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->count; i++)
        pcre2_code_free(f->codes[i]);
    pcre2_match_data_free(f->data);
    pcre2_match_context_free(f->context);
    tum_free(f->codes);
    tum_free(f);
}

enum tum_finding_kind tum_finder_find(struct tum_finder *f, struct tum_str text,
                                      size_t from, bool complete, size_t *ret_start,
                                      size_t *ret_stop)
{
    uint32_t options = PCRE2_NO_UTF_CHECK | (complete ? PCRE2_NOTEMPTY : 0) |
                       (complete ? 0 : PCRE2_PARTIAL_HARD);
    enum tum_finding_kind best = TUM_FIND_NOT;

    for (size_t i = 0; i < f->count; i++) {
        int rc = pcre2_match(f->codes[i], (PCRE2_SPTR)text.s, text.n, from, options,
                             f->data, f->context);
        PCRE2_SIZE *at = pcre2_get_ovector_pointer(f->data);

        if ((rc < 0 && rc != PCRE2_ERROR_PARTIAL) || (rc >= 0 && at[0] == at[1]) ||
            (best != TUM_FIND_NOT && at[0] >= *ret_start))
            continue;
        best = rc == PCRE2_ERROR_PARTIAL ? TUM_FIND_MAYBE : TUM_FIND_YES;
        *ret_start = at[0];
        *ret_stop = at[1];
    }
    return best;
}
