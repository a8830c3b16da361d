/* io_receive and io_ready: what comes, how often, and when nothing more is pending. */
#include "conformance/io_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

WITH_IO(a_receive_until_the_end_shows_bytes_and_then_the_end)
{
    int far, near;

    near = fixture_pair(f, 7, &far);
    io_receive(f->io, near, true);
    cr_expect(io_receive_pending(f->io, near));
    fixture_write(far, "hello", 5);
    TURN_UNTIL(f, f->users[7].bytes == 5);
    cr_expect_str_eq(f->users[7].text, "hello");
    cr_expect_eq(f->users[7].lasts, 0);
    fixture_write(far, " there", 6);
    TURN_UNTIL(f, f->users[7].bytes == 11);
    cr_expect(io_receive_pending(f->io, near));
    close(far);
    TURN_UNTIL(f, f->users[7].lasts == 1);
    cr_expect_eq(f->users[7].received_result, 0);
    cr_expect_not(io_receive_pending(f->io, near));
    cr_expect_str_eq(f->users[7].text, "hello there");
}

static void echo(struct fixture *f, uint64_t user, uint8_t *bytes, int len, bool more)
{
    static char copy[64];

    (void)more;
    if (len > 0) {
        memcpy(copy, bytes, (size_t)len);
        copy[len] = '\0';
        fixture_send(f, f->users[user].fd, copy);
    }
}

WITH_IO(an_accepted_connection_is_echoed)
{
    uint16_t port;
    char back[6] = "";
    int client;

    f->accept_receives = true;
    f->on_received = echo;
    (void)fixture_accepting(f, 1, &port);
    client = fixture_client(port);
    fixture_write(client, "hello", 5);
    TURN_UNTIL(f, f->users[2].sents == 1);
    cr_expect_eq(f->users[2].sent_result, 5);
    cr_expect_eq(fixture_read(client, back, 5), 5);
    cr_expect_str_eq(back, "hello");
    close(client);
}

WITH_IO(a_receive_once_has_one_result_and_leaves_the_rest)
{
    int far, near;

    near = fixture_pair(f, 1, &far);
    io_receive(f->io, near, false);
    fixture_write(far, "one", 3);
    TURN_UNTIL(f, f->users[1].received == 1);
    cr_expect_eq(f->users[1].lasts, 1);
    cr_expect_not(io_receive_pending(f->io, near));
    fixture_write(far, "two", 3);
    fixture_idle(f);
    cr_expect_eq(f->users[1].received, 1);
    io_receive(f->io, near, false);
    TURN_UNTIL(f, f->users[1].received == 2);
    cr_expect_str_eq(f->users[1].text, "onetwo");
    close(far);
}

static void receive_again(struct fixture *f, uint64_t user, uint8_t *bytes, int len, bool more)
{
    (void)bytes;
    if (len > 0 && !more) {
        io_receive(f->io, f->users[user].fd, false);
    }
}

IO_TEST(a_callback_may_start_the_next_receive)
{
    struct io_options options = {.buffer_bytes = 16};
    struct fixture f;
    char bytes[1000];
    int far;

    memset(bytes, 'b', sizeof bytes);
    fixture_open(&f, backend, &options);
    f.on_received = receive_again;
    io_receive(f.io, fixture_pair(&f, 1, &far), false);
    fixture_write(far, bytes, sizeof bytes);
    close(far);
    TURN_UNTIL(&f, f.users[1].received_result == 0 && f.users[1].received > 0);
    cr_expect_eq(f.users[1].bytes, sizeof bytes);
    cr_expect_eq(f.users[1].hash, fixture_hash(FIXTURE_HASH, bytes, sizeof bytes));
    cr_expect_eq(f.users[1].lasts, f.users[1].received);
    fixture_close(&f);
}

static void check_len(struct fixture *f, uint64_t user, uint8_t *bytes, int len, bool more)
{
    (void)f, (void)user, (void)more;
    cr_expect_leq(len, 32);
    if (len > 0) {
        memset(bytes, 0xff, (size_t)len); /* ours until we return */
    }
}

IO_TEST(a_result_is_at_most_one_buffer_and_may_be_written_to)
{
    struct io_options options = {.buffer_bytes = 32, .buffer_count = 4};
    struct fixture f;
    char bytes[4000];
    int far;

    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)(i * 7);
    }
    fixture_open(&f, backend, &options);
    f.on_received = check_len;
    io_receive(f.io, fixture_pair(&f, 1, &far), true);
    fixture_write(far, bytes, sizeof bytes);
    TURN_UNTIL(&f, f.users[1].bytes == sizeof bytes);
    cr_expect_eq(f.users[1].hash, fixture_hash(FIXTURE_HASH, bytes, sizeof bytes));
    close(far);
    fixture_close(&f);
}

