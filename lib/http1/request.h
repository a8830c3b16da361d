/* From bytes to a whole request: the head, then its body by content length or by chunks. */
#ifndef HTTP1_REQUEST_H
#define HTTP1_REQUEST_H

#include "http/chunked.h"
#include "http1/context.h"

/* Who reads the body of the request at the front. */
enum http1_reading {
    HTTP1_READ_WHOLE,  /* what answers the request, once it is there */
    HTTP1_READ_ASKED,  /* a handler that is called at the head, when it asks */
    HTTP1_READ_PIECES, /* one that has asked, piece by piece */
    HTTP1_READ_DROP    /* nobody */
};

/* How far the request at the front of the input has come. All zero: nothing of it is known. */
struct http1_progress {
    size_t scanned;     /* bytes of an incomplete head seen so far */
    size_t head_len;    /* 0: the head is incomplete */
    size_t body_len;    /* decoded bytes behind the head */
    size_t trailer_len; /* of the trailer section, behind the body */
    size_t raw;         /* where undecoded input starts */
    uint64_t content_length;
    uint64_t body_bytes_max; /* the limit where it goes */
    enum http_framing framing;
    struct http_chunked chunked;
    enum http1_reading reading; /* not WHOLE: only what comes is looked at, content_length counts
                                   down, and the rest of the input is not kept with it */
    bool expects;               /* ASKED: 100 (Continue) is owed once it is asked for */
    bool continued;             /* 100 (Continue) was sent */
};

/*
 * Read the request at the front of in[0..*len) as far as it goes. Chunked bodies are decoded in
 * place and what follows moves up, so *len may shrink.
 *
 *   progress  as the last call left it
 *   request   written on SHUNT_OK; borrows from `in`
 *   used      written on SHUNT_OK: bytes of its own
 *   answer    the status to answer before closing, on any error
 *
 * SHUNT_OK: the context's head is parsed from `in`, and `progress` is that of this request; unless
 * progress->reading is WHOLE, *request has no body, and http1_request_piece() has what comes of it. SHUNT_AGAIN: `progress` has how far it has come. SHUNT_EPROTO, SHUNT_ETOOBIG,
 * SHUNT_ENOMEM: it is refused.
 */
enum shunt_status http1_request_read(struct conn *conn, struct http1_progress *progress, char *in,
                                     size_t *len, struct shunt_request *request, size_t *used,
                                     unsigned *answer) SHUNT_MUST_USE;

/*
 * The next piece, from the front of `in`, of a body that is not read as a whole.
 *
 *   used      written whatever the status: bytes of its own; call again with the rest while
 *             SHUNT_AGAIN and *used > 0
 *   data      written whatever the status: the decoded bytes among them, one run, maybe empty
 *   trailers  as `data`: those that belong to the trailer section
 *
 * SHUNT_OK: the next request follows. SHUNT_AGAIN: more will come. SHUNT_EPROTO, SHUNT_ETOOBIG: as
 * http1_request_read(), with `answer`.
 */
enum shunt_status http1_request_piece(struct http1_progress *progress, struct shunt_span in,
                                      size_t *used, struct shunt_span *data,
                                      struct shunt_span *trailers, unsigned *answer) SHUNT_MUST_USE;

/* The same, dropping pieces as far as `in` goes. */
enum shunt_status http1_request_drop(struct http1_progress *progress, struct shunt_span in,
                                     size_t *used) SHUNT_MUST_USE;

/* Fill in the fields of a trailer section: at most HTTP_TRAILERS_MAX, into `fields`. SHUNT_ETOOBIG. */
enum shunt_status http1_request_trailers(struct shunt_span section, struct shunt_field *fields,
                                         struct shunt_request *request) SHUNT_MUST_USE;

/* Does the request ask for another protocol in a way that `route` (NULL: none) looks at? */
bool http1_request_upgrades(const struct http_head *head, const struct exchange_route *route);

#endif
