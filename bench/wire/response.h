/* Is this the answer that the handshake must have? Pure: bytes in, verdict out. */
#ifndef BENCH_WIRE_RESPONSE_H
#define BENCH_WIRE_RESPONSE_H

#include "wire/extension.h"
#include "wire/failure.h"

#include <shunt/span.h>
#include <shunt/status.h>

#define RESPONSE_HEAD_BYTES_MAX 16384

/* What was asked for, and so what the answer must be. */
struct response_want {
    struct shunt_span protocol;          /* the Upgrade field must name it, compared without case */
    struct shunt_span accept;            /* of Sec-WebSocket-Accept; empty: it is not websocket, and
                                            neither this nor the next two are looked at */
    struct shunt_span subprotocols;      /* offered, comma-separated; empty: none */
    const struct extension_offer *offer; /* NULL: none */
};

/*
 * Check a response head at the front of `in`; interim responses (1xx but 101) before it are
 * skipped.
 *
 *   used      written on SHUNT_OK: bytes up to the end of the 101's head
 *   final     written unless it is SHUNT_AGAIN: the final status, 0 where none was found
 *   answer    written on SHUNT_OK: what became of the offer
 *   failure   written on SHUNT_EPROTO: the kind
 *
 * SHUNT_OK: a right 101. SHUNT_AGAIN: the head is not whole. SHUNT_EPROTO: anything else. A server
 * that was offered subprotocols must choose one: RFC 6455 section 4.1 would let it go without, but
 * the WebSocket API of browsers does not, and a run that meant to speak one would not.
 */
enum shunt_status response_check(struct shunt_span in, const struct response_want *want,
                                 size_t *used, unsigned *final, struct extension_answer *answer,
                                 enum failure *failure) SHUNT_MUST_USE;

/* The line of a refused head that shows why: the field that `failure` is about, else the first. */
struct shunt_span response_sample(struct shunt_span head, enum failure failure);

#endif
