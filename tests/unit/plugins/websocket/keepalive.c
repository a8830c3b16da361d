/* Idleness, the longest life, and several deadlines by one timer; pings alone are in control.c. */
#include "peer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define IDLE_CLOSE "88:%03%E9idle"
#define LIFE_CLOSE "88:%03%E9come%20again"

/* Milliseconds until the peer has been sent anything, in steps of one. */
static unsigned until_sent(struct peer *peer, unsigned most)
{
    unsigned ms = 0;
    size_t before = peer->stream->sent.len;

    while (peer->stream->sent.len == before && ms < most) {
        fake_advance(peer->worker, 1);
        ms++;
    }
    return ms;
}

WITH_PEER(websocket_keepalive, a_stream_without_messages_is_closed_when_its_time_is_over,
          (const char *const[]){"idle_timeout_ms", "4000", "ping_interval_ms", "0", NULL})
{
    unsigned ms = until_sent(peer, 10000);

    cr_expect(ms >= 4000 && ms <= 5000 + 63, "%u", ms);
    cr_expect_str_eq(peer_sent(peer), IDLE_CLOSE);
    peer_send(peer, "88:%03%E9");
    cr_expect_str_eq(peer_log, "open closed:1001");
}

WITH_PEER(websocket_keepalive, each_message_begins_the_idle_time_anew,
          (const char *const[]){"idle_timeout_ms", "4000", "ping_interval_ms", "0", NULL})
{
    unsigned ms;

    for (int i = 0; i < 20; i++) {
        fake_advance(peer->worker, 3900);
        peer_send(peer, "81:!nothing");
        cr_assert_eq(peer_state(peer)->phase, WEBSOCKET_OPEN, "%d", i);
    }
    ms = until_sent(peer, 10000);
    cr_expect(ms >= 4000 && ms <= 5000 + 63, "%u", ms);
}

WITH_PEER(websocket_keepalive, pings_and_pongs_are_no_messages,
          (const char *const[]){"idle_timeout_ms", "4000", "ping_interval_ms", "0", NULL})
{
    for (int i = 0; i < 20 && peer_state(peer)->phase == WEBSOCKET_OPEN; i++) {
        fake_advance(peer->worker, 500);
        peer_send(peer, "8A:x");
    }
    cr_expect_str_eq(peer_sent(peer), IDLE_CLOSE);
}

WITH_PEER(websocket_keepalive, a_stream_ends_when_its_life_is_over_however_busy,
          (const char *const[]){"lifetime_ms", "10000", "lifetime_jitter_percent", "0",
                                "ping_interval_ms", "0", NULL})
{
    for (int i = 0; i < 99; i++) {
        fake_advance(peer->worker, 100);
        peer_send(peer, "82:!nothing");
    }
    cr_expect_eq(peer_state(peer)->phase, WEBSOCKET_OPEN);
    peer->stream->sent.len = peer->stream->taken = 0;
    fake_advance(peer->worker, 100 + 157);
    cr_expect_str_eq(peer_sent(peer), LIFE_CLOSE);
}

/* Many streams opened at once do not end at once, and none lives too short or too long. */
Test(websocket_keepalive, lives_differ_by_the_jitter)
{
    unsigned shortest = 100000, longest = 0;

    for (int i = 0; i < 60; i++) {
        struct peer peer =
            peer_open((const char *const[]){"lifetime_ms", "10000", "lifetime_jitter_percent", "50",
                                            "ping_interval_ms", "0", NULL});
        unsigned ms;

        peer.worker->now_ms += (unsigned)i; /* ids are the same: here, time is what differs */
        fake_free(peer.stream);
        peer.stream = fake_open(peer.upgrade);
        ms = until_sent(&peer, 20000);
        shortest = ms < shortest ? ms : shortest;
        longest = ms > longest ? ms : longest;
        peer_close(&peer);
    }
    cr_expect(shortest >= 5000 && shortest < 6000, "%u", shortest);
    cr_expect(longest <= 10000 + 157 && longest > 9000, "%u", longest);
}

#define ALL                                                                                        \
    ((const char *const[]){"ping_interval_ms", "1000", "pong_timeout_ms", "700",                   \
                           "idle_timeout_ms", "30000", "lifetime_ms", "100000", NULL})

WITH_PEER(websocket_keepalive, beside_others_a_ping_comes_in_time_and_so_does_its_end, ALL)
{
    unsigned ms = until_sent(peer, 10000);

    cr_expect(ms >= 1000 && ms <= 1000 + 16, "%u", ms);
    cr_expect_str_eq(peer_sent(peer), "89:");
    for (ms = 0; !peer->stream->closed && ms < 10000; ms++) {
        fake_advance(peer->worker, 1);
    }
    cr_expect(ms >= 700 && ms <= 700 + 16, "%u", ms);
    cr_expect_eq(peer->stream->mode, SHUNT_CLOSE_LOST);
}

WITH_PEER(websocket_keepalive, beside_others_an_answered_ping_begins_an_interval, ALL)
{
    for (int i = 0; i < 10; i++) {
        unsigned ms = until_sent(peer, 10000);

        cr_expect(ms >= 1000 && ms <= 1000 + 16, "%u", ms);
        peer_send(peer, "8A:");
    }
    cr_expect_not(peer->stream->closed);
}

