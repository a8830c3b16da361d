/* Handlers that defer, and what answers for them: for the tests of answers that come later. */
#ifndef CONFORMANCE_SERVER_LATER_H
#define CONFORMANCE_SERVER_LATER_H

#include "conformance/server_fixture.h"

/* A server with one worker, its log kept, and /later: a handler that defers, hands the id to the
 * test's thread, and leaves the mark "cancelled" where the exchange is gone. `change` may be NULL. */
void later_open(struct server *s, enum io_backend backend, void (*change)(struct config *config));
/* Add a route before the server starts, for later_open_with(). */
void later_open_with(struct server *s, enum io_backend backend,
                     void (*change)(struct config *config), const char *path,
                     shunt_handler *handler);

/* A client whose `request` has been deferred. */
int later_one(const struct server *s, const char *request, shunt_id *id);
/* From the test's thread: 200 with `text`. */
void later_answer(shunt_id id, const char *text);
/* From the test's thread: run `handler` with "posted" for its `arg`, or leave the mark "dropped". */
void later_post(shunt_id id, shunt_handler *handler);
/* A handler that answers with the request's path, method and body, and its `arg`. */
void later_describes(void *arg, const struct shunt_request *request,
                     struct shunt_response *response);

/* The next head that is no 100, with its body where `answer` has one. */
void later_final_answer(int fd, struct answer *answer);

/* A test on each back end, with a server that later_open_with() has opened so, and that is closed
 * behind the body. */
#define WITH_LATER(name, change, path, handler)                                                    \
    static void with_later_##name(struct server *s);                                               \
    CLOSING_SERVER(name)                                                                           \
    {                                                                                              \
        later_open_with(s, backend, change, path, handler);                                        \
        with_later_##name(s);                                                                      \
    }                                                                                              \
    static void with_later_##name(struct server *s)

#endif
