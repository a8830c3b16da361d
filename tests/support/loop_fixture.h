/*
 * One connection loop that a test turns by hand, and connections whose far ends the test holds.
 * For the units of conn and http1, on both back ends.
 */
#ifndef SUPPORT_LOOP_FIXTURE_H
#define SUPPORT_LOOP_FIXTURE_H

#include "conn/loop.h"

#include <criterion/criterion.h>
#include <unistd.h>

/* May be changed before loop_open(). */
struct loop_options {
    struct conn_limits limits;
    const struct conn_owner *http; /* loop_owner unless set */
    void *http_context;
    const struct registry *registry; /* an empty one unless set */
};

struct loop_options loop_options(void);
/* Skips the test, visibly, where `backend` is forbidden. */
struct shunt_worker *loop_open(enum io_backend backend, const struct loop_options *options);

/* A connection over a unix socket pair; *far is the test's end, nonblocking. */
struct conn *loop_conn(struct shunt_worker *loop, int *far);
/* Turn `turns` times without waiting. */
void loop_turn(struct shunt_worker *loop, unsigned turns);
/* Turn until nothing is left to be read or the far end has ended, at most 200 turns; what came,
 * NUL-terminated, static. `end`, if not NULL: 0 for none, 1 for FIN, 2 for a reset. */
const char *loop_read(struct shunt_worker *loop, int far, int *end);
void loop_write(int far, const char *text);

/*
 * An owner that keeps a trace: "opened ", "data(abc) ", "drained ", "end ", "timer ", "shutdown ",
 * "closed(REASON) ". The hooks run first and may be NULL.
 */
extern const struct conn_owner loop_owner;
extern char loop_trace[65536];
extern void (*loop_on_data)(struct conn *conn, uint8_t *bytes, size_t len);
extern void (*loop_on_drained)(struct conn *conn);
extern void (*loop_on_closed)(struct conn *conn);

/* One body, a test on each back end. */
#define BACKEND_TEST(suite, name)                                                                  \
    static void backend_test_##name(enum io_backend backend);                                      \
    Test(suite, name##_uring, .timeout = 30)                                                       \
    {                                                                                              \
        backend_test_##name(IO_URING);                                                             \
    }                                                                                              \
    Test(suite, name##_epoll, .timeout = 30)                                                       \
    {                                                                                              \
        backend_test_##name(IO_EPOLL);                                                             \
    }                                                                                              \
    static void backend_test_##name(enum io_backend backend)

/* The same with `loop` open, which is destroyed behind the body. */
#define WITH_LOOP(suite, name)                                                                     \
    static void with_loop_##name(struct shunt_worker *loop);                                       \
    BACKEND_TEST(suite, name)                                                                      \
    {                                                                                              \
        struct shunt_worker *loop = loop_open(backend, NULL);                                      \
        with_loop_##name(loop);                                                                    \
        conn_loop_destroy(loop);                                                                   \
    }                                                                                              \
    static void with_loop_##name(struct shunt_worker *loop)

#define UNUSED __attribute__((unused))
/* The same with one connection, whose far end the test holds until then. */
#define WITH_CONN(suite, name)                                                                     \
    static void with_conn_##name(struct shunt_worker *loop, struct conn *conn, int far);           \
    WITH_LOOP(suite, name)                                                                         \
    {                                                                                              \
        int far;                                                                                   \
        struct conn *conn = loop_conn(loop, &far);                                                 \
        with_conn_##name(loop, conn, far);                                                         \
        close(far);                                                                                \
    }                                                                                              \
    static void with_conn_##name(struct shunt_worker *loop, UNUSED struct conn *conn,              \
                                 UNUSED int far)

#endif
