/* Ping, pong, and every way in which a WebSocket ends. */
#include "api.h"
#include "peer.h"
#include "send.h"

#include <criterion/criterion.h>
#include <shunt/websocket.h>
#include <stdio.h>
#include <stdlib.h>

static const uint8_t block[100 * 1000];

#define PINGS ((const char *const[]){"ping_interval_ms", "1000", "pong_timeout_ms", "700", NULL})

/* ---- ping and pong ---- */

WITH_PEER(websocket_control, a_ping_is_answered_with_its_payload, NULL)
{
    char frame[3 + 126] = "89:", want[3 + 126] = "8A:";

    peer_send(peer, "89:");
    peer_send(peer, "89:hello");
    cr_expect_str_eq(peer_sent(peer), "8A: 8A:hello");
    peer->stream->sent.len = peer->stream->taken = 0;
    memset(frame + 3, 'x', 125);
    memset(want + 3, 'x', 125);
    peer_send(peer, frame);
    cr_expect_str_eq(peer_sent(peer), want, "the longest");
    cr_expect_str_eq(peer_log, "open", "control frames are not the service's matter");
}

WITH_PEER(websocket_control, a_pong_is_not_answered, NULL)
{
    peer_send(peer, "8A: 8A:x");
    cr_expect_str_eq(peer_sent(peer), "");
}

WITH_PEER(websocket_control, while_the_queue_is_full_only_the_last_ping_is_answered, NULL)
{
    size_t queued;

    peer->stream->stalled = true;
    peer_send(peer, "81:!many%20100000");
    queued = peer->stream->sent.len;
    for (int i = 0; i < 1000; i++) {
        peer_send(peer, "89:one 89:two 89:three");
    }
    cr_expect_eq(peer->stream->sent.len, queued, "nothing is queued behind a full queue");

    fake_read(peer->stream, queued);
    cr_expect_eq(peer->stream->sent.len, queued + 2 + 5);
    cr_expect_arr_eq(peer->stream->sent.at + queued, "\x8a\x05three", 7);
    cr_expect_null(peer_state(peer)->partial);
    cr_expect_str_eq(peer_log, "open 81:!many%20100000 drained");
}

WITH_PEER(websocket_control, a_peer_that_sends_pings_and_reads_nothing_is_bounded, NULL)
{
    peer->stream->stalled = true;
    for (int i = 0; i < 50000; i++) {
        fake_data(peer->stream, "\x89\x80\1\2\3\4", 6);
    }
    cr_expect_leq(peer->stream->sent.len, peer->stream->high + 2);
}

WITH_PEER(websocket_control, a_quiet_peer_is_pinged_and_given_up, PINGS)
{
    fake_advance(peer->worker, 999);
    cr_expect_str_eq(peer_sent(peer), "");
    fake_advance(peer->worker, 1);
    cr_expect_str_eq(peer_sent(peer), "89:");
    fake_advance(peer->worker, 699);
    cr_expect_not(peer->stream->closed);
    fake_advance(peer->worker, 1);
    cr_expect(peer->stream->closed);
    cr_expect_eq(peer->stream->mode, SHUNT_CLOSE_LOST);
    cr_expect_str_eq(peer_log, "open closed:1006");
}

WITH_PEER(websocket_control, pings_are_on_unless_they_are_switched_off, NULL)
{
    fake_advance(peer->worker, 59999);
    cr_expect_str_eq(peer_sent(peer), "");
    fake_advance(peer->worker, 1);
    cr_expect_str_eq(peer_sent(peer), "89:");
    fake_advance(peer->worker, 29999);
    cr_expect_not(peer->stream->closed);
    fake_advance(peer->worker, 1);
    cr_expect_eq(peer->stream->mode, SHUNT_CLOSE_LOST);
}

