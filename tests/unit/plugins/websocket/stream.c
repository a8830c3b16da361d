/* Frames from the peer: what the service sees, what goes back, how it ends. */
#include "partial.h"
#include "peer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define LIMIT_20 ((const char *const[]){"message_bytes_max", "20", NULL})

/* What a run of bytes led to, as one text. */
static char *outcome(const struct peer *peer)
{
    char *text = NULL;

    cr_assert_gt(asprintf(&text, "%s | %s | %s", peer_log, peer_sent(peer),
                          !peer->stream->closing                       ? "open"
                          : peer->stream->mode == SHUNT_CLOSE_GRACEFUL ? "graceful"
                                                                       : "reset"),
                 0);
    return text;
}

struct row {
    const char *why, *frames, *want; /* "service's log | sent | how it ended" */
};

static void run_cut(const struct row *row, const char *const *settings, size_t step, size_t cut)
{
    struct peer peer = peer_open(settings);
    char *got;
    size_t len;
    uint8_t *bytes = peer_frames(row->frames, &len);

    fake_data(peer.stream, bytes, cut);
    for (size_t at = cut; at < len; at += step) {
        fake_data(peer.stream, bytes + at, at + step < len ? step : len - at);
    }
    got = outcome(&peer);
    cr_expect_str_eq(got, row->want, "%s (cut at %zu, then by %zu):\n got  %s\n want %s", row->why,
                     cut, step, got, row->want);
    free(got);
    free(bytes);
    peer_close(&peer);
}

/* Whole, byte by byte, and in two at each place: the outcome is the same. */
static void run(const struct row *rows, size_t count, const char *const *settings)
{
    for (size_t i = 0; i < count; i++) {
        size_t len;

        free(peer_frames(rows[i].frames, &len));
        run_cut(&rows[i], settings, 1, 0);
        for (size_t cut = 0; cut < len; cut++) {
            run_cut(&rows[i], settings, len, cut);
        }
    }
}

#define RUN(rows, settings) run(rows, sizeof(rows) / sizeof *(rows), settings)

Test(websocket_stream, a_message_of_one_frame_reaches_the_service)
{
    static const struct row rows[] = {
        {"text", "81:hello", "open 81:hello | 81:hello | open"},
        {"binary, any bytes", "82:%00%FF%80", "open 82:%00%FF%80 | 82:%00%FF%80 | open"},
        {"empty text", "81:", "open 81: | 81: | open"},
        {"empty binary", "82:", "open 82: | 82: | open"},
        {"several in a run", "81:a 82:b 81:c", "open 81:a 82:b 81:c | 81:a 82:b 81:c | open"},
        {"UTF-8", "81:%C3%A9%F0%9F%98%80",
         "open 81:%C3%A9%F0%9F%98%80 | 81:%C3%A9%F0%9F%98%80 | open"},
    };

    RUN(rows, NULL);
}

Test(websocket_stream, fragments_make_one_message)
{
    static const struct row rows[] = {
        {"two", "01:hel 80:lo", "open 81:hello | 81:hello | open"},
        {"three, the kind is the first's", "02:a 00:b 80:c", "open 82:abc | 82:abc | open"},
        {"empty ones", "01: 00: 00:x 80:", "open 81:x | 81:x | open"},
        {"all empty", "01: 80:", "open 81: | 81: | open"},
        {"a character across fragments", "01:%F0%9F 00:%98 80:%80",
         "open 81:%F0%9F%98%80 | 81:%F0%9F%98%80 | open"},
        {"a ping between (5.4)", "01:a 89:p 80:b", "open 81:ab | 8A:p 81:ab | open"},
        {"a pong between", "01:a 8A:p 80:b", "open 81:ab | 81:ab | open"},
        {"two messages", "01:a 80:b 02:c 80:d", "open 81:ab 82:cd | 81:ab 82:cd | open"},
    };

    RUN(rows, NULL);
}

Test(websocket_stream, fragments_out_of_order_fail_with_1002)
{
    static const struct row rows[] = {
        {"a continuation of nothing (5.4)", "80:x", "open closed:1002 | 88:%03%EA | graceful"},
        {"an open one of nothing", "00:x", "open closed:1002 | 88:%03%EA | graceful"},
        {"behind a whole message", "81:a 80:b",
         "open 81:a closed:1002 | 81:a 88:%03%EA | graceful"},
        {"text within fragments", "01:a 81:b", "open closed:1002 | 88:%03%EA | graceful"},
        {"binary within fragments", "01:a 02:b 80:c", "open closed:1002 | 88:%03%EA | graceful"},
    };

    RUN(rows, NULL);
}

