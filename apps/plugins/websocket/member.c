/* A slot has room for a number, not for a pointer: members stand in an array of their worker's. */
#include "member.h"

#include <stdlib.h>

enum { ROOM_MIN = 16 };

/* Place 0 is nobody's. */
static bool grow(struct websocket_members *members)
{
    uint32_t room = members->room ? 2 * members->room : ROOM_MIN;
    union websocket_place *places =
        room > members->room ? realloc(members->places, room * sizeof *places) : NULL;

    if (!places) {
        return false;
    }
    for (uint32_t i = members->room ? members->room : 1; i < room; i++) {
        places[i].next = i + 1 < room ? i + 1 : 0;
    }
    members->free = members->room ? members->room : 1;
    members->places = places;
    members->room = room;
    return true;
}

struct websocket_member *websocket_member_need(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);
    struct websocket_members *members = &ws->service->worker->members;
    struct websocket_member *member = websocket_member(ws);

    if (member) {
        return member;
    }
    if (!members->free && !grow(members)) {
        return NULL;
    }
    member = calloc(1, sizeof *member);
    if (member) {
        member->stream = stream;
        member->subscriber.user = stream;
        ws->member = members->free;
        members->free = members->places[ws->member].next;
        members->places[ws->member].member = member;
    }
    return member;
}

void websocket_member_drop(struct websocket_stream *ws)
{
    struct websocket_members *members = &ws->service->worker->members;

    if (ws->member) {
        free(members->places[ws->member].member);
        members->places[ws->member].next = members->free;
        members->free = ws->member;
        ws->member = 0;
    }
}

void websocket_members_fini(struct websocket_members *members)
{
    free(members->places);
}
