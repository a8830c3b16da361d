/* How streams end: modes, reasons, and that `close` is the last callback, once, and never nested.
 */
#include "conformance/server_fixture.h"

#include <stdlib.h>
#include <unistd.h>

static enum shunt_close_reason close_reason;
static bool inside; /* one of the stream's other callbacks runs */

static void keeps_reason(struct shunt_stream *stream, enum shunt_close_reason reason)
{
    cr_expect(!inside, "close() within another callback");
    cr_expect_not_null(probe.host->worker(stream));
    cr_expect_not_null(probe.host->state(stream));
    close_reason = reason;
}

/* A server whose probe keeps the reason, and a stream of `protocol` on it. */
static int opened(struct server *s, enum io_backend backend, void (*change)(struct config *config),
                  const char *protocol)
{
    probe.close = keeps_reason;
    server_open(s, backend, change);
    return client_upgraded(s, "/any", protocol);
}

static void ends_with(struct server *s, enum shunt_close_reason want)
{
    mark_wait("close", 1);
    server_close(s);
    cr_expect_eq(mark_count("close"), 1);
    cr_expect_eq(close_reason, want, "reason %d", (int)close_reason);
}

/* ---- the protocol closes ---- */

static void closes_gracefully(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    const struct shunt_host *h = probe.host;

    inside = true;
    (void)h->write(stream, bytes, len);
    h->close(stream, SHUNT_CLOSE_GRACEFUL);
    h->close(stream, SHUNT_CLOSE_GRACEFUL);
    cr_expect_eq(h->write(stream, "x", 1), SHUNT_ESTATE);
    h->cork(stream); /* too late to hold anything back */
    h->pause(stream);
    h->resume(stream);
    h->timer(stream, 1);
    inside = false;
}

SERVER_TEST(a_graceful_close_sends_what_is_queued_and_then_fin)
{
    struct server s;
    int fd;

    probe.data = closes_gracefully;
    fd = opened(&s, backend, NULL, "alpha");
    client_send(fd, "bye");
    client_expect(fd, "bye");
    client_expect_fin(fd);
    ends_with(&s, SHUNT_CLOSED_BY_PROTOCOL);
    cr_expect_str_eq(mark_text(), "negotiate open data close ");
}

static void closes_now(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    inside = true;
    (void)probe.host->write(stream, bytes, len);
    probe.host->close(stream, SHUNT_CLOSE_NOW);
    inside = false;
}

SERVER_TEST(a_close_now_drops_what_is_queued_and_resets)
{
    struct server s;
    int fd;

    probe.data = closes_now;
    fd = opened(&s, backend, NULL, "alpha");
    client_send(fd, "bye");
    client_expect_reset(fd);
    ends_with(&s, SHUNT_CLOSED_BY_PROTOCOL);
}

static void closes_both_ways(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    closes_gracefully(stream, bytes, len);
    probe.host->close(stream, SHUNT_CLOSE_NOW);
}

SERVER_TEST(a_close_now_overtakes_a_graceful_one)
{
    struct server s;
    int fd;

    probe.data = closes_both_ways;
    fd = opened(&s, backend, NULL, "alpha");
    client_send(fd, "bye");
    client_expect_reset(fd);
    ends_with(&s, SHUNT_CLOSED_BY_PROTOCOL);
}

static void ends_now(struct shunt_stream *stream)
{
    (void)probe.host->write(stream, "half", 4);
    probe.host->close(stream, SHUNT_CLOSE_NOW);
}

/* A clean end would claim that the peer has got everything. */
SERVER_TEST(a_close_now_resets_a_peer_that_has_ended_its_own_direction_too)
{
    struct server s;
    int fd;

    probe.end = ends_now;
    fd = opened(&s, backend, NULL, "alpha");
    shutdown(fd, SHUT_WR);
    client_expect_reset(fd);
    ends_with(&s, SHUNT_CLOSED_BY_PROTOCOL);
}

/* ---- a slow peer gets all of it ---- */

static size_t amount;

static void writes_much_and_closes(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    uint8_t *much = calloc(1, amount);

    (void)bytes, (void)len;
    (void)probe.host->write(stream, much, amount);
    probe.host->close(stream, SHUNT_CLOSE_GRACEFUL);
    free(much);
}

static void impatient(struct config *config)
{
    config->timeouts.close_ms = 30;
    config->limits.queue_bytes_max = 64u << 20;
}

/* The close time-out is for a peer that does not end its direction, not for one that reads. */
CLOSING_SERVER(the_close_time_out_takes_no_byte_from_a_slow_reader)
{
    static const size_t amounts[] = {300000, 16u << 20}; /* the kernel takes all; or it does not */

    probe.data = writes_much_and_closes;
    server_open(s, backend, impatient);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *got = malloc(amounts[i]);
        uint64_t end_ms;
        int fd;

        amount = amounts[i];
        fd = client_upgraded(s, "/any", "alpha");
        client_send(fd, "go");
        mark_wait("close", i + 1);
        for (end_ms = fixture_now_ms() + 100; fixture_now_ms() < end_ms;) {
            client_turn(s); /* the time-out passes meanwhile */
        }
        cr_expect_eq(fixture_read(fd, got, amount), (ssize_t)amount);
        client_expect_fin(fd);
        free(got);
    }
}

