/* An upgrade of an HTTP/1.1 connection: its negotiation, the 101, and the hand-off. */
#ifndef HTTP1_UPGRADE_H
#define HTTP1_UPGRADE_H

#include "exchange/negotiation.h"
#include "http1/session.h"

/* What came of looking at an Upgrade. */
enum http1_outcome {
    HTTP1_ANSWERED, /* HTTP goes on or closes */
    HTTP1_SWITCHED, /* 101 is queued; hand the connection over */
    HTTP1_DEFERRED, /* answered later */
};

/* Begin: the connection is UPGRADING, and so many bytes have come behind the request. */
void http1_upgrade_begin(struct shunt_exchange *exchange, size_t early_bytes);

/*
 * Do what a verdict asks for. `rest` is what follows the request, in the session's buffer when the
 * upgrade was deferred before. HTTP1_SWITCHED: http1_upgrade_hand_off() must follow.
 * HTTP1_DEFERRED: the session has the exchange, and the rest in its buffer. Consumes `exchange`
 * otherwise.
 */
enum http1_outcome http1_upgrade_finish(struct shunt_exchange *exchange, enum shunt_verdict verdict,
                                        struct shunt_span rest);

/* The old owner is gone before the new one runs. Consumes `exchange` and the session; `rest` goes to
 * the protocol, after `open`: at once or, `later`, at the end of the turn. */
void http1_upgrade_hand_off(struct shunt_exchange *exchange, struct shunt_span rest, bool later);

/* Nothing comes of the deferred upgrade of `session`. Consumes it; `notify`: its protocol's
 * cancel() runs. */
void http1_upgrade_cancel(struct http1_session *session, bool notify);

/* Its time is over: the same, and it is answered 503. */
void http1_upgrade_time_out(struct http1_session *session);

#endif
