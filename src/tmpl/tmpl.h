/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The template language: text with {{ outputs }}, {% statements %} and {# comments #}
 * to text. Jinja2 3.1 with default settings, no loader, automatic escaping off.
 *
 * Expressions, objects and methods are those of src/lang. A template is read whole
 * before anything of it is rendered, so a syntax error hides every other one.
 */
#ifndef TUM_TMPL_H
#define TUM_TMPL_H

#include "base/source.h"
#include "tum/val.h"

/* Largest text a rendering may produce when no other limit is given, in bytes. */
#define TUM_TMPL_OUTPUT_LIMIT ((size_t)64 << 20)
/* Memory of one rendering besides its text, in bytes; more is a MemoryError. */
#define TUM_TMPL_MEMORY_LIMIT ((size_t)512 << 20)
/* Statements inside statements of one template; more is a TemplateSyntaxError. */
#define TUM_TMPL_NEST_LIMIT   80
/* Macros, callers, blocks and recursive loops running inside each other; more is a
   RecursionError. */
#define TUM_TMPL_DEPTH_LIMIT  200
/* Statements executed and elements taken by one rendering; more is a
   TemplateRuntimeError. */
#define TUM_TMPL_STEP_LIMIT   50000000

struct tum_tmpl_opts {
    void *ctx;
    /* Global variables: false when there is none. *ret is owned by the caller. May be
       NULL. Asked at most once for a name in a rendering. */
    bool (*lookup)(void *ctx, struct tum_str name, tum_val *ret);
    /* Map of names that win over lookup (parameters of an include, include_directory);
       borrowed; none when there are no such names. */
    tum_val names;
    /* Undefined values absorb: attribute, item, call, arithmetic, conversion and
       filters of one give undefined again, ordering is false. */
    bool lenient;
    size_t limit;  /* of the output, bytes; 0: TUM_TMPL_OUTPUT_LIMIT */
    size_t memory; /* of everything else, bytes; 0: TUM_TMPL_MEMORY_LIMIT */
    /*
     * True when the rendering should be given up (kind TUM_ERROR_STOPPED). May be NULL.
     */
    bool (*stopped)(void *ctx);
};

/*
 * Renders the text of `source`. On success `out` (initialised by the caller; the text
 * is added to what it holds) has the text, and *ret_segments (tum_free), ordered by
 * `out`, maps it to the source for tum_source_add_derived; offsets count from the text
 * added.
 *
 * Values that the template changes are its own copies. CRLF and CR in the source are LF
 * for the template.
 *
 * On failure err->type is the class name: TemplateSyntaxError, TemplateAssertionError,
 * UndefinedError, TemplateRuntimeError, FilterArgumentError, or one of Python's such as
 * TypeError; err->at is the place in the source and err->text names it as `line N`.
 * `out` holds an unspecified part.
 */
bool tum_tmpl_render(struct tum_sources *sources, uint32_t source,
                     const struct tum_tmpl_opts *opts, struct tum_buf *out,
                     struct tum_segment **ret_segments, size_t *ret_count,
                     struct tum_error **err);

/*
 * False when rendering would change nothing but drop one line break at the end: the
 * text has no tag and no CR.
 */
bool tum_tmpl_needed(struct tum_str text);

#endif
