/*
 * Any bytes as what a WebSocket client sends, in any pieces, over a host in memory. The first byte
 * chooses: bits 0 to 3 the pieces, bit 4 a peer that reads nothing, bit 5 a small message limit, bit
 * 6 compression with context take-over, bit 7 a service that takes parts.
 * What is looked for, beside what the sanitizers find: an answer or messages that depend on the
 * cut, an answer that is not made of whole frames, and memory held where nothing is begun.
 */
#include "frame.h"
#include "stream.h"
#include "support/fake_host.h"

#include <shunt/websocket.h>
#include <stdlib.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())

extern const struct shunt_plugin websocket_plugin;

/* ---- a service: sends back, closes on "!", and keeps a sum of all that it saw ---- */

static uint64_t seen;

static void see(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        seen = (seen ^ bytes[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    }
}

static void service_message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                            enum shunt_websocket_kind kind, uint8_t *bytes, size_t len)
{
    uint8_t first = (uint8_t)kind;

    see(&first, 1);
    see(bytes, len);
    if (len > 0 && bytes[0] == '!') {
        api->close(stream, 1000, (struct shunt_span){(const char *)bytes, len});
    }
    (void)!api->send(stream, kind, bytes, len);
}

/* Where a message that fails is cut depends on the pieces; what is whole does not. */
static void parts_message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                          enum shunt_websocket_kind kind, uint8_t *bytes, size_t len,
                          unsigned flags)
{
    static uint64_t sum, count, before;
    bool first = flags & SHUNT_WEBSOCKET_FIRST, last = flags & SHUNT_WEBSOCKET_LAST;

    CHECK(len > 0 || last);
    if (first) {
        before = seen;
        sum = seen ^ kind;
        count = 0;
    }
    seen = sum;
    see(bytes, len);
    sum = seen;
    seen = before;
    count += len;
    if (last) {
        seen = sum;
        (void)!api->send(stream, kind, &count, sizeof count);
    }
}

static void service_close(struct shunt_stream *stream, uint16_t code)
{
    (void)stream;
    see((const uint8_t *)&code, sizeof code);
}

static const struct shunt_websocket_service table = {
    .size = sizeof table, .message = service_message, .close = service_close};
static const struct shunt_service service = {.size = sizeof service,
                                             .version = SHUNT_WEBSOCKET_VERSION,
                                             .interface = SHUNT_WEBSOCKET_INTERFACE,
                                             .name = "fuzz",
                                             .table = &table};
static const struct shunt_websocket_service parts_table = {
    .size = sizeof parts_table, .message_part = parts_message, .close = service_close};
static const struct shunt_service parts_service = {.size = sizeof parts_service,
                                                   .version = SHUNT_WEBSOCKET_VERSION,
                                                   .interface = SHUNT_WEBSOCKET_INTERFACE,
                                                   .name = "parts",
                                                   .table = &parts_table};
static const struct shunt_plugin service_plugin = {
    SHUNT_PLUGIN_HEAD, .name = "fuzz", .version = "1",
    .services = (const struct shunt_service *const[]){&service, &parts_service, NULL}};

/* ---- one run ---- */

struct outcome {
    struct shunt_upgrade *upgrade;
    struct shunt_stream *stream;
    uint64_t seen;
};

static struct shunt_worker *worker_create(const char *const *settings)
{
    struct shunt_worker *worker = fake_worker_create();

    CHECK(fake_plugin_start(worker, &websocket_plugin, settings) == SHUNT_OK);
    CHECK(fake_plugin_start(worker, &service_plugin, NULL) == SHUNT_OK);
    return worker;
}

enum { PIECES = 0x0f, STALLED = 0x10, SMALL = 0x20, COMPRESSED = 0x40, IN_PARTS = 0x80 };

static struct outcome run(struct shunt_worker *worker, const uint8_t *bytes, size_t len,
                          size_t step, unsigned choice)
{
    const char *const fields[] = {"Sec-WebSocket-Key",
                                  "dGhlIHNhbXBsZSBub25jZQ==",
                                  "Sec-WebSocket-Version",
                                  "13",
                                  choice & COMPRESSED ? "Sec-WebSocket-Extensions" : NULL,
                                  "permessage-deflate",
                                  NULL};
    const char *const route[] = {"service", choice & IN_PARTS ? "parts" : "fuzz", NULL};
    struct outcome outcome;

    seen = 0;
    outcome.upgrade = fake_upgrade(
        worker, &(struct fake_offer){.offer = "websocket", .fields = fields, .settings = route});
    outcome.stream = fake_open(outcome.upgrade);
    outcome.stream->stalled = choice & STALLED;
    for (size_t at = 0; at < len; at += step) {
        fake_data(outcome.stream, bytes + at, len - at < step ? len - at : step);
    }
    outcome.seen = seen;
    return outcome;
}

/* The server's bytes are whole, unmasked frames, and nothing follows a Close. */
static void check_frames(const uint8_t *at, size_t len)
{
    bool closed = false;

    while (len > 0) {
        size_t header = 2, payload;

        CHECK(!closed && len >= 2 && at[1] < 0x80);
        payload = at[1];
        if (payload >= 126) {
            size_t extended = payload == 126 ? 2 : 8;

            CHECK(len >= 2 + extended);
            payload = 0;
            for (size_t i = 0; i < extended; i++) {
                payload = payload << 8 | at[2 + i];
            }
            CHECK(payload >= (extended == 2 ? 126u : 65536u));
            header += extended;
        }
        CHECK(payload <= len - header);
        closed = at[0] == (0x80 | WEBSOCKET_CLOSE);
        at += header + payload;
        len -= header + payload;
    }
}

static void finish(struct outcome *outcome)
{
    const struct websocket_stream *ws = (const void *)outcome->stream->state;

    CHECK(ws->phase != WEBSOCKET_ENDED || ws->partial == NULL ||
          ws->service->terms.compressed); /* a context that was made for the last answer */
    fake_free(outcome->stream);
    fake_upgrade_free(outcome->upgrade);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct shunt_worker *workers[2];
    struct shunt_worker *worker;
    struct outcome whole, pieces;

    if (size < 2) {
        return 0;
    }
    if (!workers[0]) {
        workers[0] = worker_create((const char *const[]){
            "compression", "dedicated", "compression_threshold_bytes", "20", NULL});
        workers[1] = worker_create(
            (const char *const[]){"message_bytes_max", "100", "streamed_bytes_max", "200",
                                  "fragments_max", "9", "compression", "dedicated", NULL});
    }
    worker = workers[data[0] & SMALL ? 1 : 0];
    whole = run(worker, data + 1, size - 1, size, data[0]);
    pieces = run(worker, data + 1, size - 1, (data[0] & PIECES) + 1u, data[0]);
    CHECK(whole.seen == pieces.seen);
    CHECK(whole.stream->closing == pieces.stream->closing);
    CHECK(whole.stream->mode == pieces.stream->mode);
    CHECK(whole.stream->sent.len == pieces.stream->sent.len);
    CHECK(whole.stream->sent.len == 0 ||
          memcmp(whole.stream->sent.at, pieces.stream->sent.at, whole.stream->sent.len) == 0);
    check_frames(whole.stream->sent.at, whole.stream->sent.len);
    finish(&whole);
    finish(&pieces);
    return 0;
}
