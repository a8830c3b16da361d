#include "load/client.h"

static bool is_establishing(enum client_state state)
{
    return state == CLIENT_CONNECTING || state == CLIENT_AWAITING;
}

void client_become(struct client_group *group, struct client *client, enum client_state state)
{
    group->tally->open += (state == CLIENT_OPEN) - (client->state == CLIENT_OPEN);
    group->establishing += (uint32_t)is_establishing(state);
    group->establishing -= (uint32_t)is_establishing(client->state);
    client->state = state;
}

bool client_establishing(const struct client *client)
{
    return is_establishing(client->state);
}

bool client_waits_unconnected(const struct client_group *group)
{
    return group->scheduled && group->way == CLIENT_PASSES;
}

void client_rest(struct client_group *group, struct client *client, uint64_t until_ns)
{
    uint32_t index = (uint32_t)(client - group->clients);

    client_become(group, client, CLIENT_RESTING);
    client->attempt_ns = until_ns;
    client->next_resting = CLIENT_NOBODY;
    if (group->resting_first == CLIENT_NOBODY) {
        group->resting_first = index;
    } else {
        group->clients[group->resting_last].next_resting = index;
    }
    group->resting_last = index;
}

struct client *client_rested(struct client_group *group, uint64_t now_ns)
{
    struct client *client =
        group->resting_first == CLIENT_NOBODY ? NULL : &group->clients[group->resting_first];

    if (!client || client->attempt_ns > now_ns) {
        return NULL;
    }
    group->resting_first = client->next_resting;
    return client;
}

void client_free(struct client_group *group, struct client *client, uint64_t now_ns)
{
    uint32_t index = (uint32_t)(client - group->clients);

    if (client->queued || group->way == CLIENT_STAYS) {
        return; /* those that stay are drawn */
    }
    client->available_ns = now_ns;
    client->queued = true;
    client->next_free = CLIENT_NOBODY;
    if (group->free_first == CLIENT_NOBODY) {
        group->free_first = index;
    } else {
        group->clients[group->free_last].next_free = index;
    }
    group->free_last = index;
}

static bool can_take(const struct client_group *group, const struct client *client)
{
    return group->way == CLIENT_PASSES
               ? client->state == CLIENT_FREE
               : client->state == CLIENT_OPEN && client->in_flight < group->depth;
}

/* Those that failed while they queued drop out. */
struct client *client_first_free(struct client_group *group)
{
    while (group->free_first != CLIENT_NOBODY) {
        struct client *client = &group->clients[group->free_first];

        if (can_take(group, client)) {
            return client;
        }
        group->free_first = client->next_free;
        client->queued = false;
    }
    return NULL;
}

void client_to_the_end(struct client_group *group)
{
    struct client *client = &group->clients[group->free_first];

    group->free_first = client->next_free;
    client->queued = false;
    if (can_take(group, client)) {
        client_free(group, client, client->available_ns);
    }
}

struct client *client_draw_held(struct client_group *group)
{
    for (int i = 0; i < 32 && group->begun == group->count; i++) {
        struct client *client = &group->clients[schedule_random(&group->random) % group->count];

        if (client->state == CLIENT_OPEN) {
            return client;
        }
    }
    return NULL;
}
