/*
 * One exchange: a request, and what becomes of it. The same object serves an answer that is given
 * at once, one that is deferred, and an upgrade under negotiation.
 */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "exchange/arena.h"
#include "exchange/attributes.h"
#include "exchange/offers.h"
#include "exchange/response.h"

/* The part of an exchange that asks for an upgrade: exchange/upgrade.h. */
struct shunt_upgrade {
    struct exchange_offers offers;
    size_t early_bytes; /* behind the request, so far */
    /* Called within the plugin's call that settles a deferred upgrade; consumes `exchange`. */
    void (*settled)(struct shunt_exchange *exchange, enum shunt_verdict verdict);
    bool continue_owed; /* 100 (Continue) before the 101 */
    bool asking;        /* within negotiate() or cancel(): settling is a mistake */
    bool status_chosen; /* response.status is that of a refusal */
    void *user;
    _Alignas(8) uint8_t state[SHUNT_STREAM_STATE_BYTES];
};

/* How a version of HTTP answers what is not answered at once. */
struct exchange_version {
    /* A deferred answer is in `response`, or its pieces have ended. Consumes `exchange`. */
    void (*answered)(struct shunt_exchange *exchange);
    /* A filter that had deferred it lets it go on. Consumes `exchange`, unless it is deferred again. */
    void (*go_on)(struct shunt_exchange *exchange);
    /* An answer in pieces: its head, a piece (statuses as shunt_response_write()), its end, and its
     * failure, which closes the connection. */
    void (*begin)(struct shunt_exchange *exchange);
    enum shunt_status (*write)(struct shunt_exchange *exchange, const void *bytes, size_t len);
    void (*end)(struct shunt_exchange *exchange);
    void (*abort)(struct shunt_exchange *exchange);
    /* 103 with these field lines. SHUNT_ENOTSUP: the client does not know such. */
    enum shunt_status (*hints)(struct shunt_exchange *exchange, struct shunt_span fields);
    /* A handler has asked for the request's body in pieces: set body.state to COMING, or HERE. */
    void (*body_begin)(struct shunt_exchange *exchange);
    /* While it is COMING, body.paused has changed. */
    void (*body_pause)(struct shunt_exchange *exchange);
};

enum exchange_body_state {
    EXCHANGE_BODY_UNASKED, /* it is whole, or has not come */
    EXCHANGE_BODY_COMING,
    EXCHANGE_BODY_HERE, /* whole, and still to be given */
    EXCHANGE_BODY_READ, /* all has been given, and on_end() is owed */
    EXCHANGE_BODY_ENDED
};

/* A request's body in pieces: exchange/body.h. */
struct exchange_body_in {
    enum exchange_body_state state; /* the rest is set from COMING and HERE on */
    bool paused;
    shunt_body_data *on_data;
    shunt_handler *on_end;
    void *arg;
};

enum exchange_pieces { EXCHANGE_WHOLE, EXCHANGE_PIECES, EXCHANGE_PIECES_ENDED };

/*
 * One is kept ready for each worker. A deferred one lives beside its connection, with its own copy
 * of the request, until it is answered, settled or cancelled.
 */
struct shunt_exchange {
    struct exchange_context *context;
    struct conn *conn;
    const struct exchange_route *route; /* NULL: none */
    const char *end;                    /* of the request's bytes, which begin at method.at */
    bool keep_alive;                    /* HTTP may go on behind it */
    uint64_t begun_ns; /* 0: nobody observes it, it has not begun, or its end has been reported */
    uint32_t connection, number; /* see struct exchange_done */
    uint32_t *pending;           /* the count of the deferred that it is in; NULL: none */
    char *request_copy;          /* deferred; else NULL */
    struct shunt_field *fields_copy;
    size_t copy_bytes; /* of both */
    bool deferred;     /* the answer comes later: exchange/deferral.h */
    shunt_cancelled *cancelled;
    void *cancelled_arg;
    unsigned plugin; /* whose handler or filter has run last: its number + 1; 0: no plugin's */
    bool running;    /* a handler runs for it, later than its first */
    const struct exchange_filters *filters; /* exchange/filter.h; NULL: none */
    uint32_t filters_asked;
    bool filtering;    /* where there are filters: one is asked, or has deferred it */
    bool goes_on;      /* ... and is content, by the handler that runs */
    bool asks_upgrade; /* in a way that its route looks at */
    enum exchange_pieces pieces;
    uint64_t left; /* in pieces of a known length: what has not been written of it */
    shunt_handler *drained;
    void *drained_arg;
    struct exchange_body_in body;
    const struct exchange_version *version;
    struct exchange_arena arena; /* shunt_request_alloc() */
    struct exchange_attributes attributes;
    struct shunt_request request;
    struct shunt_upgrade upgrade;
    struct shunt_response response; /* also the refusal of an upgrade, and the fields of its 101 */
};

/*
 * One on `conn` with an empty answer; NULL when there is no memory. The caller sets route, request,
 * end and keep_alive; what they borrow must stay until exchange_put() or exchange_keep().
 */
struct shunt_exchange *exchange_take(struct exchange_context *context, struct conn *conn);
/* Done with it: it is ready for the worker's next one. */
void exchange_put(struct shunt_exchange *exchange);
/* Free the spare one. NULL is allowed. */
void exchange_destroy(struct shunt_exchange *exchange);

/*
 * It outlives the call that brought it: copy the request, unless that was done before, and count it
 * in *pending and no longer where it was counted. SHUNT_ENOMEM: nothing has changed.
 */
enum shunt_status exchange_keep(struct shunt_exchange *exchange, uint32_t *pending) SHUNT_MUST_USE;

/* Has a filter deferred it? */
static inline bool exchange_filtering(const struct shunt_exchange *exchange)
{
    return exchange->filters && exchange->filtering;
}

/* Is its request's body read in pieces, and on_end() has not run? It is deferred by that. */
static inline bool exchange_body_open(const struct shunt_exchange *exchange)
{
    return exchange->body.state != EXCHANGE_BODY_UNASKED &&
           exchange->body.state != EXCHANGE_BODY_ENDED;
}

/* Is its request one for HEAD? */
static inline bool exchange_head_method(const struct shunt_exchange *exchange)
{
    return shunt_span_equal(exchange->request.method, (struct shunt_span){"HEAD", 4});
}

static inline struct shunt_exchange *exchange_of_upgrade(const struct shunt_upgrade *upgrade)
{
    return (struct shunt_exchange *)(void *)((char *)(uintptr_t)upgrade -
                                             offsetof(struct shunt_exchange, upgrade));
}

static inline struct shunt_exchange *exchange_of_response(struct shunt_response *response)
{
    return (struct shunt_exchange *)(void *)((char *)response -
                                             offsetof(struct shunt_exchange, response));
}

#endif
