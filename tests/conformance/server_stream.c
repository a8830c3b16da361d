/* What a protocol may do with its stream. */
#include "conformance/server_fixture.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- what open() finds ---- */

static enum shunt_verdict leaves_state(const struct shunt_request *request,
                                       struct shunt_upgrade *upgrade)
{
    uint8_t *state = probe.host->upgrade_state(upgrade);

    (void)request;
    cr_expect_eq((uintptr_t)state % 8, 0);
    for (unsigned i = 0; i < SHUNT_STREAM_STATE_BYTES; i++) {
        cr_expect_eq(state[i], 0, "zero at first");
        state[i] = (uint8_t)(i + 1);
    }
    probe.host->upgrade_set_user(upgrade, &probe);
    return SHUNT_ACCEPT;
}

static void finds_state(struct shunt_stream *stream)
{
    const struct shunt_host *h = probe.host;
    const uint8_t *state = h->state(stream);
    const struct shunt_request *request = h->request(stream);

    cr_expect_eq((uintptr_t)state % 8, 0);
    for (unsigned i = 0; i < SHUNT_STREAM_STATE_BYTES; i++) {
        cr_expect_eq(state[i], i + 1);
    }
    cr_expect_eq(h->user(stream), &probe);
    cr_assert_not_null(request);
    cr_expect(shunt_span_equal(request->path, shunt_span_of("/any")));
    cr_expect_not_null(shunt_request_field(request, "upgrade", NULL));
    cr_expect_not_null(h->worker(stream));
    cr_expect_neq(h->id(stream), 0);
}

static void finds_no_request(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    cr_expect_null(probe.host->request(stream), "only in open()");
    cr_expect_eq(((const uint8_t *)probe.host->state(stream))[23], 24);
    cr_expect_eq(probe.host->user(stream), &probe);
    probe.host->set_user(stream, NULL);
    cr_expect_null(probe.host->user(stream));
    (void)probe.host->write(stream, bytes, len);
}

SERVER_TEST(state_and_user_come_from_negotiate_and_the_request_is_there_in_open_only)
{
    struct server s;
    int fd;

    probe.negotiate = leaves_state;
    probe.open = finds_state;
    probe.data = finds_no_request;
    server_open(&s, backend, NULL);
    for (int i = 0; i < 2; i++) { /* again: nothing is left over from the first */
        fd = client_upgraded(&s, "/any", "alpha");
        client_send(fd, "x");
        client_expect(fd, "x");
        close(fd);
    }
    server_close(&s);
}

static void compares_addresses(struct shunt_stream *stream)
{
    struct sockaddr_in peer, self;
    socklen_t peer_len = sizeof peer, self_len = sizeof self;

    cr_expect_eq(probe.host->peer(stream, (struct sockaddr *)&peer, &peer_len), SHUNT_OK);
    cr_expect_eq(probe.host->self(stream, (struct sockaddr *)&self, &self_len), SHUNT_OK);
    cr_expect_eq(peer_len, sizeof peer);
    value_put(ntohs(peer.sin_port));
    value_put(ntohs(self.sin_port));
}

SERVER_TEST(peer_and_self_are_the_two_ends)
{
    struct sockaddr_in mine;
    socklen_t len = sizeof mine;
    struct server s;
    int fd;

    probe.open = compares_addresses;
    server_open(&s, backend, NULL);
    fd = client_upgraded(&s, "/any", "alpha");
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&mine, &len), 0);
    cr_expect_eq(value_take(), ntohs(mine.sin_port));
    cr_expect_eq(value_take(), s.port);
    close(fd);
    server_close(&s);
}

/* ---- posting ---- */

static void tells_id(struct shunt_stream *stream)
{
    value_put(probe.host->id(stream));
}

static void tells_id_and_pauses(struct shunt_stream *stream)
{
    tells_id(stream);
    probe.host->pause(stream);
}

