/*
 * Every byte, or a stated reason: many connections at once over the whole server, each with sizes,
 * pauses, buffers and ends of its own, and both directions are compared with what was sent.
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

static const char upgrade_head[] =
    "GET /any HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n";

/* ---- what is asked for ---- */

static void out_add(struct peer *peer, const void *bytes, size_t len)
{
    peer->out = realloc(peer->out, peer->out_len + len);
    cr_assert_not_null(peer->out);
    memcpy(peer->out + peer->out_len, bytes, len);
    peer->out_len += len;
}

static void out_text(struct peer *peer, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    out_add(peer, text, strlen(text));
}

/* An answer of `len` bytes of the pattern from `at` on is expected. */
static void want(struct peer *peer, size_t at, size_t len)
{
    cr_assert_lt(peer->item_count, ITEMS_MAX);
    peer->items[peer->item_count++] = (struct item){at, len};
}

static size_t any_size(struct peer *peer)
{
    static const size_t most[] = {1, 100, 4096, 5000, 70000, 400000};
    size_t size = 1 + chance(&peer->rng, most[chance(&peer->rng, 6)]);

    return size < peer->size_most ? size : peer->size_most;
}

static void plan_stream(struct peer *peer, const char *protocol)
{
    size_t len = any_size(peer), at = chance(&peer->rng, PATTERN_BYTES);

    out_text(peer, upgrade_head, protocol);
    out_add(peer, pattern + at, len);
    want(peer, at, len);
    peer->shuts = true; /* the echo ends when its peer has */
}

static void plan_requests(struct peer *peer)
{
    unsigned count = 1 + (unsigned)chance(&peer->rng, peer->tiny ? 2 : ITEMS_MAX);

    for (unsigned i = 0; i < count; i++) {
        size_t len = any_size(peer), at = chance(&peer->rng, PATTERN_BYTES);

        if (chance(&peer->rng, 3) == 0) {
            len = len < 200000 ? len : 200000;
            out_text(peer, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", len);
            out_add(peer, pattern + at, len);
        } else {
            out_text(peer, "GET /bytes?%zu,%zu HTTP/1.1\r\nHost: a\r\n\r\n", at, len);
        }
        want(peer, at, len);
    }
    peer->shuts = chance(&peer->rng, 3) > 0;
}

/* The smallest receive buffer costs a timer of the kernel's for each 1 KB: little goes through it.
 */
static void buffers_set(struct peer *peer)
{
    static const int sizes[] = {2304, 16384, 65536, 0, 0, 0};
    int receive = sizes[chance(&peer->rng, 6)], send = sizes[chance(&peer->rng, 6)];

    peer->tiny = receive == sizes[0];
    peer->size_most = peer->tiny ? 3000 : receive == sizes[1] ? 60000 : SIZE_MAX;
    if (receive) {
        cr_assert_eq(setsockopt(peer->fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive), 0);
    }
    if (send) {
        cr_assert_eq(setsockopt(peer->fd, SOL_SOCKET, SO_SNDBUF, &send, sizeof send), 0);
    }
}

static void peer_open(struct peer *peer, const struct server *s, uint64_t seed)
{
    *peer = (struct peer){.rng = seed};
    peer->fd = client_open(s);
    buffers_set(peer);
    switch (chance(&peer->rng, 5)) {
    case 0:
    case 1:
        plan_stream(peer, "alpha");
        break;
    case 2:
        plan_stream(peer, "beta");
        break;
    default:
        plan_requests(peer);
    }
    peer->read_most = (size_t[]){1 << 16, 1 << 16, 10000, 1000}[chance(&peer->rng, 4)];
    peer->lazy = (unsigned[]){0, 0, 30, 4}[chance(&peer->rng, 4)];
    peer->late = chance(&peer->rng, 4) == 0 ? 300 : 0; /* reads nothing for so many rounds */
}

/* ---- what comes ---- */

static size_t head_take(struct peer *peer, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        cr_assert_lt(peer->head_len, sizeof peer->head - 1, "%s", peer->head);
        peer->head[peer->head_len++] = bytes[i];
        peer->head[peer->head_len] = '\0';
        if (peer->head_len >= 4 && memcmp(peer->head + peer->head_len - 4, "\r\n\r\n", 4) == 0) {
            cr_assert(memcmp(peer->head, "HTTP/1.1 200", 12) == 0 ||
                          memcmp(peer->head, "HTTP/1.1 101", 12) == 0,
                      "%s", peer->head);
            peer->in_body = true;
            return i + 1;
        }
    }
    return len;
}

