/* Answers that come later, on an HTTP/1.1 connection: what follows the request is kept, time is
 * minded, and a client that may have left is looked for. */
#ifndef HTTP1_DEFERRAL_H
#define HTTP1_DEFERRAL_H

#include "exchange/deferral.h"
#include "http1/session.h"

/*
 * A handler or a filter has deferred the exchange, and `rest` follows its request, in which
 * `progress` has come so far. The session has all of it from now on, or what the handler left to do
 * has been done. False: there is no memory, it is answered 503. Either way `exchange` may be gone.
 */
bool http1_deferral_begin(struct shunt_exchange *exchange, const struct http1_progress *progress,
                          struct shunt_span rest);

/*
 * What was deferred is answered, an upgrade too: HTTP goes on, unless it closes, at the end of the
 * turn, with what the client has sent since. Consumes the session.
 */
void http1_deferral_go_on(struct conn *conn);

/* The session's timer ran out: look for the client, or answer 503 and go on. */
void http1_deferral_timer(struct http1_session *session);

/* The client has ended its direction, and may have left. */
void http1_deferral_end(struct http1_session *session);

/* The connection is gone: the handler is notified. */
void http1_deferral_cancel(struct http1_session *session);

/* For struct exchange_version: write the deferred answer, and let HTTP go on. */
void http1_deferral_answered(struct shunt_exchange *exchange);
/* The same where it has been written. */
void http1_deferral_written(struct shunt_exchange *exchange);

/* Does the session wait for a deferred answer? */
static inline bool http1_deferral_waits(const struct http1_session *session)
{
    return session && session->exchange && session->exchange->deferred;
}

#endif