Test(websocket_stream, a_header_that_breaks_a_rule_fails_with_1002)
{
    static const struct row rows[] = {
        {"RSV1 (5.2)", "C1:hi", "open closed:1002 | 88:%03%EA | graceful"},
        {"RSV2", "A1:hi", "open closed:1002 | 88:%03%EA | graceful"},
        {"RSV3", "91:hi", "open closed:1002 | 88:%03%EA | graceful"},
        {"reserved opcode", "83:", "open closed:1002 | 88:%03%EA | graceful"},
        {"reserved control opcode", "8B:", "open closed:1002 | 88:%03%EA | graceful"},
        {"fragmented ping (5.5)", "09:", "open closed:1002 | 88:%03%EA | graceful"},
        {"what follows is not read", "C1:hi 81:no 88:", "open closed:1002 | 88:%03%EA | graceful"},
        {"what came before is", "81:yes C1:hi",
         "open 81:yes closed:1002 | 81:yes 88:%03%EA | graceful"},
    };

    RUN(rows, NULL);
}

Test(websocket_stream, text_that_is_no_utf8_fails_with_1007)
{
    static const struct row rows[] = {
        {"a byte that never occurs (8.1)", "81:a%FFb", "open closed:1007 | 88:%03%EF | graceful"},
        {"a surrogate", "81:%ED%A0%80", "open closed:1007 | 88:%03%EF | graceful"},
        {"cut within a character", "81:%E2%89", "open closed:1007 | 88:%03%EF | graceful"},
        {"cut at the last fragment", "01:%E2 80:%89", "open closed:1007 | 88:%03%EF | graceful"},
        {"in the first fragment", "01:%FF", "open closed:1007 | 88:%03%EF | graceful"},
        {"across fragments", "01:%E2 00:x", "open closed:1007 | 88:%03%EF | graceful"},
        {"a ping within a bad character is answered first", "01:%E2 89:p 80:x",
         "open closed:1007 | 8A:p 88:%03%EF | graceful"},
    };

    RUN(rows, NULL);
}

WITH_PEER(websocket_stream, bad_utf8_fails_before_the_frame_is_whole, NULL)
{
    size_t len;
    uint8_t *bytes = peer_frames("81:%ED%A0xxxxxxxxxxxx", &len);

    fake_data(peer->stream, bytes, 7);
    cr_expect_str_eq(peer_sent(peer), "", "one byte of the character may still become one");
    fake_data(peer->stream, bytes + 7, 1);
    cr_expect_str_eq(peer_sent(peer), "88:%03%EF");
    free(bytes);
}

Test(websocket_stream, a_message_over_the_limit_fails_with_1009)
{
    static const struct row rows[] = {
        {"at the limit", "82:12345678901234567890",
         "open 82:12345678901234567890 | 82:12345678901234567890 | open"},
        {"one over", "82:123456789012345678901", "open closed:1009 | 88:%03%F1 | graceful"},
        {"fragments at the limit", "02:1234567890 80:1234567890",
         "open 82:12345678901234567890 | 82:12345678901234567890 | open"},
        {"fragments one over", "02:1234567890 80:12345678901",
         "open closed:1009 | 88:%03%F1 | graceful"},
        {"control frames do not count", "02:1234567890 89:12345678901 80:1234567890",
         "open 82:12345678901234567890 | 8A:12345678901 82:12345678901234567890 | open"},
        {"nor does the message before", "82:12345678901234567890 82:12345678901234567890",
         "open 82:12345678901234567890 82:12345678901234567890 | "
         "82:12345678901234567890 82:12345678901234567890 | open"},
    };

    RUN(rows, LIMIT_20);
}

WITH_PEER(websocket_stream, a_size_over_the_limit_fails_by_its_header, NULL)
{
    fake_data(peer->stream, "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\1\2\3\4", 14);
    cr_expect_str_eq(peer_sent(peer), "88:%03%F1");
}

WITH_PEER(websocket_stream, a_frame_without_a_mask_fails_with_1002, NULL)
{
    fake_data(peer->stream, "\x81\x02hi", 4);
    cr_expect_str_eq(peer_sent(peer), "88:%03%EA");
    cr_expect_str_eq(peer_log, "open closed:1002");
}

Test(websocket_stream, large_messages_come_back_in_any_pieces)
{
    size_t size = 300 * 1000, len = 14 + size, at = 0;
    uint8_t *frame = calloc(1, len);
    static const size_t steps[] = {1000, 4096, 16384, 65536, 400000};

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct peer peer = peer_open(NULL);
        const uint8_t *sent;

        memcpy(frame, "\x82\xff\0\0\0\0\0\0\0\0\0\0\0\0", 14); /* a mask of zeros */
        for (size_t j = 0; j < 8; j++) {
            frame[2 + j] = (uint8_t)((uint64_t)size >> (56 - 8 * j));
        }
        for (size_t j = 0; j < size; j++) {
            frame[14 + j] = (uint8_t)(j * 31 >> 3);
        }
        for (at = 0; at < len; at += steps[i]) {
            fake_data(peer.stream, frame + at, at + steps[i] < len ? steps[i] : len - at);
        }
        sent = peer.stream->sent.at;
        cr_assert_eq(peer.stream->sent.len, size + 10);
        cr_expect_eq(memcmp(sent + 10, frame + 14, size), 0, "by %zu", steps[i]);
        cr_expect_null(peer_state(&peer)->partial);
        peer_close(&peer);
    }
    free(frame);
}

