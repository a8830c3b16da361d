/* What HTTP keeps in the connection's slot while it owns it. */
#ifndef HTTP1_SLOT_H
#define HTTP1_SLOT_H

#include "conn/conn.h"

enum http1_phase {
    HTTP1_IDLE,
    HTTP1_HEAD,
    HTTP1_BODY,
    HTTP1_WAITING /* for the peer to read its answers: the output has its own time-out */
};

struct http1_slot {
    uint64_t idle_until_ms; /* by the worker's clock: how long the next request may be waited for */
    uint32_t requests;
    uint32_t connection; /* its number among those that the worker has accepted */
    uint8_t phase;       /* enum http1_phase: what the timer is for */
    uint8_t draining;
};
_Static_assert(sizeof(struct http1_slot) <= SHUNT_STREAM_STATE_BYTES, "fits the slot");

static inline struct http1_slot *http1_slot_of(struct conn *conn)
{
    return (struct http1_slot *)(void *)conn->inline_state;
}

#endif
