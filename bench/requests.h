/*
 * The requests of a run, made before it starts: each with a random key and the accept value that
 * the server must answer it with (RFC 6455 section 4.1), so that checking costs a comparison.
 */
#ifndef BENCH_REQUESTS_H
#define BENCH_REQUESTS_H

#include "url.h"

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdint.h>

struct requests {
    char *bytes; /* count requests of len bytes each */
    size_t len;
    char (*accepts)[29]; /* 28 characters and a NUL each; NULL when the protocol is not websocket */
    uint32_t count;
    const char *protocol; /* borrowed */
};

/* `protocol` is the token to offer. SHUNT_OK, SHUNT_EINVAL (no token), SHUNT_ENOMEM or SHUNT_ESYS
 * (no randomness). */
enum shunt_status requests_init(struct requests *requests, const struct url *url,
                                const char *protocol) SHUNT_MUST_USE;
void requests_fini(struct requests *requests);

/* Number `index` modulo count; both borrow from `requests`. An empty accept is not checked. */
struct shunt_span requests_bytes(const struct requests *requests, uint32_t index);
struct shunt_span requests_accept(const struct requests *requests, uint32_t index);

#endif
