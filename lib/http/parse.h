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

/* "method SP request-target SP HTTP-version CRLF"; `at` moves behind it. */
unsigned http_parse_request_line(struct http_parse *parse);
/* Judge head.target by head.method and set path, query and host (RFC 9112 section 3.2). */
unsigned http_parse_target(struct http_parse *parse);
/* The field lines and the empty line behind them. */
unsigned http_parse_fields(struct http_parse *parse);
/* Is there anything wrong with the line from `line` to `end`, its CRLF included, by itself? */
bool http_field_line_errs(const char *line, const char *end);
/* Take note of a field that decides about the message itself. */
unsigned http_note_field(struct http_parse *parse, const struct shunt_field *field);
/* After the last field: what all of them mean together. */
unsigned http_judge_fields(struct http_parse *parse);

/* Is `text` uri-host [":" port] (RFC 3986 section 3.2.2)? An empty host is, an empty port too. */
bool http_is_authority(struct shunt_span text);
/* The port of a valid authority: its digits, empty when there is none. */
struct shunt_span http_authority_port(struct shunt_span authority);

#endif
