/*
 * What requests carry in their fields, queries and forms, read and written by the letter of the
 * RFCs. For programs that embed the library and for plugins.
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
 * Percent-encode (RFC 3986 section 2.1): letters, digits, "-", ".", "_" and "~" stay, every other
 * byte becomes "%" and two digits, in capitals. What comes out may stand anywhere in a URI, and
 * shunt_percent_decode() makes `text` of it again. For a name or a value of a form it does too.
 *
 *   text     any bytes
 *   keep     reserved bytes (section 2.2) that stay as well: "/" for a whole path, whose slashes part
 *            segments; "" or NULL for a segment, a name or a value of a query
 *   out      `room` bytes; 3 * text.len are always enough. Not where `text` is
 *   encoded  written only on SHUNT_OK: borrows from `text` where there is nothing to encode, so that
 *            nothing is copied, and from `out` otherwise
 *
 * SHUNT_OK; SHUNT_EINVAL: `keep` has a byte that is not reserved; SHUNT_ETOOBIG: `room` is too small.
 * `out` may have been written whatever the status.
 */
SHUNT_API enum shunt_status shunt_percent_encode(struct shunt_span text, const char *keep,
                                                 char *out, size_t room,
                                                 struct shunt_span *encoded) SHUNT_MUST_USE;

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

/* ---- cookies ------------------------------------------------------------------------------- */

/* Where shunt_cookie_next() is; all zero at first. Never grows. */
struct shunt_cookie_cursor {
    size_t field, offset;
};

/*
 * The next cookie that the request carries (RFC 6265 section 4.2), over all Cookie lines in order.
 * `value` is as sent, with its quotes where it has any: they belong to it. What is no cookie-pair
 * by section 4.1.1 is skipped. False at the end; nothing is written then.
 *
 * A quote does not hide a ";": readers that think so see other cookies in the same bytes.
 */
SHUNT_API bool shunt_cookie_next(const struct shunt_request *request,
                                 struct shunt_cookie_cursor *cursor, struct shunt_span *name,
                                 struct shunt_span *value);

/* The value of the first cookie called `name`, byte for byte. False, `value` untouched, when there
 * is none. */
SHUNT_API bool shunt_cookie_find(const struct shunt_request *request, const char *name,
                                 struct shunt_span *value);

enum shunt_same_site {
    SHUNT_SAME_SITE_UNSET, /* no attribute: the user agent's default */
    SHUNT_SAME_SITE_STRICT,
    SHUNT_SAME_SITE_LAX,
    SHUNT_SAME_SITE_NONE
};

/* A cookie to set (RFC 6265 section 4.1). NULL, 0 and false leave an attribute out. */
struct shunt_cookie {
    uint32_t size;                  /* sizeof *this where it was compiled (<shunt/abi.h>) */
    enum shunt_same_site same_site; /* None demands `secure` */
    const char *name;               /* a token */
    const char *value;              /* cookie-octets, quoted or not; NULL is empty */
    const char *domain;             /* "example.org"; no leading dot */
    const char *path;               /* "/..." */
    bool secure, http_only;
    int64_t expires_s; /* seconds since the epoch; 1 removes the cookie */
    int64_t max_age_s; /* wins over `expires_s` in the user agent */
};
#define SHUNT_COOKIE_BYTES_1_0 SHUNT_BYTES_WITH(struct shunt_cookie, max_age_s)

/*
 * Write the value of a Set-Cookie field, and a NUL behind it, into `room` bytes at `out`.
 *
 *   len  written only on SHUNT_OK: bytes without the NUL
 *
 * SHUNT_OK; SHUNT_EINVAL: a member that the grammar forbids, or a cookie that user agents drop (a
 * path without a slash at its front, SameSite=None without Secure, a name that begins with __Host-
 * or __Secure- without what that demands); SHUNT_ETOOBIG: `room` is too small. What comes out is
 * one field value: no member can end the line or add an attribute.
 */
SHUNT_API enum shunt_status shunt_cookie_write(const struct shunt_cookie *cookie, char *out,
                                               size_t room, size_t *len) SHUNT_MUST_USE;

