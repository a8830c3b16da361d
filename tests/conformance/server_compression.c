/*
 * permessage-deflate over a whole server, with clients as nobody would like them: messages of every
 * length in fragments of every length, compressed or not, sent in any pieces, read late and through
 * small buffers. Each message is known by its hash on both sides: what is echoed is hashed by the
 * client, and of what a service takes in parts, pausing now and then, its own hash is the answer.
 */
#include "conformance/server_fixture.h"

#include <poll.h>
#include <shunt/websocket.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

enum { CLIENTS = 18, MESSAGES = 24, LOOP_S = 45, TEXT_MOST = 150000 };

static uint64_t chance(uint64_t *rng, uint64_t most)
{
    *rng = *rng * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (*rng >> 33) % most;
}

#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)

static uint64_t hash_more(uint64_t hash, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    }
    return hash;
}

/* ---- the service that takes parts: a stream's user pointer has the hash so far ---- */

static const struct shunt_host *host;

static enum shunt_status parts_init(const struct shunt_host *given,
                                    const struct shunt_settings *settings, void **plugin)
{
    (void)settings;
    (void)plugin;
    host = given;
    return SHUNT_OK;
}

static void parts_message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                          enum shunt_websocket_kind kind, uint8_t *bytes, size_t len,
                          unsigned flags)
{
    uint64_t hash =
        flags & SHUNT_WEBSOCKET_FIRST ? HASH_BEGIN : (uint64_t)(uintptr_t)host->user(stream);

    (void)kind;
    hash = hash_more(hash, bytes, len);
    host->set_user(stream, (void *)(uintptr_t)hash);
    if (hash % 7 == 0) {
        api->pause(stream);
        cr_expect_eq(api->timer(stream, 1), SHUNT_OK);
    }
    if (flags & SHUNT_WEBSOCKET_LAST) {
        cr_expect_leq(api->send(stream, SHUNT_WEBSOCKET_BINARY, &hash, sizeof hash), SHUNT_AGAIN);
    }
}

static void parts_timer(struct shunt_stream *stream, const struct shunt_websocket_api *api)
{
    api->resume(stream);
}

static const struct shunt_websocket_service table = {
    .size = sizeof table, .message_part = parts_message, .timer = parts_timer};
static const struct shunt_service service = {.size = sizeof service,
                                             .version = SHUNT_WEBSOCKET_VERSION,
                                             .interface = SHUNT_WEBSOCKET_INTERFACE,
                                             .name = "parts",
                                             .table = &table};
static const struct shunt_plugin parts_plugin = {
    SHUNT_PLUGIN_HEAD,
    .name = "parts",
    .version = "1",
    .init = parts_init,
    .services = (const struct shunt_service *const[]){&service, NULL},
};

/* ---- the clients ---- */

struct client {
    int fd;
    uint64_t rng;
    bool in_parts;
    bool fresh_out, fresh_in; /* no take-over */
    z_stream deflater, inflater;
    uint8_t *out;
    size_t out_len, out_at;
    uint64_t hashes[MESSAGES];
    unsigned answered;
    uint8_t *in; /* what has come of a frame */
    size_t in_len;
    size_t read_most;
    unsigned stopped;
};

static struct client clients[CLIENTS];

static void out_frame(struct client *client, unsigned first, const uint8_t *bytes, size_t len)
{
    uint8_t head[14] = {(uint8_t)first, (uint8_t)(0x80 | (len < 126     ? len
                                                          : len < 65536 ? 126
                                                                        : 127))};
    size_t at = 2;

    for (int left = len < 126 ? 0 : len < 65536 ? 2 : 8; left-- > 0;) {
        head[at++] = (uint8_t)((uint64_t)len >> 8 * left);
    }
    for (int i = 0; i < 4; i++) {
        head[at + (size_t)i] = (uint8_t)chance(&client->rng, 256);
    }
    client->out = realloc(client->out, client->out_len + at + 4 + len);
    memcpy(client->out + client->out_len, head, at + 4);
    client->out_len += at + 4;
    for (size_t i = 0; i < len; i++) {
        client->out[client->out_len + i] = bytes[i] ^ head[at + i % 4];
    }
    client->out_len += len;
}

static size_t text_make(struct client *client, uint8_t *text)
{
    static const size_t most[] = {1, 10, 300, 5000, TEXT_MOST};
    size_t len = chance(&client->rng, most[chance(&client->rng, 5)] + 1);
    bool noise = chance(&client->rng, 4) == 0;

    for (size_t i = 0; i < len; i++) {
        text[i] = noise ? (uint8_t)chance(&client->rng, 256)
                        : (uint8_t) "price: 12.5, "[(i + chance(&client->rng, 50) / 48) % 13];
    }
    return len;
}

