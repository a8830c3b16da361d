/* A thread that receives what was published, on its share of the connections. */
#ifndef BENCH_LOAD_BROADCAST_RECEIVE_H
#define BENCH_LOAD_BROADCAST_RECEIVE_H

#include "load/broadcast.h"

#include <pthread.h>
#include <stdatomic.h>

/* What a message begins with; the rest is filling. */
struct broadcast_stamp {
    uint64_t sent_ns;
    uint32_t publisher, number;
};

_Static_assert(sizeof(struct broadcast_stamp) == BROADCAST_BYTES_MIN, "no gaps");

struct broadcast_receiver;

/* All threads of a run. Written by the main thread. */
struct broadcast_phase {
    atomic_bool counting; /* latencies of what comes are recorded */
    atomic_bool stop;
};

/* On `fds`, `count` of them, which are the receiver's now. SHUNT_OK, or a sentence in `error`. */
enum shunt_status broadcast_receiver_start(const struct broadcast_phase *phase,
                                           enum io_backend backend, const int *fds, uint32_t count,
                                           uint32_t publishers, uint32_t message_bytes,
                                           struct broadcast_receiver **receiver,
                                           struct error *error) SHUNT_MUST_USE;
/* Messages that have come, in order. Any thread. */
uint64_t broadcast_receiver_delivered(const struct broadcast_receiver *receiver);
/* Join it, when `stop` is set, and add what it has counted. */
void broadcast_receiver_join(struct broadcast_receiver *receiver, struct broadcast_result *result);

#endif
