/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Report formats of Python packages.
 */
#ifndef TUM_PLUGIN_H
#define TUM_PLUGIN_H

#include "engine/runstate.h"
#include "tum/export.h"

/* For struct tum_export_opts; ctx is the session. */
bool tum_plugin_export(void *ctx, const char *format,
                       const struct tum_export_opts *opts, struct tum_error **err);

#endif
