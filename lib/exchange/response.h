/* A response before it is written: handlers and refusals fill it, a version of HTTP writes it. */
#ifndef EXCHANGE_RESPONSE_H
#define EXCHANGE_RESPONSE_H

#include "exchange/context.h"
#include "exchange/file.h"
#include "http/response.h"

#include <shunt/http.h>

struct exchange_body; /* a long body that a handler has set, with its type */

struct shunt_response {
    unsigned status;
    const char *content_type; /* NULL: none */
    struct shunt_span body;
    struct exchange_file file; /* ... or its parts; `body` is empty then */
    bool body_stays;           /* `body` lives as long as the server: sent from where it lies */
    bool close;                /* after it */
    bool keep_alive_10;        /* the client spoke 1.0 and asked to keep the connection */
    bool bodiless;             /* HEAD */
    bool in_pieces;            /* `body` is empty, and what it is comes behind the head */
    bool chunked;              /* ... in chunks */
    bool amending;             /* filters look at it: it cannot be deferred */
    uint64_t length;           /* ... of so many bytes, or SHUNT_LENGTH_UNKNOWN */
    struct shunt_worker *loop; /* whose budget counts the body */
    uint64_t body_bytes_max;   /* of what a handler may set */
    size_t refused_bytes;      /* of the last body that a handler set, when it was refused */
    enum shunt_status refused; /* ... and why: the answer is 500 or 503 */
    const char *const *offer;  /* 426: the Upgrade field; NULL: none */
    unsigned status_sent;      /* of the head that was queued; 0: none was */
    uint64_t body_sent;        /* bytes of the body that were queued behind it */
    /* What a handler set: body and content_type lie in `small`, or in `owned` where they are
     * longer. A short answer allocates nothing. */
    struct exchange_body *owned;
    char small[1024];
    struct http_writer fields;
    size_t trailers_at; /* where trailers begin in `fields`, once the head of pieces is out */
    size_t kept_bytes;  /* of `fields`: those of filters, which go out with whatever answer comes */
    char field_room[4096];
};

/* 200, empty. */
void exchange_response_init(const struct exchange_context *context,
                            struct shunt_response *response);

/* The same for one that has been filled, but for the fields that are kept. */
void exchange_response_clear(const struct exchange_context *context,
                             struct shunt_response *response);

/* The status, and `text` (borrowed) as the body. */
void exchange_response_text(struct shunt_response *response, unsigned status,
                            struct shunt_span text);

/* Is its body one of exchange_response_text(), or none at all: the server's own words? */
bool exchange_response_is_text(const struct shunt_response *response);

/* A body with its type, both of which live as long as the server. */
void exchange_response_constant(struct shunt_response *response, const char *content_type,
                                struct shunt_span body);

/* Is it a field, and none that the server writes itself? */
bool exchange_response_may_have(struct shunt_span name, struct shunt_span value);

/* Add a field. Statuses as shunt_response_field(). */
enum shunt_status exchange_response_field(struct shunt_response *response, struct shunt_span name,
                                          struct shunt_span value) SHUNT_MUST_USE;

/*
 * Put a 500 or 503 in the place of a response whose body was refused (`response->refused`), for its
 * handler may not have looked. It is counted, and logged with `path` now and then.
 */
void exchange_response_replace(struct exchange_context *context, struct shunt_response *response,
                               struct shunt_span path);

/* Release a body that response->owned was. */
void exchange_response_body_free(void *body);

/* Most own nothing, and jemalloc takes 43 instructions to find that free() was given NULL. */
static inline void exchange_response_fini(struct shunt_response *response)
{
    if (response->owned) {
        exchange_response_body_free(response->owned);
    }
    if (response->file.file) {
        exchange_file_drop(&response->file);
    }
}

#endif
