/*
 * A few connections publish, and every message must come to all the others: what was published,
 * what came and how late, and what is missing. The server sends what a client sends to all others.
 */
#ifndef BENCH_LOAD_BROADCAST_H
#define BENCH_LOAD_BROADCAST_H

#include "load/load.h"

#define BROADCAST_PUBLISHERS_MAX  64
#define BROADCAST_BYTES_MIN       16 /* of a message: when, by whom, its number */
#define BROADCAST_BYTES_MAX       65535
#define BROADCAST_HEADER_BYTES(n) ((n) < 126 ? 2u : 4u) /* as the server sends it */

struct broadcast_plan {
    const struct client_plan *clients; /* where to, and how; its rate is that of all publishers */
    uint32_t publishers, window;       /* without a rate: messages under way, of all publishers */
};

struct broadcast_result {
    struct load_result load; /* an operation is a message that has come to one of them */
    double establish_s;
    uint64_t published, expected; /* messages, and how often they ought to come */
    uint64_t delivered, repeated; /* in order; again, or behind a later one */
    uint64_t lost;                /* connections that the server has ended */
};

/* Publish for the warm-up and the duration, then wait for what is under way, as long as one message
 * may take. SHUNT_OK, or a sentence in `error`. */
enum shunt_status broadcast_run(const struct options *options, const struct broadcast_plan *plan,
                                struct broadcast_result *result,
                                struct error *error) SHUNT_MUST_USE;

#endif
