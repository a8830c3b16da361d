/*
 * The requests of a run, made before it starts: each with a random key and the accept value that
 * the server must answer it with (RFC 6455 section 4.1), so that checking costs a comparison.
 */
#ifndef BENCH_WIRE_REQUESTS_H
#define BENCH_WIRE_REQUESTS_H

#include "base/error.h"
#include "wire/response.h"
#include "wire/url.h"

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdbool.h>
#include <stdint.h>

struct requests {
    char *bytes; /* count requests of len bytes each */
    size_t len;
    char (*accepts)[29]; /* 28 characters and a NUL each; NULL when the protocol is not websocket */
    uint32_t count;
    const char *protocol;                /* borrowed, as are the next two */
    const char *subprotocols;            /* offered, "": none */
    const struct extension_offer *offer; /* NULL: none */
};

/* Fields that every request of a run has besides the usual ones: "Name: value\r\n" each. */
#define REQUESTS_EXTRA_BYTES 8192
struct requests_extra {
    char text[REQUESTS_EXTRA_BYTES];
    size_t len;
    char subprotocols[REQUESTS_EXTRA_BYTES]; /* of requests_extra_subprotocols(), "": none */
    struct extension_offer offer;            /* its text is "" while none is made */
};

/* Add a field; with `name` NULL, `value` is "Name: value". SHUNT_OK, or SHUNT_EINVAL with a
 * sentence in `error` (no field, one that the request has anyway, or too many). */
enum shunt_status requests_extra_add(struct requests_extra *extra, const char *name,
                                     const char *value, struct error *error) SHUNT_MUST_USE;

/* Is there a field of that name? Without case. */
bool requests_extra_has(const struct requests_extra *extra, const char *name);

/* Offer subprotocols, comma-separated. As above; a name must be a token and not be there twice (RFC
 * 6455 section 4.1). */
enum shunt_status requests_extra_subprotocols(struct requests_extra *extra, const char *names,
                                              struct error *error) SHUNT_MUST_USE;
/* Offer permessage-deflate, as extension_offer_init() has it. Once. */
enum shunt_status requests_extra_compression(struct requests_extra *extra, const char *parameters,
                                             struct error *error) SHUNT_MUST_USE;

#define REQUESTS_BYTES_MAX 16384 /* of a request without content */

/* `protocol` is the token to offer. SHUNT_OK, SHUNT_EINVAL (no token), SHUNT_ENOMEM or SHUNT_ESYS
 * (no randomness). Borrows from `extra`. */
enum shunt_status requests_init(struct requests *requests, const struct url *url,
                                const char *protocol,
                                const struct requests_extra *extra) SHUNT_MUST_USE;
void requests_fini(struct requests *requests);

/* Number `index` modulo count, and what its answer must be; both borrow from `requests`. */
struct shunt_span requests_bytes(const struct requests *requests, uint32_t index);
struct response_want requests_want(const struct requests *requests, uint32_t index);

#endif
