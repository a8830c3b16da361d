/* From bytes to a whole request: the head, then its body by content length or by chunks. */
#ifndef HTTP1_REQUEST_H
#define HTTP1_REQUEST_H

#include "http/chunked.h"
#include "http1/context.h"

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
    bool continued; /* 100 (Continue) was sent */
    /* ... already, for nobody reads the body: what is left of it is dropped, and content_length
     * counts down. */
    bool answered;
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
 * SHUNT_OK: the context's head is parsed from `in`, and `progress` is that of this request; with
 * progress->answered nobody reads the body: *request has none, and http1_request_drop() drops what
 * comes of it. SHUNT_AGAIN: `progress` has how far it has come. SHUNT_EPROTO, SHUNT_ETOOBIG,
 * SHUNT_ENOMEM: it is refused.
 */
enum shunt_status http1_request_read(struct conn *conn, struct http1_progress *progress, char *in,
                                     size_t *len, struct shunt_request *request, size_t *used,
                                     unsigned *answer) SHUNT_MUST_USE;

/*
 * Drop what in[0..len) has of the body of a request that is answered; *used, written whatever the
 * status, bytes were its own. SHUNT_OK: the next request follows. SHUNT_AGAIN: more will come.
 * SHUNT_EPROTO, SHUNT_ETOOBIG (longer than the limit): close.
 */
enum shunt_status http1_request_drop(struct http1_progress *progress, struct shunt_span in,
                                     size_t *used) SHUNT_MUST_USE;

/* Does the request ask for another protocol in a way that `route` (NULL: none) looks at? */
bool http1_request_upgrades(const struct http_head *head, const struct exchange_route *route);

#endif
