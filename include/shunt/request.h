/* An HTTP/1.1 request as route handlers and plugins see it. */
#ifndef SHUNT_REQUEST_H
#define SHUNT_REQUEST_H

#include <shunt/abi.h>
#include <shunt/span.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One field line (RFC 9110 section 5): name as sent, value without surrounding white space. Never
 * grows. */
struct shunt_field {
    struct shunt_span name, value;
};

struct shunt_exchange; /* a request with its answer, as the server knows it */

/*
 * A whole request, body included. Every span borrows from the connection: it is valid in the call
 * that was handed the request, and those that a deferred upgrade's request holds afterwards
 * (host->upgrade_request) until that is settled or cancelled.
 * Ask SHUNT_HAS(request, member) before using one that came after 1.0.
 */
struct shunt_request {
    uint32_t size;            /* sizeof *this in the server */
    uint8_t version_minor;    /* of HTTP/1.x: 0 or 1 */
    struct shunt_span method; /* a token, case-sensitive (RFC 9110 section 9.1) */
    struct shunt_span target; /* as sent (RFC 9112 section 3.2) */
    struct shunt_span path;   /* absolute path of the target, "/" where it has none; not decoded */
    struct shunt_span query;  /* what follows '?', empty where there is none */
    struct shunt_span host;   /* of the absolute-form target, else the Host field's value */
    const struct shunt_field *fields; /* in the order received */
    size_t field_count;
    struct shunt_span body; /* whole, transfer coding removed; empty where there is none */
    /* Since 1.1: the path of the route that was found, as it was given: "/users/{id}". Empty where
     * there is none. Valid as long as the server. */
    struct shunt_span pattern;
    struct shunt_exchange *exchange; /* since 1.1: for shunt_request_alloc() */
    /*
     * Since 1.1: the fields behind a chunked body (RFC 9110 section 6.5), in the order received; 64
     * of them in 8 KiB at most, else 431. None is merged into `fields`, whatever its name; one that
     * is about framing, routing, authentication or the reading of the content has been refused.
     */
    const struct shunt_field *trailers;
    size_t trailer_count;
};
#define SHUNT_REQUEST_BYTES_1_0 SHUNT_BYTES_WITH(struct shunt_request, body)

/*
 * The next field line called `name` (compared without case) behind `after`, or the first one when
 * `after` is NULL. NULL when there is none. Borrows from `request`.
 */
static inline const struct shunt_field *shunt_request_field(const struct shunt_request *request,
                                                            const char *name,
                                                            const struct shunt_field *after)
{
    struct shunt_span wanted = shunt_span_of(name);
    const struct shunt_field *field = after ? after + 1 : request->fields;

    for (; field < request->fields + request->field_count; field++) {
        if (shunt_span_equal_nocase(field->name, wanted)) {
            return field;
        }
    }
    return NULL;
}

/*
 * What the request's path has in the place of the parameter `name` of its route, {name} or
 * {name...}: as it was sent, so that percent-encoding is still there ("%2F" is no '/' yet), and ".."
 * is a segment as any other. {NULL, 0} where the route has no such parameter. Borrows from
 * `request`.
 */
static inline struct shunt_span shunt_request_parameter(const struct shunt_request *request,
                                                        const char *name)
{
    struct shunt_span wanted = shunt_span_of(name), none = {NULL, 0}, value;
    const char *at = request->path.at, *end = at + request->path.len, *pattern, *pattern_end;

    if (!SHUNT_HAS(request, pattern) || !request->pattern.at) {
        return none;
    }
    pattern = request->pattern.at;
    pattern_end = pattern + request->pattern.len;
    while (pattern < pattern_end && at <= end) {
        const char *close, *slash;
        struct shunt_span found;
        size_t dots;

        if (*pattern != '{') { /* fixed bytes stand in the path as in the pattern */
            pattern++;
            at++;
            continue;
        }
        close = (const char *)memchr(pattern, '}', (size_t)(pattern_end - pattern));
        if (!close) {
            break;
        }
        dots = close[-1] == '.' ? 3 : 0;
        found.at = pattern + 1;
        found.len = (size_t)(close - found.at) - dots;
        slash = dots ? NULL : (const char *)memchr(at, '/', (size_t)(end - at));
        value.at = at;
        value.len = (size_t)((slash ? slash : end) - at);
        if (shunt_span_equal(found, wanted)) {
            return value;
        }
        at += value.len;
        pattern = close + 1;
    }
    return none;
}

#ifdef __cplusplus
}
#endif

#endif
