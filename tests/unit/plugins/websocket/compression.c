/* RFC 7692 section 7.2: messages compressed both ways, by zlib on the client's side. */
#include "api.h"
#include "counts.h"
#include "deflate.h"
#include "message.h"
#include "peer.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#define SHARED(...)    ((const char *const[]){"compression", "shared", ##__VA_ARGS__, NULL})
#define DEDICATED(...) ((const char *const[]){"compression", "dedicated", ##__VA_ARGS__, NULL})
#define OFFER          "permessage-deflate; client_max_window_bits"

static uint32_t random_number(uint32_t below)
{
    static uint64_t state = 7692;

    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

/* ---- the client ---- */

struct client {
    struct peer peer;
    z_stream out, in;
    bool fresh_out, fresh_in;
    size_t read; /* of what the server has sent */
};

static struct client *client_open(const char *const *settings, const char *offer,
                                  const char *service, int out_bits, int in_bits)
{
    struct client *client = calloc(1, sizeof *client);
    const char *answer;

    client->peer = peer_open_offering(settings, offer, service);
    answer = fake_upgrade_field(client->peer.upgrade, "Sec-WebSocket-Extensions");
    cr_assert_not_null(answer);
    client->fresh_out = strstr(answer, "client_no_context_takeover");
    client->fresh_in = strstr(answer, "server_no_context_takeover");
    cr_assert_eq(deflateInit2(&client->out, 6, Z_DEFLATED, -out_bits, 8, 0), Z_OK);
    cr_assert_eq(inflateInit2(&client->in, -in_bits), Z_OK);
    return client;
}

static void client_close(struct client *client)
{
    deflateEnd(&client->out);
    inflateEnd(&client->in);
    peer_close(&client->peer);
    free(client);
}

static size_t compress_to(struct client *client, const uint8_t *bytes, size_t len, uint8_t *out,
                          size_t room)
{
    z_stream *stream = &client->out;

    if (client->fresh_out) {
        deflateReset(stream);
    }
    stream->next_in = (Bytef *)(uintptr_t)bytes;
    stream->avail_in = (uInt)len;
    stream->next_out = out;
    stream->avail_out = (uInt)room;
    cr_assert_eq(deflate(stream, Z_SYNC_FLUSH), Z_OK);
    return room - stream->avail_out - 4;
}

static size_t frame_put(uint8_t *to, unsigned first, const uint8_t *payload, size_t len)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    size_t at = 2;

    to[0] = (uint8_t)first;
    to[1] = (uint8_t)(0x80 | (len < 126 ? len : len < 65536 ? 126 : 127));
    for (int bytes = len < 126 ? 0 : len < 65536 ? 2 : 8; bytes-- > 0;) {
        to[at++] = (uint8_t)((uint64_t)len >> (8 * bytes));
    }
    memcpy(to + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < len; i++) {
        to[at++] = payload[i] ^ mask[i % 4];
    }
    return at;
}

/* One message in `count` frames, in pieces of at most `piece` bytes. */
static void client_send(struct client *client, unsigned opcode, const uint8_t *bytes, size_t len,
                        size_t count, size_t piece)
{
    size_t room = len + len / 10 + 100, made, at = 0, size = 0;
    uint8_t *compressed = malloc(room), *frames = malloc(room + 16 * count);

    made = compress_to(client, bytes, len, compressed, room);
    for (size_t i = 0; i < count; i++) {
        size_t part = i + 1 == count ? made - at : random_number((uint32_t)(made - at) + 1);
        unsigned first = (i == 0 ? 0x40 | opcode : 0) | (i + 1 == count ? 0x80 : 0);

        size += frame_put(frames + size, first, compressed + at, part);
        at += part;
    }
    for (at = 0; at < size; at += piece) {
        fake_data(client->peer.stream, frames + at, size - at < piece ? size - at : piece);
    }
    free(compressed);
    free(frames);
}

/* The server's next frame, decompressed if it is; `out` is what it was. A byte at a time, so that a
 * reference beyond the window is found. Returns its first byte. */
