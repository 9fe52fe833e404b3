/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration files: which ones, and what they set.
 */
#ifndef TUM_CONFIG_H
#define TUM_CONFIG_H

#include "engine/runstate.h"

/*
 * The list a main file asks for: raw texts in order; none for the default files. root NULL:
 * the file could not be read in this pass. False: a finding was added.
 */
bool tum_config_list(struct tum_session *session, const struct tum_node *root,
                     tum_val *ret);
/* Loads that list, then applies the defines again. False: findings were added. */
bool tum_config_load_list(struct tum_session *session, tum_val list, bool first_round);
/* The same for the files of -c. */
bool tum_config_load_given(struct tum_session *session);

#endif
