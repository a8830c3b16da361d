/*
 * What the tests of io share: a loop on a given back end whose callbacks keep count of what came
 * for each user, plain sockets to talk to it, and the macro that runs a test on each back end.
 *
 * A test that wants to act inside a callback sets a hook; counting happens before it.
 */
#ifndef CONFORMANCE_IO_FIXTURE_H
#define CONFORMANCE_IO_FIXTURE_H

#include "io/io.h"

#include <criterion/criterion.h>
#include <errno.h>

#define FIXTURE_USERS 256

/* What has come for one user. */
struct fixture_user {
    int fd;
    unsigned accepted, received, lasts, readies, sents, connects;
    uint64_t bytes, hash, sent_bytes;
    int received_result, ready_result, sent_result, connect_result;
    char text[64]; /* the first bytes, NUL-terminated */
};

struct fixture {
    struct io *io;
    char why[160];
    unsigned woken;
    unsigned accept_errors;
    int accept_error;
    uint64_t next_user;   /* given to accepted connections; user 0 is nobody's */
    bool accept_receives; /* start a receive until the end on what is accepted */
    struct fixture_user users[FIXTURE_USERS];
    void *data; /* the test's own */
    void (*on_accepted)(struct fixture *f, int fd);
    void (*on_received)(struct fixture *f, uint64_t user, uint8_t *bytes, int len, bool more);
    void (*on_ready)(struct fixture *f, uint64_t user, int result);
    void (*on_sent)(struct fixture *f, uint64_t user, int result);
};

/* The test ends as failed where a step does not succeed. `options` may be NULL. */
void fixture_open(struct fixture *f, enum io_backend backend, const struct io_options *options);
void fixture_close(struct fixture *f);
void fixture_turn(struct fixture *f, int timeout_ms);
/* Turn until a turn has slept for 40 ms: nothing came and nothing is left to do. */
void fixture_idle(struct fixture *f);
uint64_t fixture_now_ms(void);

/* Turn until `condition`, at most so many turns and 20 s: no sleep, and no test for ever. */
#define TURN_UNTIL_IN(f, turns, condition)                                                         \
    do {                                                                                           \
        unsigned left_ = (turns);                                                                  \
        uint64_t end_ms_ = fixture_now_ms() + 20000;                                               \
        while (!(condition) && left_-- > 0 && fixture_now_ms() < end_ms_) {                        \
            fixture_turn((f), 1000);                                                               \
        }                                                                                          \
        cr_assert((condition), "not within %u turns: %s", (unsigned)(turns), #condition);          \
    } while (0)
#define TURN_UNTIL(f, condition) TURN_UNTIL_IN(f, 10000, condition)

/* A TCP listener on 127.0.0.1, port 0, known to nobody; *port is where. */
int fixture_listener(uint16_t *port);
/* The same, known to io as `user` and accepting. */
int fixture_accepting(struct fixture *f, uint64_t user, uint16_t *port);
/* A blocking client, connected. */
int fixture_client(uint16_t port);
/* A connected TCP pair: the near end known to io as `user`, *far a blocking socket. */
int fixture_pair(struct fixture *f, uint64_t user, int *far);
/* The same as a unix socket pair: no ports are used up. */
int fixture_unix_pair(struct fixture *f, uint64_t user, int *far);

void fixture_send(struct fixture *f, int fd, const char *text);
/* Write all of it to a blocking socket. */
void fixture_write(int fd, const void *bytes, size_t len);
/* Read until the end or `len` bytes, with a time limit; how many came, or -errno. */
ssize_t fixture_read(int fd, void *bytes, size_t len);
/* FNV-1a, continued from `hash`; FIXTURE_HASH to begin. */
#define FIXTURE_HASH 14695981039346656037u
uint64_t fixture_hash(uint64_t hash, const void *bytes, size_t len);
/* Open descriptors of this process. */
unsigned fixture_descriptors(void);

/* May this process use io_uring, and is the kernel new enough for the back end? */
bool fixture_uring_permitted(void);
/* From now on this process may not: a seccomp filter, as Docker's default profile has one. */
void fixture_uring_deny(void);

/*
 * One body, three tests: on io_uring (skipped, visibly, where it is forbidden), on epoll, and on
 * what IO_AUTO takes when a seccomp filter denies io_uring.
 */
#define IO_TEST(name)                                                                              \
    static void io_test_##name(enum io_backend backend);                                           \
    Test(io_uring, name, .timeout = 60)                                                            \
    {                                                                                              \
        if (!fixture_uring_permitted()) {                                                          \
            cr_skip_test("io_uring is not available here");                                        \
        }                                                                                          \
        io_test_##name(IO_URING);                                                                  \
    }                                                                                              \
    Test(io_epoll, name, .timeout = 60)                                                            \
    {                                                                                              \
        io_test_##name(IO_EPOLL);                                                                  \
    }                                                                                              \
    Test(io_denied, name, .timeout = 60)                                                           \
    {                                                                                              \
        fixture_uring_deny();                                                                      \
        io_test_##name(IO_AUTO);                                                                   \
    }                                                                                              \
    static void io_test_##name(enum io_backend backend)

/* The same with `f` open, which is closed behind the body. */
#define WITH_IO(name)                                                                              \
    static void with_io_##name(struct fixture *f);                                                 \
    IO_TEST(name)                                                                                  \
    {                                                                                              \
        struct fixture fixture;                                                                    \
        fixture_open(&fixture, backend, NULL);                                                     \
        with_io_##name(&fixture);                                                                  \
        fixture_close(&fixture);                                                                   \
    }                                                                                              \
    static void with_io_##name(struct fixture *f)

#endif