/* ---- dates --------------------------------------------------------------------------------- */

/*
 * Read a date in any of its three forms (RFC 9110 section 5.6.7): IMF-fixdate, rfc850-date and
 * asctime-date, to the letter: case, spaces and digits as the grammar has them.
 *
 *   now      seconds since the epoch: a year of two digits is the last one with these digits that
 *            makes the date no more than 50 years later than `now`
 *   seconds  written only on SHUNT_OK: since the epoch, negative before it
 *
 * SHUNT_OK or SHUNT_EPROTO. The name of the day must be one, and is not held against the date. A
 * leap second is the second behind it.
 */
SHUNT_API enum shunt_status shunt_date_parse(struct shunt_span text, int64_t now,
                                             int64_t *seconds) SHUNT_MUST_USE;

#define SHUNT_DATE_BYTES 30 /* "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL */
/* Write `seconds` since the epoch as an IMF-fixdate and a NUL. What lies outside the years 1970 to
 * 9999 reads as the nearest second inside. */
SHUNT_API void shunt_date_format(int64_t seconds, char out[SHUNT_DATE_BYTES]);

/* ---- conditional requests ------------------------------------------------------------------ */

/* Is `text` one entity tag (RFC 9110 section 8.8.3), quotes included: "a" or W/"a"? */
SHUNT_API bool shunt_is_etag(struct shunt_span text);

/* What is known of the representation that the request is about. Never grows. */
struct shunt_validators {
    struct shunt_span etag; /* as its ETag field has it; empty when it has none */
    int64_t date; /* of the last change, seconds since the epoch, as Last-Modified has it */
    bool has_date;
    bool absent; /* there is none, as before a PUT that creates it; "*" does not match then */
};

enum shunt_precondition {
    SHUNT_PROCEED = 0,              /* answer as if the request had no condition */
    SHUNT_NOT_MODIFIED = 304,       /* answer 304, with ETag and the fields of section 15.4.5 */
    SHUNT_PRECONDITION_FAILED = 412 /* answer 412 */
};

/*
 * What If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since and If-Range make of a
 * request, in the order of RFC 9110 section 13.2.2. Ask once the answer would be 2xx, and before
 * anything is changed.
 *
 *   now    seconds since the epoch
 *   range  written: may Range be answered with 206 (shunt_ranges())? That is when SHUNT_PROCEED is
 *          returned for a GET that has a Range, and an If-Range, if any, that holds. May be NULL
 *
 * To the letter: a date that is none, or that comes twice, is ignored; so is one where the
 * representation has no date. What is no entity tag matches nothing, and leaves its neighbours
 * alone. A date in If-Range must be the representation's own, and of a second that is over.
 */
SHUNT_API enum shunt_precondition shunt_precondition(const struct shunt_request *request,
                                                     const struct shunt_validators *validators,
                                                     int64_t now, bool *range) SHUNT_MUST_USE;

/* ---- ranges -------------------------------------------------------------------------------- */

/* `len` bytes from `first` on, `len` at least 1. Never grows. */
struct shunt_range {
    uint64_t first, len;
};

enum shunt_range_answer {
    SHUNT_RANGE_WHOLE = 200,        /* no Range that counts: the whole representation */
    SHUNT_RANGE_PARTIAL = 206,      /* `ranges` has what to send */
    SHUNT_RANGE_UNSATISFIABLE = 416 /* none of them has a byte */
};

/*
 * Which parts of a representation of `size` bytes a request asks for (RFC 9110 sections 14.1 and
 * 14.2). Ask when shunt_precondition() allows ranges.
 *
 *   ranges  `room` of them; what is in them counts on SHUNT_RANGE_PARTIAL only
 *   room    the most that a request may ask for: with more its Range is ignored
 *   count   written only on SHUNT_RANGE_PARTIAL: 1 is a single part with Content-Range, more are
 *           multipart/byteranges (section 14.6)
 *
 * Ranges that overlap, touch, or have 80 bytes or less between them come out as one (section
 * 15.3.7.2), where the first of them stood: no set makes the answer longer than the representation
 * and what frames its parts. A set with a mistake in it, another unit than bytes, a Range that comes
 * twice or with another method than GET is ignored; so is each Range of an empty representation.
 */
