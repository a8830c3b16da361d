/*
 * Every byte, or a stated reason: many connections at once over the whole server, each with sizes,
 * pauses, buffers and ends of its own, and both directions are compared with what was sent. What
 * they ask for is in server_bytes_plans.c.
 *
 * All that is chosen comes from a seed, which a failure prints; SHUNT_BYTES_SEED runs another one.
 * A pause is counted in rounds of the client's loop, so no test is slower than its bytes.
 */
#include "conformance/server_bytes.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PEERS = 24, LOOP_S = 45 };

static struct peer peers[PEERS];

/* ---- what comes ---- */

/* An item of the plan begins, or a pong between them; its body may be empty. */
static void body_begin(struct peer *peer, struct item now)
{
    peer->now = now;
    peer->got = peer->head_len = 0;
    peer->in_body = now.len > 0;
    if (now.len == 0 && now.kind != ITEM_PONG) {
        peer->item++;
    }
}

/* A request that was cut may be refused, and nothing follows that. */
static void http_head_judge(struct peer *peer)
{
    bool ok =
        memcmp(peer->head, "HTTP/1.1 200", 12) == 0 || memcmp(peer->head, "HTTP/1.1 101", 12) == 0;

    if (peer->item == peer->item_count) {
        peer->refused = peer->part && memcmp(peer->head, "HTTP/1.1 4", 10) == 0;
        peer->wrong |= !peer->refused;
        return;
    }
    cr_assert(ok, "%s", peer->head);
    body_begin(peer, peer->items[peer->item]);
}

/* RFC 6455 section 5.2, as a server must send it: whole messages, not masked. */
static void frame_head_judge(struct peer *peer)
{
    const uint8_t *head = (const uint8_t *)peer->head;
    struct item now = peer->item < peer->item_count ? peer->items[peer->item] : (struct item){0};
    uint64_t len = head[1];

    if (head[0] == (0x80 | ITEM_PONG) && peer->pings > 0) {
        peer->pings--;
        now = peer->ping;
    }
    if (head[1] >= 126) {
        len = 0;
        for (size_t i = 2; i < peer->head_len; i++) {
            len = len << 8 | head[i];
        }
    }
    peer->wrong |= head[0] != (0x80 | now.kind) || len != now.len;
    if (!peer->wrong) {
        body_begin(peer, now);
    }
}

static bool head_is_whole(const struct peer *peer)
{
    const char *head = peer->head;
    size_t len = peer->head_len;

    if (peer->item > 0 && peer->framed) {
        return len >= 2 && len == 2 + (head[1] == 126 ? 2u : head[1] == 127 ? 8u : 0u);
    }
    return len >= 4 && memcmp(head + len - 4, "\r\n\r\n", 4) == 0;
}

static size_t head_take(struct peer *peer, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        cr_assert_lt(peer->head_len, sizeof peer->head - 1, "%s", peer->head);
        peer->head[peer->head_len++] = bytes[i];
        peer->head[peer->head_len] = '\0';
        if (head_is_whole(peer)) {
            if (peer->item > 0 && peer->framed) {
                frame_head_judge(peer);
            } else {
                http_head_judge(peer);
            }
            return i + 1;
        }
    }
    return len;
}

static size_t body_take(struct peer *peer, const char *bytes, size_t len)
{
    size_t left = peer->now.len - peer->got, here = len < left ? len : left;

    peer->wrong |= memcmp(bytes, peer->now.bytes + peer->got, here) != 0;
    peer->got += here;
    if (peer->got == peer->now.len) {
        peer->item += peer->now.kind != ITEM_PONG;
        peer->got = peer->head_len = 0;
        peer->in_body = false;
    }
    return here;
}

static void take(struct peer *peer, const char *bytes, size_t len)
{
    while (len > 0 && !peer->refused && !peer->wrong) {
        size_t used;

        if (peer->item == peer->item_count && !peer->part && !peer->framed) {
            peer->wrong = true; /* more than there is */
            return;
        }
        used = peer->in_body ? body_take(peer, bytes, len) : head_take(peer, bytes, len);
        bytes += used;
        len -= used;
    }
}

/* ---- the client's loop ---- */

static bool has_all(const struct peer *peer)
{
    return peer->item == peer->item_count && !peer->in_body && (peer->refused || !peer->head_len);
}