static unsigned client_receive(struct client *client, uint8_t *out, size_t room, size_t *len)
{
    const uint8_t *at = client->peer.stream->sent.at + client->read;
    size_t header = 2, payload;

    cr_assert_lt(client->read, client->peer.stream->sent.len, "nothing was sent");
    payload = at[1];
    if (payload >= 126) {
        size_t extended = payload == 126 ? 2 : 8;

        payload = 0;
        for (size_t i = 0; i < extended; i++) {
            payload = payload << 8 | at[2 + i];
        }
        header += extended;
    }
    client->read += header + payload;
    if (!(at[0] & 0x40)) {
        cr_assert_leq(payload, room);
        memcpy(out, at + header, payload);
        *len = payload;
        return at[0];
    }
    if (client->fresh_in) {
        inflateReset(&client->in);
    }
    *len = 0;
    for (int tail = 0; tail < 2; tail++) {
        client->in.next_in =
            (Bytef *)(uintptr_t)(tail ? (const uint8_t *)"\0\0\xff\xff" : at + header);
        client->in.avail_in = tail ? 4 : (uInt)payload;
        do {
            int result;

            client->in.next_out = out + *len;
            client->in.avail_out = 1;
            result = inflate(&client->in, Z_SYNC_FLUSH);
            cr_assert(result == Z_OK || result == Z_BUF_ERROR, "%d: %s", result, client->in.msg);
            *len += 1 - client->in.avail_out;
            cr_assert_lt(*len, room);
        } while (client->in.avail_in > 0 || client->in.avail_out == 0);
    }
    return at[0];
}

/* Text like that of services, with some that repeats what came before. */
static size_t text_make(uint8_t *to, size_t len)
{
    static const char *const words[] = {
        "{\"id\":", "\"user\":\"alice\",", "\"price\":", "é", "\"note\":\"update\"}", "世界", " ",
        "0"};
    size_t at = 0;

    while (at + 32 < len) {
        at += (size_t)sprintf((char *)to + at, "%s%u",
                              words[random_number(sizeof words / sizeof *words)],
                              random_number(100000));
    }
    memset(to + at, 'x', len - at);
    return len;
}

/* ---- the examples and the rules of section 7.2.3 ---- */