static void says_number(struct shunt_stream *stream, void *arg)
{
    char text[16];
    int len = snprintf(text, sizeof text, "%03u ", (unsigned)(uintptr_t)arg);

    (void)probe.host->write(stream, text, (size_t)len);
}

static void dropped(void *arg)
{
    (void)arg;
    mark("dropped");
}

enum { THREADS = 4, POSTS = 100 };

static shunt_id post_to;

static void *posts(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < POSTS; i++) {
        void *number = (void *)(uintptr_t)i;

        cr_expect_eq(probe.host->post(post_to, says_number, dropped, number), SHUNT_OK);
    }
    return NULL;
}

SERVER_TEST(any_thread_may_post_to_an_id_and_what_misses_is_dropped)
{
    pthread_t threads[THREADS];
    struct server s;
    unsigned sum = 0;
    int fd;

    probe.open = tells_id;
    server_open(&s, backend, NULL);
    fd = client_upgraded(&s, "/any", "alpha");
    post_to = value_take();
    for (unsigned i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, posts, NULL), 0);
    }
    for (unsigned i = 0; i < THREADS * POSTS; i++) {
        char text[5] = {0};

        cr_assert_eq(fixture_read(fd, text, 4), 4);
        sum += (unsigned)atoi(text);
    }
    cr_expect_eq(sum, THREADS * POSTS * (POSTS - 1) / 2);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    close(fd);
    mark_wait("close", 1);
    cr_expect_eq(probe.host->post(post_to, says_number, dropped, NULL), SHUNT_OK);
    mark_wait("dropped", 1);
    close(client_upgraded(&s, "/any", "alpha")); /* may have got the same slot */
    cr_expect_neq(value_take(), post_to);
    cr_expect_eq(probe.host->post(post_to, says_number, dropped, NULL), SHUNT_OK);
    mark_wait("dropped", 2);
    server_close(&s);
    cr_expect_eq(probe.host->post(post_to, says_number, dropped, NULL), SHUNT_ENOTFOUND);
    cr_expect_eq(mark_count("dropped"), 2);
}

/* ---- pausing ---- */

static void resumes(struct shunt_stream *stream, void *arg)
{
    (void)arg;
    mark("resumed");
    probe.host->resume(stream);
}

SERVER_TEST(while_paused_neither_data_nor_end_comes_and_after_it_both_do_in_order)
{
    struct server s;
    shunt_id id;
    int fd;

    probe.open = tells_id_and_pauses;
    server_open(&s, backend, NULL);
    fd = client_upgraded(&s, "/any", "alpha");
    id = value_take();
    client_send(fd, "one");
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < 5; i++) {
        client_turn(&s);
    }
    cr_expect_str_eq(mark_text(), "negotiate open ");
    cr_assert_eq(probe.host->post(id, resumes, NULL, NULL), SHUNT_OK);
    client_expect(fd, "one");
    client_expect_fin(fd);
    mark_wait("close", 1);
    cr_expect_str_eq(mark_text(), "negotiate open resumed data end close ");
    server_close(&s);
}

/* Pauses at every byte run and asks another turn to go on. */
static uint64_t stream_hash = FIXTURE_HASH, stream_bytes;

enum { STREAM_BYTES = 1 << 20 };

static void hash_and_pause(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    stream_hash = fixture_hash(stream_hash, bytes, len);
    stream_bytes += len;
    probe.host->pause(stream);
    if (stream_bytes % 3 == 0) {
        probe.host->resume(stream); /* at once */
    } else {
        cr_expect_eq(probe.host->post(probe.host->id(stream), resumes, NULL, NULL), SHUNT_OK);
    }
    if (stream_bytes == STREAM_BYTES) {
        (void)probe.host->write(stream, "all", 3);
    }
}

