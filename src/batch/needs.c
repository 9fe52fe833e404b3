/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a campaign asks of the services of its batch, and the answers.
 */
#include "batch/attempt.h"
#include "batch/link.h"
#include "batch/service.h"
#include "tum/mem.h"
#include <pthread.h>

struct tum_needing {
    struct tum_attempt *attempt;
    int64_t id;
    tum_val names;
    pthread_t thread;
    bool started, answered;
    struct tum_service_use *use;
};

static void answer_need(struct tum_attempt *a, int64_t id, const char *state,
                        const char *text)
{
    struct tum_map_builder *b = tum_map_begin(4);

    tum_map_adds(b, "msg", tum_val_str("need"));
    tum_map_adds(b, "id", tum_val_int(id));
    tum_map_adds(b, "state", tum_val_str(state));
    if (text != NULL)
        tum_map_adds(b, "text", tum_val_str(text));
    tum_link_send_val(a->link, tum_map_end(b));
}

static void tell_died(void *ctx, const char *reason)
{
    struct tum_needing *asked = ctx;
    struct tum_map_builder *b = tum_map_begin(3);

    tum_map_adds(b, "msg", tum_val_str("died"));
    tum_map_adds(b, "id", tum_val_int(asked->id));
    tum_map_adds(b, "text", tum_val_str(reason));
    tum_link_send_val(asked->attempt->link, tum_map_end(b));
}

static void *serve_need(void *arg)
{
    static const char *const states[] = {"ready", "error", "degraded", "skip", "error"};
    struct tum_needing *asked = arg;
    struct tum_attempt *a = asked->attempt;
    struct tum_service_use *use = NULL;
    char *text = NULL;
    enum tum_needed state;

    state = tum_services_need(a->batch->services, asked->names, a->run,
                              a->job->campaign->shown, a->batch->soft, tell_died, asked,
                              &use, &text);
    tum_lock_enter(&a->asked_lock);
    asked->use = use;
    asked->answered = true;
    if (state == TUM_NEEDED_READY && text != NULL && a->respawned == NULL)
        a->respawned = tum_strdup(text);
    tum_lock_leave(&a->asked_lock);
    if (state == TUM_NEEDED_ERROR)
        a->job->service = true;
    answer_need(a, asked->id, states[state], text);
    tum_free(text);
    return NULL;
}

static void end_asked(struct tum_attempt *a, struct tum_needing *asked)
{
    if (asked->started)
        pthread_join(asked->thread, NULL);
    tum_services_release(a->batch->services, asked->use);
    tum_val_unref(asked->names);
    tum_free(asked);
}

void tum_attempt_need(struct tum_attempt *a, tum_val packet)
{
    struct tum_needing *asked;

    if (a->batch->services == NULL || a->asked_count == TUM_ASKED_LIMIT) {
        answer_need(a, tum_conf_int(packet, "id", 0), "error",
                    a->batch->services == NULL
                        ? "services are switched off (--no-services)"
                        : "more than 256 requests for services at a time");
        return;
    }
    asked = tum_new(struct tum_needing);
    asked->attempt = a;
    asked->id = tum_conf_int(packet, "id", 0);
    asked->names = tum_val_ref(tum_conf_get(packet, "names"));
    a->asked[a->asked_count++] = asked;
    asked->started = pthread_create(&asked->thread, NULL, serve_need, asked) == 0;
    if (!asked->started)
        serve_need(asked);
}

void tum_attempt_release(struct tum_attempt *a, int64_t id)
{
    for (size_t i = 0; i < a->asked_count; i++) {
        if (a->asked[i]->id == id) {
            end_asked(a, a->asked[i]);
            a->asked[i] = a->asked[--a->asked_count];
            return;
        }
    }
}

void tum_attempt_end_needs(struct tum_attempt *a)
{
    for (size_t i = 0; i < a->asked_count; i++)
        end_asked(a, a->asked[i]);
    a->asked_count = 0;
}