Test(websocket_compression, reads_the_examples_of_section_7_2_3_cut_anywhere)
{
    static const struct {
        const char *why, *frames, *log;
    } rows[] = {
        {"7.2.3.1", "C1:%F2H%CD%C9%C9%07%00", "open 81:Hello"},
        {"in two frames", "41:%F2H%CD 80:%C9%C9%07%00", "open 81:Hello"},
        {"7.2.3.2, twice by itself", "C1:%F2H%CD%C9%C9%07%00 C1:%F2H%CD%C9%C9%07%00",
         "open 81:Hello 81:Hello"},
        {"7.2.3.2, sharing the window", "C1:%F2H%CD%C9%C9%07%00 C1:%F2%00%11%00%00",
         "open 81:Hello 81:Hello"},
        {"7.2.3.3, a block without compression", "C1:%00%05%00%FA%FFHello%00", "open 81:Hello"},
        {"7.2.3.4, a last block", "C1:%F3H%CD%C9%C9%07%00%00", "open 81:Hello"},
        {"and one behind it", "C1:%F3H%CD%C9%C9%07%00%00 C1:%F2%00%11%00%00",
         "open 81:Hello 81:Hello"},
        {"7.2.3.5, two blocks", "C1:%F2H%05%00%00%00%FF%FF%CA%C9%C9%07%00", "open 81:Hello"},
        {"7.2.3.6, an empty one", "C1:%00", "open 81:"},
        {"an empty one of no byte at all", "C1: C1:%F2H%CD%C9%C9%07%00", "open 81: 81:Hello"},
        {"an empty one of two frames", "42: 80: C1:%F2H%CD%C9%C9%07%00", "open 82: 81:Hello"},
        {"binary", "C2:%F2H%CD%C9%C9%07%00", "open 82:Hello"},
        {"a ping among the frames", "41:%F2H%CD 89:p 80:%C9%C9%07%00", "open 81:Hello"},
        {"frames without payload", "41: 00: 00:%F2H%CD 00: 80:%C9%C9%07%00", "open 81:Hello"},
        {"a plain one beside it", "C1:%F2H%CD%C9%C9%07%00 81:plain C1:%F2%00%11%00%00",
         "open 81:Hello 81:plain 81:Hello"},
        {"a plain one in frames", "01:pl 80:ain", "open 81:plain"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len;
        uint8_t *bytes = peer_frames(rows[i].frames, &len);

        for (size_t cut = 0; cut < len; cut++) {
            struct peer peer = peer_open_offering(DEDICATED(), OFFER, "record");

            fake_data(peer.stream, bytes, cut);
            fake_data(peer.stream, bytes + cut, len - cut);
            cr_expect_str_eq(peer_log, rows[i].log, "%s, cut at %zu: %s", rows[i].why, cut,
                             peer_log);
            peer_close(&peer);
        }
        free(bytes);
    }
}

Test(websocket_compression, fails_what_section_6_and_the_format_forbid)
{
    static const struct {
        const char *why, *frames, *sent;
        bool not_agreed;
    } rows[] = {
        {"RSV1 where nothing was agreed on", "C1:%F2H%CD%C9%C9%07%00", "88:%03%EA", true},
        {"RSV1 on a continuation (6.1)", "41:%F2H%CD C0:%C9%C9%07%00", "88:%03%EA", false},
        {"RSV1 on a later fragment of a plain one", "01:a C0:b", "88:%03%EA", false},
        {"RSV1 on a ping (6.1)", "C9:p", "88:%03%EA", false},
        {"RSV1 on a pong", "CA:p", "88:%03%EA", false},
        {"RSV1 on a Close", "C8:%03%E8", "88:%03%EA", false},
        {"RSV2", "A1:x", "88:%03%EA", false},
        {"RSV3", "91:x", "88:%03%EA", false},
        {"RSV1 and RSV2", "E1:x", "88:%03%EA", false},
        {"a message within a message", "41:%F2H C1:%F2H", "88:%03%EA", false},
        {"a reserved kind of block", "C1:%FF%FF", "88:%03%EF", false},
        {"a reference to before the beginning", "C1:%F2%00%11%00%00", "88:%03%EF", false},
        {"a block that is cut", "C1:%F2H%CD", "88:%03%EF", false},
        {"a length that is wrong", "C1:%00%05%00%FA%FEHello%00", "88:%03%EF", false},
        {"a last block without the empty one behind", "C1:%F3H%CD%C9%C9%07%00", "88:%03%EF", false},
        {"text that is no UTF-8", "C1:%00%02%00%FD%FF%C3%28%00", "88:%03%EF", false},
        {"text that ends within a character", "C1:%00%01%00%FE%FF%C3%00", "88:%03%EF", false},
        {"text of fragments that is no UTF-8", "41:%00%02%00%FD%FF 80:%C3%28%00", "88:%03%EF",
         false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int mode = 0; mode < 4; mode++) {
            struct peer peer = peer_open_offering(mode & 1 ? SHARED() : DEDICATED(),
                                                  rows[i].not_agreed ? NULL : OFFER,
                                                  mode & 2 ? "parts" : "record");

            peer_send(&peer, rows[i].frames);
            cr_expect_str_eq(peer_sent(&peer), rows[i].sent, "%s, %d: %s", rows[i].why, mode,
                             peer_sent(&peer));
            cr_expect(peer.stream->closed, "%s", rows[i].why);
            peer_close(&peer);
        }
    }
}

/* ---- what is sent ---- */

Test(websocket_compression, sends_compressed_what_is_long_enough_and_gets_shorter)
{
    static const struct {
        const char *why, *frames;
        unsigned first;
    } rows[] = {
        {"below the threshold", "81:!many%2099", 0x82},
        {"at the threshold", "81:!many%20100", 0xc2},
        {"unless the service does not want it", "81:!plain%205000", 0x82},
        {"an empty one", "82:", 0x82},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct peer peer =
            peer_open_offering(SHARED("compression_threshold_bytes", "100"), OFFER, "record");

        peer_send(&peer, rows[i].frames);
        cr_expect_eq(peer.stream->sent.at[0], rows[i].first, "%s: %x", rows[i].why,
                     peer.stream->sent.at[0]);
        peer_close(&peer);
    }
}

Test(websocket_compression, sends_plain_what_does_not_compress_where_that_is_possible)
{
    uint8_t bytes[1000], back[1200];
    size_t len;

    for (int dedicated = 0; dedicated < 2; dedicated++) {
        struct client *client =
            client_open(dedicated ? DEDICATED() : SHARED(), OFFER, "record", 15, 15);
        unsigned first;

        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (uint8_t)random_number(256);
        }
        client_send(client, 2, bytes, sizeof bytes, 1, 4096);
        first = client_receive(client, back, sizeof back, &len);
        cr_expect_eq(first, dedicated ? 0xc2 : 0x82, "%x", first);
        cr_assert_eq(len, sizeof bytes);
        cr_expect_arr_eq(back, bytes, len);
        client_close(client);
    }
}