static size_t compress_text(struct client *client, uint8_t *text, size_t len, uint8_t *to,
                            size_t room)
{
    if (client->fresh_out) {
        deflateReset(&client->deflater);
    }
    client->deflater.next_in = text;
    client->deflater.avail_in = (uInt)len;
    client->deflater.next_out = to;
    client->deflater.avail_out = (uInt)room;
    (void)deflate(&client->deflater, Z_SYNC_FLUSH); /* Z_BUF_ERROR: flushed twice, nothing made */
    len = room - client->deflater.avail_out;
    return len < 4 ? 0 : len - 4;
}

static void out_message(struct client *client, unsigned number)
{
    static uint8_t text[TEXT_MOST], compressed[TEXT_MOST + 1000];
    size_t len = text_make(client, text), at = 0;
    bool compresses = chance(&client->rng, 3) > 0;
    unsigned frames = 1 + (unsigned)chance(&client->rng, 5);
    const uint8_t *bytes = compresses ? compressed : text;

    client->hashes[number] = hash_more(HASH_BEGIN, text, len);
    if (compresses) {
        len = compress_text(client, text, len, compressed, sizeof compressed);
    }
    for (unsigned i = 0; i < frames; i++) {
        size_t part = i + 1 == frames ? len - at : chance(&client->rng, len - at + 1);
        unsigned first = i > 0 ? 0 : compresses ? 0x42 : 0x02;

        out_frame(client, first | (i + 1 == frames ? 0x80 : 0), bytes + at, part);
        at += part;
        if (i + 1 < frames && chance(&client->rng, 4) == 0) {
            out_frame(client, 0x8a, text, 5); /* a pong that nobody asked for */
        }
    }
}