static size_t body_take(struct peer *peer, const char *bytes, size_t len)
{
    const struct item *item = &peer->items[peer->item];
    size_t left = item->len - peer->got, here = len < left ? len : left;

    peer->wrong |= memcmp(bytes, pattern + item->at + peer->got, here) != 0;
    peer->got += here;
    if (peer->got == item->len) {
        peer->item++;
        peer->got = peer->head_len = 0;
        peer->in_body = false;
    }
    return here;
}

static void take(struct peer *peer, const char *bytes, size_t len)
{
    while (len > 0) {
        size_t used;

        if (peer->item == peer->item_count) {
            peer->wrong = true; /* more than there is */
            return;
        }
        used = peer->in_body ? body_take(peer, bytes, len) : head_take(peer, bytes, len);
        bytes += used;
        len -= used;
    }
}

/* ---- the client's loop ---- */

static void peer_end(struct peer *peer, const char *end)
{
    peer->end = end;
    close(peer->fd);
    free(peer->out);
    peer->fd = -1;
}

static bool peer_send(struct peer *peer)
{
    size_t left = peer->out_len - peer->out_at, piece = 1 + chance(&peer->rng, 60000);
    ssize_t sent;

    if (left == 0) {
        if (peer->shuts && !peer->shut) {
            peer->shut = true;
            (void)shutdown(peer->fd, SHUT_WR);
            return true;
        }
        return false;
    }
    sent = send(peer->fd, peer->out + peer->out_at, piece < left ? piece : left,
                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0) {
        return false; /* full, or the receive tells */
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
        peer_end(peer, peer->item == peer->item_count ? "all" : "cut short");
    } else if (peer->item == peer->item_count && !peer->shuts && peer->out_at == peer->out_len) {
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
    if (peer->late > 0) {
        peer->late--;
        return true;
    }
    return peer_receive(peer) || moved;
}

/* Nobody can go on: until somebody can. */
static void peers_wait(struct peer *peers)
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

static void peers_run(struct peer *peers, uint64_t seed)
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
            peers_wait(peers);
        }
    } while (live > 0 && fixture_now_ms() < end_ms);
    for (unsigned i = 0; i < PEERS; i++) {
        cr_expect_lt(
            peers[i].fd, 0,
            "seed %lu, connection %u does not end: sent %zu of %zu, answer %u of %u at %zu", seed,
            i, peers[i].out_at, peers[i].out_len, peers[i].item, peers[i].item_count, peers[i].got);
    }
}

static unsigned peers_judge(const struct peer *peers, uint64_t seed, bool lenient)
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

static unsigned round_run(struct server *s, uint64_t seed, bool lenient)
{
    static struct peer peers[PEERS];

    for (unsigned i = 0; i < PEERS; i++) {
        peer_open(&peers[i], s, (seed << 8) + i);
    }
    peers_run(peers, seed);
    return peers_judge(peers, seed, lenient);
}

SERVER_TEST(every_byte_arrives_whatever_the_peers_do)
{
    for (unsigned round = 0; round < 3; round++) {
        uint64_t seed = seed_of(round);
        struct server s;

        bytes_server_create(&s, backend, seed);
        server_start(&s);
        (void)round_run(&s, seed, false);
        server_close(&s);
        bytes_takers_join();
    }
}

SERVER_TEST(who_loses_bytes_is_reset_and_a_counter_says_why)
{
    static const char *const reasons[] = {"conn.write_timeouts", "conn.peer_resets"};
    uint64_t seed = seed_of(9), counted = 0;
    struct server s;
    unsigned lost;

    bytes_server_create(&s, backend, seed);
    server_config(s.server)->timeouts.write_ms = 1;
    server_log_keep(&s);
    server_start(&s);
    lost = round_run(&s, seed, true);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        counted += server_counter(&s, reasons[i]);
    }
    cr_expect_leq(lost, counted, "seed %lu: %u lost, %lu counted", seed, lost, counted);
    server_close(&s);
    bytes_takers_join();
}
