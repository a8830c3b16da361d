/* permessage-deflate as it is offered and agreed: Sec-WebSocket-Extensions of a request and of its
 * 101 (RFC 6455 section 9.1, RFC 7692 sections 5 and 7.1). Pure; compressing is in deflate.h. */
#ifndef PLUGINS_WEBSOCKET_EXTENSION_H
#define PLUGINS_WEBSOCKET_EXTENSION_H

#include <shunt/request.h>
#include <stdbool.h>
#include <stdint.h>

#define WEBSOCKET_EXTENSION_BYTES 160 /* the longest answer, with a NUL */
#define WEBSOCKET_BITS_MAX        15  /* of a window: 32 KiB */

/* What was agreed; all zero: no compression. Windows are of 8 to 15 bits. */
struct websocket_terms {
    bool compressed;
    bool server_fresh, client_fresh; /* ..._no_context_takeover */
    uint8_t server_bits, client_bits;
};

static inline bool websocket_terms_equal(const struct websocket_terms *a,
                                         const struct websocket_terms *b)
{
    return a->compressed == b->compressed && a->server_fresh == b->server_fresh &&
           a->client_fresh == b->client_fresh && a->server_bits == b->server_bits &&
           a->client_bits == b->client_bits;
}

/* What the server wants. */
struct websocket_wishes {
    bool fresh;                       /* no context take-over, in either direction */
    uint8_t server_bits, client_bits; /* the largest windows */
};

/*
 * Choose the first acceptable offer of the request's fields. SHUNT_OK: *terms are agreed, of which
 * `compressed` is false where no offer was acceptable, and then `answer` is empty; else it is what
 * the 101 has to have. SHUNT_EPROTO: the fields break the grammar of section 9.1.
 *
 * An offer is declined that has a parameter which is unknown, repeated or of a wrong value (RFC 7692
 * section 7.1), and what is not permessage-deflate is passed over.
 */
enum shunt_status websocket_extension_choose(const struct shunt_request *request,
                                             const struct websocket_wishes *wishes,
                                             struct websocket_terms *terms,
                                             char answer[WEBSOCKET_EXTENSION_BYTES]) SHUNT_MUST_USE;

#endif
