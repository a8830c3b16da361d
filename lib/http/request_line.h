/* The request line (RFC 9112 section 3): method, target and version, byte by byte in order. */
#ifndef HTTP_REQUEST_LINE_H
#define HTTP_REQUEST_LINE_H

#include "http/parse.h"

/* "method SP request-target SP HTTP-version CRLF"; `at` moves behind it. */
unsigned http_parse_request_line(struct http_parse *parse);

#endif
