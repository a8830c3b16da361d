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

#ifdef __cplusplus
}
#endif

#endif
