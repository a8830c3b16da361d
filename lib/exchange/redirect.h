/* Routes that lead elsewhere (RFC 9110 section 15.4). */
#ifndef EXCHANGE_REDIRECT_H
#define EXCHANGE_REDIRECT_H

#include <shunt/http.h>
#include <stdint.h>

/* To a reference with {parameters} of the route's path, "/new/{id}" or "https://example.org/{rest}";
 * the query of the request is appended where it has none of its own. */
struct exchange_redirect {
    char *target; /* NULL: none */
    uint32_t status;
};

/* What was expected where `target` cannot be one of a route for `path`; NULL: it can. */
const char *exchange_redirect_expected(const char *target, const char *path);

/* A handler whose `arg` is a struct exchange_redirect. */
void exchange_redirect(void *arg, const struct shunt_request *request,
                       struct shunt_response *response);

#endif
