/* The two sides of server_bytes.c: peers with plans of their own, and a server whose protocols
 * pause, hold back and give their descriptors away as a seed says. */
#ifndef CONFORMANCE_SERVER_BYTES_H
#define CONFORMANCE_SERVER_BYTES_H

#include "conformance/server_fixture.h"

#include <stdarg.h>

/* All bytes come from here, so that an answer can be compared wherever it was cut. Twice as long as
 * the places where something may begin. */
#define PATTERN_BYTES 500000u
#define ITEMS_MAX     12
extern uint8_t pattern[2 * PATTERN_BYTES];

struct item {
    size_t at, len;
};

struct peer {
    int fd;
    uint64_t rng;
    uint8_t *out;
    size_t out_len, out_at;
    bool tiny; /* its receive buffer */
    size_t size_most;
    bool shuts, shut; /* ends its direction once all is sent; has */
    struct item items[ITEMS_MAX];
    unsigned item_count, item;
    size_t got; /* of that item's body */
    bool in_body, wrong;
    char head[2048];
    size_t head_len;
    size_t read_most;
    unsigned lazy, late, stopped; /* stops one time in `lazy`; rounds left of both kinds of stop */
    const char *end;
};

/* 0 to most - 1. */
size_t chance(uint64_t *rng, size_t most);

/* A server with limits out of `seed`, "alpha" an echo that pauses as it likes, "beta" one that
 * gives its descriptor to a thread on the way, and /bytes?AT,LEN. */
void bytes_server_create(struct server *s, enum io_backend backend, uint64_t seed);
/* After the server is gone: the threads of "beta" have ended. */
void bytes_takers_join(void);

#endif
