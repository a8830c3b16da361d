/* A key is looked for from one end to the other: the ring is short, for its bytes are bounded and
 * each message counts 64 of them at least. */
#include "backlog.h"

#include <stdlib.h>

enum { ROOM_MIN = 16 };

static struct shunt_websocket_message **at(const struct websocket_backlog *backlog, uint32_t place)
{
    return &backlog->ring[(backlog->first + place) & (backlog->room - 1)];
}

/* In a ring of `room`, without the places of those that were replaced. */
static bool move(struct websocket_backlog *backlog, uint32_t room)
{
    struct websocket_backlog moved = {.room = room, .bytes = backlog->bytes};

    moved.ring = malloc(room * sizeof *moved.ring);
    if (!moved.ring) {
        return false;
    }
    for (uint32_t i = 0; i < backlog->used; i++) {
        if (*at(backlog, i)) {
            moved.ring[moved.used++] = *at(backlog, i);
        }
    }
    free(backlog->ring);
    *backlog = moved;
    return true;
}

static uint32_t holes(const struct websocket_backlog *backlog)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < backlog->used; i++) {
        count += !*at(backlog, i);
    }
    return count;
}

/* One that is full and has many holes stays as large as it is. */
static bool make_room(struct websocket_backlog *backlog)
{
    if (backlog->used < backlog->room) {
        return true;
    }
    if (backlog->room == 0) {
        return move(backlog, ROOM_MIN);
    }
    return move(backlog, holes(backlog) > backlog->room / 2 ? backlog->room : 2 * backlog->room);
}

enum shunt_status websocket_backlog_add(struct websocket_backlog *backlog,
                                        struct shunt_websocket_message *message)
{
    if (!make_room(backlog)) {
        return SHUNT_ENOMEM;
    }
    websocket_message_hold(message);
    *at(backlog, backlog->used++) = message;
    backlog->bytes += websocket_backlog_cost(message);
    return SHUNT_OK;
}

struct shunt_websocket_message *websocket_backlog_take(struct websocket_backlog *backlog)
{
    while (backlog->used > 0) {
        struct shunt_websocket_message *message = *at(backlog, 0);

        backlog->first = (backlog->first + 1) & (backlog->room - 1);
        backlog->used--;
        if (message) {
            backlog->bytes -= websocket_backlog_cost(message);
            return message;
        }
    }
    return NULL;
}

bool websocket_backlog_replace(struct websocket_backlog *backlog,
                               const struct shunt_websocket_message *message)
{
    for (uint32_t i = 0; i < backlog->used; i++) {
        struct shunt_websocket_message *other = *at(backlog, i);

        if (other && other->key_hash == message->key_hash &&
            shunt_span_equal(other->key, message->key)) {
            *at(backlog, i) = NULL;
            backlog->bytes -= websocket_backlog_cost(other);
            websocket_message_release(other);
            return true;
        }
    }
    return false;
}

uint64_t websocket_backlog_fini(struct websocket_backlog *backlog)
{
    struct shunt_websocket_message *message;
    uint64_t count = 0;

    while ((message = websocket_backlog_take(backlog))) {
        websocket_message_release(message);
        count++;
    }
    free(backlog->ring);
    *backlog = (struct websocket_backlog){.ring = NULL};
    return count;
}
