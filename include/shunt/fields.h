/*
 * What requests carry in their fields, queries and forms, read and written by the letter of the
 * RFCs. For programs that embed the library.
 *
 * Every function here is pure: no I/O, no allocation, no clock, no state but what the caller hands
 * over, so any thread may call any of them at any time. Spans that come out borrow from what went
 * in, or from the room that the caller gave; none is NUL-terminated. Nothing that comes out is safe
 * as a file name, as HTML or as SQL: a decoded span may hold any byte, NUL too.
 */
#ifndef SHUNT_FIELDS_H
#define SHUNT_FIELDS_H

#include <shunt/request.h>
#include <shunt/span.h>
#include <shunt/status.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- percent-encoding, queries and forms --------------------------------------------------- */

/*
 * Undo percent-encoding (RFC 3986 section 2.1).
 *
 *   text     any bytes
 *   out      `room` bytes; text.len are always enough. May be where `text` is
 *   decoded  written only on SHUNT_OK: borrows from `text` where there is nothing to decode, so that
 *            nothing is copied, and from `out` otherwise
 *
 * SHUNT_OK; SHUNT_EPROTO: a "%" without two hexadecimal digits; SHUNT_ETOOBIG: `room` is too small.
 * `out` may have been written whatever the status.
 *
 * Split before decoding: a decoded path may hold a "/" that its sender did not mean as one.
 */
SHUNT_API enum shunt_status shunt_percent_decode(struct shunt_span text, char *out, size_t room,
                                                 struct shunt_span *decoded) SHUNT_MUST_USE;

/*
 * The next pair of a query or of a body that is application/x-www-form-urlencoded (URL standard
 * section 5.1), not decoded yet.
 *
 *   rest   what is left: request->query or request->body at first. Advanced
 *   name   up to the first "=", maybe empty
 *   value  behind it; where there is no "=" it is empty and its `at` is NULL
 *
 * False at the end; nothing is written then. Empty pieces, as in "a&&b", are skipped.
 */
SHUNT_API bool shunt_form_next(struct shunt_span *rest, struct shunt_span *name,
                               struct shunt_span *value);

/* Decode a name or a value of a form: "+" is a space, the rest as shunt_percent_decode(). A "%"
 * without two digits, which the URL standard keeps as it is, is SHUNT_EPROTO here too. */
SHUNT_API enum shunt_status shunt_form_decode(struct shunt_span text, char *out, size_t room,
                                              struct shunt_span *decoded) SHUNT_MUST_USE;

/*
 * Find the next pair whose decoded name is `name`, byte for byte, and decode its value into `out`.
 *
 *   rest   as for shunt_form_next(): advanced behind the pair, so that another call finds the next
 *   value  written only on SHUNT_OK; as `decoded` above
 *
 * SHUNT_OK; SHUNT_ENOTFOUND: there is none; SHUNT_EPROTO: a name before it, or the value, is badly
 * encoded; SHUNT_ETOOBIG: the value does not fit.
 */
SHUNT_API enum shunt_status shunt_form_find(struct shunt_span *rest, const char *name, char *out,
                                            size_t room, struct shunt_span *value) SHUNT_MUST_USE;

#ifdef __cplusplus
}
#endif

#endif
