/*
 * Passwords are checked by crypt(3), which is meant to take long: on a thread of its own, one after the
 * other, while the requests wait. What was found good is remembered by each worker, so that a client
 * that sends its password with each request waits once.
 */
#ifndef FILTER_CHECKER_H
#define FILTER_CHECKER_H

#include "filter/secrets.h"

#include <shunt/http.h>

struct filter_checker;

/* `secrets` must outlive it. SHUNT_ENOMEM, SHUNT_ESYS. */
enum shunt_status filter_checker_create(const struct filter_secrets *secrets, size_t waiting_max,
                                        struct filter_checker **checker) SHUNT_MUST_USE;
/* After the last worker. Jobs that wait are dropped. */
void filter_checker_destroy(struct filter_checker *checker);

/*
 * Is `credentials`, "USER:PASSWORD", good? `user_len` is that of the user.
 *
 * SHUNT_GO_ON: it was found good before. SHUNT_DEFERRED: the exchange is deferred, and goes on or is
 * answered with 401 when it has been checked. SHUNT_ANSWERED: it is not, or with 503: too many wait.
 */
enum shunt_filtering filter_checker_ask(struct filter_checker *checker,
                                        struct shunt_response *response,
                                        struct shunt_span credentials, size_t user_len);

#endif