SHUNT_API enum shunt_range_answer shunt_ranges(const struct shunt_request *request, uint64_t size,
                                               struct shunt_range *ranges, size_t room,
                                               size_t *count) SHUNT_MUST_USE;

#define SHUNT_CONTENT_RANGE_BYTES 70 /* "bytes FIRST-LAST/SIZE" of 20 digits each, and a NUL */
/* Write the value of Content-Range (RFC 9110 section 14.4) and a NUL; `range` NULL is that of a
 * 416: "bytes * /SIZE" without the space. Returns the bytes without the NUL. */
SHUNT_API size_t shunt_content_range(const struct shunt_range *range, uint64_t size,
                                     char out[SHUNT_CONTENT_RANGE_BYTES]);

/* ---- content negotiation ------------------------------------------------------------------- */

/*
 * Which of `offers`, an array that ends with NULL, the client prefers. Each returns an index, or one
 * of these. Of what the client likes equally well the first one offered is chosen. Elements that
 * are malformed, their weights too (RFC 9110 section 12.4.2), are passed over. An answer that
 * depends on such a choice names the field in Vary (section 12.5.5).
 */
enum {
    SHUNT_ACCEPT_NONE = -1,    /* none of them: answer 406, or with a default of yours */
    SHUNT_ACCEPT_IDENTITY = -2 /* of codings: send it as it is */
};

/*
 * Media types by Accept (RFC 9110 section 12.5.1). Offers are as Content-Type has them:
 * "text/html", "text/html;charset=utf-8". The most specific range that fits decides, with the
 * parameters that it names compared without case; a weight of 0 excludes. No Accept, or none that
 * has a media range, is any type.
 */
SHUNT_API int shunt_accept_type(const struct shunt_request *request,
                                const char *const *offers) SHUNT_MUST_USE;

/*
 * Codings by Accept-Encoding (section 12.5.3): offers as "br", "gzip", without "identity". A coding
 * must be listed, by name or by "*"; identity is acceptable unless it is excluded by
 * "identity;q=0", or by "*;q=0" without an "identity", and is chosen when it is listed with a higher
 * weight than each coding, when nothing else is acceptable, and when the field is missing, where
 * the section would allow any coding. SHUNT_ACCEPT_NONE: not even identity.
 */
SHUNT_API int shunt_accept_coding(const struct shunt_request *request,
                                  const char *const *offers) SHUNT_MUST_USE;

/*
 * Languages by Accept-Language: lookup (RFC 4647 section 3.4), so that "de-CH" leads to "de-CH" and
 * then to "de", and "de" does not lead to "de-CH". "*" leads to what no other range leads to; a
 * weight of 0 excludes a tag and those that go on behind it. Without the field the first one.
 */
SHUNT_API int shunt_accept_language(const struct shunt_request *request,
                                    const char *const *offers) SHUNT_MUST_USE;

/* ---- clients behind proxies ---------------------------------------------------------------- */

/* The field that the trusted proxies write: what the other one holds may come from the client. */
enum shunt_forwarded {
    SHUNT_FORWARDED,      /* Forwarded (RFC 7239) */
    SHUNT_X_FORWARDED_FOR /* X-Forwarded-For */
};

/* Is the peer at `address`, "192.0.2.1" or "2001:db8::1", a proxy whose word counts? Called for
 * addresses that clients may have made up, too. */
typedef bool shunt_trusts(void *arg, struct shunt_span address);

/*
 * The address of the client that a request comes from.
 *
 *   peer    the address that the connection comes from, as text without a port
 *   client  written only on SHUNT_OK: without port and brackets; borrows from `peer` or `request`
 *
 * A peer that is not trusted is the client. Otherwise it is the last address of the field, over all
 * its lines, that is not trusted, since only trusted proxies have written what stands behind it; the
 * first one when all are trusted; the peer when there is none.
 *
 * SHUNT_OK; SHUNT_ENOTFOUND: the proxy does not give it away ("unknown", "_name", or no "for");
 * SHUNT_EPROTO: the element is malformed, or with Forwarded, whose quotes reach over commas, any
 * element is. Treat both as a client that nothing is known of.
 */
