/* Filters that a test sets: for the tests of filters over whole servers. */
#ifndef CONFORMANCE_SERVER_FILTERS_H
#define CONFORMANCE_SERVER_FILTERS_H

#include "conformance/server_fixture.h"

/*
 * Filters for all requests and of the route /one, each of which leaves a mark before ("a+") and after
 * ("a-200"), and adds the field "Filter: a" before. What `filter_acts` returns for a name and a
 * request is what its before() returns; NULL: every one lets go on.
 */
extern enum shunt_filtering (*filter_acts)(const char *name, const struct shunt_request *request,
                                           struct shunt_response *response);

/* A server with the filters a and b for all requests, and c and d of /one, whose handler leaves the
 * mark "handler"; /text has a text. Its log is kept. */
void filters_open(struct server *s, enum io_backend backend, void (*change)(struct config *config));
/* The same with `acts` for filter_acts, and a client. */
int filters_client(struct server *s, enum io_backend backend,
                   enum shunt_filtering (*acts)(const char *name,
                                                const struct shunt_request *request,
                                                struct shunt_response *response));

#endif
