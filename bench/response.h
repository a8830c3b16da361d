/* Is this the answer that the handshake must have? Pure: bytes in, verdict out. */
#ifndef BENCH_RESPONSE_H
#define BENCH_RESPONSE_H

#include "tally.h"

#include <shunt/span.h>
#include <shunt/status.h>

#define RESPONSE_HEAD_BYTES_MAX 16384

/*
 * Check a response head at the front of `in`; interim responses (1xx but 101) before it are
 * skipped.
 *
 *   protocol  that was offered: the Upgrade field must name it, compared without case
 *   accept    the value that Sec-WebSocket-Accept must have; empty: not looked at
 *   used      written on SHUNT_OK: bytes up to the end of the 101's head
 *   failure   written on SHUNT_EPROTO: the kind
 *
 * SHUNT_OK: a right 101. SHUNT_AGAIN: the head is not whole. SHUNT_EPROTO: anything else.
 */
enum shunt_status response_check(struct shunt_span in, struct shunt_span protocol,
                                 struct shunt_span accept, size_t *used,
                                 enum failure *failure) SHUNT_MUST_USE;

#endif
