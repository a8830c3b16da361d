/* HTTP over one connection of a loop that the test turns by hand. */
#ifndef UNIT_HTTP1_FIXTURE_H
#define UNIT_HTTP1_FIXTURE_H

#include "http1/owner.h"

#include "support/loop_fixture.h"

struct http {
    struct exchange_routes routes;
    struct http1_context context;
    struct shunt_worker *loop;
    struct conn *conn;
    int far;
};

/* Routes: /text is text, /echo echoes, /none has nothing, /ws upgrades to nothing that is loaded,
 * /handler runs `handler`. */
void http_open(struct http *http, enum io_backend backend, shunt_handler *handler);
void http_close(struct http *http);
/* What the server answers to `request`, on the connection as it is. */
const char *http_ask(struct http *http, const char *request);
/* The same on a connection of its own, which then has ended or not. */
const char *http_ask_anew(struct http *http, const char *request, bool *ended);

/* One body, a test on each back end, with `http` open; /handler runs `handler`. */
#define WITH_HTTP(suite, name, handler)                                                            \
    static void with_http_##name(struct http *http);                                               \
    BACKEND_TEST(suite, name)                                                                      \
    {                                                                                              \
        struct http http;                                                                          \
        http_open(&http, backend, handler);                                                        \
        with_http_##name(&http);                                                                   \
        http_close(&http);                                                                         \
    }                                                                                              \
    static void with_http_##name(struct http *http)

#endif
