/* One request and its response, between the files of http1/. */
#ifndef HTTP1_EXCHANGE_H
#define HTTP1_EXCHANGE_H

#include "http/chunked.h"
#include "http1/session.h"

/* How far the request at the front of the input has come. All zero: nothing of it is known. */
struct http1_progress {
    size_t scanned;  /* bytes of an incomplete head seen so far */
    size_t head_len; /* 0: the head is incomplete */
    size_t body_len; /* decoded bytes behind the head */
    size_t raw;      /* where undecoded input starts */
    uint64_t content_length;
    enum http_framing framing;
    struct http_chunked chunked;
    bool continued; /* 100 (Continue) was sent */
    bool answered;  /* ... already, for nobody reads the body: what is left of it is dropped, and
                       content_length counts down */
};

/* What a connection has beyond its slot while a request is not yet answered. */
struct http1_session {
    struct conn *conn;
    char *buffer; /* input that is not yet used */
    size_t len, room;
    struct http1_progress progress;
    struct http1_upgrade *upgrade; /* deferred; then `buffer` holds only what follows the request */
};

enum http1_phase {
    HTTP1_IDLE,
    HTTP1_HEAD,
    HTTP1_BODY,
    HTTP1_WAITING /* for the peer to take what it was answered: the output has its own time-out */
};

/* In the slot, while HTTP owns it. */
struct http1_inline {
    uint64_t idle_until_ms; /* by the worker's clock: how long the next request may be waited for */
    uint32_t requests;
    uint8_t phase; /* enum http1_phase: what the timer is for */
    uint8_t draining;
};
_Static_assert(sizeof(struct http1_inline) <= SHUNT_STREAM_STATE_BYTES, "fits the slot");

static inline struct http1_inline *http1_inline(struct conn *conn)
{
    return (struct http1_inline *)(void *)conn->inline_state;
}
static inline struct http1_context *http1_context_of(const struct conn *conn)
{
    return conn_loop_of(conn)->http_context;
}

/* ---- buffer.c ---- */

/* The connection's session, made if there is none; NULL when memory cannot be had. */
struct http1_session *http1_need(struct conn *conn);
/* Free a session's buffer that has left it. NULL is allowed. */
void http1_buffer_free(struct conn *conn, char *buffer, size_t room);
/* Free it and its buffer. */
void http1_destroy(struct http1_session *session);
/* SHUNT_ENOMEM: there is none, or none in the budget. */
enum shunt_status http1_append(struct http1_session *session, const void *bytes,
                               size_t len) SHUNT_MUST_USE;

/* Make `bytes`, which may lie in the session's own buffer, all that the buffer holds. SHUNT_ENOMEM.
 */
enum shunt_status http1_keep(struct http1_session *session, const char *bytes,
                             size_t len) SHUNT_MUST_USE;

/* ---- body.c ---- */

/*
 * Take the request at the front of in[0..*len) as far as it goes. Chunked bodies are decoded in
 * place and what follows moves up, so *len may shrink.
 *
 * SHUNT_OK: context->head is parsed from `in`, *request borrows from `in`, *used bytes are its own,
 * and `progress` is that of the next request; unless progress->answered is set: then nobody reads
 * the body, *request has none, and http1_drop() takes what comes of it. SHUNT_AGAIN: `progress`
 * says how far it has come. SHUNT_EPROTO, SHUNT_ETOOBIG, SHUNT_ENOMEM: *answer is the status to
 * answer before closing.
 */
enum shunt_status http1_take(struct conn *conn, struct http1_progress *progress, char *in,
                             size_t *len, struct shunt_request *request, size_t *used,
                             unsigned *answer) SHUNT_MUST_USE;

/*
 * Drop what in[0..len) has of the body of a request that is answered; *used, written whatever the
 * status, bytes were its own. SHUNT_OK: the next request follows. SHUNT_AGAIN: more will come.
 * SHUNT_EPROTO, SHUNT_ETOOBIG (longer than the limit): close.
 */
enum shunt_status http1_drop(struct http1_context *context, struct http1_progress *progress,
                             struct shunt_span in, size_t *used) SHUNT_MUST_USE;

/* ---- respond.c ---- */

struct http1_copy;