Test(websocket_compression, every_window_and_take_over_comes_back_as_it_was)
{
    static uint8_t bytes[100000], back[100001];

    for (int bits = 8; bits <= 15; bits++) {
        for (int mode = 0; mode < 4; mode++) {
            char offer[200];
            struct client *client;

            snprintf(offer, sizeof offer,
                     "permessage-deflate; server_max_window_bits=%d; client_max_window_bits=%d%s",
                     bits, bits,
                     mode & 2 ? "; server_no_context_takeover; client_no_context_takeover" : "");
            client = client_open(mode & 1 ? SHARED() : DEDICATED(), offer, "record",
                                 bits < 9 ? 9 : bits, bits);
            for (int i = 0; i < 8; i++) {
                size_t len = i == 7 ? sizeof bytes : 1 + random_number(3000), got;

                text_make(bytes, len);
                client_send(client, 2, bytes, len, 1 + random_number(4), 1 + random_number(4096));
                (void)client_receive(client, back, sizeof back, &got);
                cr_assert_eq(got, len, "%s: %zu of %zu", offer, got, len);
                cr_assert_arr_eq(back, bytes, len, "%s", offer);
            }
            client_close(client);
        }
    }
}

Test(websocket_compression, with_take_over_what_repeats_costs_next_to_nothing)
{
    struct client *client = client_open(DEDICATED(), OFFER, "record", 15, 15);
    uint8_t bytes[2000], back[2001];
    size_t len, before;

    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)random_number(256);
    }
    client_send(client, 2, bytes, sizeof bytes, 1, 4096);
    (void)client_receive(client, back, sizeof back, &len);
    before = client->peer.stream->sent.len;
    client_send(client, 2, bytes, sizeof bytes, 1, 4096);
    (void)client_receive(client, back, sizeof back, &len);
    cr_expect_arr_eq(back, bytes, sizeof bytes);
    cr_expect_lt(client->peer.stream->sent.len - before, 100);
    client_close(client);
}

/* ---- a message for many ---- */