SHUNT_API enum shunt_status shunt_client_address(const struct shunt_request *request,
                                                 struct shunt_span peer, enum shunt_forwarded field,
                                                 shunt_trusts *trusts, void *arg,
                                                 struct shunt_span *client) SHUNT_MUST_USE;

/* ---- multipart/form-data ------------------------------------------------------------------- */

/*
 * The fields of one part (RFC 7578 section 4). Names are as sent: browsers write a quote as "%22"
 * and line ends as "%0D%0A" in them, and every other byte as it is, so that they cannot be decoded.
 * A file name comes from the client: make one of your own, and never a path of it. Never grows.
 */
struct shunt_part {
    struct shunt_span name;
    struct shunt_span filename;     /* `at` is NULL where the part has none */
    struct shunt_span content_type; /* `at` is NULL where it has none: text/plain */
};

/* A body that is being read. The members are the reader's, but `part`. Never grows. */
struct shunt_multipart {
    struct shunt_part part; /* of the last SHUNT_MULTIPART_PART; until the next one */
    char *room;
    size_t room_bytes, head_len;
    char delimiter[74];
    uint8_t delimiter_len, matched, before, state;
};

enum shunt_multipart_event {
    SHUNT_MULTIPART_NONE,
    SHUNT_MULTIPART_PART,    /* a part begins: multipart->part */
    SHUNT_MULTIPART_DATA,    /* bytes of its content */
    SHUNT_MULTIPART_PART_END /* it is whole */
};

/*
 * Begin to read a body.
 *
 *   content_type  the request's, with its boundary; not looked at any more afterwards
 *   room          `room_bytes` for the fields of a part; with more a part is refused. Stays the
 *                 reader's, and what `part` borrows from
 *
 * SHUNT_OK; SHUNT_ENOTSUP: not multipart/form-data (answer 415); SHUNT_EPROTO: no boundary, or none
 * that RFC 2046 section 5.1.1 allows (answer 400).
 */
SHUNT_API enum shunt_status shunt_multipart_init(struct shunt_multipart *multipart,
                                                 struct shunt_span content_type, char *room,
                                                 size_t room_bytes) SHUNT_MUST_USE;

/*
 * Read from the front of `in`, which may be cut anywhere.
 *
 *   used   bytes of `in` that were consumed; written whatever the status
 *   event  SHUNT_MULTIPART_NONE unless SHUNT_OK is returned
 *   data   on SHUNT_MULTIPART_DATA one byte or more, borrowed from `in` or from `multipart` until
 *          the next call
 *
 * SHUNT_OK: an event; call again with the rest. SHUNT_AGAIN: all is consumed, go on with more.
 * SHUNT_EPROTO: answer 400. SHUNT_ETOOBIG: the fields of a part do not fit; answer 413. A later call
 * repeats the last two. The number of parts and of bytes is for the caller to bound.
 *
 * Refused although some accept it: a bare LF as a line end, a folded field, a part without a
 * Content-Disposition of form-data with one name, a parameter that comes twice, "filename*", a
 * backslash in front of a quote (an escape to some, a byte to browsers), a Content-Transfer-Encoding
 * that encodes, and a line that only begins with the delimiter. What stands before the first
 * delimiter and behind the last is ignored, as RFC 2046 section 5.1.1 demands.
 */
SHUNT_API enum shunt_status shunt_multipart_next(struct shunt_multipart *multipart,
                                                 struct shunt_span in, size_t *used,
                                                 enum shunt_multipart_event *event,
                                                 struct shunt_span *data) SHUNT_MUST_USE;

/* Has the last delimiter been read? Ask when the body has ended: without it the body was cut off. */
SHUNT_API bool shunt_multipart_complete(const struct shunt_multipart *multipart) SHUNT_MUST_USE;

#ifdef __cplusplus
}
#endif

#endif