WITH_PEER(websocket_control, a_ping_that_the_peer_cannot_have_is_no_reason_to_give_it_up, PINGS)
{
    peer->stream->stalled = true;
    peer_send(peer, "81:!many%2010");
    fake_advance(peer->worker, 20000);
    cr_expect_not(peer->stream->closed, "the server's write time-out judges the queue");
    peer->stream->stalled = false;
    fake_read(peer->stream, peer->stream->sent.len);
    fake_advance(peer->worker, 700);
    cr_expect_eq(peer->stream->mode, SHUNT_CLOSE_LOST, "now it had the ping");
}

WITH_PEER(websocket_control, a_peer_that_answers_stays, PINGS)
{
    for (int i = 0; i < 5; i++) {
        fake_advance(peer->worker, 1000);
        peer_send(peer, "8A:");
    }
    cr_expect_not(peer->stream->closed);
    cr_expect_str_eq(peer_sent(peer), "89: 89: 89: 89: 89:");
}

WITH_PEER(websocket_control, an_answer_begins_the_next_interval, PINGS)
{
    fake_advance(peer->worker, 1000);
    fake_advance(peer->worker, 300);
    peer_send(peer, "8A:");
    fake_advance(peer->worker, 999);
    cr_expect_str_eq(peer_sent(peer), "89:");
    fake_advance(peer->worker, 1);
    cr_expect_str_eq(peer_sent(peer), "89: 89:");
}

WITH_PEER(websocket_control, a_peer_that_talks_is_not_pinged, PINGS)
{
    for (int i = 0; i < 5; i++) {
        peer_send(peer, "8A:");
        fake_advance(peer->worker, 1000);
    }
    cr_expect_str_eq(peer_sent(peer), "");
}

WITH_PEER(websocket_control, a_peer_that_reads_stays, PINGS)
{
    peer->stream->stalled = true;
    peer_send(peer, "81:!many%20100000");
    for (int i = 0; i < 5; i++) {
        fake_advance(peer->worker, 1000); /* no sign of life: a ping */
        fake_read(peer->stream, peer->stream->sent.len);
        peer->stream->sent.len = peer->stream->taken = 0;
        websocket_api.send(peer->stream, SHUNT_WEBSOCKET_BINARY, block, sizeof block);
    }
    cr_expect_not(peer->stream->closed);
}

WITH_PEER(websocket_control, a_peer_that_the_service_does_not_hear_is_not_given_up, PINGS)
{
    peer_send(peer, "81:!pause");
    fake_advance(peer->worker, 10000);
    cr_expect_not(peer->stream->closed);
}

WITH_PEER(websocket_control, with_an_interval_of_0_there_are_no_pings,
          (const char *const[]){"ping_interval_ms", "0", NULL})
{
    fake_advance(peer->worker, UINT64_C(86400) * 1000);
    cr_expect_str_eq(peer_sent(peer), "");
}

/* ---- the peer closes ---- */

