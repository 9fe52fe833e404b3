/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rendering described in one line of JSON, for `tum render` and the conformance tests:
 *
 *     {"template": "{{ x }}", "vars": {"x": 1}}   {"result": "1"}
 *     {"template": "{{ x"}                        {"error": "TemplateSyntaxError"}
 */
#ifndef TUM_RENDERLINE_H
#define TUM_RENDERLINE_H

#include "tum/buf.h"
#include "tum/err.h"

/*
 * Renders the template of `line` and adds the JSON object of the answer, without a line
 * break. "vars" may be left out. False, with nothing added, when the line is no such
 * object. What goes wrong while rendering is an answer, in which "error" is the class
 * and (when `details`) "message" the words.
 */
bool tum_render_line(struct tum_str line, bool details, struct tum_buf *out,
                     struct tum_error **err);

#endif
