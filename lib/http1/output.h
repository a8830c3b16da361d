/* Responses in the bytes of HTTP/1.1, written to the connection in one piece. */
#ifndef HTTP1_OUTPUT_H
#define HTTP1_OUTPUT_H

#include "exchange/exchange.h"
#include "http1/context.h"

/* Write a response, or what stands for it when its body was refused; `response` has no body of its
 * own afterwards. Closes the connection where response->close is set. `path` is for the log. */
void http1_output_respond(struct conn *conn, struct shunt_response *response,
                          struct shunt_span path);

/* Write the head of a response in pieces; http1_output_end() follows its last piece. */
void http1_output_head(struct conn *conn, struct shunt_response *response);
void http1_output_end(struct conn *conn, const struct shunt_response *response);

/* 100 (Continue). */
void http1_output_continue(struct conn *conn);

/* For struct exchange_version. */
enum shunt_status http1_output_hints(struct shunt_exchange *exchange, struct shunt_span fields);

/* The 101, after the 100 that is owed. Without room for it the connection is closing afterwards. */
void http1_output_switching(struct shunt_exchange *exchange);

/* Has an answer of this status no content, whoever asks (RFC 9110 section 6.4.1)? */
bool http1_output_contentless(unsigned status);

/* Must the connection close after the exchange in hand? */
bool http1_output_last(struct conn *conn, bool keep_alive);

#endif
