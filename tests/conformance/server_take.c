/* take_fd(): the descriptor leaves the worker, and no byte stays behind. */
#include "conformance/server_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { STREAM_BYTES = 1500000, OUTPUT_BYTES = 300000 };

/* What one connection's bytes come to, wherever they are read. */
struct taken {
    size_t take_at; /* after so many bytes */
    size_t written; /* queued before it is taken */
    uint64_t hash, bytes;
    int fd;
    bool end, asked;
    pthread_t reader;
};

static struct taken taken;

/* The plugin's own thread: plain, blocking read and write. */
static void *reads_on(void *arg)
{
    struct taken *t = arg;
    static uint8_t bytes[65536];
    ssize_t got = 0;

    while (!t->end && (got = read(t->fd, bytes, sizeof bytes)) > 0) {
        t->hash = fixture_hash(t->hash, bytes, (size_t)got);
        t->bytes += (uint64_t)got;
    }
    cr_expect_eq(got, 0, "read: %s", strerror(errno));
    cr_expect_eq(write(t->fd, &t->hash, sizeof t->hash), (ssize_t)sizeof t->hash);
    close(t->fd);
    return NULL;
}

static void takes(void *arg, int fd, const uint8_t *bytes, size_t len, bool end)
{
    struct taken *t = arg;

    t->fd = fd;
    t->end = end;
    if (fd >= 0) {
        cr_expect_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0, "blocking");
        t->hash = fixture_hash(t->hash, bytes, len);
        t->bytes += len;
        cr_assert_eq(pthread_create(&t->reader, NULL, reads_on, t), 0);
    } else {
        cr_expect_eq(len, 0);
    }
    mark("taken");
}

static void take_now(struct shunt_stream *stream)
{
    const struct shunt_host *h = probe.host;

    taken.asked = true;
    cr_expect_eq(h->take_fd(stream, takes, &taken), SHUNT_OK);
    cr_expect_eq(h->take_fd(stream, takes, &taken), SHUNT_ESTATE);
    cr_expect_eq(h->write(stream, "x", 1), SHUNT_ESTATE);
    h->cork(stream); /* holds nothing back any more */
}

static void counts_and_takes(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    static const uint8_t output[OUTPUT_BYTES];

    cr_expect(!taken.asked, "data() after take_fd()");
    taken.hash = fixture_hash(taken.hash, bytes, len);
    taken.bytes += len;
    if (taken.bytes >= taken.take_at) {
        if (taken.written > 0) {
            (void)probe.host->write(stream, output, taken.written);
        }
        take_now(stream);
    }
}

static void expects_taken(struct shunt_stream *stream, enum shunt_close_reason reason)
{
    (void)stream;
    value_put(reason);
}

static void taken_reset(size_t take_at, size_t written)
{
    taken = (struct taken){.take_at = take_at, .written = written, .hash = FIXTURE_HASH, .fd = -2};
}

/* ---- while data streams in ---- */

static uint8_t *stream_bytes(void)
{
    uint8_t *bytes = malloc(STREAM_BYTES);

    cr_assert_not_null(bytes);
    for (size_t i = 0; i < STREAM_BYTES; i++) {
        bytes[i] = (uint8_t)random();
    }
    return bytes;
}

static void write_in_pieces(int fd, const uint8_t *bytes)
{
    for (size_t at = 0; at < STREAM_BYTES;) {
        size_t len = 1 + (size_t)random() % 40000;

        len = len < STREAM_BYTES - at ? len : STREAM_BYTES - at;
        fixture_write(fd, bytes + at, len);
        at += len;
    }
}

SERVER_TEST(a_descriptor_taken_while_data_streams_in_loses_and_reorders_nothing)
{
    uint8_t *bytes;
    struct server s;
    unsigned descriptors = 0;

    srandom(3);
    bytes = stream_bytes();
    probe.data = counts_and_takes;
    probe.close = expects_taken;
    server_open(&s, backend, NULL);
    for (unsigned round = 0; round < 12; round++) {
        uint64_t hash = 0;
        int fd;

        taken_reset((size_t)random() % STREAM_BYTES, 0);
        fd = client_upgraded(&s, "/any", "alpha");
        write_in_pieces(fd, bytes);
        shutdown(fd, SHUT_WR);
        cr_assert_eq(fixture_read(fd, &hash, sizeof hash), sizeof hash);
        cr_expect_eq(hash, fixture_hash(FIXTURE_HASH, bytes, STREAM_BYTES), "taken at %zu",
                     taken.take_at);
        client_expect_fin(fd);
        pthread_join(taken.reader, NULL);
        cr_expect_eq(taken.bytes, STREAM_BYTES);
        cr_expect_eq(value_take(), SHUNT_CLOSED_TAKEN);
        cr_expect(round == 0 || fixture_descriptors() == descriptors, "a descriptor leaks");
        descriptors = fixture_descriptors();
    }
    server_close(&s);
    free(bytes);
}

