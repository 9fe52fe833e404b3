/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the main file's path to its final tree of nodes: built-in variables, defines, the
 * first pass, discovery of configuration files, the final pass.
 *
 * The main file is a template over variables that its configuration files define, and names
 * those files itself: so it is read leniently until the list of files settles, and
 * strictly once. The docset parses a rendered text only once, so a file without template
 * tags costs one parse.
 */
#include "engine/config.h"
#include "engine/runstate.h"

#include "base/fd.h"
#include "base/path.h"
#include "tum/mem.h"
#include <stdlib.h>
#include <sys/utsname.h>

/* Rounds until the list of configuration files must be stable. */
#define DISCOVERY_LIMIT 50

void tum_session_set(struct tum_session *session, const char *name, tum_val take)
{
    tum_scope_set(session->scope, tum_str_of(name), take);
}

static tum_val string_list(const char *const *strings)
{
    struct tum_list_builder *b = tum_list_begin(4);

    for (size_t i = 0; strings != NULL && strings[i] != NULL; i++) {
        char *path = tum_path_absolute(strings[i]);

        tum_list_add(b, tum_val_str(path));
        tum_free(path);
    }
    return tum_list_end(b);
}

void tum_session_set_builtins(struct tum_session *session)
{
    const char *home = getenv("HOME");
    struct utsname names;
    char *folder;

    tum_session_set(session, "test_name", tum_val_str("Unnamed"));
    tum_session_set(session, "test_directory", tum_val_str(session->main_folder));
    tum_session_set(session, "test_main_file", tum_val_str(session->main_file));
    tum_session_set(session, "include_directory", tum_val_str(session->main_folder));
    tum_session_set(session, "config_files", string_list(session->opts.config_files));
    if (uname(&names) == 0)
        tum_session_set(session, "host_name", tum_val_str(names.nodename));
    tum_session_set(session, "home", tum_val_str(home != NULL ? home : "/"));
    tum_session_set(session, "os", tum_val_str("Linux"));
    tum_session_set(session, "testium_version", tum_val_str(tum_version));
    folder = session->opts.program != NULL ? tum_path_folder(session->opts.program)
                                           : tum_path_cwd();
    tum_session_set(session, "testium_path", tum_val_str(folder));
    tum_free(folder);
}

static void set_defines(struct tum_session *session)
{
    for (size_t i = 0; i < session->opts.define_count; i++) {
        const struct tum_define *define = &session->opts.defines[i];

        tum_session_set(session, define->name, tum_val_ref(define->value));
    }
}

/* ---- what the document asks of us ---- */

bool tum_session_doc_lookup(void *ctx, struct tum_str name, tum_val *ret)
{
    struct tum_session *session = ctx;

    return tum_scope_get(session->scope, name, ret);
}

static bool doc_lookup_nothing(void *ctx, struct tum_str name, tum_val *ret)
{
    (void)ctx;
    (void)name;
    (void)ret;
    return false;
}

bool tum_session_doc_expand(void *ctx, tum_val v, tum_val *ret)
{
    struct tum_asker asker;

    tum_asker_init_load(&asker, ctx);
    *ret = tum_asker_expand(&asker, v);
    return true;
}

static bool load_main(struct tum_session *session, enum tum_includes includes,
                      bool lenient, bool first, const struct tum_node **ret)
{
    struct tum_doc_request request = {
        .path = session->main_file,
        .template = true,
        .includes = includes,
        .lenient = lenient,
        .ctx = session,
        .expand = tum_session_doc_expand,
        .lookup = first ? doc_lookup_nothing : tum_session_doc_lookup,
    };

    return tum_docset_load(session->docset, &request, ret);
}

static bool has_errors(const struct tum_session *session)
{
    return tum_diags_count(session->diags, TUM_SEV_ERROR) > 0;
}

/* `name` of main, from the first pass that could be parsed; not revised later. */
static void set_test_name(struct tum_session *session, const struct tum_node *root)
{
    const struct tum_node *main_node = tum_node_get(root, "main");
    const struct tum_node *name = tum_node_get(main_node, "name");
    struct tum_error *err = NULL;
    tum_val v;

    if (tum_node_kind(main_node) != TUM_NODE_MAP || name == NULL) {
        v = tum_val_str("Unnamed");
    } else if (!tum_node_to_val(name, &v, &err)) {
        tum_error_free(err);
        v = tum_val_none();
    }
    /* A define or an earlier value is not a name: the built-in wins here. */
    tum_session_set(session, "test_name", v);
}

static void say_not_settling(struct tum_session *session, tum_val before, tum_val now)
{
    char *a = tum_val_to_repr(before);
    char *b = tum_val_to_repr(now);
    struct tum_finding *finding = tum_diag_error(
        session->diags, (struct tum_span){0},
        "the list of 'config_file' does not settle after %d rounds: it was "
        "%s and became %s",
        DISCOVERY_LIMIT, a, b);

    finding->file = tum_strdup(session->main_file);
    tum_free(a);
    tum_free(b);
}

static bool discover(struct tum_session *session)
{
    const struct tum_node *root = NULL;
    bool named;
    tum_val list, next;

    named = load_main(session, TUM_INCLUDES_NULL, true, true, &root);
    if (has_errors(session))
        return false;
    if (named)
        set_test_name(session, root);
    else
        root = NULL;
    if (!tum_config_list(session, root, &list))
        return false;
    if (!tum_config_load_list(session, list, true)) {
        tum_val_unref(list);
        return false;
    }
    for (int round = 0;; round++) {
        bool parsed = load_main(session, TUM_INCLUDES_RAW, true, false, &root);

        if (has_errors(session))
            break;
        if (!parsed) {
            tum_val_unref(list);
            return true; /* the final pass tells what is wrong */
        }
        if (!named) {
            set_test_name(session, root);
            named = true;
        }
        if (!tum_config_list(session, root, &next))
            break;
        if (tum_val_same(list, next)) {
            tum_val_unref(next);
            tum_val_unref(list);
            return true;
        }
        if (round >= DISCOVERY_LIMIT) {
            say_not_settling(session, list, next);
            tum_val_unref(next);
            break;
        }
        tum_val_unref(list);
        list = next;
        if (!tum_config_load_list(session, list, false))
            break;
    }
    tum_val_unref(list);
    return false;
}

bool tum_session_read(struct tum_session *session, const struct tum_node **ret_root)
{
    const struct tum_node *first = NULL;
    bool settled;

    tum_session_set_builtins(session);
    set_defines(session);
    if (session->opts.config_files != NULL) {
        if (load_main(session, TUM_INCLUDES_NULL, true, true, &first))
            set_test_name(session, first);
        settled = !has_errors(session) && tum_config_load_given(session);
    } else {
        settled = discover(session);
    }
    if (!settled)
        return false;
    return load_main(session, TUM_INCLUDES_ALL, false, false, ret_root);
}
