/* Parameters: name "=" value, behind semicolons (RFC 9110 section 5.6.6). */
#ifndef HTTP_PARAMETER_H
#define HTTP_PARAMETER_H

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdbool.h>

struct http_parameter {
    struct shunt_span name;  /* a token */
    struct shunt_span value; /* a token, or what stands between quotes */
    bool quoted, escaped;    /* it was in quotes; a backslash is among it, not undone */
};

/*
 * The parameter at the front of `rest`, which is advanced behind it. No white space around the "=".
 * SHUNT_OK; SHUNT_EPROTO: there is no well-formed one.
 */
enum shunt_status http_parameter_read(struct shunt_span *rest,
                                      struct http_parameter *parameter) SHUNT_MUST_USE;

/*
 * The next of *( OWS ";" OWS [ parameter ] ) at the front of `rest`; empty ones are skipped.
 * SHUNT_OK; SHUNT_ENOTFOUND: nothing but white space is left; SHUNT_EPROTO: something else is.
 */
enum shunt_status http_parameter_next(struct shunt_span *rest,
                                      struct http_parameter *parameter) SHUNT_MUST_USE;

#endif
