/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services: long-lived processes that campaigns use, kept healthy for them.
 *
 * Each has a lock of its own, held while it is looked at, ended or started, and a thread
 * that reads what it writes and notices its end at once.
 */
#ifndef TUM_SERVICE_H
#define TUM_SERVICE_H

#include "batch/project.h"
#include "engine/host.h"
#include "tum/wait.h"

/* Lines of a service shown as evidence. */
#define TUM_SERVICE_LINES 20

struct tum_proc;
struct tum_services;
struct tum_service_use;

/* Who is told of what happens to services, from any thread. Each may be NULL. */
struct tum_services_sink {
    void *ctx;
    void (*note)(void *ctx, const char *name, const char *what, const char *details);
    /* The process of a service was started for the run with that id, or has ended. */
    void (*process)(void *ctx, const char *name, const char *run,
                    const struct tum_proc *proc, bool started);
};

struct tum_services *
tum_services_new(const struct tum_project *project, const char *run, const char *folder,
                 const struct tum_services_sink *sink) TUM_MUST_USE;
/* Ends all of them and waits for that; accepts NULL. */
void tum_services_free(struct tum_services *services);

/*
 * Makes all of a list of names ready. `campaign` tells the instances of scope `campaign`
 * apart; `user` (or NULL) is named when the service is not healthy the next time. `died` is
 * called, from another thread, when one dies while the use lasts.
 * *ret_text: see struct tum_host. The use is to be released also when the answer is not
 * READY (it is NULL then).
 */
enum tum_needed tum_services_need(struct tum_services *services, tum_val names,
                                  const char *campaign, const char *user,
                                  struct tum_stop *stop,
                                  void (*died)(void *ctx, const char *reason),
                                  void *ctx, struct tum_service_use **ret_use,
                                  char **ret_text);
void tum_services_release(struct tum_services *services, struct tum_service_use *use);
/* Ends the instances of scope `campaign` of that one. */
void tum_services_end_campaign(struct tum_services *services, const char *campaign);

#endif
