/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports of a batch, made of the events that its folder holds and of nothing else: so
 * they can be made again, also of a batch that was killed.
 */
#ifndef TUM_REPORTS_H
#define TUM_REPORTS_H

#include "tum/buf.h"
#include "tum/err.h"
#include "tum/val.h"

/* Writes all formats for the batch in `folder` into `into`. */
bool tum_reports_write(const char *folder, const char *into, bool jenkins_xsd,
                       struct tum_error **err);
/*
 * Joins the folders of shards into one report in `into`. *ret_status is the exit status;
 * *notes: lines for the user.
 */
bool tum_reports_merge(const char *const *folders, const char *into, bool jenkins_xsd,
                       int *ret_status, struct tum_buf *notes, struct tum_error **err);

#endif