/* One form for all receivers, whatever their windows and contexts, among messages of their own. */
Test(websocket_compression, a_message_for_many_is_compressed_once_and_right_for_all)
{
    static const char *const offers[] = {
        OFFER, "permessage-deflate; server_max_window_bits=9",
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=11"};
    static const int bits[] = {15, 9, 11};
    static uint8_t text[5000], bytes[3000], back[5001];

    for (size_t len = 1; len <= sizeof text; len += 700) {
        for (size_t i = 0; i < 3; i++) {
            struct client *client = client_open(DEDICATED("compression_threshold_bytes", "1"),
                                                offers[i], "record", 15, bits[i]);
            struct shunt_websocket_message *message, *made;
            size_t got;

            text_make(text, sizeof text);
            message = websocket_api.message_create(SHUNT_WEBSOCKET_TEXT, text, len);
            for (int round = 0; round < 4; round++) {
                text_make(bytes, sizeof bytes);
                memcpy(bytes, text, sizeof bytes / 2);
                client_send(client, 2, bytes, sizeof bytes, 1, 4096);
                (void)client_receive(client, back, sizeof back, &got);
                cr_assert_eq(got, sizeof bytes);
                cr_assert_arr_eq(back, bytes, got);
                cr_assert_eq(websocket_api.send_message(client->peer.stream, message), SHUNT_OK);
                fake_turn(client->peer.worker);
                (void)client_receive(client, back, sizeof back, &got);
                cr_assert_eq(got, len, "%zu of %zu", got, len);
                cr_assert_arr_eq(back, text, len);
            }
            made = message->compressed;
            cr_expect(made == NULL || made == message || made->len < message->len);
            cr_expect_eq(made == NULL, i > 0 && len > 1u << bits[i], "%zu", len);
            websocket_api.message_release(message);
            client_close(client);
        }
    }
}

struct sharer {
    pthread_t thread;
    pthread_barrier_t *begin;
    struct shunt_websocket_message *message, *made;
};

/* A worker: its own compressors, one reference of its own. */
static void *share(void *arg)
{
    struct sharer *sharer = arg;
    struct websocket_codecs codecs = {.idle = NULL};

    pthread_barrier_wait(sharer->begin);
    sharer->made = websocket_message_compressed(sharer->message, &codecs, 1);
    websocket_message_hold(sharer->made);
    websocket_message_release(sharer->message);
    websocket_codecs_fini(&codecs);
    return NULL;
}

Test(websocket_compression, workers_that_compress_a_message_at_once_share_one_form)
{
    enum { WORKERS = 4 };
    static uint8_t text[3000];
    struct sharer sharers[WORKERS];
    pthread_barrier_t begin;

    text_make(text, sizeof text);
    pthread_barrier_init(&begin, NULL, WORKERS);
    for (int round = 0; round < 50; round++) {
        struct shunt_websocket_message *message =
            websocket_message_create(SHUNT_WEBSOCKET_TEXT, text, sizeof text);

        for (int i = 0; i < WORKERS; i++) {
            websocket_message_hold(message);
            sharers[i] = (struct sharer){.begin = &begin, .message = message};
            cr_assert_eq(pthread_create(&sharers[i].thread, NULL, share, &sharers[i]), 0);
        }
        websocket_message_release(message);
        for (int i = 0; i < WORKERS; i++) {
            pthread_join(sharers[i].thread, NULL);
        }
        for (int i = 0; i < WORKERS; i++) {
            cr_assert_eq(sharers[i].made, sharers[0].made);
            cr_assert_eq(sharers[i].made->frame[0], 0xc1);
        }
        for (int i = 0; i < WORKERS; i++) {
            websocket_message_release(sharers[i].made);
        }
    }
    pthread_barrier_destroy(&begin);
}

/* ---- limits ---- */

static struct websocket_worker *worker_of(const struct peer *peer)
{
    return peer_state(peer)->service->worker;
}

Test(websocket_compression, a_bomb_costs_no_more_than_a_message)
{
    static uint8_t zeros[1000000];

    for (int dedicated = 0; dedicated < 2; dedicated++) {
        struct client *client = client_open(dedicated ? DEDICATED("message_bytes_max", "100000")
                                                      : SHARED("message_bytes_max", "100000"),
                                            OFFER, "record", 15, 15);

        client_send(client, 2, zeros, sizeof zeros, 1, 4096);
        cr_expect_str_eq(peer_sent(&client->peer), "88:%03%F1");
        cr_expect_leq(worker_of(&client->peer)->codecs.inflated.room, 100001);
        cr_expect_str_eq(peer_log, "open closed:1009");
        client_close(client);
    }
}

Test(websocket_compression, the_limit_is_of_what_is_decompressed_to_the_byte)
{
    static uint8_t bytes[100001];

    for (int compressible = 0; compressible < 2; compressible++) {
        for (size_t more = 0; more < 2; more++) {
            struct client *client =
                client_open(SHARED("message_bytes_max", "100000"), OFFER, "record", 15, 15);

            for (size_t i = 0; i < sizeof bytes; i++) {
                bytes[i] = compressible ? 'x' : (uint8_t)random_number(256);
            }
            client_send(client, 2, bytes, 100000 + more, 3, 4096);
            cr_expect_eq(peer_state(&client->peer)->phase, more ? WEBSOCKET_ENDED : WEBSOCKET_OPEN,
                         "%d %zu", compressible, more);
            client_close(client);
        }
    }
}

Test(websocket_compression, a_client_of_little_memory_may_send_as_much)
{
    static uint8_t bytes[100000];
    struct client *client =
        client_open(SHARED("message_bytes_max", "100000"), OFFER, "record", 15, 15);

    deflateEnd(&client->out);
    cr_assert_eq(deflateInit2(&client->out, 6, Z_DEFLATED, -9, 1, 0), Z_OK);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)random_number(256);
    }
    client_send(client, 2, bytes, sizeof bytes, 3, 4096);
    cr_expect_eq(peer_state(&client->peer)->phase, WEBSOCKET_OPEN);
    client_close(client);
}