SERVER_TEST(pausing_and_resuming_at_every_run_loses_and_reorders_nothing)
{
    uint8_t *bytes = malloc(STREAM_BYTES);
    struct server s;
    int fd;

    cr_assert_not_null(bytes);
    probe.data = hash_and_pause;
    server_open(&s, backend, NULL);
    fd = client_upgraded(&s, "/any", "alpha");
    srandom(2);
    for (size_t i = 0; i < STREAM_BYTES; i++) {
        bytes[i] = (uint8_t)random();
    }
    for (size_t at = 0; at < STREAM_BYTES;) {
        size_t len = 1 + (size_t)random() % 30000;

        len = len < STREAM_BYTES - at ? len : STREAM_BYTES - at;
        fixture_write(fd, bytes + at, len);
        at += len;
    }
    client_expect(fd, "all");
    close(fd);
    server_close(&s);
    cr_expect_eq(stream_hash, fixture_hash(FIXTURE_HASH, bytes, STREAM_BYTES));
    free(bytes);
}

/* ---- marks: pitfall 8 ---- */

enum { PIECE = 10000, HIGH = 200000, LOW = 50000, PIECES = 2000 };

static unsigned pieces;

/* A protocol as it should be: writes until it is told to stop, and goes on when drained. */
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

SERVER_TEST(a_peer_that_never_reads_stops_the_queue_at_its_mark_and_drained_comes_when_it_reads)
{
    static uint8_t piece[PIECE];
    struct server s;
    unsigned stopped;
    int fd;

    probe.open = sets_marks_and_writes;
    probe.drained = drains;
    server_open(&s, backend, NULL);
    fd = client_upgraded(&s, "/any", "alpha");
    mark_wait("stopped", 1);
    do { /* until the kernel's buffers are full too */
        stopped = mark_count("stopped");
        for (int i = 0; i < 10; i++) {
            client_turn(&s);
        }
    } while (mark_count("stopped") != stopped);
    for (unsigned i = 0; i < PIECES; i++) {
        cr_assert_eq(fixture_read(fd, piece, PIECE), PIECE);
        cr_assert(piece[0] == (i & 0xff) && piece[PIECE - 1] == (i & 0xff), "piece %u", i);
    }
    cr_expect_gt(mark_count("drained"), 0);
    close(fd);
    server_close(&s);
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

SERVER_TEST(a_queue_over_its_limit_closes_the_stream)
{
    struct server s;
    int fd;

    probe.open = overflows;
    probe.close = expects_limit;
    server_create(&s, backend);
    little(server_config(s.server));
    server_log_keep(&s);
    server_start(&s);
    fd = client_open(&s);
    client_send(fd, upgrade_request("/any", "alpha", ""));
    client_expect_reset(fd);
    mark_wait("close", 1);
    cr_expect_eq(server_counter(&s, "conn.queue_overflows"), 1);
    server_close(&s);
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
    tells_id(stream);
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

SERVER_TEST(what_is_corked_waits_across_turns_and_goes_out_at_uncork)
{
    struct server s;
    shunt_id id;
    int fd;

    probe.open = corks;
    server_open(&s, backend, NULL);
    fd = client_open(&s);
    client_send(fd, upgrade_request("/any", "alpha", ""));
    id = value_take();
    for (int i = 0; i < 5; i++) {
        client_turn(&s);
    }
    cr_assert_eq(probe.host->post(id, uncorks, NULL, NULL), SHUNT_OK);
    {
        struct answer answer;

        client_head(fd, &answer);
        cr_expect_eq(answer.status, 101);
    }
    client_expect(fd, "one two");
    close(fd);
    server_close(&s);
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

SERVER_TEST(the_timer_runs_once_can_be_moved_and_disarmed)
{
    struct server s;
    int fd;

    probe.open = sets_timer;
    probe.timer = timer_runs;
    server_open(&s, backend, NULL);
    fd = client_upgraded(&s, "/any", "alpha");
    client_expect(fd, "ticktick");
    for (int i = 0; i < 5; i++) {
        client_turn(&s);
    }
    cr_expect_eq(mark_count("timer"), 2);
    close(fd);
    server_close(&s);
}
