/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML text to a tree: the grammar is libyaml's, one document a text. Declares what yaml.c
 * does; <yaml.h> is taken.
 */
#ifndef TUM_YAMLREAD_H
#define TUM_YAMLREAD_H

#include "doc/tree.h"

/*
 * Reads the first `length` bytes of the source. The root, or NULL when the text is not YAML
 * (or beyond a limit); mistakes that leave a tree are counted in opts->mistakes, their
 * nodes are BROKEN.
 */
const struct tum_node *tum_yaml_read(const struct tum_tree_opts *opts, size_t length,
                                     struct tum_include **ret_includes);

#endif
