/*
 * What the tests of a whole server share: the server in this process, on a port of its own, with a
 * plugin whose callbacks the test sets; and blocking clients to talk to it.
 *
 * Callbacks run on the worker's thread. They leave marks ("open", "data", ...) for the test's
 * thread to wait for. Every wait has a time limit, and none is a sleep.
 */
#ifndef CONFORMANCE_SERVER_FIXTURE_H
#define CONFORMANCE_SERVER_FIXTURE_H

#include "conformance/io_fixture.h"
#include "server/server.h"

#include <pthread.h>

/* ---- the plugin: protocols alpha, beta, gamma; strict, with SHUNT_EARLY_FORBIDDEN; bare, which
 * has only open, data and close ---- */

/* The test's callbacks. What is NULL does what stands behind it. */
struct probe {
    const struct shunt_host *host;
    enum shunt_verdict (*negotiate)(const struct shunt_request *request,
                                    struct shunt_upgrade *upgrade);        /* SHUNT_ACCEPT */
    void (*cancel)(struct shunt_upgrade *upgrade);                         /* nothing */
    void (*open)(struct shunt_stream *stream);                             /* nothing */
    void (*data)(struct shunt_stream *stream, uint8_t *bytes, size_t len); /* echo */
    void (*drained)(struct shunt_stream *stream);                          /* nothing */
    void (*end)(struct shunt_stream *stream);                              /* close gracefully */
    void (*timer)(struct shunt_stream *stream);                            /* nothing */
    void (*shutdown)(struct shunt_stream *stream);                         /* close gracefully */
    void (*close)(struct shunt_stream *stream, enum shunt_close_reason reason); /* nothing */
};
extern struct probe probe;

/* Leave a mark; wait until there are `count` of them; how many there are. Any thread. The callbacks
 * themselves leave negotiate, cancel, open, data, drained, end, timer, shutdown and close, once the
 * test's part of them has run. */
void mark(const char *name);
void mark_wait(const char *name, unsigned count);
unsigned mark_count(const char *name);
/* All marks so far in order, each followed by a space. For the test's thread; until the next call.
 */
const char *mark_text(void);
/* Forget all marks. */
void mark_reset(void);

/*
 * What one thread has written before is seen by the other behind it. Sockets do that by themselves,
 * but ThreadSanitizer cannot see it through io_uring. Callbacks and clients call it.
 */
void meet(void);

/* Hand one value from a callback to the test's thread or back. */
void value_put(uint64_t value);
uint64_t value_take(void);

/* ---- the server ---- */

struct server {
    struct shunt_server *server;
    enum io_backend backend;
    pthread_t thread;
    unsigned port;
    enum shunt_status result;
    int log; /* what it logs, once server_log_keep() was called; else -1 */
};

/* Routes: /any allows all five protocols, /alpha and /strict one, /must requires alpha, /plain
 * none; each answers plain requests with its own path, and /echo with the request's body. */
void server_create(struct server *s, enum io_backend backend);
/* Before it starts: read the log by the server_log... calls instead of showing it. */
void server_log_keep(struct server *s);
void server_start(struct server *s);
/* Both at once, with one worker. `change` may be NULL. */
void server_open(struct server *s, enum io_backend backend, void (*change)(struct config *config));
/* Ask it to stop; wait until it has, and free it. */
void server_close(struct server *s);
void server_join(struct server *s);
/* Wait for a line of the log that has `text`. */
void server_log_wait(struct server *s, const char *text);
/* One worker's counter as shunt_server_report() names it. Needs server_log_keep(). */
uint64_t server_counter(struct server *s, const char *name);

/* ---- clients: blocking, with a time limit of 10 s a call ---- */

struct answer {
    unsigned status;
    char head[8192]; /* as received, NUL-terminated */
    char body[65536];
    size_t body_len;
};

int client_open(const struct server *s);
void client_send(int fd, const char *text);
/* The next bytes are exactly `text`. */
void client_expect(int fd, const char *text);
/* The next head, and its body, as long as Content-Length; not for HEAD. */
void client_answer(int fd, struct answer *answer);
/* The next head only: 1xx, 204 or the answer to HEAD. */
void client_head(int fd, struct answer *answer);
bool answer_has(const struct answer *answer, const char *field_line);
/* The peer ends: by FIN, after no more bytes; by RST. The descriptor is closed. */
void client_expect_fin(int fd);
void client_expect_reset(int fd);
/* Ask for `offer` on `path` and get 101 for it; the stream of the connection is open. */
int client_upgraded(const struct server *s, const char *path, const char *offer);
/* A plain request has been answered on a connection of its own: the worker has turned. */
void client_turn(const struct server *s);
/* Everything that was sent to `fd` has reached the other end's socket. */
void client_delivered(int fd);
/* A request for an upgrade, with more field lines (each ending in CRLF) if not "". Static. */
const char *upgrade_request(const char *path, const char *offer, const char *more);

/*
 * One body, three tests: on io_uring (skipped, visibly, where it is forbidden), on epoll, and on
 * what "auto" takes when a seccomp filter denies io_uring.
 */
#define SERVER_TEST(name)                                                                          \
    static void server_test_##name(enum io_backend backend);                                       \
    Test(server_uring, name, .timeout = 60)                                                        \
    {                                                                                              \
        if (!fixture_uring_permitted()) {                                                          \
            cr_skip_test("io_uring is not available here");                                        \
        }                                                                                          \
        server_test_##name(IO_URING);                                                              \
    }                                                                                              \
    Test(server_epoll, name, .timeout = 60)                                                        \
    {                                                                                              \
        server_test_##name(IO_EPOLL);                                                              \
    }                                                                                              \
    Test(server_denied, name, .timeout = 60)                                                       \
    {                                                                                              \
        fixture_uring_deny();                                                                      \
        server_test_##name(IO_AUTO);                                                               \
    }                                                                                              \
    static void server_test_##name(enum io_backend backend)

/* The same with a server that the body opens in its own way, and that is closed behind it. */
#define CLOSING_SERVER(name)                                                                       \
    static void closing_server_##name(struct server *s, enum io_backend backend);                  \
    SERVER_TEST(name)                                                                              \
    {                                                                                              \
        struct server server;                                                                      \
        closing_server_##name(&server, backend);                                                   \
        server_close(&server);                                                                     \
    }                                                                                              \
    static void closing_server_##name(struct server *s, enum io_backend backend)

/* The same with `s` open, its configuration changed by `change`, and closed behind the body. */
#define WITH_SERVER(name, change)                                                                  \
    static void with_server_##name(struct server *s);                                              \
    SERVER_TEST(name)                                                                              \
    {                                                                                              \
        struct server server;                                                                      \
        server_open(&server, backend, change);                                                     \
        with_server_##name(&server);                                                               \
        server_close(&server);                                                                     \
    }                                                                                              \
    static void with_server_##name(struct server *s)

#endif
