/* What a protocol writes: marks, limits, borrowed bytes, corks; and its timer. */
#include "conformance/server_fixture.h"

#include <unistd.h>

/* ---- marks: pitfall 8 ---- */

enum { PIECE = 10000, HIGH = 200000, LOW = 50000, PIECES = 2000 };

static unsigned pieces;

/* A protocol as it should be: writes until the queue is full, and goes on when drained. */
static void writes_until_stopped(struct shunt_stream *stream)
{
    static uint8_t piece[PIECE];
    enum shunt_status status = SHUNT_OK;

    while (pieces < PIECES && status == SHUNT_OK) {
        memset(piece, (int)(pieces++ & 0xff), sizeof piece);
        status = probe.host->write(stream, piece, sizeof piece);
    }
    cr_expect_leq(probe.host->queued(stream), HIGH + PIECE);
    if (status == SHUNT_AGAIN) {
        mark("stopped");
    }
}

static void sets_marks_and_writes(struct shunt_stream *stream)
{
    const struct shunt_host *h = probe.host;

    cr_expect_eq(h->set_marks(stream, 10, 10), SHUNT_EINVAL);
    cr_expect_eq(h->set_marks(stream, 10, (size_t)1 << 40), SHUNT_EINVAL);
    cr_expect_eq(h->set_marks(stream, LOW, HIGH), SHUNT_OK);
    writes_until_stopped(stream);
}

static void drains(struct shunt_stream *stream)
{
    cr_expect_leq(probe.host->queued(stream), LOW);
    writes_until_stopped(stream);
}

CLOSING_SERVER(a_peer_that_never_reads_stops_the_queue_at_its_mark_and_drained_comes_when_it_reads)
{
    static uint8_t piece[PIECE];
    unsigned stopped;
    int fd;

    probe.open = sets_marks_and_writes;
    probe.drained = drains;
    server_open(s, backend, NULL);
    fd = client_upgraded(s, "/any", "alpha");
    mark_wait("stopped", 1);
    do { /* until the kernel's buffers are full too */
        stopped = mark_count("stopped");
        for (int i = 0; i < 10; i++) {
            client_turn(s);
        }
    } while (mark_count("stopped") != stopped);
    for (unsigned i = 0; i < PIECES; i++) {
        cr_assert_eq(fixture_read(fd, piece, PIECE), PIECE);
        cr_assert(piece[0] == (i & 0xff) && piece[PIECE - 1] == (i & 0xff), "piece %u", i);
    }
    cr_expect_gt(mark_count("drained"), 0);
    close(fd);
}

static void little(struct config *config)
{
    config->limits.queue_bytes_max = 10 * PIECE + 1000;
    config->limits.queue_high_bytes = 2000;
    config->limits.queue_low_bytes = 1000;
}

static void overflows(struct shunt_stream *stream)
{
    static const uint8_t piece[PIECE];
    enum shunt_status status = SHUNT_OK;

    probe.host->cork(stream); /* so that the kernel takes nothing */
    for (int i = 0; i < 10; i++) {
        cr_expect_eq(probe.host->write(stream, piece, PIECE), SHUNT_AGAIN);
    }
    status = probe.host->write(stream, piece, PIECE);
    cr_expect_eq(status, SHUNT_EFULL, "%s", shunt_status_name(status));
    status = probe.host->write(stream, piece, 1);
    cr_expect_eq(status, SHUNT_ESTATE, "%s", shunt_status_name(status));
}

static void expects_limit(struct shunt_stream *stream, enum shunt_close_reason reason)
{
    (void)stream;
    cr_expect_eq(reason, SHUNT_CLOSED_BY_LIMIT);
}

CLOSING_SERVER(a_queue_over_its_limit_closes_the_stream)
{
    int fd;

    probe.open = overflows;
    probe.close = expects_limit;
    server_create(s, backend);
    little(server_config(s->server));
    server_log_keep(s);
    server_start(s);
    fd = client_open(s);
    client_send(fd, upgrade_request("/any", "alpha", ""));
    client_expect_reset(fd);
    mark_wait("close", 1);
    cr_expect_eq(server_counter(s, "conn.queue_overflows"), 1);
}

/* ---- borrowed bytes, corks, timers ---- */

static uint8_t lent[300000];
static unsigned released;

static void release(void *arg)
{
    cr_expect_eq(arg, lent);
    released++;
    mark("released");
}