Test(websocket_compression, no_payload_is_longer_than_a_message_could_need)
{
    struct peer peer = peer_open_offering(SHARED("message_bytes_max", "100000"), OFFER, "record");

    fake_data(peer.stream, "\xc2\xff\0\0\0\0\0\1\x9f\x4b\1\2\3\4", 14); /* 106,315 */
    cr_expect_str_eq(peer_sent(&peer), "88:%03%F1");
    peer_close(&peer);
}

Test(websocket_compression, contexts_have_a_limit_and_beyond_it_streams_have_none)
{
    static const struct {
        const char *max, *answer;
    } rows[] = {
        {"0", "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
        {"1", "permessage-deflate"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct peer peer = peer_open_offering(
            DEDICATED("compression_context_bytes_max", rows[i].max), OFFER, "record");

        cr_expect_str_eq(fake_upgrade_field(peer.upgrade, "Sec-WebSocket-Extensions"),
                         rows[i].answer);
        cr_expect_eq(worker_of(&peer)->counts->context_bytes,
                     websocket_context_bytes(&peer_state(&peer)->service->terms));
        fake_free(peer.stream);
        cr_expect_eq(
            ((struct websocket_worker *)peer.worker->plugins[0].local)->counts->context_bytes, 0);
        peer.stream = fake_open(peer.upgrade);
        peer_close(&peer);
    }
}

Test(websocket_compression, without_take_over_a_stream_keeps_nothing)
{
    struct client *client = client_open(SHARED(), OFFER, "record", 15, 15);
    uint8_t bytes[3000];

    text_make(bytes, sizeof bytes);
    client_send(client, 2, bytes, sizeof bytes, 3, 100);
    cr_expect_null(peer_state(&client->peer)->partial);
    client_close(client);
}

Test(websocket_compression, a_route_without_it_takes_no_offer)
{
    struct peer peer = peer_open_offering(NULL, OFFER, "record");

    cr_expect_null(fake_upgrade_field(peer.upgrade, "Sec-WebSocket-Extensions"));
    peer_close(&peer);
}

/* ---- in parts ---- */

Test(websocket_compression, in_parts_a_message_of_any_length_takes_constant_memory)
{
    enum { BYTES = 64 * 1024 * 1024 };
    static uint8_t zeros[BYTES];

    for (int dedicated = 0; dedicated < 2; dedicated++) {
        struct client *client =
            client_open(dedicated ? DEDICATED() : SHARED(), OFFER, "parts", 15, 15);

        peer_parts = peer_part_bytes = 0;
        client_send(client, 2, zeros, BYTES, 5, 4096);
        cr_expect_eq(peer_part_bytes, BYTES);
        cr_expect_geq(peer_parts, BYTES / WEBSOCKET_RUN_BYTES);
        cr_expect_eq(worker_of(&client->peer)->codecs.inflated.room, WEBSOCKET_RUN_BYTES);
        cr_expect_eq(peer_state(&client->peer)->phase, WEBSOCKET_OPEN);
        cr_expect_eq(peer_state(&client->peer)->partial == NULL, !dedicated);
        client_close(client);
    }
}
