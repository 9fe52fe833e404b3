/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and texts of console items; what traffic looks like in the log of the run.
 */
#include "console_text.h"

#include "tum/mem.h"
#include <math.h>

enum tum_number tum_val_number(tum_val v, double *ret)
{
    if (v.kind == TUM_NONE)
        return TUM_NUMBER_NONE;
    if (v.kind == TUM_STR)
        return tum_str_float(tum_str_trim(tum_val_text(v)), ret) && !isnan(*ret)
                   ? TUM_NUMBER_OK
                   : TUM_NUMBER_BAD;
    return tum_val_to_double(v, ret) && !isnan(*ret) ? TUM_NUMBER_OK : TUM_NUMBER_BAD;
}

static bool fail_number(struct tum_run *run, const char *of, tum_val v,
                        const char *name, const char *what)
{
    char *shown = tum_val_to_repr(v);

    tum_run_failed(run, "%s'%s' must be %s, not %s", of, name, what, shown);
    tum_free(shown);
    return false;
}

bool tum_timeout_of(struct tum_run *run, const char *of, tum_val v, const char *name,
                    tum_time *ret)
{
    double seconds;

    if (tum_val_number(v, &seconds) != TUM_NUMBER_OK)
        return fail_number(run, of, v, name, "a number of seconds");
    *ret = seconds < 0 || isinf(seconds) ? TUM_FOREVER : tum_time_of_seconds(seconds);
    return true;
}

bool tum_integer_of(struct tum_run *run, const char *of, tum_val v, const char *name,
                    int64_t low, int64_t high, int64_t *ret)
{
    double number;

    if (tum_val_number(v, &number) != TUM_NUMBER_OK || number != floor(number))
        return fail_number(run, of, v, name, "a whole number");
    if (number < (double)low || number > (double)high) {
        tum_run_failed(run, "%s'%s' must be %lld to %lld, not %.0f", of, name,
                       (long long)low, (long long)high, number);
        return false;
    }
    *ret = (int64_t)number;
    return true;
}

struct tum_str tum_val_as_text(tum_val v)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t n;

    if (v.kind != TUM_NONE)
        tum_val_write_str(&text, v);
    n = text.len;
    return tum_str_n(tum_buf_detach(&text), n);
}

/* ---- traffic ---- */

void tum_echo_init(struct tum_echo *echo, struct tum_run *run, const char *name)
{
    *echo = (struct tum_echo){.run = run, .name = name};
    tum_buf_init(&echo->line, TUM_BUF_ANY);
}

static void add_prefix(struct tum_echo *echo, struct tum_buf *out)
{
    struct tum_wall now;

    tum_wall_now(&now);
    tum_buf_addf(out, "[%02d:%02d:%02d %s]", now.hour, now.minute, now.second,
                 echo->name);
}

static void add_without_cr(struct tum_buf *out, struct tum_str text)
{
    while (text.n > 0) {
        size_t at = tum_str_find_char(text, '\r', 0);

        if (at == TUM_STR_NONE)
            at = text.n;
        tum_buf_add(out, text.s, at);
        text = tum_str_sub(text, at + 1, text.n);
    }
}

void tum_echo_text(void *ctx, struct tum_str text, bool ignored)
{
    struct tum_echo *echo = ctx;
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    if (ignored) {
        add_prefix(echo, &out);
        tum_buf_adds(&out, "(ignored) ");
        add_without_cr(&out, text);
        if (out.s[out.len - 1] != '\n')
            tum_buf_addc(&out, '\n');
    } else {
        for (;;) {
            size_t at = tum_str_find_char(text, '\n', 0);

            if (at == TUM_STR_NONE)
                break;
            add_prefix(echo, &out);
            tum_buf_addt(&out, tum_buf_str(&echo->line));
            tum_buf_reset(&echo->line);
            add_without_cr(&out, tum_str_sub(text, 0, at));
            tum_buf_addc(&out, '\n');
            text = tum_str_sub(text, at + 1, text.n);
        }
        add_without_cr(&echo->line, text);
    }
    if (out.len > 0)
        tum_out_bytes(echo->run, tum_buf_str(&out));
    tum_buf_release(&out);
}