WITH_IO(a_reset_is_reported_as_an_error)
{
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    int far, near;

    near = fixture_pair(f, 1, &far);
    io_receive(f->io, near, true);
    fixture_turn(f, 0);
    cr_assert_eq(setsockopt(far, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    close(far);
    TURN_UNTIL(f, f->users[1].lasts == 1);
    cr_expect_eq(f->users[1].received_result, -ECONNRESET);
    cr_expect_not(io_receive_pending(f->io, near));
}

WITH_IO(a_peer_that_ends_its_direction_can_still_be_sent_to)
{
    char back[3] = "";
    int far, near;

    near = fixture_pair(f, 1, &far);
    io_receive(f->io, near, true);
    fixture_write(far, "ask", 3);
    cr_assert_eq(shutdown(far, SHUT_WR), 0);
    TURN_UNTIL(f, f->users[1].lasts == 1);
    cr_expect_str_eq(f->users[1].text, "ask");
    fixture_send(f, near, "ok");
    TURN_UNTIL(f, f->users[1].sents == 1);
    cr_expect_eq(fixture_read(far, back, 2), 2);
    cr_expect_str_eq(back, "ok");
    close(far);
}

WITH_IO(an_end_that_nobody_asks_for_does_not_spin)
{
    uint64_t start, completions;
    int far, near;

    near = fixture_pair(f, 1, &far);
    io_receive(f->io, near, false);
    fixture_write(far, "x", 1);
    TURN_UNTIL(f, f->users[1].lasts == 1);
    fixture_write(far, "more", 4);
    close(far);
    fixture_turn(f, 20);
    fixture_turn(f, 20);
    completions = io_counters(f->io)->completions;
    start = fixture_now_ms();
    fixture_turn(f, 80);
    cr_expect_geq(fixture_now_ms() - start, 75, "a turn sleeps while nothing is asked for");
    cr_expect_eq(io_counters(f->io)->completions, completions);
}

WITH_IO(ready_completes_once_and_reads_nothing)
{
    int far, near;

    near = fixture_pair(f, 1, &far);
    io_ready(f->io, near);
    cr_expect(io_receive_pending(f->io, near));
    fixture_idle(f);
    cr_expect_eq(f->users[1].readies, 0);
    fixture_write(far, "abc", 3);
    TURN_UNTIL(f, f->users[1].readies == 1);
    cr_expect_eq(f->users[1].ready_result, 0);
    cr_expect_not(io_receive_pending(f->io, near));
    fixture_write(far, "def", 3);
    fixture_idle(f);
    cr_expect_eq(f->users[1].readies, 1);
    io_receive(f->io, near, true);
    TURN_UNTIL(f, f->users[1].bytes == 6);
    cr_expect_str_eq(f->users[1].text, "abcdef");
    close(far);
}

WITH_IO(ready_completes_for_what_was_there_before_and_for_the_end)
{
    int far[2], near;

    near = fixture_pair(f, 1, &far[0]);
    fixture_write(far[0], "abc", 3);
    io_ready(f->io, near);
    TURN_UNTIL(f, f->users[1].readies == 1);
    io_ready(f->io, near);
    TURN_UNTIL(f, f->users[1].readies == 2);
    io_ready(f->io, fixture_pair(f, 2, &far[1]));
    fixture_turn(f, 0);
    close(far[1]);
    TURN_UNTIL(f, f->users[2].readies == 1);
    cr_expect_eq(f->users[2].ready_result, 0, "receive reports that it is the end");
    close(far[0]);
}

static void receive_on_ready(struct fixture *f, uint64_t user, int result)
{
    cr_expect_eq(result, 0);
    io_receive(f->io, f->users[user].fd, false);
}

static void park_on_received(struct fixture *f, uint64_t user, uint8_t *bytes, int len, bool more)
{
    (void)bytes;
    cr_expect_not(more);
    if (len > 0) {
        io_ready(f->io, f->users[user].fd);
    }
}

WITH_IO(parking_between_receives_loses_nothing)
{
    int far;

    f->on_ready = receive_on_ready;
    f->on_received = park_on_received;
    io_ready(f->io, fixture_pair(f, 1, &far));
    for (unsigned i = 1; i <= 200; i++) {
        fixture_write(far, "0123456789", 10);
        if (i % 3 == 0) {
            TURN_UNTIL(f, f->users[1].bytes == i * 10);
        }
    }
    close(far);
    TURN_UNTIL(f, f->users[1].received_result == 0 && f->users[1].lasts > 0);
    cr_expect_eq(f->users[1].bytes, 2000);
}
