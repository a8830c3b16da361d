/* WebSocket over a whole server: what a service sends and the connection's queue cannot take. */
#include "conformance/server_fixture.h"

#include "support/allocated.h"

#include <shunt/websocket.h>
#include <stdio.h>
#include <unistd.h>

enum { QUEUE = 65536, PIECE = 10000, TOO_MUCH = QUEUE, WRITTEN_MAX = 6 };

static uint8_t bytes[TOO_MUCH];

/* "big": two pieces, then more than the queue takes. Else: pieces until one does not fit. */
static void message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                    enum shunt_websocket_kind kind, uint8_t *text, size_t len)
{
    enum shunt_status status = SHUNT_OK;
    unsigned sent = 0;

    if (len == 3) {
        for (; sent < 2; sent++) {
            cr_expect_leq(api->send(stream, kind, bytes, PIECE), SHUNT_AGAIN);
        }
        status = api->send(stream, kind, bytes, TOO_MUCH);
    } else {
        while ((status = api->send(stream, kind, bytes, PIECE)) == SHUNT_OK ||
               status == SHUNT_AGAIN) {
            sent++;
        }
    }
    (void)text;
    cr_expect_eq(status, SHUNT_EFULL, "%s", shunt_status_name(status));
    cr_expect_eq(api->send(stream, kind, bytes, 1), SHUNT_ESTATE);
    value_put(sent);
}

static void closed(struct shunt_stream *stream, uint16_t code)
{
    (void)stream;
    value_put(code);
}

static const struct shunt_websocket_service table = {
    .size = sizeof table,
    .message = message,
    .close = closed,
};
static const struct shunt_service service = {
    .size = sizeof service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "loud",
    .table = &table,
};
static const struct shunt_plugin loud = {
    SHUNT_PLUGIN_HEAD,
    .name = "loud",
    .version = "1",
    .services = (const struct shunt_service *const[]){&service, NULL},
};

static void loud_server(struct server *s, enum io_backend backend, const char *message_bytes_max)
{
    static const char *const upgrade[] = {"websocket", NULL}, *const named[] = {"service", "loud",
                                                                                NULL};
    const char *const settings[] = {"message_bytes_max", message_bytes_max, NULL};
    const struct shunt_route route = {
        .size = sizeof route, .path = "/ws", .upgrade = upgrade, .settings = named};
    struct config *config;
    char file[512];

    server_create(s, backend);
    config = server_config(s->server);
    config->limits.queue_bytes_max = QUEUE;
    config->limits.queue_high_bytes = 3 * PIECE;
    config->limits.queue_low_bytes = PIECE;
    snprintf(file, sizeof file, "%s/websocket.so", SHIPPED_PLUGIN_DIR);
    cr_assert_eq(shunt_server_plugin_add(s->server, &loud, NULL), SHUNT_OK);
    cr_assert_eq(shunt_server_plugin_load(s->server, file, settings), SHUNT_OK, "%s",
                 shunt_server_error(s->server));
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    server_log_keep(s);
}

/* Whole pieces as many as were sent, then a Close, which is answered; then the end. */
static void expect_pieces_and_close(int fd, uint64_t pieces, const char close_frame[4])
{
    static const char answer[] = {'\x88', '\x82', 0, 0, 0, 0};
    static uint8_t got[4 + PIECE];

    for (uint64_t i = 0; i < pieces; i++) {
        cr_assert_eq(fixture_read(fd, got, sizeof got), sizeof got);
        cr_assert_eq(memcmp(got, "\x82\x7e\x27\x10", 4), 0);
        cr_assert_eq(memcmp(got + 4, bytes, PIECE), 0);
    }
    cr_assert_eq(fixture_read(fd, got, 4), 4);
    cr_expect_eq(memcmp(got, close_frame, 4), 0, "%02x %02x %02x %02x", got[0], got[1], got[2],
                 got[3]);
    fixture_write(fd, answer, sizeof answer);
    fixture_write(fd, close_frame + 2, 2);
    client_expect_fin(fd);
}