/* ---- memory ---- */

Test(websocket_stream, between_messages_there_is_only_the_inline_state)
{
    static const struct {
        const char *why, *frames;
        size_t cut; /* bytes left off the end */
        bool holds;
    } rows[] = {
        {"nothing came", "", 0, false},
        {"whole frames", "81:a 82:b 89:c 8A:d", 0, false},
        {"a whole fragmented message", "01:a 89:p 80:b", 0, false},
        {"half a header", "81:", 3, true},
        {"half a payload", "81:abcdef", 3, true},
        {"half a ping", "89:abcdef", 3, true},
        {"a message that goes on", "01:abc", 0, true},
        {"a failed connection", "01:abc 81:x", 0, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct peer peer = peer_open(NULL);
        size_t len;
        uint8_t *bytes = peer_frames(rows[i].frames, &len);

        fake_data(peer.stream, bytes, len - rows[i].cut);
        cr_expect_eq(peer_state(&peer)->partial != NULL, rows[i].holds, "%s", rows[i].why);
        fake_data(peer.stream, bytes + len - rows[i].cut, rows[i].cut);
        if (rows[i].cut) {
            cr_expect_null(peer_state(&peer)->partial, "%s: kept", rows[i].why);
        }
        free(bytes);
        peer_close(&peer);
    }
}

WITH_PEER(websocket_stream, what_is_announced_costs_only_what_is_sent, NULL)
{
    static const uint8_t zeros[1000];

    fake_data(peer->stream, "\x82\xff\0\0\0\0\0\x10\0\0\0\0\0\0", 14); /* 1 MiB, the limit */
    cr_expect_eq(peer_state(peer)->partial->room, 0);
    fake_data(peer->stream, zeros, sizeof zeros);
    cr_expect_leq(peer_state(peer)->partial->room, 2 * sizeof zeros);
}

Test(websocket_stream, a_buffer_grows_seldom_and_never_beyond_the_message)
{
    static const struct {
        const char *why, *header;
        size_t room; /* when all has come */
    } rows[] = {
        {"the last fragment: its size is known", "\x82\xfe\x12\0\0\0\0\0", 4608},
        {"not the last: the limit is", "\x02\xfe\x12\0\0\0\0\0", 5000},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct peer peer = peer_open((const char *const[]){"message_bytes_max", "5000", NULL});
        unsigned grown = 0;
        size_t room = 0;

        fake_data(peer.stream, rows[i].header, 8);
        for (int sent = 0; sent < 4607; sent++) {
            fake_data(peer.stream, "", 1);
            grown += peer_state(&peer)->partial->room != room;
            room = peer_state(&peer)->partial->room;
        }
        cr_expect_leq(grown, 7, "%s: grown %u times", rows[i].why, grown);
        cr_expect_eq(peer_state(&peer)->partial->room, rows[i].room, "%s", rows[i].why);
        peer_close(&peer);
    }
}

/* ---- the service's side ---- */

WITH_PEER(websocket_stream, the_service_may_ping, NULL)
{
    peer_send(peer, "81:!ping%20x");
    cr_expect_str_eq(peer_sent(peer), "89:x");
}

Test(websocket_stream, messages_of_each_size_have_the_shortest_header)
{
    static const unsigned sizes[] = {0, 1, 125, 126, 256, 257, 300, 65535, 65536};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct peer peer = peer_open(NULL);
        char text[64];
        size_t header = sizes[i] < 126 ? 2 : sizes[i] < 65536 ? 4 : 10;

        snprintf(text, sizeof text, "81:!many%%20%u", sizes[i]);
        peer_send(&peer, text);
        cr_expect_eq(peer.stream->sent.len, header + sizes[i], "size %u", sizes[i]);
        peer_sent(&peer); /* checks the form */
        peer_close(&peer);
    }
}

WITH_PEER(websocket_stream, drained_reaches_the_service, NULL)
{
    peer->stream->stalled = true;
    peer_send(peer, "81:!many%20100000");
    cr_expect_str_eq(peer_log, "open 81:!many%20100000");
    fake_read(peer->stream, 50000);
    cr_expect_str_eq(peer_log, "open 81:!many%20100000", "above the low-water mark");
    fake_read(peer->stream, 50000);
    cr_expect_str_eq(peer_log, "open 81:!many%20100000 drained");
}

WITH_PEER(websocket_stream, a_service_that_pauses_gets_the_rest_when_it_resumes, NULL)
{
    peer_send(peer, "81:!pause");
    peer_send(peer, "81:later");
    cr_expect_str_eq(peer_log, "open 81:!pause");
    websocket_host->resume(peer->stream);
    fake_turn(peer->worker);
    cr_expect_str_eq(peer_log, "open 81:!pause 81:later");
}
