/*
 * The end of an exchange, for whoever logs or measures: an observer is notified once of each request
 * that has begun, whatever becomes of it.
 *
 * An exchange is done when the last byte of its answer has been queued, which goes out at the end of
 * the same loop turn, or when there will be none. What a client does with an answer that has been
 * queued is not seen here.
 */
#ifndef EXCHANGE_DONE_H
#define EXCHANGE_DONE_H

#include "exchange/exchange.h"

enum exchange_end {
    EXCHANGE_ANSWERED,
    EXCHANGE_SWITCHED, /* by a 101 */
    EXCHANGE_REFUSED,  /* before it was a request; the connection closes */
    EXCHANGE_CUT,      /* the rest of an answer in pieces is missing */
    EXCHANGE_LEFT,     /* the client has left before it got an answer */
    EXCHANGE_DROPPED,  /* the server has closed the connection before it gave one */
};

/* Valid during the call, as all that it points to. */
struct exchange_done {
    enum exchange_end end;
    const struct conn *conn;
    const struct shunt_request *request;   /* NULL: none was understood */
    struct shunt_span bytes;               /* ... and this is what came of it, or some of it */
    const struct exchange_route *route;    /* NULL: none was found */
    const struct shunt_response *response; /* NULL where request is, or there was no answer */
    struct shunt_span protocol;            /* EXCHANGE_SWITCHED: as it was offered */
    unsigned status;                       /* 0: there was no answer */
    uint64_t body_bytes;                   /* of the answer's body, as far as it was queued; without
                                              the framing of chunks */
    uint64_t begun_ns;                     /* see exchange_turn_ns() */
    uint32_t connection;                   /* of its worker's, from 1 */
    uint32_t number;                       /* of the request on its connection, from 1 */
    bool deferred;                         /* it was answered later, or in pieces */
};

struct exchange_observer {
    /* A connection has come, of this number among its worker's. May be NULL. */
    void (*opened)(struct exchange_observer *observer, const struct conn *conn,
                   uint32_t connection);
    void (*done)(struct exchange_observer *observer, const struct exchange_done *done);
};

/*
 * When a request begins: the monotonic time at which the worker has first looked at a request in
 * this turn. So the time of an exchange includes its wait for others of its turn; and a request that
 * came behind another one begins once that has been answered.
 *
 * The clock is asked once a turn, and not at all where there is no observer.
 */
uint64_t exchange_turn_ns(struct exchange_context *context);

/* The exchange is done; no effect where that was reported before, or it has not begun. */
void exchange_done(struct shunt_exchange *exchange);

/* So is what never became a request, or not a whole one: `done` has `bytes`, and `request` is NULL.
 * There is an observer. */
void exchange_done_partly(struct exchange_context *context, struct exchange_done *done);

#endif