CLOSING_SERVER(a_peer_that_never_ends_its_direction_is_let_go_after_the_close_time_out)
{
    int fd;

    probe.data = closes_gracefully;
    server_create(s, backend);
    impatient(server_config(s->server));
    server_log_keep(s);
    server_start(s);
    fd = client_upgraded(s, "/any", "alpha");
    client_send(fd, "bye");
    client_expect(fd, "bye");
    while (server_counter(s, "conn.close_timeouts") == 0) {
    }
    cr_expect_eq(server_counter(s, "conn.live"), 0);
    close(fd);
}

/* ---- others close ---- */

SERVER_TEST(without_an_end_callback_the_peers_end_closes_the_stream)
{
    struct server s;
    int fd = opened(&s, backend, NULL, "bare");

    client_send(fd, "x");
    client_expect(fd, "x");
    shutdown(fd, SHUT_WR);
    client_expect_fin(fd);
    ends_with(&s, SHUNT_CLOSED_BY_PEER);
}

static void goes_on_after_end(struct shunt_stream *stream)
{
    (void)probe.host->write(stream, "after the end", 13);
    probe.host->close(stream, SHUNT_CLOSE_GRACEFUL);
}

SERVER_TEST(after_the_peers_end_our_direction_is_still_open)
{
    struct server s;
    int fd;

    probe.end = goes_on_after_end;
    fd = opened(&s, backend, NULL, "alpha");
    shutdown(fd, SHUT_WR);
    client_expect(fd, "after the end");
    client_expect_fin(fd);
    ends_with(&s, SHUNT_CLOSED_BY_PROTOCOL);
}

SERVER_TEST(a_reset_closes_with_an_error)
{
    const struct linger now = {.l_onoff = 1};
    struct server s;
    int fd = opened(&s, backend, NULL, "alpha");

    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(fd);
    ends_with(&s, SHUNT_CLOSED_BY_ERROR);
    cr_expect_eq(mark_count("end"), 0);
}

/* ---- the server stops ---- */

static void write_goodbye(struct shunt_stream *stream)
{
    (void)probe.host->write(stream, "goodbye", 7);
    probe.host->close(stream, SHUNT_CLOSE_GRACEFUL);
}

SERVER_TEST(stop_lets_a_protocol_close_in_its_own_way)
{
    struct server s;
    int fd;

    probe.shutdown = write_goodbye;
    fd = opened(&s, backend, NULL, "alpha");
    shunt_server_stop(s.server);
    client_expect(fd, "goodbye");
    client_expect_fin(fd);
    server_join(&s);
    cr_expect_eq(close_reason, SHUNT_CLOSED_BY_PROTOCOL);
    cr_expect_str_eq(mark_text(), "negotiate open shutdown close ");
}

SERVER_TEST(stop_closes_a_protocol_without_a_way_of_its_own_gracefully)
{
    struct server s;
    int fd = opened(&s, backend, NULL, "bare");

    shunt_server_stop(s.server);
    client_expect_fin(fd);
    server_join(&s);
    cr_expect_eq(close_reason, SHUNT_CLOSED_BY_SERVER);
}

static void stays(struct shunt_stream *stream)
{
    (void)stream;
}

static void short_drain(struct config *config)
{
    config->timeouts.drain_ms = 30;
}

SERVER_TEST(who_does_not_close_is_closed_at_the_end_of_the_drain_time)
{
    struct server s;
    int fd;

    probe.shutdown = stays;
    fd = opened(&s, backend, short_drain, "alpha");
    shunt_server_stop(s.server);
    client_expect_reset(fd);
    server_join(&s);
    cr_expect_eq(close_reason, SHUNT_CLOSED_BY_SERVER);
    cr_expect_eq(mark_count("close"), 1);
}

SERVER_TEST(a_second_stop_does_not_wait)
{
    struct server s;
    int fd;

    probe.shutdown = stays;
    fd = opened(&s, backend, NULL, "alpha"); /* drain time: 10 s */
    shunt_server_stop(s.server);
    mark_wait("shutdown", 1);
    shunt_server_stop(s.server);
    client_expect_reset(fd);
    server_join(&s);
    cr_expect_eq(close_reason, SHUNT_CLOSED_BY_SERVER);
}

/* ---- pitfall 5 ---- */

CLOSING_SERVER(closing_while_a_receive_is_armed_is_fin_at_once_and_leaks_no_descriptor)
{
    enum { CYCLES = 1500 };
    unsigned before, left = 0;

    probe.data = closes_gracefully;
    server_create(s, backend);
    server_log_keep(s);
    server_start(s);
    client_turn(s);
    before = fixture_descriptors();
    for (int i = 0; i < CYCLES; i++) {
        int fd = client_upgraded(s, "/any", "alpha");

        client_send(fd, "x");
        client_expect(fd, "x");
        client_expect_fin(fd);
    }
    while (server_counter(s, "conn.live") > 0 || fixture_descriptors() > before) {
        cr_assert_lt(left++, 10000, "%u descriptors, %u before", fixture_descriptors(), before);
    }
}
