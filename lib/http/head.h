/*
 * The request head (RFC 9112 sections 2 to 6): bytes in, spans out. Strict: whatever two parsers
 * could read differently is refused. Pure: no I/O, no allocation.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <shunt/request.h>
#include <shunt/status.h>
#include <stdbool.h>
#include <stdint.h>

#define HTTP_FIELDS_MAX 256 /* no limit may be set above this */

/* Limits of one head. */
struct http_limits {
    uint32_t head_bytes_max;   /* the whole head, request line and last CRLF included: 431 */
    uint32_t target_bytes_max; /* the request target: 414 */
    uint32_t fields_max;       /* field lines, at most HTTP_FIELDS_MAX: 431 */
};

enum http_framing {
    HTTP_BODY_NONE,   /* neither Content-Length nor Transfer-Encoding (RFC 9112 section 6.3) */
    HTTP_BODY_LENGTH, /* content_length bytes; may be 0 */
    HTTP_BODY_CHUNKED
};

/* A parsed head. All spans borrow from the input of http_head_parse(), or are static ("/"). */
struct http_head {
    struct shunt_span method, target, path, query, host; /* as in struct shunt_request */
    struct shunt_field *fields; /* the caller's room; see http_head_parse */
    uint32_t field_count;
    uint8_t version_minor; /* 0 or 1; a higher minor version reads as 1 (RFC 9110 section 2.5) */
    enum http_framing framing;
    uint64_t content_length;
    bool keep_alive;      /* after this exchange (RFC 9112 section 9.3); never after CONNECT */
    bool head_method;     /* HEAD: the response has no body */
    bool expect_continue; /* Expect: 100-continue on HTTP/1.1 (RFC 9110 section 10.1.1) */
    /* HTTP/1.1, Connection lists upgrade and not close, and Upgrade is a well-formed list of one
     * protocol or more */
    bool upgrade;
};

/*
 * Parse one request head from the front of `in`.
 *
 *   in       bytes received so far; may be incomplete, not NUL-terminated
 *   scanned  leading bytes of `in` already seen by the previous call, 0 at first
 *   limits   none is exceeded on SHUNT_OK
 *   fields   room for limits->fields_max fields
 *   head     written only on SHUNT_OK; its spans borrow from `in`, its fields are `fields`
 *   used     written only on SHUNT_OK: bytes in the head; the body starts there. An empty line
 *            before the request line (RFC 9112 section 2.2) counts; one is allowed
 *   answer   written only on SHUNT_EPROTO and SHUNT_ETOOBIG: the status to answer before closing:
 *            400, 417 (an expectation that is not 100-continue), 501 (unknown transfer coding, or
 *            a method of more than 64 bytes) or 505; 414 or 431
 *
 * SHUNT_OK, SHUNT_AGAIN (read more), SHUNT_EPROTO or SHUNT_ETOOBIG (RFC 6585 section 5).
 *
 * The final result, status, answer and head, is the same however the input was cut. A head that
 * cannot become a valid one is refused when the request line ends, when the field line ends that is
 * wrong whatever the others are, when the head ends, when a byte comes that may stand nowhere, when
 * a limit is passed, or at the latest when the input has doubled since.
 *
 * Where the RFCs leave a choice: a version 1.2 to 1.9 reads as 1.1; only the http and https schemes
 * are accepted in the absolute form, whose authority then wins over Host; a repeated Content-Length
 * is refused even when the numbers are equal; a port is at most 65535. An empty Host value is fine:
 * a client must send it when its URI has no authority (RFC 9112 section 3.2), as with "OPTIONS *",
 * and it cannot be read in two ways.
 */
enum shunt_status http_head_parse(struct shunt_span in, size_t scanned,
                                  const struct http_limits *limits, struct shunt_field *fields,
                                  struct http_head *head, size_t *used,
                                  unsigned *answer) SHUNT_MUST_USE;

/*
 * Does the request that begins with `in`, incomplete or malformed behind its method as it may be,
 * ask for HEAD? Then its refusal has no content either (RFC 9110 section 9.3.2).
 */
bool http_asks_for_head(struct shunt_span in);

#endif
