/* Percent-encoding (RFC 3986 section 2.1), for what is built on it; <shunt/fields.h> is the rest. */
#ifndef HTTP_PERCENT_H
#define HTTP_PERCENT_H

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdbool.h>

/*
 * The byte at the front of `rest`, which is not empty, decoded; `rest` is advanced behind it.
 * `plus`: a "+" is a space. False, and nothing changed: a "%" without two hexadecimal digits.
 */
bool http_percent_byte(struct shunt_span *rest, bool plus, char *byte);

/* shunt_percent_decode(), and with `plus` shunt_form_decode(). */
enum shunt_status http_percent_decode(struct shunt_span text, bool plus, char *out, size_t room,
                                      struct shunt_span *decoded) SHUNT_MUST_USE;

#endif
