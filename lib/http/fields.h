/* Field lines (RFC 9112 section 5): name, value, CRLF. What they mean is in framing.h. */
#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include "http/parse.h"

/* The field lines and the empty line behind them. */
unsigned http_parse_fields(struct http_parse *parse);
/* Is there anything wrong with the line from `line` to `end`, its CRLF included, by itself? */
bool http_field_line_errs(const char *line, const char *end);

#endif
