/* What a client says who it is: the Authorization field (RFC 9110 section 11.6.2). */
#ifndef FILTER_CREDENTIALS_H
#define FILTER_CREDENTIALS_H

#include <shunt/http.h>

#define FILTER_CREDENTIALS_BYTES_MAX 1024 /* decoded; what is longer is none */

/* The user and the password of "Basic" (RFC 7617), which borrow from `room`. False: there are none,
 * or more than one Authorization field. */
bool filter_credentials_basic(const struct shunt_request *request,
                              char room[FILTER_CREDENTIALS_BYTES_MAX], struct shunt_span *user,
                              struct shunt_span *password);
/* The token of "Bearer" (RFC 6750 section 2.1), which borrows from the request. */
bool filter_credentials_bearer(const struct shunt_request *request, struct shunt_span *token);

/* What basic_auth and bearer_auth have in common. */
struct filter_credentials {
    struct shunt_authenticator authenticator; /* with `check`, else the filter's file decides */
    char *challenge;                          /* SCHEME realm="REALM" */
};

struct shunt_settings;
struct filter_error;

/* With the program's authenticator, NULL: none, and the setting `realm`. SHUNT_OK, or `error` may
 * have what was expected; filter_credentials_fini() is owed either way. */
enum shunt_status filter_credentials_init(struct filter_credentials *credentials,
                                          const struct shunt_authenticator *authenticator,
                                          const struct shunt_settings *settings, const char *scheme,
                                          const struct filter_error *error) SHUNT_MUST_USE;
void filter_credentials_fini(struct filter_credentials *credentials);

/* Ask the authenticator, and make of a refusal a 401. */
enum shunt_filtering filter_credentials_ask(const struct filter_credentials *credentials,
                                            const struct shunt_request *request,
                                            struct shunt_response *response, struct shunt_span user,
                                            struct shunt_span secret);
/* 401. */
enum shunt_filtering filter_credentials_refuse(struct shunt_response *response);
/* Add WWW-Authenticate to a 401 that has none. */
void filter_credentials_challenge(const struct filter_credentials *credentials,
                                  struct shunt_response *response);

#endif
