/* Answers whose body comes in pieces, in the bytes of HTTP/1.1: with a length, chunked, or to a
 * client that speaks HTTP/1.0 up to the end of the connection (RFC 9112 section 6). */
#ifndef HTTP1_PIECES_H
#define HTTP1_PIECES_H

#include "exchange/exchange.h"

/* For struct exchange_version. */
void http1_pieces_begin(struct shunt_exchange *exchange);
enum shunt_status http1_pieces_write(struct shunt_exchange *exchange, const void *bytes,
                                     size_t len) SHUNT_MUST_USE;
void http1_pieces_end(struct shunt_exchange *exchange);
void http1_pieces_abort(struct shunt_exchange *exchange);

#endif