void tum_echo_end(struct tum_echo *echo)
{
    if (echo->line.len > 0)
        tum_echo_text(echo, TUM_S("\n"), false);
    tum_buf_release(&echo->line);
}

void tum_echo_written(struct tum_run *run, const char *name, struct tum_str text)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_buf_addf(&out, "[>%s] : ", name);
    tum_buf_addt(&out, text);
    while (out.len > 0 && (out.s[out.len - 1] == ' ' || out.s[out.len - 1] == '\t'))
        tum_buf_truncate(&out, out.len - 1);
    if (out.len == 0 || out.s[out.len - 1] != '\n') {
        tum_buf_reset(&out);
        tum_buf_addf(&out, "[>%s] : ", name);
        tum_buf_addt(&out, text);
        tum_buf_addc(&out, '\n');
    }
    tum_out_bytes(run, tum_buf_str(&out));
    tum_buf_release(&out);
}

/* Where the last `limit` lines start; a newline at the end ends the last line. */
static size_t last_lines(struct tum_str text, size_t limit)
{
    size_t at = text.n, lines = 0;

    while (at > 0) {
        if (text.s[at - 1] == '\n' && at < text.n && ++lines == limit)
            break;
        at--;
    }
    return at;
}

void tum_show_instead(struct tum_run *run, struct tum_str text)
{
    struct tum_buf shown = TUM_BUF_INIT(TUM_BUF_ANY), out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str rest, line;
    bool more = true;
    size_t start;

    if (text.n == 0) {
        tum_out(run, "Nothing came instead.");
        return;
    }
    start = last_lines(text, TUM_SHOWN_LINES);
    text = tum_str_sub(text, start, text.n);
    if (text.s[text.n - 1] == '\n')
        text.n--;
    tum_console_show(&shown, text);
    tum_buf_adds(&out, start > 0 ? "What came instead, the last lines of it:\n"
                                 : "What came instead:\n");
    rest = tum_buf_str(&shown);
    while (tum_str_split(&rest, &more, '\n', &line)) {
        tum_buf_adds(&out, "  | ");
        tum_buf_addt(&out, line);
        tum_buf_addc(&out, '\n');
    }
    tum_out_bytes(run, tum_buf_str(&out));
    tum_buf_release(&shown);
    tum_buf_release(&out);
}

void tum_quote_last(struct tum_buf *out, struct tum_str text, size_t limit)
{
    struct tum_buf shown = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t at = text.n;
    bool cut;

    for (size_t n = 0; n < limit && at > 0; n++) {
        at--;
        while (at > 0 && ((unsigned char)text.s[at] & 0xC0) == 0x80)
            at--;
    }
    cut = at > 0;
    tum_console_show(&shown, tum_str_sub(text, at, text.n));
    tum_buf_addf(out, "'%s", cut ? "…" : "");
    for (size_t i = 0; i < shown.len; i++) {
        if (shown.s[i] == '\n')
            tum_buf_adds(out, "\\n");
        else
            tum_buf_addc(out, shown.s[i]);
    }
    tum_buf_addc(out, '\'');
    tum_buf_release(&shown);
}

void tum_add_seconds(struct tum_buf *out, tum_time duration)
{
    char text[TUM_FLOAT_TEXT];
    struct tum_str shown =
        tum_str_n(text, tum_float_text((double)duration / (double)TUM_SECOND, text));

    if (tum_str_ends(shown, ".0"))
        shown.n -= 2;
    tum_buf_addt(out, shown);
    tum_buf_adds(out, " s");
}

void tum_warn_trouble(struct tum_run *run, struct tum_console *console,
                      const char *name)
{
    struct tum_buf what = TUM_BUF_INIT(TUM_BUF_ANY);

    while (tum_console_trouble(console, &what)) {
        tum_out_warn_once(run, "console '%s': %s.", name, what.s);
        tum_buf_reset(&what);
    }
    tum_buf_release(&what);
}
