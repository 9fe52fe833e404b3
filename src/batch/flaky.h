/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list `flaky` of the project file.
 */
#ifndef TUM_FLAKY_H
#define TUM_FLAKY_H

#include "batch/plan.h"

/* Nodes of a campaign that are listed: list of {node, retries}, or none. Owned. */
tum_val tum_flaky_of(const struct tum_project *project,
                     const struct tum_campaign *campaign);
/* Entries that are past their day, or match no node of the whole plan: lines for the
   user. `whole` is false when only a part of the project is in the plan: then only
   entries of its campaigns are looked at. */
void tum_flaky_check(const struct tum_plan *plan, struct tum_buf *warnings);

#endif