/* A response, before it is written. */
struct shunt_response {
    unsigned status;
    const char *content_type; /* NULL: none */
    struct shunt_span body;
    bool body_stays;           /* `body` lives as long as the server: sent from where it lies */
    bool close;                /* after it */
    bool keep_alive_10;        /* the client spoke 1.0 and asked to keep the connection */
    bool bodiless;             /* HEAD */
    struct shunt_worker *loop; /* whose budget counts the body */
    uint64_t body_bytes_max;   /* of what a handler may set */
    size_t refused_bytes;      /* of the last body that a handler set, when it was not taken */
    enum shunt_status refused; /* ... and why: the answer is 500 or 503 */
    const char *const *offer;  /* 426: the Upgrade field; NULL: none */
    struct http1_copy
        *owned;       /* copies of body and content_type, where a handler set them and they ... */
    char small[1024]; /* ... do not fit here: a short answer allocates nothing */
    struct http_writer fields;
    char field_room[4096];
};

void http1_response_init(const struct http1_context *context, struct shunt_response *response);
void http1_response_fini(struct shunt_response *response);
/* Add a field after checking it. Statuses as shunt_response_field(). */
enum shunt_status http1_field_add(struct http_writer *fields, struct shunt_span name,
                                  struct shunt_span value) SHUNT_MUST_USE;
/* Write it, or what stands for it when its body was not taken; `response` has no body of its own
 * afterwards. Closes the connection where the response says so. `path` is for the log. */
void http1_respond(struct conn *conn, struct shunt_response *response, struct shunt_span path);
/* A response that closes: what is wrong in one line of text, which the answer to HEAD leaves out.
 */
void http1_refuse(struct conn *conn, unsigned status, bool head_method);
/* Must the connection close after the exchange in hand? */
bool http1_last(const struct conn *conn, bool keep_alive);
void http1_continue(struct conn *conn, struct http1_progress *progress);

/* ---- serve.c ---- */

/* Is the request in hand (context->head) one whose Upgrade `route` (NULL: none) looks at? */
bool http1_upgrades(const struct http1_context *context, const struct exchange_route *route);
/* Does whoever answers the request in hand read its body? Otherwise it is answered at once. */
bool http1_reads_body(const struct http1_context *context, const struct exchange_route *route);

/* Answer a request as ordinary HTTP. */
void http1_serve(struct conn *conn, const struct exchange_route *route,
                 const struct shunt_request *request, bool keep_alive);

/* ---- upgrade.c ---- */

/* What came of looking at an Upgrade. */
enum http1_outcome {
    HTTP1_HTTP,     /* answered, HTTP goes on or closes */
    HTTP1_STREAM,   /* 101 is queued; hand the connection over */
    HTTP1_DEFERRED, /* answered later */
};

/*
 * Negotiate the request in hand (context->head) for `route`; `rest` is what follows it. On
 * HTTP1_STREAM the caller hands the connection over with http1_hand_off(); HTTP1_DEFERRED
 * has put the rest into the session's buffer.
 */
enum http1_outcome http1_negotiate(struct conn *conn, const struct exchange_route *route,
                                   const struct shunt_request *request, bool continued,
                                   struct shunt_span rest, struct http1_upgrade **upgrade);
/* The old owner is gone before the new one runs. Consumes `upgrade` and the session; `rest` goes to
 * the protocol, after `open`: at once or, `later`, at the end of the turn. */
void http1_hand_off(struct conn *conn, struct http1_upgrade *upgrade, struct shunt_span rest,
                    bool later);
/* Is its request one for HEAD? */
bool http1_upgrade_head_method(const struct http1_upgrade *upgrade);
/* The client left or time is over: the protocol is told. Consumes it. */
void http1_upgrade_cancel(struct conn *conn, struct http1_upgrade *upgrade);
void http1_upgrade_destroy(struct http1_upgrade *upgrade);
struct shunt_upgrade *http1_upgrade_lend(struct http1_upgrade *upgrade);

/* ---- session.c ---- */

/* A deferred negotiation has come to nothing: HTTP goes on, at the end of the turn, with what the
 * client has sent meanwhile. */
void http1_go_back(struct conn *conn);

#endif
