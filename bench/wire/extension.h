/*
 * permessage-deflate as it is offered and taken: Sec-WebSocket-Extensions of a request and of its
 * 101 (RFC 6455 section 9.1, RFC 7692 sections 5 and 7.1). Pure; compressing is in deflate.h.
 */
#ifndef BENCH_WIRE_EXTENSION_H
#define BENCH_WIRE_EXTENSION_H

#include "base/error.h"

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdint.h>

#define EXTENSION_TEXT_BYTES 192

/* A window of 0 bits: not named. */
struct extension_parameters {
    bool server_no_context_takeover, client_no_context_takeover;
    uint8_t server_max_window_bits, client_max_window_bits;
};

struct extension_offer {
    struct extension_parameters asked; /* client_max_window_bits without a value: 15 */
    char text[EXTENSION_TEXT_BYTES];   /* as it stands in the field */
};

/*
 * An offer with `parameters`, separated by commas or semicolons; NULL: client_max_window_bits, as
 * browsers offer it. SHUNT_OK, or SHUNT_EINVAL with a sentence in `error`.
 */
enum shunt_status extension_offer_init(struct extension_offer *offer, const char *parameters,
                                       struct error *error) SHUNT_MUST_USE;

/* What the fields of a 101 had; all zero at first. The rest holds once it is taken. */
struct extension_answer {
    bool taken;
    struct extension_parameters agreed; /* as the server named them */
    uint8_t client_bits, server_bits;   /* of the windows to use, 8 to 15 */
};

/* Take note of one such field. `offer` NULL: none was made. False: no server may answer this. */
bool extension_receive(const struct extension_offer *offer, struct shunt_span value,
                       struct extension_answer *answer);

/* "permessage-deflate; server_no_context_takeover" */
void extension_write(const struct extension_parameters *agreed, char out[EXTENSION_TEXT_BYTES]);

#endif