static void ends_with_close(enum io_backend backend, const char *wish, size_t wish_len,
                            uint64_t pieces, const char close_frame[4])
{
    struct server s;
    struct answer answer;
    int fd;

    memset(bytes, 'p', sizeof bytes);
    loud_server(&s, backend, "20000");
    server_start(&s);
    fd = client_open(&s);
    client_send(fd, upgrade_request("/ws", "websocket",
                                    "Sec-WebSocket-Version: 13\r\n"
                                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
    client_head(fd, &answer);
    cr_assert_eq(answer.status, 101, "%s", answer.head);
    fixture_write(fd, wish, wish_len);
    cr_expect_eq(value_take(), pieces);
    expect_pieces_and_close(fd, pieces, close_frame);
    cr_expect_eq(value_take(), (uint64_t)(uint8_t)close_frame[2] << 8 | (uint8_t)close_frame[3]);
    server_log_wait(&s, "in an output queue of 65536: its connection is closed");
    cr_expect_eq(server_counter(&s, "conn.queue_overflows"), 1);
    server_close(&s);
}

SERVER_TEST(a_websocket_message_above_the_queue_gets_what_was_sent_and_1011)
{
    ends_with_close(backend, "\x82\x83\0\0\0\0big", 9, 2, "\x88\x02\x03\xf3");
}

SERVER_TEST(websocket_messages_without_end_get_what_fits_and_1008)
{
    ends_with_close(backend, "\x82\x84\0\0\0\0many", 10, WRITTEN_MAX, "\x88\x02\x03\xf0");
}

SERVER_TEST(websocket_messages_that_the_queue_could_not_carry_back_are_refused_at_start)
{
    struct server s;

    loud_server(&s, backend, "65400");
    cr_expect_eq(shunt_server_check(s.server), SHUNT_EINVAL);
    cr_expect_str_eq(shunt_server_error(s.server),
                     "websocket: message_bytes_max: expected at most limits.queue_bytes_max "
                     "(65536) less 137 for a frame's header and a Close, found 65400");
    shunt_server_destroy(s.server);
}

/* ---- what an echo allocates ---- */

/* A message of one byte asks for the count; any other comes back. */
static void counting_message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                             enum shunt_websocket_kind kind, uint8_t *text, size_t len)
{
    if (len == 1) {
        value_put(allocated_bytes());
    } else {
        cr_expect_leq(api->send(stream, kind, text, len), SHUNT_AGAIN);
    }
}

static const struct shunt_websocket_service counting_table = {.size = sizeof counting_table,
                                                              .message = counting_message};
static const struct shunt_service counting_service = {
    .size = sizeof counting_service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "counting",
    .table = &counting_table,
};
static const struct shunt_plugin counting = {
    SHUNT_PLUGIN_HEAD,
    .name = "counting",
    .version = "1",
    .services = (const struct shunt_service *const[]){&counting_service, NULL},
};

static void counting_server(struct server *s, enum io_backend backend, const char *compression,
                            const struct shunt_plugin *plugin)
{
    static const char *const upgrade[] = {"websocket", NULL};
    const char *const settings[] = {"service", "counting", "compression", compression, NULL};
    const struct shunt_route route = {
        .size = sizeof route, .path = "/ws", .upgrade = upgrade, .settings = settings};
    char file[512];

    server_create(s, backend);
    snprintf(file, sizeof file, "%s/websocket.so", SHIPPED_PLUGIN_DIR);
    cr_assert_eq(shunt_server_plugin_add(s->server, plugin, NULL), SHUNT_OK);
    cr_assert_eq(shunt_server_plugin_load(s->server, file, NULL), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    server_start(s);
}

/* With a mask of zeros, and text that repeats itself; the answer is read to its end. */
static void echo_once(int fd, uint8_t first, size_t len)
{
    static uint8_t frame[8 + 4000], answer[4 + 4000];
    size_t head = len < 126 ? 2 : 4, got = 2;

    memset(frame, 0, 8);
    frame[0] = first;
    frame[1] = (uint8_t)(0x80 | (len < 126 ? len : 126));
    if (head == 4) {
        frame[2] = (uint8_t)(len >> 8);
        frame[3] = (uint8_t)len;
    }
    memset(frame + head + 4, 'e', len);
    fixture_write(fd, frame, head + 4 + len);
    cr_assert_eq(fixture_read(fd, answer, 2), 2);
    head = answer[1] == 126 ? 2 : 0;
    cr_assert_eq((size_t)fixture_read(fd, answer + got, head), head);
    got = head ? (size_t)(answer[2] << 8 | answer[3]) : answer[1];
    cr_assert_eq((size_t)fixture_read(fd, answer, got), got);
}

static uint64_t count_of(int fd)
{
    fixture_write(fd, "\x82\x81\0\0\0\0c", 7);
    return value_take();
}

static void allocates_nothing(struct server *s, enum io_backend backend, const char *compression)
{
    static const size_t sizes[] = {2, 125, 126, 1000, 3900};
    struct answer answer;
    uint64_t before = 0;
    int fd;

    if (!allocated_counted()) {
        cr_skip_test("this allocator does not count");
    }
    counting_server(s, backend, compression, &counting);
    fd = client_open(s);
    client_send(fd, upgrade_request("/ws", "websocket",
                                    "Sec-WebSocket-Version: 13\r\n"
                                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                    "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
    client_head(fd, &answer);
    cr_assert_eq(answer.status, 101, "%s", answer.head);
    for (unsigned i = 0; i < 300; i++) {
        if (i == 50) { /* what is pooled is there after a while */
            before = count_of(fd);
        }
        echo_once(fd, i % 2 ? 0x81 : 0x82, sizes[i % 5]);
    }
    cr_expect_eq(count_of(fd) - before, 0, "compression %s", compression);
    close(fd);
}

CLOSING_SERVER(websocket_echoes_allocate_nothing)
{
    allocates_nothing(s, backend, "off");
}

CLOSING_SERVER(websocket_echoes_without_take_over_allocate_nothing_either)
{
    allocates_nothing(s, backend, "shared");
}

/* ---- a message of any length ---- */

enum { FRAGMENTS = 256, FRAGMENT = 1 << 20 };

/* The first part and the last one show what the worker has allocated between them. */
static void long_message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                         enum shunt_websocket_kind kind, uint8_t *text, size_t len, unsigned flags)
{
    static uint64_t before, count;

    (void)stream, (void)api, (void)kind, (void)text;
    count += len;
    if (flags & SHUNT_WEBSOCKET_FIRST) {
        before = allocated_bytes();
        count = len;
    }
    if (flags & SHUNT_WEBSOCKET_LAST) {
        value_put(count);
        value_put(allocated_bytes() - before);
    }
}

static const struct shunt_websocket_service long_table = {.size = sizeof long_table,
                                                          .message_part = long_message};
static const struct shunt_service long_service = {
    .size = sizeof long_service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "counting",
    .table = &long_table,
};
static const struct shunt_plugin long_plugin = {
    SHUNT_PLUGIN_HEAD,
    .name = "counting",
    .version = "1",
    .services = (const struct shunt_service *const[]){&long_service, NULL},
};

CLOSING_SERVER(a_message_of_256_megabytes_in_parts_takes_constant_memory)
{
    static uint8_t fragment[14 + FRAGMENT];
    struct answer answer;
    int fd;

    counting_server(s, backend, "off", &long_plugin);
    fd = client_open(s);
    client_send(fd, upgrade_request("/ws", "websocket",
                                    "Sec-WebSocket-Version: 13\r\n"
                                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
    client_head(fd, &answer);
    cr_assert_eq(answer.status, 101, "%s", answer.head);
    for (int i = 0; i < FRAGMENTS; i++) {
        const uint8_t head[14] = {(uint8_t)((i == 0 ? 2 : 0) | (i == FRAGMENTS - 1 ? 0x80 : 0)),
                                  0xff,
                                  0,
                                  0,
                                  0,
                                  0,
                                  0,
                                  FRAGMENT >> 16};

        memcpy(fragment, head, sizeof head);
        fixture_write(fd, fragment, sizeof fragment);
    }
    cr_expect_eq(value_take(), (uint64_t)FRAGMENTS * FRAGMENT);
    cr_expect_leq(value_take(), 4096);
    close(fd);
}
