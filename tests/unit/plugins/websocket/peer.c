#include "peer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

char peer_log[64 * 1024];
size_t peer_parts;
uint64_t peer_part_bytes;

static void text_append(char *to, size_t size, const char *text)
{
    size_t len = strlen(to);

    snprintf(to + len, size - len, "%s%s", len ? " " : "", text);
}

static void frame_append(char *to, size_t size, unsigned first, const uint8_t *bytes, size_t len)
{
    size_t at;

    text_append(to, size, "");
    at = strlen(to);
    at += (size_t)snprintf(to + at, size - at, "%02X:", first);
    for (size_t i = 0; i < len && at + 4 < size; i++) {
        bool plain = bytes[i] > ' ' && bytes[i] < 0x7f && bytes[i] != '%';

        at += (size_t)snprintf(to + at, size - at, plain ? "%c" : "%%%02X", bytes[i]);
    }
}

/* ---- the service ---- */

static void note(const char *text)
{
    text_append(peer_log, sizeof peer_log, text);
}

static void record_open(void *local, struct shunt_stream *stream,
                        const struct shunt_websocket_api *api)
{
    (void)local;
    (void)stream;
    (void)api;
    note("open");
}

static void command(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                    const char *text)
{
    char word[16] = "", rest[256] = "";
    unsigned number = 0;

    if (sscanf(text, "!close %u %255[^\n]", &number, rest) >= 1) {
        api->close(stream, (uint16_t)number, shunt_span_of(rest));
        cr_expect_eq(api->send(stream, SHUNT_WEBSOCKET_TEXT, "late", 4), SHUNT_ESTATE);
        cr_expect_eq(api->ping(stream, "late", 4), SHUNT_ESTATE);
    } else if (sscanf(text, "!ping %15s", word) == 1) {
        cr_expect_eq(api->ping(stream, word, strlen(word)), SHUNT_OK);
    } else if (sscanf(text, "!many %u", &number) == 1) {
        void *block = calloc(1, number);

        (void)!api->send(stream, SHUNT_WEBSOCKET_BINARY, block, number);
        free(block);
    } else if (sscanf(text, "!plain %u", &number) == 1) {
        void *block = calloc(1, number);

        (void)!api->send_with(stream, SHUNT_WEBSOCKET_BINARY, block, number, SHUNT_WEBSOCKET_PLAIN);
        free(block);
    } else if (strcmp(text, "!pause") == 0) {
        api->pause(stream);
    }
}

static void record_message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                           enum shunt_websocket_kind kind, uint8_t *bytes, size_t len)
{
    char text[512] = "";

    frame_append(peer_log, sizeof peer_log, 0x80u | kind, bytes, len);
    if (len > 0 && bytes[0] == '!' && len < sizeof text) {
        memcpy(text, bytes, len);
        command(stream, api, text);
    } else {
        (void)!api->send(stream, kind, bytes, len);
    }
    if (len > 0) {
        bytes[0] ^= 0xff; /* writable in place */
    }
}

static void record_drained(struct shunt_stream *stream, const struct shunt_websocket_api *api)
{
    (void)stream;
    (void)api;
    note("drained");
}

static void record_close(struct shunt_stream *stream, uint16_t code)
{
    char text[32];

    (void)stream;
    snprintf(text, sizeof text, "closed:%u", code);
    note(text);
}

static void parts_message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                          enum shunt_websocket_kind kind, uint8_t *bytes, size_t len,
                          unsigned flags)
{
    static const char *const names[] = {NULL, "first", "last", "only"};

    if (flags) {
        note(names[flags & 3]);
    }
    frame_append(peer_log, sizeof peer_log, 0x80u | kind, bytes, len);
    if (len == 6 && memcmp(bytes, "!pause", 6) == 0) {
        api->pause(stream);
    } else if (len == 6 && memcmp(bytes, "!close", 6) == 0) {
        api->close(stream, 4000, (struct shunt_span){NULL, 0});
    }
    peer_parts++;
    peer_part_bytes += len;
}

static const struct shunt_websocket_service parts = {
    .size = sizeof parts,
    .open = record_open,
    .close = record_close,
    .message_part = parts_message,
};
static const struct shunt_service parts_service = {
    .size = sizeof parts_service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "parts",
    .table = &parts,
};

