/* The request that is sent again and again where nothing is upgraded: method, fields, content. */
#ifndef BENCH_WIRE_PLAIN_H
#define BENCH_WIRE_PLAIN_H

#include "base/error.h"
#include "wire/requests.h"
#include "wire/url.h"

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdbool.h>

#define PLAIN_METHOD_BYTES_MAX 64
#define PLAIN_BODY_BYTES_MAX   67108864

/* The content type of a body where the user gives none: nothing is known of it (RFC 9110 section
 * 8.3). */
#define PLAIN_CONTENT_TYPE "application/octet-stream"

/* All zero: a GET. */
struct plain {
    const char *method; /* NULL: GET */
    bool has_body;      /* an empty one is one too */
    struct shunt_span body;
    bool close; /* the connection ends with the response */
};

/* Set the method: borrowed, sent as it is, since methods have cases (RFC 9110 section 9.1). SHUNT_OK,
 * or SHUNT_EINVAL with a sentence in `error`, for CONNECT too: its answer is a tunnel. */
enum shunt_status plain_method_set(struct plain *plain, const char *method,
                                   struct error *error) SHUNT_MUST_USE;
/* Send `body`, borrowed, as the content; once. SHUNT_OK, or SHUNT_EINVAL with a sentence in `error`. */
enum shunt_status plain_body_set(struct plain *plain, struct shunt_span body,
                                 struct error *error) SHUNT_MUST_USE;
/* May the method have this content? SHUNT_OK, or SHUNT_EINVAL with a sentence in `error`. */
enum shunt_status plain_check(const struct plain *plain, struct error *error) SHUNT_MUST_USE;
/* "GET". */
const char *plain_method(const struct plain *plain);
/* Its responses have no content, whatever their fields announce (RFC 9110 section 9.3.2). */
bool plain_is_head(const struct plain *plain);

/*
 * The whole request for `url`, to be freed. Content-Length is there with a body, and where a server
 * expects one from the method (RFC 9110 section 8.6); Content-Type with a body, unless `extra` has
 * it. SHUNT_OK or SHUNT_ENOMEM.
 */
enum shunt_status plain_write(const struct plain *plain, const struct url *url,
                              const struct requests_extra *extra, char **request,
                              size_t *len) SHUNT_MUST_USE;

#endif
