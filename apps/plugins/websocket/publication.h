/* A message on its way to the subscribers of a topic, through the workers of a server. */
#ifndef PLUGINS_WEBSOCKET_PUBLICATION_H
#define PLUGINS_WEBSOCKET_PUBLICATION_H

#include "inbox.h"
#include "message.h"

struct websocket_publication {
    struct shunt_websocket_message message; /* the first: with its last reference all of it goes */
    struct shunt_websocket_topics *topics;
    struct shunt_span topic;
    shunt_id except; /* a stream that does not get it; 0: none */
    bool retain;
    /* Once every worker has handed it on, or has stopped. */
    void (*done)(void *arg, uint64_t reached);
    void *arg;
    atomic_uint waiting; /* workers that have not, and the publisher while it publishes */
    _Atomic uint64_t reached;
    struct websocket_entry entries[]; /* one for each worker */
};

struct shunt_websocket_publish;

/* One reference, and one worker to wait for: the publisher. NULL: no memory. */
struct websocket_publication *websocket_publication_create(
    struct shunt_websocket_topics *topics, struct shunt_span topic, enum shunt_websocket_kind kind,
    const void *bytes, size_t len, const struct shunt_websocket_publish *options, unsigned workers);
/* A worker has handed it to `reached` streams: its reference goes too. */
void websocket_publication_done(struct websocket_publication *publication, uint64_t reached);

#endif
