/*
 * Bodies of HTTP/1.1 requests that are read in pieces: each goes to its handler as it comes, and what
 * a handler does not want is not read from the connection.
 */
#ifndef HTTP1_BODY_H
#define HTTP1_BODY_H

#include "exchange/exchange.h"
#include "http1/session.h"

/* For struct exchange_version. */
void http1_body_begin(struct shunt_exchange *exchange);
void http1_body_pause(struct shunt_exchange *exchange);

/* A handler is about to be called that may ask for the body of a request: the session has
 * `progress` from now on. False: there is no memory. */
bool http1_body_offer(struct conn *conn, const struct http1_progress *progress);

/* Is the session's exchange one whose body comes in pieces, so that input is for that? */
static inline bool http1_body_comes(const struct http1_session *session)
{
    return session && session->exchange && session->exchange->body.state == EXCHANGE_BODY_COMING;
}

/* Input of a connection whose body comes. What is left of it, because the body has ended or is held
 * back, is given again at the end of the turn. */
void http1_body_read(struct conn *conn, const uint8_t *bytes, size_t len);

/* The body that comes will not be whole: cancelled() runs, and the client gets `status`, or a reset
 * where an answer has begun; 0: it has left. */
void http1_body_cut(struct http1_session *session, unsigned status);

/* The request at the front is answered: what is left of its body is dropped from now on. True: some
 * is left. The connection is closing afterwards where it is too much. */
bool http1_body_leave(struct conn *conn, struct http1_progress *progress);

/* Drop what has come of it; how much that was. The next request follows where progress->reading is
 * DROP no longer; the connection is closing afterwards where the body is malformed or too long. */
size_t http1_body_drop(struct conn *conn, struct http1_progress *progress, struct shunt_span in);

/* Must the connection close behind an answer that is given now, because of the body before it? */
bool http1_body_closes(const struct shunt_exchange *exchange);

/* How long the exchange may stand still. */
uint32_t http1_body_ms(const struct shunt_exchange *exchange);

#endif
