/* What a stream has beyond its slot once its service asks for more than messages. */
#ifndef PLUGINS_WEBSOCKET_MEMBER_H
#define PLUGINS_WEBSOCKET_MEMBER_H

#include "backlog.h"
#include "stream.h"

struct websocket_member {
    struct shunt_stream *stream;
    struct topics_subscriber subscriber;
    shunt_id id; /* of the stream; set once it is present somewhere */
    struct websocket_backlog backlog;
    struct websocket_slow slow; /* the service's choice for this stream */
    bool slow_chosen;
    shunt_id timer; /* the service's; 0: none */
};

/* The stream's, or NULL. */
static inline struct websocket_member *websocket_member(const struct websocket_stream *ws)
{
    return ws->member ? ws->service->worker->members.places[ws->member].member : NULL;
}

/* The stream's, made when it has none; NULL when there is no memory. */
struct websocket_member *websocket_member_need(struct shunt_stream *stream);
/* Give it back, if there is one. What it points to is gone. */
void websocket_member_drop(struct websocket_stream *ws);
/* There are none left. */
void websocket_members_fini(struct websocket_members *members);

#endif
