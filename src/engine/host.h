/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands around a campaign: a batch that chose its items and keeps services for it,
 * or nothing. The engine asks; whoever made the session answers. Every function may be
 * NULL, and every one is called from any thread of the run.
 */
#ifndef TUM_HOST_H
#define TUM_HOST_H

#include "tum/item.h"

enum tum_needed {
    TUM_NEEDED_READY,
    TUM_NEEDED_ERROR,    /* it cannot be started: outcome `error` */
    TUM_NEEDED_DEGRADED, /* it is not healthy: outcome `degraded` */
    TUM_NEEDED_SKIP,     /* the same, and the item is to be skipped */
    TUM_NEEDED_STOPPED,  /* a stop request came first */
};

struct tum_host {
    void *ctx;

    /* False: the item is deselected. Asked once an execution, for every item below one
       that is selected itself. */
    bool (*selects)(void *ctx, const struct tum_item *item);
    /* True: the item is listed as flaky; *ret_retries more attempts are made. */
    bool (*is_flaky)(void *ctx, const struct tum_item *item, int64_t *ret_retries);

    /* At load: the file of the project when it has no service of that name, else NULL.
       The result may be ignored when `services` is unknown. Borrowed. */
    const char *(*lacks_service)(void *ctx, const char *name);
    /*
     * Makes the services of a list of texts ready, for as long as the result *ret_use is
     * not given back. `stop` ends the wait; `cut` is requested when one of them dies
     * meanwhile. *ret_text (tum_free): of a READY what happened to one of them
     * ("respawned: …"), or NULL; else the evidence.
     */
    enum tum_needed (*need)(void *ctx, tum_val names, struct tum_stop *stop,
                            struct tum_stop *cut, void **ret_use, char **ret_text);
    /* Gives back; the result (tum_free) is why one died meanwhile, or NULL. */
    char *(*release)(void *ctx, void *use);

    /* Value of the header row `clean_start`; NULL: no such row. */
    const char *clean_start;
    /* Folder of relative report files, instead of the current one; NULL: that. Missing
       folders are made below it. */
    const char *report_folder;
    /* The run waits for a lock, or goes on. */
    void (*waiting)(void *ctx, bool waits);
};

#endif