static void peer_end(struct peer *peer, const char *end)
{
    peer->end = end;
    close(peer->fd);
    free(peer->out);
    peer->fd = -1;
}

static void peer_reset(struct peer *peer)
{
    const struct linger now = {.l_onoff = 1};

    cr_assert_eq(setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    peer_end(peer, "all");
}

/* All is sent. */
static bool peer_finish(struct peer *peer)
{
    if (peer->resets) {
        if (peer->reset_late-- == 0) {
            peer_reset(peer);
        }
        return true;
    }
    if (peer->shuts && !peer->shut) {
        peer->shut = true;
        (void)shutdown(peer->fd, SHUT_WR);
        return true;
    }
    return false;
}

static bool peer_send(struct peer *peer)
{
    size_t left = peer->out_len - peer->out_at, piece = 1 + chance(&peer->rng, 60000);
    ssize_t sent;

    if (left == 0) {
        return peer_finish(peer);
    }
    sent = send(peer->fd, peer->out + peer->out_at, piece < left ? piece : left,
                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0) {
        /* Full, or the receive has the result; a reset reported here is not reported there. */
        peer->failed |= sent < 0 && errno == ECONNRESET;
        return false;
    }
    peer->out_at += (size_t)sent;
    return true;
}

static bool peer_receive(struct peer *peer)
{
    static char bytes[1 << 16];
    ssize_t got = recv(peer->fd, bytes, peer->read_most, MSG_DONTWAIT);

    if (got < 0 && errno == EAGAIN) {
        return false;
    }
    if (got > 0) {
        meet();
        take(peer, bytes, (size_t)got);
    }
    if (got < 0) {
        peer_end(peer, "reset");
    } else if (got == 0) {
        peer_end(peer, has_all(peer) && !peer->resets ? "all"
                       : peer->failed                 ? "reset"
                                                      : "cut short");
    } else if (has_all(peer) && !peer->shuts && !peer->resets && peer->out_at == peer->out_len) {
        peer_end(peer, "all"); /* the connection would stay open */
    }
    return true;
}

static bool peer_step(struct peer *peer)
{
    bool moved = false;

    if (peer->stopped > 0) {
        peer->stopped--;
        return true;
    }
    if (peer->lazy && chance(&peer->rng, peer->lazy) == 0) {
        peer->stopped = (unsigned)chance(&peer->rng, 100);
    }
    moved |= peer_send(peer);
    if (peer->fd < 0) {
        return true;
    }
    if (peer->late > 0) {
        peer->late--;
        return true;
    }
    return peer_receive(peer) || moved;
}

/* Nobody can go on: until somebody can. */
static void peers_wait(void)
{
    struct pollfd wait[PEERS];
    nfds_t count = 0;

    for (unsigned i = 0; i < PEERS; i++) {
        if (peers[i].fd >= 0) {
            bool sends = peers[i].out_at < peers[i].out_len;

            wait[count++] = (struct pollfd){.fd = peers[i].fd,
                                            .events = (short)(POLLIN | (sends ? POLLOUT : 0))};
        }
    }
    (void)poll(wait, count, 1000);
}

static void peers_run(uint64_t seed)
{
    uint64_t end_ms = fixture_now_ms() + LOOP_S * 1000;
    unsigned live;

    do {
        bool moved = false;

        live = 0;
        for (unsigned i = 0; i < PEERS; i++) {
            if (peers[i].fd >= 0) {
                moved |= peer_step(&peers[i]);
                live += peers[i].fd >= 0;
            }
        }
        if (!moved && live > 0) {
            peers_wait();
        }
    } while (live > 0 && fixture_now_ms() < end_ms);
    for (unsigned i = 0; i < PEERS; i++) {
        cr_expect_lt(
            peers[i].fd, 0,
            "seed %lu, connection %u does not end: sent %zu of %zu, answer %u of %u at %zu", seed,
            i, peers[i].out_at, peers[i].out_len, peers[i].item, peers[i].item_count, peers[i].got);
    }
}

static unsigned peers_judge(uint64_t seed, bool lenient)
{
    unsigned lost = 0;

    for (unsigned i = 0; i < PEERS; i++) {
        const struct peer *peer = &peers[i];
        bool all = peer->end && strcmp(peer->end, "all") == 0;

        cr_expect_not(peer->wrong, "seed %lu, connection %u: bytes differ", seed, i);
        cr_expect(all || lenient,
                  "seed %lu, connection %u: %s in answer %u of %u, %zu of %zu bytes", seed, i,
                  peer->end ? peer->end : "open", peer->item, peer->item_count, peer->got,
                  peer->items[peer->item < peer->item_count ? peer->item : 0].len);
        cr_expect(all || !peer->end || strcmp(peer->end, "reset") == 0,
                  "seed %lu, connection %u: a clean end after a part", seed, i);
        lost += !all;
    }
    return lost;
}

/* ---- tests ---- */

static uint64_t seed_of(unsigned round)
{
    const char *given = getenv("SHUNT_BYTES_SEED");

    return (given ? strtoull(given, NULL, 10) : 1000) + round;
}

/* `size_most` for each connection that wishes for more. */
static unsigned round_run(struct server *s, uint64_t seed, size_t size_most, bool lenient)
{
    for (unsigned i = 0; i < PEERS; i++) {
        bytes_peer_open(&peers[i], s, (seed << 8) + i, size_most, false);
    }
    peers_run(seed);
    return peers_judge(seed, lenient);
}

SERVER_TEST(every_byte_arrives_whatever_the_peers_do)
{
    for (unsigned round = 0; round < 3; round++) {
        uint64_t seed = seed_of(round);
        struct server s;

        bytes_server_create(&s, backend, seed);
        server_start(&s);
        if (round == 2) {
            bytes_server_send_buffer(&s, 1);
        }
        (void)round_run(&s, seed, round == 2 ? 20000 : SIZE_MAX, false);
        bytes_server_close(&s);
        bytes_takers_join();
    }
}

/* Resets that its connections cannot miss: what a thread has taken is the thread's to see. */
static unsigned resets_due(void)
{
    unsigned due = 0;

    for (unsigned i = 0; i < PEERS; i++) {
        due += peers[i].resets && !peers[i].taken;
    }
    return due;
}

/* The server has seen each end, each line of its report being a turn of the loop. */
static void server_is_empty(struct server *s, uint64_t seed)
{
    uint64_t end_ms = fixture_now_ms() + LOOP_S * 1000, live, resets;

    while ((live = server_counter(s, "conn.live")) > 0 && fixture_now_ms() < end_ms) {
    }
    resets = server_counter(s, "conn.peer_resets");
    cr_expect_eq(live, 0, "seed %lu: %lu connections stay", seed, live);
    cr_expect_eq(server_counter(s, "conn.memory_bytes"), 0, "seed %lu: memory stays", seed);
    cr_expect_geq(resets, resets_due(), "seed %lu: %lu resets counted of %u", seed, resets,
                  resets_due());
}

SERVER_TEST(a_peer_that_ends_or_resets_anywhere_gets_what_it_asked_for_and_leaves_nothing)
{
    unsigned descriptors = 0;
    struct server s;

    for (unsigned round = 0; round < 3; round++) {
        uint64_t seed = seed_of(20 + round);

        bytes_server_create(&s, backend, seed);
        server_log_keep(&s);
        server_start(&s);
        if (round == 2) {
            bytes_server_send_buffer(&s, 1);
        }
        for (unsigned i = 0; i < PEERS; i++) {
            bytes_peer_open(&peers[i], &s, (seed << 8) + i, round == 2 ? 20000 : 100000, true);
        }
        peers_run(seed);
        (void)peers_judge(seed, false);
        bytes_takers_join();
        server_is_empty(&s, seed);
        bytes_server_close(&s);
        close(s.log);
        descriptors = descriptors ? descriptors : fixture_descriptors();
        cr_expect_eq(fixture_descriptors(), descriptors, "seed %lu", seed);
    }
}

SERVER_TEST(who_loses_bytes_is_reset_and_a_counter_has_the_reason)
{
    static const char *const reasons[] = {"conn.write_timeouts", "conn.peer_resets"};
    uint64_t seed = seed_of(9), counted = 0;
    struct server s;
    unsigned lost;

    bytes_server_create(&s, backend, seed);
    server_config(s.server)->timeouts.write_ms = 1;
    server_log_keep(&s);
    server_start(&s);
    lost = round_run(&s, seed, SIZE_MAX, true);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        counted += server_counter(&s, reasons[i]);
    }
    cr_expect_leq(lost, counted, "seed %lu: %u lost, %lu counted", seed, lost, counted);
    bytes_server_close(&s);
    bytes_takers_join();
}
