/* io_send and io_connect. */
#include "conformance/io_fixture.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

WITH_IO(a_send_is_reported_later_with_the_bytes_taken)
{
    char back[6] = "";
    int far, near;

    near = fixture_pair(f, 1, &far);
    cr_expect_not(io_send_pending(f->io, near));
    fixture_send(f, near, "hello");
    cr_expect_eq(f->users[1].sents, 0, "never inside the call");
    cr_expect(io_send_pending(f->io, near));
    TURN_UNTIL(f, f->users[1].sents == 1);
    cr_expect_eq(f->users[1].sent_result, 5);
    cr_expect_not(io_send_pending(f->io, near));
    cr_expect_eq(fixture_read(far, back, 5), 5);
    cr_expect_str_eq(back, "hello");
    close(far);
}

WITH_IO(a_turn_that_reports_a_send_does_not_sleep_then)
{
    uint64_t start;
    int far;

    fixture_send(f, fixture_pair(f, 1, &far), "hello");
    start = fixture_now_ms();
    fixture_turn(f, 10000);
    cr_expect_eq(f->users[1].sents, 1);
    cr_expect_lt(fixture_now_ms() - start, 5000);
    close(far);
}

WITH_IO(parts_are_copied_and_go_out_in_order)
{
    enum { PAIRS = 100 };
    struct iovec parts[IO_SEND_PARTS];
    char back[IO_SEND_PARTS + 1] = "";
    int far[PAIRS + 1];

    /* More at once than the back end can have of anything that it keeps for each. */
    for (uint64_t user = 1; user <= PAIRS; user++) {
        int near = fixture_pair(f, user, &far[user]);

        for (size_t i = 0; i < IO_SEND_PARTS; i++) {
            parts[i] = (struct iovec){(void *)&"abcdefgh"[i], 1};
        }
        io_send(f->io, near, parts, IO_SEND_PARTS);
        memset(parts, 0, sizeof parts);
    }
    for (uint64_t user = 1; user <= PAIRS; user++) {
        TURN_UNTIL(f, f->users[user].sents == 1);
        cr_expect_eq(f->users[user].sent_result, IO_SEND_PARTS);
        cr_expect_eq(fixture_read(far[user], back, IO_SEND_PARTS), IO_SEND_PARTS);
        cr_expect_str_eq(back, "abcdefgh");
        close(far[user]);
    }
}

static void send_next(struct fixture *f, uint64_t user, int result)
{
    unsigned *left = f->data;

    cr_assert_eq(result, 4);
    if (--*left > 0) {
        fixture_send(f, f->users[user].fd, "next");
    }
}

WITH_IO(a_callback_may_start_the_next_send)
{
    unsigned left = 500;
    static char back[2000];
    int far;

    f->on_sent = send_next;
    f->data = &left;
    fixture_send(f, fixture_pair(f, 1, &far), "next");
    TURN_UNTIL(f, left == 0);
    cr_expect_eq(f->users[1].sents, 500);
    cr_expect_eq(fixture_read(far, back, sizeof back), sizeof back);
    close(far);
}

