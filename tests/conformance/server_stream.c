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

CLOSING_SERVER(state_and_user_come_from_negotiate_and_the_request_is_there_in_open_only)
{
    int fd;

    probe.negotiate = leaves_state;
    probe.open = finds_state;
    probe.data = finds_no_request;
    server_open(s, backend, NULL);
    for (int i = 0; i < 2; i++) { /* again: nothing is left over from the first */
        fd = client_upgraded(s, "/any", "alpha");
        client_send(fd, "x");
        client_expect(fd, "x");
        close(fd);
    }
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

CLOSING_SERVER(peer_and_self_are_the_two_ends)
{
    struct sockaddr_in mine;
    socklen_t len = sizeof mine;
    int fd;

    probe.open = compares_addresses;
    server_open(s, backend, NULL);
    fd = client_upgraded(s, "/any", "alpha");
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&mine, &len), 0);
    cr_expect_eq(value_take(), ntohs(mine.sin_port));
    cr_expect_eq(value_take(), s->port);
    close(fd);
}

/* ---- posting ---- */

static void put_id(struct shunt_stream *stream)
{
    value_put(probe.host->id(stream));
}

static void put_id_and_pause(struct shunt_stream *stream)
{
    put_id(stream);
    probe.host->pause(stream);
}

static void write_number(struct shunt_stream *stream, void *arg)
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

        cr_expect_eq(probe.host->post(post_to, write_number, dropped, number), SHUNT_OK);
    }
    return NULL;
}

SERVER_TEST(any_thread_may_post_to_an_id_and_what_misses_is_dropped)
{
    pthread_t threads[THREADS];
    struct server s;
    unsigned sum = 0;
    int fd;

    probe.open = put_id;
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
    cr_expect_eq(probe.host->post(post_to, write_number, dropped, NULL), SHUNT_OK);
    mark_wait("dropped", 1);
    close(client_upgraded(&s, "/any", "alpha")); /* may have got the same slot */
    cr_expect_neq(value_take(), post_to);
    cr_expect_eq(probe.host->post(post_to, write_number, dropped, NULL), SHUNT_OK);
    mark_wait("dropped", 2);
    server_close(&s);
    cr_expect_eq(probe.host->post(post_to, write_number, dropped, NULL), SHUNT_ENOTFOUND);
    cr_expect_eq(mark_count("dropped"), 2);
}

/* ---- pausing ---- */

static void resumes(struct shunt_stream *stream, void *arg)
{
    (void)arg;
    mark("resumed");
    probe.host->resume(stream);
}

CLOSING_SERVER(while_paused_neither_data_nor_end_comes_and_after_it_both_do_in_order)
{
    shunt_id id;
    int fd;

    probe.open = put_id_and_pause;
    server_open(s, backend, NULL);
    fd = client_upgraded(s, "/any", "alpha");
    id = value_take();
    client_send(fd, "one");
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < 5; i++) {
        client_turn(s);
    }
    cr_expect_str_eq(mark_text(), "negotiate open ");
    cr_assert_eq(probe.host->post(id, resumes, NULL, NULL), SHUNT_OK);
    client_expect(fd, "one");
    client_expect_fin(fd);
    mark_wait("close", 1);
    cr_expect_str_eq(mark_text(), "negotiate open resumed data end close ");
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

/* ---- a timer of any length ---- */

static void waits_for_ever(struct shunt_stream *stream)
{
    probe.host->timer(stream, 2147483648u);
    probe.host->timer(stream, UINT32_MAX);
}

SERVER_TEST(a_timer_beyond_the_longest_is_taken_and_does_not_run)
{
    struct server s;
    int fd;

    probe.open = waits_for_ever;
    server_open(&s, backend, NULL);
    fd = client_upgraded(&s, "/any", "alpha");
    client_send(fd, "x");
    client_expect(fd, "x");
    client_turn(&s);
    close(fd);
    server_close(&s);
    cr_expect_eq(mark_count("timer"), 0);
}
