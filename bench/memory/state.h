/* What the back end and the far ends of its connections share. For these two only. */
#ifndef MEMORY_STATE_H
#define MEMORY_STATE_H

#include "io/backend.h"
#include "memory/backend.h"
#include "memory/peer.h"

#include <shunt/span.h>

enum memory_event_kind {
    MEMORY_EVENT_ACCEPT = 1,
    MEMORY_EVENT_RECEIVE,
    MEMORY_EVENT_CANCEL,
    MEMORY_EVENT_SENT
};

struct memory_event {
    uint64_t name; /* of descriptors_name(): what is late misses */
    int32_t value; /* accept: the new descriptor; sent: the result */
};

struct memory_peer {
    struct shunt_span sends; /* not yet received by the server */
    uint32_t len;            /* of what it has been sent */
    uint32_t next_free;
    bool arriving; /* not yet accepted */
    bool here;     /* it has not reset its connection */
    bool reset;    /* it has, and the server does not know yet */
    bool ended;    /* it sends no more */
    bool signalled;
};

struct memory {
    struct io io;
    int first; /* the listener's number; peer i has the number first + 1 + i */
    uint32_t peers_max, free, held;
    struct memory_peer *peers;
    uint8_t (*answers)[MEMORY_ANSWER_BYTES]; /* an odd number of cache lines each, so that they do
                                                not meet in the same sets */
    uint8_t *buffer;                         /* what `received` shows */
    unsigned buffer_bytes;
    memory_sink *sink; /* NULL: none */
    void *sink_arg;
    struct memory_event *events; /* a ring */
    uint32_t events_mask, events_at, events_count;
};

static inline struct memory *memory_of(const struct io *io)
{
    return (struct memory *)(uintptr_t)io;
}

/* Else it is the listener's number, or a descriptor of the process's own. */
static inline bool memory_is_peer(const struct memory *m, int fd)
{
    return fd > m->first && (uint32_t)(fd - m->first) <= m->peers_max;
}

static inline struct memory_peer *memory_peer_of(const struct memory *m, int fd)
{
    ASSERT(memory_is_peer(m, fd));
    return &m->peers[fd - m->first - 1];
}

/* Something completes in the next turn. */
static inline void memory_event_add(struct memory *m, enum memory_event_kind kind, int fd,
                                    int value)
{
    ASSERT(m->events_count <= m->events_mask);
    m->events[(m->events_at + m->events_count++) & m->events_mask] =
        (struct memory_event){descriptors_name(&m->io.table, kind, fd), value};
}

/* A receive or ready may have something to report. */
static inline void memory_receive_signal(struct memory *m, int fd, const struct descriptor *d)
{
    struct memory_peer *peer = memory_peer_of(m, fd);

    if ((d->flags & DESCRIPTOR_RECEIVING) && !peer->signalled &&
        (peer->sends.len > 0 || peer->reset || peer->ended)) {
        peer->signalled = true;
        memory_event_add(m, MEMORY_EVENT_RECEIVE, fd, 0);
    }
}

/* One side has left; once neither needs the number any longer, it may be given again. */
static inline void memory_peer_release(struct memory *m, int fd)
{
    struct memory_peer *peer = memory_peer_of(m, fd);

    if (!peer->here && !peer->arriving &&
        !(descriptors_at(&m->io.table, fd)->flags & DESCRIPTOR_KNOWN)) {
        peer->next_free = m->free;
        m->free = (uint32_t)(fd - m->first - 1);
    }
}

#endif
