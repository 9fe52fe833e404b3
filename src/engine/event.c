/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bus: numbering events and handing them to the sinks.
 */
#include "engine/event.h"

#include "base/lock.h"
#include "tum/mem.h"

struct tum_bus {
    struct tum_lock lock;
    struct tum_sink sinks[TUM_SINKS_LIMIT];
    size_t count;
    uint64_t seq;
    bool output; /* const once the run has started */
};

struct tum_bus *tum_bus_new(void)
{
    struct tum_bus *bus = tum_new(struct tum_bus);

    tum_lock_init(&bus->lock, TUM_RANK_BUS);
    return bus;
}

void tum_bus_free(struct tum_bus *bus)
{
    if (bus == NULL)
        return;
    tum_lock_release(&bus->lock);
    tum_free(bus);
}

void tum_bus_add(struct tum_bus *bus, const struct tum_sink *sink)
{
    if (bus->count == TUM_SINKS_LIMIT)
        tum_bug("more than %d sinks", TUM_SINKS_LIMIT);
    bus->sinks[bus->count++] = *sink;
    bus->output = bus->output || sink->output;
}

bool tum_bus_wants_output(const struct tum_bus *bus)
{
    return bus->output;
}

void tum_bus_emit(struct tum_bus *bus, struct tum_event *event)
{
    if (bus->count == 0)
        return;
    tum_lock_enter(&bus->lock);
    event->seq = ++bus->seq;
    event->at = tum_now();
    for (size_t i = 0; i < bus->count; i++) {
        if (event->kind == TUM_EVENT_ITEM_OUTPUT && !bus->sinks[i].output)
            continue;
        bus->sinks[i].take(bus->sinks[i].ctx, event);
    }
    tum_lock_leave(&bus->lock);
}