SERVER_TEST(early_bytes_travel_with_a_descriptor_that_open_takes)
{
    struct server s;
    struct answer answer;
    uint64_t hash = 0;
    int fd;

    probe.open = take_now;
    server_open(&s, backend, NULL);
    taken_reset(0, 0);
    fd = client_open(&s);
    client_send(fd, "GET /any HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: alpha\r\n"
                    "\r\nearly");
    client_send(fd, " and late");
    shutdown(fd, SHUT_WR);
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101);
    cr_assert_eq(fixture_read(fd, &hash, sizeof hash), sizeof hash);
    cr_expect_eq(hash, fixture_hash(FIXTURE_HASH, "early and late", 14));
    client_expect_fin(fd);
    pthread_join(taken.reader, NULL);
    server_close(&s);
    cr_expect_str_eq(mark_text(), "negotiate open taken close ");
}

CLOSING_SERVER(what_is_queued_is_sent_before_the_descriptor_leaves)
{
    static uint8_t output[OUTPUT_BYTES];
    uint64_t hash = 0;
    int fd;

    probe.data = counts_and_takes;
    server_open(s, backend, NULL);
    taken_reset(1, OUTPUT_BYTES);
    fd = client_upgraded(s, "/any", "alpha");
    client_send(fd, "go");
    cr_assert_eq(fixture_read(fd, output, sizeof output), sizeof output);
    shutdown(fd, SHUT_WR);
    cr_assert_eq(fixture_read(fd, &hash, sizeof hash), sizeof hash);
    cr_expect_eq(hash, fixture_hash(FIXTURE_HASH, "go", 2));
    client_expect_fin(fd);
    pthread_join(taken.reader, NULL);
}

SERVER_TEST(an_end_that_was_seen_travels_too)
{
    struct server s;
    uint64_t hash = 0;
    int fd;

    probe.data = counts_and_takes;
    probe.end = take_now;
    server_open(&s, backend, NULL);
    taken_reset(1000, 0);
    fd = client_upgraded(&s, "/any", "alpha");
    client_send(fd, "bytes");
    shutdown(fd, SHUT_WR);
    cr_assert_eq(fixture_read(fd, &hash, sizeof hash), sizeof hash);
    cr_expect_eq(hash, fixture_hash(FIXTURE_HASH, "bytes", 5));
    client_expect_fin(fd);
    pthread_join(taken.reader, NULL);
    cr_expect(taken.end);
    server_close(&s);
    cr_expect_str_eq(mark_text(), "negotiate open data end taken close ");
}

static void put_id(struct shunt_stream *stream)
{
    value_put(probe.host->id(stream));
}

static void pauses(struct shunt_stream *stream)
{
    value_put(probe.host->id(stream));
    probe.host->pause(stream);
}

static void take_task(struct shunt_stream *stream, void *arg)
{
    (void)arg;
    take_now(stream);
}

SERVER_TEST(a_paused_stream_can_be_taken)
{
    struct server s;
    uint64_t hash = 0;
    shunt_id id;
    int fd;

    probe.open = pauses;
    server_open(&s, backend, NULL);
    taken_reset(0, 0);
    fd = client_upgraded(&s, "/any", "alpha");
    id = value_take();
    client_send(fd, "bytes");
    shutdown(fd, SHUT_WR);
    client_turn(&s);
    cr_assert_eq(probe.host->post(id, take_task, NULL, NULL), SHUNT_OK);
    cr_assert_eq(fixture_read(fd, &hash, sizeof hash), sizeof hash);
    cr_expect_eq(hash, fixture_hash(FIXTURE_HASH, "bytes", 5));
    client_expect_fin(fd);
    pthread_join(taken.reader, NULL);
    server_close(&s);
    cr_expect_str_eq(mark_text(), "negotiate open taken close ");
}

