/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A campaign, or a list of steps for one, as an editor has it: unfinished, with variables
 * that nobody has set yet. Everything is looked at that needs none of them; nothing is
 * started, and no file is read but those that it includes.
 */
#include "engine/load.h"

#include "tmpl/tmpl.h"

static void build(struct tum_session *session, const struct tum_node *root)
{
    size_t index;

    if (tum_node_find(root, TUM_S("main"), &index))
        tum_session_build(session, root);
    else if (tum_node_kind(root) == TUM_NODE_SEQ)
        tum_session_build_steps(session, root);
    /* Anything else is for somebody else: configuration, lists by name. */
}

void tum_session_look(struct tum_session *session, struct tum_str text)
{
    const struct tum_node *root = NULL;
    struct tum_doc_request request = {
        .path = session->main_file,
        .text = text,
        .template = true,
        .includes = TUM_INCLUDES_ALL,
        /* What a template makes of names that are not known is no mistake of it. */
        .lenient = tum_tmpl_needed(text),
        .ctx = session,
        .expand = tum_session_doc_expand,
        .lookup = tum_session_doc_lookup,
    };

    session->looks = true;
    tum_session_set_builtins(session);
    if (tum_docset_load(session->docset, &request, &root))
        build(session, root);
    tum_diags_sort(session->diags);
}
