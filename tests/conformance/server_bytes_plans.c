/* What the peers of server_bytes.c ask for, in which pieces, and where they end. */
#include "conformance/server_bytes.h"

#include <stdio.h>
#include <stdlib.h>

static const uint8_t close_code[] = {0x03, 0xe8};
static const char upgrade_head[] = "GET %s HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                                   "Upgrade: %s\r\n%s\r\n";

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

/* What has been added asks for `len` bytes of the pattern from `at` on. */
static void want(struct peer *peer, enum item_kind kind, size_t at, size_t len)
{
    cr_assert_lt(peer->item_count, ITEMS_MAX);
    peer->items[peer->item_count++] =
        (struct item){.kind = kind, .bytes = pattern + at, .len = len, .until = peer->out_len};
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

    out_text(peer, upgrade_head, "/any", protocol, "");
    want(peer, ITEM_STREAM, at, len);
    out_add(peer, pattern + at, len);
    peer->shuts = true; /* the echo ends when its peer has */
}

static void plan_requests(struct peer *peer)
{
    unsigned count = 1 + (unsigned)chance(&peer->rng, peer->tiny ? 2 : ITEMS_MAX);

    for (unsigned i = 0; i < count; i++) {
        size_t len = any_size(peer), at = chance(&peer->rng, PATTERN_BYTES);

        size_t way = chance(&peer->rng, 4);

        if (way == 0) {
            len = len < 200000 ? len : 200000;
            out_text(peer, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", len);
            out_add(peer, pattern + at, len);
        } else {
            out_text(peer, "GET /%s?%zu,%zu HTTP/1.1\r\nHost: a\r\n\r\n",
                     way == 1 ? "file" : "bytes", at, len);
        }
        want(peer, ITEM_ANSWER, at, len);
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

/* ---- WebSocket: RFC 6455 section 5.2 ---- */

/* One masked frame; `first` is FIN and the opcode. */
static void frame_add(struct peer *peer, uint8_t first, const uint8_t *bytes, size_t len)
{
    size_t head_len = len < 126 ? 2 : len < 65536 ? 4 : 10, at;
    uint8_t head[14] = {first, (uint8_t)(0x80 | (len < 126 ? len : len < 65536 ? 126 : 127))};

    for (size_t i = 2; i < head_len; i++) {
        head[i] = (uint8_t)((uint64_t)len >> 8 * (head_len - 1 - i));
    }
    for (size_t i = 0; i < 4; i++) {
        head[head_len + i] = (uint8_t)chance(&peer->rng, 256);
    }
    out_add(peer, head, head_len + 4);
    at = peer->out_len;
    out_add(peer, bytes, len);
    for (size_t i = 0; i < len; i++) {
        peer->out[at + i] ^= head[head_len + i % 4];
    }
}

static void ping_add(struct peer *peer)
{
    frame_add(peer, 0x89, peer->ping.bytes, peer->ping.len);
    peer->pings++;
}

/* In up to five fragments, with pings between them. */
static void message_add(struct peer *peer)
{
    size_t len = any_size(peer), at = chance(&peer->rng, PATTERN_BYTES), done = 0;
    unsigned fragments = 1 + (unsigned)chance(&peer->rng, 5);

    for (unsigned i = 1; i <= fragments; i++) {
        size_t piece = i == fragments ? len - done : chance(&peer->rng, len - done + 1);

        frame_add(peer, (uint8_t)((i == fragments ? 0x80 : 0) | (i == 1 ? ITEM_MESSAGE : 0)),
                  pattern + at + done, piece);
        done += piece;
        if (i < fragments && chance(&peer->rng, 3) == 0) {
            ping_add(peer);
        }
    }
    want(peer, ITEM_MESSAGE, at, len);
}

static void plan_websocket(struct peer *peer)
{
    unsigned count = (unsigned)chance(&peer->rng, peer->tiny ? 2 : 6);

    peer->framed = true;
    peer->ping = (struct item){.kind = ITEM_PONG,
                               .bytes = pattern + chance(&peer->rng, PATTERN_BYTES),
                               .len = chance(&peer->rng, 126)};
    out_text(peer, upgrade_head, "/ws", "websocket",
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    want(peer, ITEM_ANSWER, 0, 0);
    while (count-- > 0) {
        message_add(peer);
    }
    peer->shuts = true;
    if (chance(&peer->rng, 2)) {
        frame_add(peer, 0x80 | ITEM_CLOSE, close_code, sizeof close_code);
        want(peer, ITEM_CLOSE, 0, sizeof close_code);
        peer->items[peer->item_count - 1].bytes = close_code;
        peer->shuts = chance(&peer->rng, 2);
    }
}

/* ---- an end at any stage ---- */

/* Often where one request ends and the next begins; what is reset has not sent all, or the server
 * may have ended it before. */
static size_t cut_choose(struct peer *peer)
{
    size_t cut = chance(&peer->rng, peer->out_len + 1);

    if (chance(&peer->rng, 8) == 0) {
        cut = 0;
    } else if (chance(&peer->rng, 4) == 0) {
        cut = peer->items[chance(&peer->rng, peer->item_count)].until;
    }
    return cut == peer->out_len && peer->resets ? cut - 1 : cut;
}

/* Nothing is sent after the cut, and what was whole before it is answered. */
static void plan_cut(struct peer *peer)
{
    unsigned whole = 0;
    struct item *last;
    size_t cut;

    peer->resets = chance(&peer->rng, 2);
    peer->reset_late = (unsigned)chance(&peer->rng, 60);
    cut = cut_choose(peer);
    while (whole < peer->item_count && peer->items[whole].until <= cut) {
        whole++;
    }
    last = whole > 0 ? &peer->items[whole - 1] : NULL;
    if (last && last->kind == ITEM_STREAM) {
        last->len = cut - last->until;
    } else {
        peer->part = whole < peer->item_count && peer->items[whole].kind <= ITEM_STREAM &&
                     cut > (last ? last->until : 0);
    }
    peer->item_count = whole;
    peer->out_len = cut;
    peer->shuts = !peer->resets;
}

void bytes_peer_open(struct peer *peer, const struct server *s, uint64_t seed, size_t size_most,
                     bool cuts)
{
    *peer = (struct peer){.rng = seed};
    peer->fd = client_open(s);
    buffers_set(peer);
    peer->size_most = peer->size_most < size_most ? peer->size_most : size_most;
    switch (chance(&peer->rng, 7)) {
    case 0:
    case 1:
        plan_stream(peer, "alpha");
        break;
    case 2:
        plan_stream(peer, "beta");
        peer->taken = true;
        break;
    case 3:
    case 4:
        plan_websocket(peer);
        break;
    default:
        plan_requests(peer);
    }
    peer->read_most = (size_t[]){1 << 16, 1 << 16, 10000, 1000}[chance(&peer->rng, 4)];
    peer->lazy = (unsigned[]){0, 0, 30, 4}[chance(&peer->rng, 4)];
    peer->late = chance(&peer->rng, 4) == 0 ? 300 : 0; /* reads nothing for so many rounds */
    if (cuts && chance(&peer->rng, 4) > 0) {
        plan_cut(peer);
    }
}