static void quickly(struct config *config)
{
    config->timeouts.park_ms = 16; /* a look at the connections every 10 ms */
}

CLOSING_SERVER(a_parked_stream_can_be_taken)
{
    uint64_t hash = 0;
    shunt_id id;
    int fd;

    probe.open = put_id;
    server_create(s, backend);
    quickly(server_config(s->server));
    server_log_keep(s);
    server_start(s);
    taken_reset(0, 0);
    fd = client_upgraded(s, "/any", "alpha");
    id = value_take();
    while (server_counter(s, "conn.parks") == 0) {
    }
    cr_assert_eq(probe.host->post(id, take_task, NULL, NULL), SHUNT_OK);
    mark_wait("taken", 1);
    client_send(fd, "bytes");
    shutdown(fd, SHUT_WR);
    cr_assert_eq(fixture_read(fd, &hash, sizeof hash), sizeof hash);
    cr_expect_eq(hash, fixture_hash(FIXTURE_HASH, "bytes", 5));
    client_expect_fin(fd);
    pthread_join(taken.reader, NULL);
}

/* ---- when there is nothing to take ---- */

static uint8_t much[8 << 20];

/* More than the kernel takes, so that the move has to wait. */
static void writes_much_and_takes(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    (void)bytes, (void)len;
    (void)probe.host->write(stream, much, sizeof much);
    take_now(stream);
    mark("asked");
}

static void large_queue(struct config *config)
{
    config->limits.queue_bytes_max = 2 * sizeof much;
}

SERVER_TEST(a_client_that_dies_first_leaves_no_descriptor_to_take)
{
    const struct linger now = {.l_onoff = 1};
    struct server s;
    int fd;

    probe.data = writes_much_and_takes;
    probe.close = expects_taken;
    server_open(&s, backend, large_queue);
    taken_reset(0, 0);
    fd = client_upgraded(&s, "/any", "alpha");
    client_send(fd, "go");
    mark_wait("asked", 1);
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(fd);
    mark_wait("close", 1);
    cr_expect_eq(taken.fd, -1);
    cr_expect_eq(value_take(), SHUNT_CLOSED_BY_ERROR);
    server_close(&s);
    cr_expect_str_eq(mark_text(), "negotiate open asked data taken close ");
}

static void hasty(struct config *config)
{
    large_queue(config);
    config->timeouts.write_ms = 30;
    quickly(config);
}

CLOSING_SERVER(a_client_that_reads_nothing_cannot_hold_the_move_up_for_ever)
{
    int fd;

    probe.data = writes_much_and_takes;
    probe.close = expects_taken;
    server_open(s, backend, hasty);
    taken_reset(0, 0);
    fd = client_upgraded(s, "/any", "alpha");
    client_send(fd, "go");
    mark_wait("close", 1);
    cr_expect_eq(taken.fd, -1);
    cr_expect_eq(value_take(), SHUNT_CLOSED_BY_LIMIT);
    client_expect_reset(fd);
}

SERVER_TEST(a_stop_at_once_ends_a_move)
{
    struct server s;
    int fd;

    probe.data = writes_much_and_takes;
    probe.close = expects_taken;
    server_open(&s, backend, large_queue);
    taken_reset(0, 0);
    fd = client_upgraded(&s, "/any", "alpha");
    client_send(fd, "go");
    mark_wait("asked", 1);
    shunt_server_stop(s.server);
    shunt_server_stop(s.server);
    server_join(&s);
    cr_expect_eq(taken.fd, -1);
    cr_expect_eq(mark_count("taken"), 1);
    cr_expect_eq(value_take(), SHUNT_CLOSED_BY_SERVER);
    close(fd);
}

static void closes_then_takes(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    (void)bytes, (void)len;
    probe.host->close(stream, SHUNT_CLOSE_GRACEFUL);
    cr_expect_eq(probe.host->take_fd(stream, takes, &taken), SHUNT_ESTATE);
}

SERVER_TEST(a_stream_that_closes_cannot_be_taken)
{
    struct server s;
    int fd;

    probe.data = closes_then_takes;
    server_open(&s, backend, NULL);
    fd = client_upgraded(&s, "/any", "alpha");
    client_send(fd, "go");
    client_expect_fin(fd);
    server_close(&s);
    cr_expect_eq(mark_count("taken"), 0);
}