WITH_PEER(websocket_keepalive, a_peer_that_answers_pings_is_idle_all_the_same, ALL)
{
    const struct websocket_stream *ws = peer_state(peer);
    unsigned ms = 0;

    while (ws->phase == WEBSOCKET_OPEN && ms < 100000) {
        ms += until_sent(peer, 100000);
        if (ws->phase == WEBSOCKET_OPEN) {
            peer_send(peer, "8A:");
        }
    }
    cr_expect(ms >= 30000 && ms <= 37500 + 500, "%u", ms);
}

WITH_PEER(websocket_keepalive, a_worker_that_was_busy_for_long_forgets_no_deadline, ALL)
{
    struct shunt_worker *worker = peer->worker;

    worker->now_ms += 2000; /* no turn meanwhile */
    fake_advance(worker, 0);
    cr_expect_str_eq(peer_sent(peer), "89:");
}

/* ---- a stop ---- */

enum { MANY = 40 };

static void open_many(struct peer *peer, struct peer more[MANY], const char *const *settings)
{
    static const char *const fields[] = {"Sec-WebSocket-Key", PEER_KEY, "Sec-WebSocket-Version",
                                         "13", NULL};
    static const char *const route[] = {"service", "record", NULL};

    *peer = peer_open(settings);
    more[0] = *peer;
    for (int i = 1; i < MANY; i++) {
        more[i].worker = peer->worker;
        more[i].upgrade = fake_upgrade(
            peer->worker,
            &(struct fake_offer){.offer = "websocket", .fields = fields, .settings = route});
        more[i].stream = fake_open(more[i].upgrade);
    }
}

static void close_many(struct peer *peer, struct peer more[MANY])
{
    for (int i = 1; i < MANY; i++) {
        fake_free(more[i].stream);
        fake_upgrade_free(more[i].upgrade);
    }
    peer_close(peer);
}

static int closes_sent(struct peer more[MANY])
{
    int count = 0;

    for (int i = 0; i < MANY; i++) {
        count += more[i].stream->sent.len > 0;
    }
    return count;
}

Test(websocket_keepalive, a_stop_closes_a_workers_streams_one_after_the_other)
{
    static const struct {
        const char *why, *spread;
        unsigned over_ms;
    } rows[] = {{"a millisecond apart", "1000", MANY}, {"as close as must be", "10", 10}};

    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct peer peer, more[MANY];
        int before = 0;

        open_many(&peer, more, (const char *const[]){"stop_spread_ms", rows[row].spread, NULL});
        for (int i = 0; i < MANY; i++) {
            fake_shutdown(more[i].stream);
        }
        cr_expect_leq(closes_sent(more), MANY / (int)rows[row].over_ms, "%s", rows[row].why);
        peer_send(&more[MANY - 1], "81:still%20here");
        cr_expect_str_eq(peer_sent(&more[MANY - 1]), "81:still%20here", "it is served meanwhile");
        more[MANY - 1].stream->sent.len = more[MANY - 1].stream->taken = 0;
        for (unsigned ms = 1; ms < rows[row].over_ms; ms++) {
            fake_advance(peer.worker, 1);
            cr_expect_gt(closes_sent(more), before, "%s, %u ms", rows[row].why, ms);
            before = closes_sent(more);
        }
        cr_expect_eq(closes_sent(more), MANY, "%s", rows[row].why);
        cr_expect_str_eq(peer_sent(&more[MANY - 1]), "88:%03%E9");
        fake_advance(peer.worker, 1000);
        for (int i = 0; i < MANY; i++) {
            cr_expect(more[i].stream->closed, "%s: no answer, and stop_timeout_ms is over",
                      rows[row].why);
        }
        close_many(&peer, more);
    }
}

Test(websocket_keepalive, a_stop_without_a_spread_closes_all_at_once)
{
    struct peer peer, more[MANY];

    open_many(&peer, more, (const char *const[]){"stop_spread_ms", "0", NULL});
    for (int i = 0; i < MANY; i++) {
        fake_shutdown(more[i].stream);
    }
    cr_expect_eq(closes_sent(more), MANY);
    close_many(&peer, more);
}

Test(websocket_keepalive, a_close_of_the_services_in_a_stop_has_the_time_of_the_stop)
{
    struct peer peer, more[MANY];

    open_many(&peer, more, (const char *const[]){"close_timeout_ms", "60000", NULL});
    for (int i = 0; i < MANY; i++) {
        fake_shutdown(more[i].stream);
    }
    peer_send(&more[MANY - 1], "81:!close%204000");
    cr_expect_str_eq(peer_sent(&more[MANY - 1]), "88:%0F%A0");
    fake_advance(peer.worker, 1000);
    cr_expect(more[MANY - 1].stream->closed);
    close_many(&peer, more);
}

Test(websocket_keepalive, what_waits_for_its_turn_in_a_stop_is_not_pinged_and_may_still_close)
{
    struct peer peer, more[MANY];

    open_many(&peer, more,
              (const char *const[]){"ping_interval_ms", "10", "pong_timeout_ms", "5", NULL});
    fake_advance(peer.worker, 10); /* all are pinged */
    for (int i = 0; i < MANY; i++) {
        more[i].stream->sent.len = more[i].stream->taken = 0;
        fake_shutdown(more[i].stream);
    }
    peer_send(&more[MANY - 1], "8A:");
    fake_advance(peer.worker, MANY - 2);
    cr_expect_eq(more[MANY - 1].stream->sent.len, 0);
    peer_send(&more[MANY - 1], "88:%03%E8");
    cr_expect_str_eq(peer_sent(&more[MANY - 1]), "88:%03%E8");
    cr_expect(more[MANY - 1].stream->closed);
    close_many(&peer, more);
}
