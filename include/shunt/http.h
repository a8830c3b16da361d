/* Answering requests: what the handler of a route may do. <shunt/server.h> has the routes. */
#ifndef SHUNT_HTTP_H
#define SHUNT_HTTP_H

#include <shunt/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

struct shunt_response; /* an answer, while its handler fills it */

/*
 * Answer one request. Runs on a worker's thread; must not block. `request` and `response` are valid
 * during the call. What the handler leaves unset is 200 with an empty body.
 */
typedef void shunt_handler(void *arg, const struct shunt_request *request,
                           struct shunt_response *response);

/* The status, 200 to 599. SHUNT_EINVAL for another. */
SHUNT_API enum shunt_status shunt_response_status(struct shunt_response *response,
                                                  unsigned status) SHUNT_MUST_USE;
/* Add a field. Copied. SHUNT_EINVAL for no valid field or one that the server writes itself
 * (Connection, Content-Length, Date, Transfer-Encoding, Upgrade); SHUNT_ETOOBIG when the head is
 * full. */
SHUNT_API enum shunt_status shunt_response_field(struct shunt_response *response, const char *name,
                                                 const char *value) SHUNT_MUST_USE;
/*
 * The body with its media type, which may be NULL. Both are copied. A HEAD request gets the length
 * only. SHUNT_EINVAL for a type that is no field value; SHUNT_ETOOBIG for a body of more than
 * limits.response_bytes_max bytes (16M) and SHUNT_ENOMEM: unless a later call sets a body, the
 * client is then answered 500 or 503, and the log has the reason.
 */
SHUNT_API enum shunt_status shunt_response_body(struct shunt_response *response,
                                                const char *content_type, const void *bytes,
                                                size_t len) SHUNT_MUST_USE;

#ifdef __cplusplus
}
#endif

#endif
