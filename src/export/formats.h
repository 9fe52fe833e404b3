/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in formats, and what they share.
 */
#ifndef TUM_FORMATS_H
#define TUM_FORMATS_H

#include "export/outfile.h"

extern const struct tum_exporter tum_export_command;
extern const struct tum_exporter tum_export_html;
extern const struct tum_exporter tum_export_json;
extern const struct tum_exporter tum_export_junit;
extern const struct tum_exporter tum_export_text;

/* opts->title, else the header's test_name, else "". */
struct tum_str tum_export_title(const struct tum_export_opts *opts);
/* The header's value, else `otherwise`. */
struct tum_str tum_export_header(const struct tum_export_opts *opts, const char *key,
                                 const char *otherwise);
/* Rewinds the report to the rows of the export. */
void tum_export_rewind(const struct tum_export_opts *opts);
/* Ticks as seconds with `decimals` (at most 6) decimals. */
void tum_export_seconds(struct tum_buf *out, int64_t ticks, int decimals);

#endif