WITH_IO(a_send_to_a_closed_connection_fails_without_a_signal)
{
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    int far, near;

    near = fixture_pair(f, 1, &far);
    cr_assert_eq(setsockopt(far, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    close(far);
    for (unsigned i = 1; i <= 2; i++) {
        fixture_send(f, near, "hello");
        TURN_UNTIL(f, f->users[1].sents == i);
        cr_expect(f->users[1].sent_result == -EPIPE || f->users[1].sent_result == -ECONNRESET);
    }
}

/* ---- more than the socket holds ---- */

enum { MUCH = 24 << 20 };

static char *much_make(uint64_t *hash)
{
    char *bytes = malloc(MUCH);

    cr_assert_not_null(bytes);
    for (size_t i = 0; i < MUCH; i++) {
        bytes[i] = (char)(i ^ i >> 8 ^ i >> 16);
    }
    *hash = fixture_hash(FIXTURE_HASH, bytes, MUCH);
    return bytes;
}

struct much {
    char *bytes;
    uint64_t sent;
    int far;
    uint64_t hash;
};

static void send_rest(struct fixture *f, uint64_t user, int result)
{
    struct much *much = f->data;

    cr_assert_gt(result, 0);
    much->sent += (uint64_t)result;
    if (much->sent < MUCH) {
        struct iovec part = {much->bytes + much->sent, MUCH - much->sent};

        io_send(f->io, f->users[user].fd, &part, 1);
    }
}

static void *read_much(void *arg)
{
    struct much *much = arg;
    static char bytes[100000];
    size_t left = MUCH;

    much->hash = FIXTURE_HASH;
    while (left > 0) {
        ssize_t got = fixture_read(much->far, bytes, left < sizeof bytes ? left : sizeof bytes);

        cr_assert_gt(got, 0);
        much->hash = fixture_hash(much->hash, bytes, (size_t)got);
        left -= (size_t)got;
    }
    return NULL;
}

IO_TEST(a_peer_that_never_reads_holds_the_send_and_when_it_reads_all_comes)
{
    struct much much = {0};
    struct iovec part;
    struct fixture f;
    pthread_t reader;
    uint64_t hash, start;
    unsigned wakes = 0;
    int near;

    much.bytes = much_make(&hash);
    fixture_open(&f, backend, NULL);
    f.on_sent = send_rest;
    f.data = &much;
    near = fixture_pair(&f, 1, &much.far);
    part = (struct iovec){much.bytes, MUCH};
    io_send(f.io, near, &part, 1);
    fixture_idle(&f);
    cr_expect(io_send_pending(f.io, near));
    cr_expect_lt(much.sent, MUCH);
    /* An acknowledgement that comes late wakes the loop once or twice; one that spins never sleeps.
     */
    do {
        start = fixture_now_ms();
        fixture_turn(&f, 60);
    } while (fixture_now_ms() - start < 55 && ++wakes < 20);
    cr_expect_lt(wakes, 20, "sleeps while the peer does");
    cr_assert_eq(pthread_create(&reader, NULL, read_much, &much), 0);
    TURN_UNTIL(&f, much.sent == MUCH);
    pthread_join(reader, NULL);
    cr_expect_eq(much.hash, hash);
    free(much.bytes);
    close(much.far);
    fixture_close(&f);
}

IO_TEST(a_receive_works_while_a_send_waits)
{
    struct much much = {0};
    struct iovec part;
    struct fixture f;
    uint64_t hash;
    int near;

    much.bytes = much_make(&hash);
    fixture_open(&f, backend, NULL);
    f.on_sent = send_rest;
    f.data = &much;
    near = fixture_pair(&f, 1, &much.far);
    io_receive(f.io, near, true);
    part = (struct iovec){much.bytes, MUCH};
    io_send(f.io, near, &part, 1);
    fixture_idle(&f);
    fixture_write(much.far, "stop", 4);
    TURN_UNTIL(&f, f.users[1].bytes == 4);
    cr_expect(io_send_pending(f.io, near));
    io_receive_cancel(f.io, near);
    TURN_UNTIL(&f, f.users[1].lasts == 1);
    cr_expect(io_send_pending(f.io, near), "a cancel is about receiving only");
    f.on_sent = NULL;
    io_close(f.io, near, true);
    TURN_UNTIL(&f, f.users[1].sents > 0 && f.users[1].sent_result < MUCH);
    free(much.bytes);
    close(much.far);
    fixture_close(&f);
}

/* Each piece that goes out is reported, and a socket that is full again and again is no failure. */
IO_TEST(a_send_to_a_slow_reader_shows_each_step_and_does_not_fail)
{
    enum { SLOW = 1 << 19, BUFFER = 16384, PIECE = 4096, STEPS_MIN = 8 };
    static char bytes[PIECE];
    struct much much = {.hash = FIXTURE_HASH};
    struct fixture f;
    uint64_t hash;
    size_t got = 0;
    int near, size = BUFFER;

    much.bytes = much_make(&hash);
    hash = fixture_hash(FIXTURE_HASH, much.bytes, SLOW);
    fixture_open(&f, backend, NULL);
    near = fixture_pair(&f, 1, &much.far);
    cr_assert_eq(setsockopt(near, SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
    cr_assert_eq(setsockopt(much.far, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
    while (got < SLOW) {
        uint64_t sent = f.users[1].sent_bytes;

        if (sent < SLOW && !io_send_pending(f.io, near)) {
            struct iovec part = {much.bytes + sent, SLOW - sent};

            cr_assert_geq(f.users[1].sent_result, 0);
            io_send(f.io, near, &part, 1);
        }
        fixture_turn(&f, 0);
        for (ssize_t here = PIECE; here == PIECE;) {
            here = recv(much.far, bytes, PIECE, MSG_DONTWAIT);
            got += here > 0 ? (size_t)here : 0;
            much.hash = fixture_hash(much.hash, bytes, here > 0 ? (size_t)here : 0);
        }
    }
    cr_expect_eq(much.hash, hash);
    TURN_UNTIL(&f, f.users[1].sent_bytes == SLOW);
    cr_expect_geq(f.users[1].sents, STEPS_MIN, "only %u steps", f.users[1].sents);
    free(much.bytes);
    close(much.far);
    fixture_close(&f);
}

/* ---- connect ---- */

static int socket_known(struct fixture *f, uint64_t user)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    cr_assert_geq(fd, 0);
    cr_assert_eq(io_add(f->io, fd, user), SHUNT_OK);
    f->users[user].fd = fd;
    return fd;
}

static void connect_to(struct fixture *f, int fd, uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};

    io_connect(f->io, fd, (struct sockaddr *)&at, sizeof at);
    memset(&at, 0xff, sizeof at); /* the address is copied */
}

WITH_IO(a_connect_is_reported_and_the_connection_works)
{
    uint16_t port;

    f->accept_receives = true;
    f->next_user = 10;
    (void)fixture_accepting(f, 1, &port);
    connect_to(f, socket_known(f, 2), port);
    cr_expect_eq(f->users[2].connects, 0);
    TURN_UNTIL(f, f->users[2].connects == 1);
    cr_expect_eq(f->users[2].connect_result, 0);
    fixture_send(f, f->users[2].fd, "hello");
    TURN_UNTIL(f, f->users[10].bytes == 5 && f->users[2].sents == 1);
    io_receive(f->io, f->users[2].fd, true);
    fixture_send(f, f->users[10].fd, "back");
    TURN_UNTIL(f, f->users[2].bytes == 4);
}

WITH_IO(a_refused_connect_is_reported)
{
    uint16_t port;

    close(fixture_listener(&port));
    connect_to(f, socket_known(f, 2), port);
    TURN_UNTIL(f, f->users[2].connects == 1);
    cr_expect_eq(f->users[2].connect_result, -ECONNREFUSED);
    io_close(f->io, f->users[2].fd, false);
    fixture_idle(f);
    cr_expect_eq(f->users[2].connects, 1);
}

WITH_IO(a_connect_whose_descriptor_is_closed_is_not_reported)
{
    unsigned before;
    uint16_t port;
    int listener;

    listener = fixture_listener(&port);
    before = fixture_descriptors();
    connect_to(f, socket_known(f, 2), port);
    io_close(f->io, f->users[2].fd, false);
    fixture_idle(f);
    cr_expect_eq(f->users[2].connects, 0);
    cr_expect_eq(fixture_descriptors(), before);
    close(listener);
}
