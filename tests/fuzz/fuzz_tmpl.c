/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a template, rendered as it is loaded and as it is discovered; the
 * segments must be in order and inside the source.
 *
 * Reaches src/tmpl and, through expressions, src/lang (lex.c, grammar.c, eval.c, ops.c,
 * strmeth.c, format.c …). Run with -max_len=2048.
 */
#include "base/utf8.h"
#include "tmpl/tmpl.h"
#include "tum/mem.h"
#include "tum/val.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Times that a rendering is asked whether to go on; each is a few thousand steps. */
#define PATIENCE     20
#define TEXT_LIMIT   100000
#define MEMORY_LIMIT ((size_t)16 << 20)

static bool impatient(void *ctx)
{
    return ++*(unsigned *)ctx > PATIENCE;
}

static tum_val variables(void)
{
    static const char json[] =
        "{\"n\": 3, \"f\": 2.5, \"s\": \"a,b\", \"l\": [1, \"two\", null, [true]],"
        " \"d\": {\"a\": 1, \"b\": {\"c\": [\"x\"]}}, \"u\": \"\\u00e9\\ud83d\\ude00 "
        "<b>\"}";
    struct tum_error *err = NULL;
    tum_val v;

    if (!tum_json_read(TUM_S(json), (struct tum_span){0}, &v, &err))
        tum_bug("%s", err->text);
    return v;
}

static void check_segments(const struct tum_segment *segments, size_t count,
                           size_t text, size_t source)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && segments[i].out <= segments[i - 1].out)
            tum_bug("segment %zu is not behind the one before", i);
        if (segments[i].out > text || segments[i].in > source)
            tum_bug("segment %zu is outside the text", i);
    }
}

static void render(struct tum_str template, tum_val names, bool lenient)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_sources *sources = tum_sources_new();
    unsigned asked = 0;
    struct tum_tmpl_opts opts = {.ctx = &asked,
                                 .names = names,
                                 .lenient = lenient,
                                 .limit = TEXT_LIMIT,
                                 .memory = MEMORY_LIMIT,
                                 .stopped = impatient};
    struct tum_segment *segments = NULL;
    struct tum_error *err = NULL;
    size_t count = 0;
    uint32_t source;

    source = tum_source_add(sources, "fuzz", tum_strndup(template.s, template.n),
                            template.n);
    if (tum_tmpl_render(sources, source, &opts, &out, &segments, &count, &err)) {
        check_segments(segments, count, out.len, template.n);
        if (!tum_utf8_valid(tum_buf_str(&out), NULL) &&
            tum_str_find(template, TUM_S("\\"), 0) == TUM_STR_NONE)
            tum_bug("the rendered text is no UTF-8");
    } else if (err->kind != TUM_ERROR_STOPPED && (err->type == NULL || !err->text[0])) {
        tum_bug("an error without a class or without words");
    }
    tum_free(segments);
    tum_error_free(err);
    tum_sources_free(sources);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tum_str template = tum_str_n((const char *)data, size);
    tum_val names;

    if (!tum_utf8_valid(template, NULL))
        return 0;
    names = variables();
    render(template, names, false);
    render(template, names, true);
    tum_val_unref(names);
    return 0;
}