static void lends(struct shunt_stream *stream)
{
    const struct shunt_host *h = probe.host;

    memset(lent, 'b', sizeof lent);
    (void)h->write(stream, "a", 1);
    (void)h->write_borrowed(stream, lent, sizeof lent, release, lent);
    cr_expect_eq(released, 0);
    (void)h->write(stream, "c", 1);
    (void)h->write_borrowed(stream, lent, 0, release, lent); /* nothing to wait for */
}

SERVER_TEST(borrowed_bytes_go_out_in_order_and_are_released_once_each)
{
    static uint8_t got[sizeof lent + 2];
    struct server s;
    int fd;

    probe.open = lends;
    server_open(&s, backend, NULL);
    fd = client_upgraded(&s, "/any", "alpha");
    cr_assert_eq(fixture_read(fd, got, sizeof got), sizeof got);
    meet();
    cr_expect_eq(got[0], 'a');
    cr_expect_eq(memcmp(got + 1, lent, sizeof lent), 0);
    cr_expect_eq(got[sizeof got - 1], 'c');
    mark_wait("released", 2);
    close(fd);
    server_close(&s);
    cr_expect_eq(released, 2);
}

static void lends_and_closes(struct shunt_stream *stream)
{
    const struct shunt_host *h = probe.host;

    (void)h->write_borrowed(stream, lent, sizeof lent, release, lent);
    h->close(stream, SHUNT_CLOSE_NOW);
    cr_expect_eq(h->write_borrowed(stream, lent, 1, release, lent), SHUNT_ESTATE);
    cr_expect_eq(released, 1, "released in the call that failed");
}

SERVER_TEST(borrowed_bytes_that_are_dropped_or_refused_are_released_once_too)
{
    struct server s;
    int fd;

    probe.open = lends_and_closes;
    server_open(&s, backend, NULL);
    fd = client_open(&s);
    client_send(fd, upgrade_request("/any", "alpha", ""));
    client_expect_reset(fd);
    server_close(&s);
    cr_expect_eq(released, 2);
}

static void corks(struct shunt_stream *stream)
{
    value_put(probe.host->id(stream));
    probe.host->cork(stream);
    probe.host->cork(stream); /* not counted */
    (void)probe.host->write(stream, "one ", 4);
}

static void uncorks(struct shunt_stream *stream, void *arg)
{
    (void)arg;
    cr_expect_geq(probe.host->queued(stream), 4, "corked across turns");
    (void)probe.host->write(stream, "two", 3);
    probe.host->uncork(stream);
}

CLOSING_SERVER(what_is_corked_waits_across_turns_and_goes_out_at_uncork)
{
    shunt_id id;
    int fd;

    probe.open = corks;
    server_open(s, backend, NULL);
    fd = client_open(s);
    client_send(fd, upgrade_request("/any", "alpha", ""));
    id = value_take();
    for (int i = 0; i < 5; i++) {
        client_turn(s);
    }
    cr_assert_eq(probe.host->post(id, uncorks, NULL, NULL), SHUNT_OK);
    {
        struct answer answer;

        client_head(fd, &answer);
        cr_expect_eq(answer.status, 101);
    }
    client_expect(fd, "one two");
    close(fd);
}

static void sets_timer(struct shunt_stream *stream)
{
    struct shunt_worker *worker = probe.host->worker(stream);

    *(uint64_t *)probe.host->state(stream) = probe.host->now_ms(worker);
    probe.host->timer(stream, 1000000);
    probe.host->timer(stream, 20); /* the one timer, moved */
}

static void timer_runs(struct shunt_stream *stream)
{
    struct shunt_worker *worker = probe.host->worker(stream);
    uint64_t began = *(uint64_t *)probe.host->state(stream);

    cr_expect_geq(probe.host->now_ms(worker) - began, 20);
    (void)probe.host->write(stream, "tick", 4);
    if (mark_count("timer") == 0) {
        probe.host->timer(stream, 1);
    } else {
        probe.host->timer(stream, 1);
        probe.host->timer(stream, 0); /* disarmed */
    }
}

CLOSING_SERVER(the_timer_runs_once_can_be_moved_and_disarmed)
{
    int fd;

    probe.open = sets_timer;
    probe.timer = timer_runs;
    server_open(s, backend, NULL);
    fd = client_upgraded(s, "/any", "alpha");
    client_expect(fd, "ticktick");
    for (int i = 0; i < 5; i++) {
        client_turn(s);
    }
    cr_expect_eq(mark_count("timer"), 2);
    close(fd);
}
