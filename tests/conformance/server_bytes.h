/* The two sides of server_bytes.c: peers with plans of their own, and a server whose protocols
 * pause, hold back and give their descriptors away as a seed decides. */
#ifndef CONFORMANCE_SERVER_BYTES_H
#define CONFORMANCE_SERVER_BYTES_H

#include "conformance/server_fixture.h"

#include <stdarg.h>

/* All bytes come from here, so that an answer can be compared wherever it was cut. Twice as long as
 * the places where something may begin. */
#define PATTERN_BYTES 500000u
#define ITEMS_MAX     12
extern uint8_t pattern[2 * PATTERN_BYTES];

/* Frames have their opcode (RFC 6455 section 5.2). */
enum item_kind { ITEM_ANSWER, ITEM_STREAM, ITEM_MESSAGE = 2, ITEM_CLOSE = 8, ITEM_PONG = 10 };

/* An answer: its head, and `len` bytes behind it. */
struct item {
    enum item_kind kind;
    const uint8_t *bytes;
    size_t len, until; /* what has asked for it ends there in `out` */
};

struct peer {
    int fd;
    uint64_t rng;
    uint8_t *out;
    size_t out_len, out_at;
    bool tiny; /* its receive buffer */
    size_t size_most;
    bool shuts, shut; /* ends its direction once all is sent; has */
    bool resets;      /* itself, so many rounds after all is sent */
    unsigned reset_late;
    bool taken;   /* its descriptor may be a thread's */
    bool framed;  /* WebSocket frames follow the first answer */
    bool part;    /* a part of a request is the last that is sent: it may be refused ... */
    bool refused; /* ... and was */
    struct item ping;
    unsigned pings; /* without an answer: the last only must have one (section 5.5.3) */
    struct item items[ITEMS_MAX];
    unsigned item_count, item;
    struct item now;             /* which body comes: that item, or a pong before it */
    size_t got;                  /* of it */
    bool in_body, wrong, failed; /* ...: a send failed with a reset */
    char head[2048];
    size_t head_len;
    size_t read_most;
    unsigned lazy, late, stopped; /* stops one time in `lazy`; rounds left of both kinds of stop */
    const char *end;
};

/* 0 to most - 1. */
size_t chance(uint64_t *rng, size_t most);

/* Connects, and plans what comes from `seed`; at most `size_most` bytes an answer, and with `cuts`
 * most peers end or reset somewhere in what they would send. */
void bytes_peer_open(struct peer *peer, const struct server *s, uint64_t seed, size_t size_most,
                     bool cuts);

/* A server with limits out of `seed`, "alpha" an echo that pauses as it likes, "beta" one that
 * gives its descriptor to a thread on the way, the shipped WebSocket echo, and /bytes?AT,LEN; /file?AT,LEN is
 * the same from a file. */
void bytes_server_create(struct server *s, enum io_backend backend, uint64_t seed);
/* Close it, and its file. */
void bytes_server_close(struct server *s);
/* Once it has started: the kernel takes no more than about `bytes` of each new connection. */
void bytes_server_send_buffer(const struct server *s, int bytes);
/* The peers are gone: the threads of "beta" have ended. */
void bytes_takers_join(void);

#endif
