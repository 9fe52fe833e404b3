/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rendering from JSON to JSON.
 */
#include "tmpl/renderline.h"
#include "tmpl/tmpl.h"
#include "tum/mem.h"

static const struct tum_json_style style = {.ascii = true};

static bool add_pair(struct tum_map_builder *b, const char *key, struct tum_str text)
{
    return tum_map_adds(b, key, tum_val_text_of(text));
}

static void add_failure(struct tum_map_builder *b, const struct tum_error *failure,
                        bool details)
{
    TUM_AUTO(tum_freep) char *text = tum_error_text(failure);

    add_pair(b, "error",
             tum_str_of(failure->type != NULL ? failure->type : "RuntimeError"));
    if (details)
        add_pair(b, "message", tum_str_of(text));
}

static void render(struct tum_str template, tum_val vars, bool details,
                   struct tum_map_builder *answer)
{
    struct tum_sources *sources = tum_sources_new();
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_tmpl_opts opts = {.names = vars};
    struct tum_segment *segments = NULL;
    struct tum_error *failure = NULL;
    size_t count;
    uint32_t source;

    source = tum_source_add(sources, "template", tum_strndup(template.s, template.n),
                            template.n);
    /* What is rendered may hold lone surrogates, which JSON can write. */
    if (tum_tmpl_render(sources, source, &opts, &text, &segments, &count, &failure))
        tum_map_adds(answer, "result", tum_val_str_valid(text.s, text.len));
    else
        add_failure(answer, failure, details);
    tum_free(segments);
    tum_error_free(failure);
    tum_sources_free(sources);
}

bool tum_render_line(struct tum_str line, bool details, struct tum_buf *out,
                     struct tum_error **err)
{
    TUM_AUTO(tum_val_release) tum_val request = tum_val_none();
    TUM_AUTO(tum_val_release) tum_val answer = tum_val_none();
    tum_val template, vars = tum_val_none();
    struct tum_map_builder *b;

    if (!tum_json_read(line, (struct tum_span){0}, &request, err))
        return false;
    if (!tum_map_peeks(request, "template", &template) || template.kind != TUM_STR)
        return tum_fail(err, TUM_ERROR_TYPE, "no text 'template' in the line");
    if (tum_map_peeks(request, "vars", &vars) && vars.kind != TUM_MAP)
        return tum_fail(err, TUM_ERROR_TYPE, "'vars' is no mapping");
    b = tum_map_begin(1);
    render(tum_val_text(template), vars, details, b);
    answer = tum_map_end(b);
    return tum_json_write(out, answer, &style, err);
}
