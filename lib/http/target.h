/* The four forms of a request target (RFC 9112 section 3.2), each with the methods it belongs to. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "http/parse.h"

/* Judge head.target by head.method and set path, query and host. */
unsigned http_parse_target(struct http_parse *parse);

#endif
