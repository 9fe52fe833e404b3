/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which Python runs pytest or an exporter. What is given to it tells so first of all: an
 * interpreter from which nothing is heard is rejected by who started it, and no process
 * is spent on asking. For workers the same is decided in worker/stock.c.
 */
#include "engine/pythons.h"

#include "base/path.h"
#include "tum/mem.h"

static void add_path(struct tum_pythons *pythons, char *take)
{
    for (size_t i = 0; take != NULL && i < pythons->count; i++)
        if (strcmp(pythons->paths[i], take) == 0) {
            tum_free(take);
            return;
        }
    if (take != NULL)
        pythons->paths[pythons->count++] = take;
}

static void add_reason(struct tum_pythons *pythons, const char *path, bool wanted,
                       const char *why)
{
    tum_buf_addf(&pythons->reasons, "%s'%s': %s", pythons->reasons.len > 0 ? "; " : "",
                 path, why);
    if (wanted)
        tum_session_warn_once(pythons->session, "python_bin '%s' is not usable: %s",
                              path, why);
}

void tum_pythons_init(struct tum_pythons *pythons, struct tum_session *session)
{
    tum_val v;

    *pythons = (struct tum_pythons){.session = session};
    tum_buf_init(&pythons->reasons, TUM_BUF_ANY);
    if (tum_scope_get(session->scope, TUM_S("python_bin"), &v)) {
        TUM_AUTO(tum_freep) char *wanted = tum_val_to_str(v);

        if (v.kind != TUM_NONE && wanted[0] != '\0') {
            add_path(pythons, tum_path_find_program(wanted));
            pythons->wanted = pythons->count > 0;
            if (!pythons->wanted)
                add_reason(pythons, wanted, true, tum_path_no_program(wanted));
        }
        tum_val_unref(v);
    }
    add_path(pythons, tum_path_find_program("python3"));
    add_path(pythons, tum_path_find_program("python"));
}

void tum_pythons_release(struct tum_pythons *pythons)
{
    for (size_t i = 0; i < pythons->count; i++)
        tum_free(pythons->paths[i]);
    tum_buf_release(&pythons->reasons);
}

const char *tum_pythons_path(const struct tum_pythons *pythons)
{
    return pythons->at < pythons->count ? pythons->paths[pythons->at] : NULL;
}

void tum_pythons_reject(struct tum_pythons *pythons, const char *why)
{
    add_reason(pythons, pythons->paths[pythons->at],
               pythons->wanted && pythons->at == 0, why);
    pythons->at++;
}

char *tum_pythons_text(const struct tum_pythons *pythons)
{
    if (pythons->reasons.len == 0)
        return tum_strdup("no Python 3 interpreter was found; set python_bin");
    return tum_asprintf("no usable Python 3 interpreter (set python_bin): %s",
                        pythons->reasons.s);
}