static void client_start(struct client *client, const struct server *s, unsigned number)
{
    static const char *const routes[] = {"/shared", "/dedicated", "/parts"};
    static const char *const offers[] = {
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=10",
        "permessage-deflate; client_no_context_takeover; client_max_window_bits=9"};
    int small = 2304 << chance(&clients->rng, 6);
    struct answer answer;
    char fields[300];

    *client = (struct client){.rng = number + 1, .in_parts = number % 3 == 2};
    snprintf(fields, sizeof fields,
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Extensions: %s\r\n",
             offers[chance(&client->rng, 3)]);
    client->fd = client_open(s);
    cr_assert_eq(setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    client_send(client->fd, upgrade_request(routes[number % 3], "websocket", fields));
    client_head(client->fd, &answer);
    cr_assert_eq(answer.status, 101, "%s", answer.head);
    cr_assert_not_null(strstr(answer.head, "permessage-deflate"), "%s", answer.head);
    client->fresh_out = strstr(answer.head, "client_no_context_takeover");
    client->fresh_in = strstr(answer.head, "server_no_context_takeover");
    cr_assert_eq(deflateInit2(&client->deflater, 6, Z_DEFLATED,
                              strstr(answer.head, "client_max_window_bits=9") ? -9 : -15, 8, 0),
                 Z_OK);
    cr_assert_eq(inflateInit2(&client->inflater,
                              strstr(answer.head, "server_max_window_bits=10") ? -10 : -15),
                 Z_OK);
    for (unsigned i = 0; i < MESSAGES; i++) {
        out_message(client, i);
    }
    client->read_most = 1 + chance(&client->rng, 20000);
}

static void client_end(struct client *client)
{
    deflateEnd(&client->deflater);
    inflateEnd(&client->inflater);
    free(client->out);
    free(client->in);
    close(client->fd);
    client->fd = -1;
}

static uint64_t hash_inflated(struct client *client, uint8_t *bytes, size_t len)
{
    static uint8_t run[16384];
    uint64_t hash = HASH_BEGIN;
    z_stream *stream = &client->inflater;

    if (client->fresh_in) {
        inflateReset(stream);
    }
    for (int tail = 0; tail < 2; tail++) {
        stream->next_in = tail ? (uint8_t[]){0, 0, 0xff, 0xff} : bytes;
        stream->avail_in = tail ? 4 : (uInt)len;
        do {
            int result;

            stream->next_out = run;
            stream->avail_out = sizeof run;
            result = inflate(stream, Z_SYNC_FLUSH);
            cr_assert(result == Z_OK || result == Z_BUF_ERROR, "%d", result);
            hash = hash_more(hash, run, sizeof run - stream->avail_out);
        } while (stream->avail_out == 0 || stream->avail_in > 0);
    }
    return hash;
}

static void answer_judge(struct client *client, unsigned first, uint8_t *bytes, size_t len)
{
    uint64_t hash;

    cr_assert(first == 0x82 || first == 0xc2, "%x", first);
    cr_assert_lt(client->answered, MESSAGES);
    if (client->in_parts) {
        cr_assert_eq(len, sizeof hash);
        memcpy(&hash, bytes, sizeof hash);
    } else {
        hash = first & 0x40 ? hash_inflated(client, bytes, len) : hash_more(HASH_BEGIN, bytes, len);
    }
    cr_assert_eq(hash, client->hashes[client->answered], "client %d, message %u",
                 (int)(client - clients), client->answered);
    client->answered++;
}

/* Whole frames at the front of what has come; returns how many bytes they are. */
static size_t frames_take(struct client *client)
{
    size_t at = 0;

    for (;;) {
        uint8_t *frame = client->in + at;
        size_t left = client->in_len - at, head = 2, len;

        if (left < 2 || left < (head = 2 + (frame[1] == 126 ? 2u : frame[1] == 127 ? 8u : 0u))) {
            return at;
        }
        len = frame[1];
        if (head > 2) {
            len = 0;
            for (size_t i = 2; i < head; i++) {
                len = len << 8 | frame[i];
            }
        }
        if (left - head < len) {
            return at;
        }
        answer_judge(client, frame[0], frame + head, len);
        at += head + len;
    }
}

static bool client_step(struct client *client)
{
    size_t left = client->out_len - client->out_at, piece = 1 + chance(&client->rng, 30000), used;
    ssize_t got;

    if (client->stopped > 0) {
        client->stopped--;
        return true;
    }
    client->stopped = chance(&client->rng, 20) == 0 ? (unsigned)chance(&client->rng, 100) : 0;
    got = left == 0 ? 0
                    : send(client->fd, client->out + client->out_at, piece < left ? piece : left,
                           MSG_DONTWAIT | MSG_NOSIGNAL);
    client->out_at += got > 0 ? (size_t)got : 0;
    client->in = realloc(client->in, client->in_len + client->read_most);
    used = (size_t)got;
    got = recv(client->fd, client->in + client->in_len, client->read_most, MSG_DONTWAIT);
    cr_assert_neq(got, 0, "client %d: the server has ended", (int)(client - clients));
    if (got < 0) {
        cr_assert_eq(errno, EAGAIN);
        return (ssize_t)used > 0;
    }
    meet();
    client->in_len += (size_t)got;
    used = frames_take(client);
    client->in_len -= used;
    memmove(client->in, client->in + used, client->in_len);
    if (client->answered == MESSAGES) {
        client_end(client);
    }
    return true;
}

static unsigned clients_left(struct pollfd wait[CLIENTS])
{
    unsigned count = 0;

    for (unsigned i = 0; i < CLIENTS; i++) {
        if (clients[i].fd >= 0) {
            short out = clients[i].out_at < clients[i].out_len ? POLLOUT : 0;

            wait[count++] = (struct pollfd){.fd = clients[i].fd, .events = (short)(POLLIN | out)};
        }
    }
    return count;
}

static void serve(struct server *s, enum io_backend backend)
{
    static const char *const upgrade[] = {"websocket", NULL};
    static const char *const shared[] = {
        "service", "echo", "compression", "shared", "compression_threshold_bytes", "0", NULL};
    static const char *const dedicated[] = {"service", "echo", "compression", "dedicated", NULL};
    static const char *const in_parts[] = {"service", "parts", "compression", "dedicated", NULL};
    const struct shunt_route routes[] = {
        {.size = sizeof *routes, .path = "/shared", .upgrade = upgrade, .settings = shared},
        {.size = sizeof *routes, .path = "/dedicated", .upgrade = upgrade, .settings = dedicated},
        {.size = sizeof *routes, .path = "/parts", .upgrade = upgrade, .settings = in_parts},
    };

    server_create(s, backend);
    cr_assert_eq(shunt_server_plugin_add(s->server, &parts_plugin, NULL), SHUNT_OK);
    for (unsigned i = 0; i < 2; i++) {
        char file[512];

        snprintf(file, sizeof file, "%s/%s.so", SHIPPED_PLUGIN_DIR, i ? "echo" : "websocket");
        cr_assert_eq(shunt_server_plugin_load(s->server, file, NULL), SHUNT_OK, "%s",
                     shunt_server_error(s->server));
    }
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(shunt_server_route(s->server, &routes[i]), SHUNT_OK, "%s",
                     shunt_server_error(s->server));
    }
    server_start(s);
}

SERVER_TEST(compressed_messages_come_through_whole_however_they_are_cut)
{
    struct pollfd wait[CLIENTS];
    struct server s;
    unsigned left;
    time_t until;

    serve(&s, backend);
    for (unsigned i = 0; i < CLIENTS; i++) {
        client_start(&clients[i], &s, i);
    }
    until = time(NULL) + LOOP_S;
    while ((left = clients_left(wait)) > 0) {
        bool moved = false;

        cr_assert_lt(time(NULL), until, "%u clients wait in vain", left);
        for (unsigned i = 0; i < CLIENTS; i++) {
            moved |= clients[i].fd >= 0 && client_step(&clients[i]);
        }
        if (!moved) {
            (void)poll(wait, left, 1000);
        }
    }
    server_close(&s);
}
