/* What the parts of the head parser share. For this folder only; head.h is the contract. */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include "http/head.h"

#include <stdbool.h>

#define HTTP_METHOD_BYTES_MAX 64 /* a longer one is none that we know: 501 (RFC 9112 section 3) */

/*
 * Each part returns a verdict: HTTP_GO, HTTP_MORE, or the status to answer.
 *
 * What makes the result independent of how the input was cut: the parts ask their questions in a
 * fixed order; a question is answered by a prefix only if no longer input could answer it
 * otherwise; and the first one that a prefix leaves open ends the attempt with HTTP_MORE.
 */
enum { HTTP_GO = 0, HTTP_MORE = 1 };

/* What the field lines hold; judged when all have been read. */
enum http_seen {
    HTTP_SEEN_HOST = 1,
    HTTP_SEEN_LENGTH = 2,
    HTTP_SEEN_CODING = 4,
    HTTP_CODING_CHUNKED = 8,
    HTTP_CODING_UNKNOWN = 16,
    HTTP_CONNECTION_CLOSE = 32,
    HTTP_CONNECTION_KEEP_ALIVE = 64,
    HTTP_CONNECTION_UPGRADE = 128,
    HTTP_UPGRADE_OFFERED = 256,
    HTTP_UPGRADE_MALFORMED = 512,
    HTTP_EXPECT_CONTINUE = 1024,
    HTTP_EXPECT_OTHER = 2048
};

struct http_parse {
    const char *at, *end; /* what is left of the input */
    const struct http_limits *limits;
    struct shunt_span host_field;
    unsigned seen; /* of enum http_seen */
    struct http_head head;
};

#endif