static const struct shunt_websocket_service record = {
    .size = sizeof record,
    .open = record_open,
    .message = record_message,
    .drained = record_drained,
    .close = record_close,
};
static const struct shunt_service service = {
    .size = sizeof service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "record",
    .table = &record,
};
const struct shunt_plugin record_plugin = {
    SHUNT_PLUGIN_HEAD,
    .name = "record",
    .version = "1",
    .services = (const struct shunt_service *const[]){&service, &parts_service, NULL},
};

/* ---- the client ---- */

struct shunt_worker *peer_worker(const char *const *settings)
{
    struct shunt_worker *worker = fake_worker_create();

    cr_assert_eq(fake_plugin_start(worker, &websocket_plugin, settings), SHUNT_OK);
    cr_assert_eq(fake_plugin_start(worker, &record_plugin, NULL), SHUNT_OK);
    return worker;
}

struct peer peer_open_offering(const char *const *settings, const char *extension, const char *name)
{
    const char *const fields[] = {"Sec-WebSocket-Key",
                                  PEER_KEY,
                                  "Sec-WebSocket-Version",
                                  "13",
                                  extension ? "Sec-WebSocket-Extensions" : NULL,
                                  extension,
                                  NULL};
    const char *const route[] = {"service", name, NULL};
    struct peer peer = {.worker = peer_worker(settings)};

    peer_log[0] = '\0';
    peer.upgrade = fake_upgrade(
        peer.worker,
        &(struct fake_offer){.offer = "websocket", .fields = fields, .settings = route});
    peer.stream = fake_open(peer.upgrade);
    return peer;
}

struct peer peer_open(const char *const *settings)
{
    return peer_open_offering(settings, NULL, "record");
}

void peer_close(struct peer *peer)
{
    fake_free(peer->stream);
    fake_upgrade_free(peer->upgrade);
    fake_worker_destroy(peer->worker);
}

static size_t payload_read(const char **script, uint8_t *payload)
{
    const char *at = *script;
    size_t len = 0;

    for (; *at && *at != ' '; at++) {
        unsigned byte = (uint8_t)*at;

        if (*at == '%') {
            cr_assert_eq(sscanf(at + 1, "%2x", &byte), 1);
            at += 2;
        }
        payload[len++] = (uint8_t)byte;
    }
    *script = *at ? at + 1 : at;
    return len;
}

static size_t frame_put(uint8_t *to, unsigned first, const uint8_t *payload, size_t len)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    size_t at = 2;

    to[0] = (uint8_t)first;
    to[1] = (uint8_t)(0x80 | (len < 126 ? len : 126));
    if (len >= 126) {
        to[at++] = (uint8_t)(len >> 8);
        to[at++] = (uint8_t)len;
    }
    memcpy(to + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < len; i++) {
        to[at++] = payload[i] ^ mask[i % 4];
    }
    return at;
}

uint8_t *peer_frames(const char *script, size_t *len)
{
    size_t room = strlen(script);
    uint8_t *payload = malloc(room + 1), *bytes = malloc(8 * room + 16);

    *len = 0;
    while (*script) {
        char *colon;
        unsigned long first = strtoul(script, &colon, 16);
        size_t size;

        cr_assert_eq(*colon, ':', "a frame is XX:payload, not %s", script);
        script = colon + 1;
        size = payload_read(&script, payload);
        *len += frame_put(bytes + *len, (unsigned)first, payload, size);
    }
    free(payload);
    return bytes;
}

void peer_send(struct peer *peer, const char *script)
{
    size_t len;
    uint8_t *bytes = peer_frames(script, &len);

    fake_data(peer->stream, bytes, len);
    free(bytes);
}

const char *peer_sent(const struct peer *peer)
{
    static char text[256 * 1024];
    const uint8_t *at = peer->stream->sent.at, *end = at + peer->stream->sent.len;

    text[0] = '\0';
    while (at < end) {
        unsigned first = at[0];
        uint64_t len = at[1];
        size_t extended = len == 126 ? 2 : len == 127 ? 8 : 0;

        cr_assert_lt(at[1], 0x80, "the server masks a frame");
        if (extended) {
            len = 0;
            for (size_t i = 0; i < extended; i++) {
                len = len << 8 | at[2 + i];
            }
            cr_assert_geq(len, extended == 2 ? 126u : 65536u);
        }
        at += 2 + extended;
        cr_assert_geq((uint64_t)(end - at), len, "the server's last frame is cut short");
        frame_append(text, sizeof text, first, at, (size_t)len);
        at += len;
    }
    return text;
}