Test(websocket_control, a_close_is_answered_with_its_code_and_ends_the_stream)
{
    static const struct {
        const char *why, *frames, *sent, *log;
    } rows[] = {
        {"no code (7.1.5)", "88:", "88:", "open closed:1005"},
        {"normal", "88:%03%E8", "88:%03%E8", "open closed:1000"},
        {"with a reason", "88:%03%E9bye", "88:%03%E9", "open closed:1001"},
        {"a reason in UTF-8", "88:%03%E8%C3%A9", "88:%03%E8", "open closed:1000"},
        {"1003", "88:%03%EB", "88:%03%EB", "open closed:1003"},
        {"1007, the first above the gap", "88:%03%EF", "88:%03%EF", "open closed:1007"},
        {"1011", "88:%03%F3", "88:%03%F3", "open closed:1011"},
        {"1014, the last registered", "88:%03%F6", "88:%03%F6", "open closed:1014"},
        {"3000, for libraries", "88:%0B%B8", "88:%0B%B8", "open closed:3000"},
        {"4999, for applications", "88:%13%87", "88:%13%87", "open closed:4999"},
        {"within a fragmented message", "01:a 88:%03%E8", "88:%03%E8", "open closed:1000"},
        {"not even a mistake behind it", "88:%03%E8 C1:x", "88:%03%E8", "open closed:1000"},
        {"nothing behind it is read", "88:%03%E8 81:x 89:p", "88:%03%E8", "open closed:1000"},

        {"one byte (5.5.1)", "88:%03", "88:%03%EA", "open closed:1002"},
        {"code 0", "88:%00%00", "88:%03%EA", "open closed:1002"},
        {"999", "88:%03%E7", "88:%03%EA", "open closed:1002"},
        {"1004, reserved", "88:%03%EC", "88:%03%EA", "open closed:1002"},
        {"1005, never sent (7.4.1)", "88:%03%ED", "88:%03%EA", "open closed:1002"},
        {"1006, never sent", "88:%03%EE", "88:%03%EA", "open closed:1002"},
        {"1015, never sent", "88:%03%F7", "88:%03%EA", "open closed:1002"},
        {"1016, not registered", "88:%03%F8", "88:%03%EA", "open closed:1002"},
        {"2999, reserved (7.4.2)", "88:%0B%B7", "88:%03%EA", "open closed:1002"},
        {"5000", "88:%13%88", "88:%03%EA", "open closed:1002"},
        {"65535", "88:%FF%FF", "88:%03%EA", "open closed:1002"},
        {"a reason that is no UTF-8 (8.1)", "88:%03%E8%FF", "88:%03%EF", "open closed:1007"},
        {"a reason cut within a character", "88:%03%E8%E2%89", "88:%03%EF", "open closed:1007"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len;
        uint8_t *bytes = peer_frames(rows[i].frames, &len);

        for (size_t cut = 0; cut < len; cut++) {
            struct peer peer = peer_open(NULL);

            fake_data(peer.stream, bytes, cut);
            fake_data(peer.stream, bytes + cut, len - cut);
            cr_expect_str_eq(peer_sent(&peer), rows[i].sent, "%s: sent %s", rows[i].why,
                             peer_sent(&peer));
            cr_expect_str_eq(peer_log, rows[i].log, "%s: %s", rows[i].why, peer_log);
            cr_expect(peer.stream->closed, "%s: still open", rows[i].why);
            cr_expect_eq(peer.stream->mode, SHUNT_CLOSE_GRACEFUL, "%s: reset", rows[i].why);
            peer_close(&peer);
        }
        free(bytes);
    }
}

WITH_PEER(websocket_control, an_end_without_a_close_is_1006, NULL)
{
    peer_send(peer, "81:a 01:b");
    fake_end(peer->stream);
    cr_expect_str_eq(peer_log, "open 81:a closed:1006");
    cr_expect_eq(peer->stream->mode, SHUNT_CLOSE_GRACEFUL);
}

WITH_PEER(websocket_control, an_end_still_lets_all_answers_out, NULL)
{
    peer->stream->stalled = true;
    peer_send(peer, "81:a");
    fake_end(peer->stream);
    cr_expect_not(peer->stream->closed);
    fake_read(peer->stream, 100);
    cr_expect(peer->stream->closed);
    cr_expect_str_eq(peer_sent(peer), "81:a");
}

Test(websocket_control, a_reset_is_1006_and_frees_what_was_held)
{
    struct peer peer = peer_open(NULL);

    peer_send(&peer, "01:abc");
    fake_error(peer.stream);
    cr_expect_str_eq(peer_log, "open closed:1006");
    peer_close(&peer); /* a leak is found by the sanitizer */
}

/* ---- the service closes ---- */

WITH_PEER(websocket_control, a_close_of_ours_waits_for_the_peers, NULL)
{
    peer_send(peer, "81:!close%201000%20bye 81:ignored 89:ignored");
    cr_expect_str_eq(peer_sent(peer), "88:%03%E8bye");
    cr_expect_not(peer->stream->closing);
    peer_send(peer, "81:ignored 01:ign 80:ored 89:p 81:%FF");
    cr_expect_str_eq(peer_log, "open 81:!close%201000%20bye");
    cr_expect_str_eq(peer_sent(peer), "88:%03%E8bye", "nothing follows a Close");

    peer_send(peer, "88:%03%E8");
    cr_expect(peer->stream->closed);
    cr_expect_eq(peer->stream->mode, SHUNT_CLOSE_GRACEFUL);
    cr_expect_str_eq(peer_log, "open 81:!close%201000%20bye closed:1000");
}

WITH_PEER(websocket_control, what_is_ignored_takes_no_room, NULL)
{
    const struct websocket_stream *ws = peer_state(peer);

    peer_send(peer, "81:!close%201000");
    fake_data(peer->stream, "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\1\2\3\4", 14);
    for (int i = 0; i < 100; i++) {
        fake_data(peer->stream, (const uint8_t[1024]){0}, 1024);
    }
    cr_expect_eq(ws->phase, WEBSOCKET_CLOSING);
}

WITH_PEER(websocket_control, the_wait_for_the_peers_close_is_bounded,
          (const char *const[]){"close_timeout_ms", "700", NULL})
{
    peer_send(peer, "81:!close%201000");
    fake_advance(peer->worker, 699);
    cr_expect_not(peer->stream->closed);
    fake_advance(peer->worker, 1);
    cr_expect(peer->stream->closed);
    cr_expect_eq(peer->stream->mode, SHUNT_CLOSE_GRACEFUL, "it has read all, so it sees our end");
    cr_expect_str_eq(peer_log, "open 81:!close%201000 closed:1006");
}

WITH_PEER(websocket_control, a_peer_that_does_not_read_our_close_is_reset, NULL)
{
    peer->stream->stalled = true;
    peer_send(peer, "81:!close%201000");
    fake_advance(peer->worker, 4999);
    cr_expect_not(peer->stream->closed);
    fake_advance(peer->worker, 1);
    cr_expect(peer->stream->closed);
    cr_expect_eq(peer->stream->mode, SHUNT_CLOSE_NOW);
}

WITH_PEER(websocket_control, a_close_ends_a_pause_or_the_peers_close_would_not_be_read, NULL)
{
    peer_send(peer, "81:!pause");
    fake_shutdown(peer->stream);
    cr_expect_not(peer->stream->paused);
    peer_send(peer, "88:%03%E9");
    cr_expect(peer->stream->closed);
    cr_expect_str_eq(peer_log, "open 81:!pause closed:1001");
}

WITH_PEER(websocket_control, a_close_that_crosses_ours_ends_the_stream, NULL)
{
    peer_send(peer, "81:!close%204000 88:%03%E8");
    cr_expect_str_eq(peer_sent(peer), "88:%0F%A0", "one Close goes out");
    cr_expect_str_eq(peer_log, "open 81:!close%204000 closed:4000");
}

WITH_PEER(websocket_control, a_broken_frame_behind_our_close_ends_the_stream, NULL)
{
    peer_send(peer, "81:!close%201000");
    peer_send(peer, "C1:x");
    cr_expect_str_eq(peer_sent(peer), "88:%03%E8");
    cr_expect_str_eq(peer_log, "open 81:!close%201000 closed:1006");
    cr_expect_eq(peer->stream->mode, SHUNT_CLOSE_GRACEFUL);
}

Test(websocket_control, what_a_service_closes_with_is_made_valid)
{
    static const struct {
        const char *why, *command, *sent;
        unsigned logged;
    } rows[] = {
        {"none", "81:!close%201005", "88:", 0},
        {"none has no reason", "81:!close%201005%20why", "88:", 0},
        {"one that is never sent", "81:!close%201006", "88:%03%F3", 1},
        {"one that does not exist", "81:!close%2012", "88:%03%F3", 1},
        {"a reason that is no UTF-8 is left out", "82:!close%201000%20%FF", "88:%03%E8", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct peer peer = peer_open(NULL);
        unsigned logged = fake_log_count;

        peer_send(&peer, rows[i].command);
        cr_expect_str_eq(peer_sent(&peer), rows[i].sent, "%s: %s", rows[i].why, peer_sent(&peer));
        cr_expect_eq(fake_log_count - logged, rows[i].logged, "%s: logged", rows[i].why);
        peer_close(&peer);
    }
}

WITH_PEER(websocket_control, a_long_reason_is_cut_between_characters, NULL)
{
    char command[512] = "81:!close%201000%20";

    for (int i = 0; i < 62; i++) {
        strcat(command, "%C3%A9"); /* 124 bytes, and 123 fit */
    }
    peer_send(peer, command);
    cr_assert_eq(peer->stream->sent.len, 2u + 2 + 122);
}

WITH_PEER(websocket_control, after_a_close_the_service_cannot_send, NULL)
{
    fake_shutdown(peer->stream);
    peer_send(peer, "81:hello");
    cr_expect_str_eq(peer_sent(peer), "88:%03%E9");
    cr_expect_str_eq(peer_log, "open");
}

/* ---- the server closes ---- */

WITH_PEER(websocket_control, a_stop_waits_a_second_for_the_close_of_a_peer_that_has_read_all,
          (const char *const[]){"close_timeout_ms", "60000", NULL})
{
    fake_shutdown(peer->stream);
    fake_advance(peer->worker, 999);
    cr_expect_not(peer->stream->closed);
    fake_advance(peer->worker, 1);
    cr_expect(peer->stream->closed);
    cr_expect_eq(peer->stream->mode, SHUNT_CLOSE_GRACEFUL, "it has read all, so it sees our end");
    cr_expect_str_eq(peer_log, "open closed:1006");
}

WITH_PEER(websocket_control, a_stop_also_shortens_a_close_that_has_begun,
          (const char *const[]){"stop_timeout_ms", "50", NULL})
{
    peer_send(peer, "81:!close%201000");
    fake_shutdown(peer->stream);
    fake_advance(peer->worker, 50);
    cr_expect(peer->stream->closed);
}

WITH_PEER(websocket_control, a_stop_gives_a_peer_that_still_reads_the_time_of_any_close, NULL)
{
    peer->stream->stalled = true;
    fake_shutdown(peer->stream);
    fake_advance(peer->worker, 1000);
    cr_expect_not(peer->stream->closed);
    fake_advance(peer->worker, 4999);
    cr_expect_not(peer->stream->closed);
    fake_advance(peer->worker, 1);
    cr_expect(peer->stream->closed);
    cr_expect_eq(peer->stream->mode, SHUNT_CLOSE_NOW);
}

WITH_PEER(websocket_control, a_stop_never_waits_longer_than_any_close,
          (const char *const[]){"close_timeout_ms", "20", NULL})
{
    fake_shutdown(peer->stream);
    fake_advance(peer->worker, 20);
    cr_expect(peer->stream->closed);
}

WITH_PEER(websocket_control, a_server_that_stops_says_1001, NULL)
{
    fake_shutdown(peer->stream);
    cr_expect_str_eq(peer_sent(peer), "88:%03%E9");
    fake_shutdown(peer->stream);
    cr_expect_str_eq(peer_sent(peer), "88:%03%E9", "once");
    peer_send(peer, "88:%03%E9");
    cr_expect(peer->stream->closed);
    cr_expect_str_eq(peer_log, "open closed:1001");
}

WITH_PEER(websocket_control, a_stream_that_the_host_gives_up_is_1006,
          (const char *const[]){"message_bytes_max", "64", NULL})
{
    peer->stream->stalled = true;
    peer->stream->limit = 50;
    peer->stream->high = 40;
    peer_send(peer, "81:!many%20100 81:behind");
    cr_expect(peer->stream->closed);
    cr_expect_str_eq(peer_log, "open 81:!many%20100 closed:1006");
}
