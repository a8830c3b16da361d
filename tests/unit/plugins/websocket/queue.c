/* What the output queue of the connection cannot take. */
#include "peer.h"

#include <criterion/criterion.h>
#include <string.h>

/* A peer that has sent nothing yet, with a queue of 1000 bytes and a high-water mark of 400. */
static struct peer peer_of_little_room(void)
{
    struct peer peer;

    fake_queue_bytes_max = 1000;
    peer = peer_open((const char *const[]){"message_bytes_max", "800", NULL});
    peer.stream->high = 400;
    peer.stream->low = 100;
    peer.stream->stalled = true;
    return peer;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

Test(websocket_queue, a_message_that_does_not_fit_ends_in_a_close_behind_what_was_sent)
{
    static const struct {
        const char *why, *script, *sent_end;
        size_t size;
        unsigned refused;
    } rows[] = {
        {"the most that fits", "81:a 81:!many%20860", "%00", 3 + 4 + 860, 0},
        {"one byte more, below the mark", "81:a 81:!many%20861", "81:a 88:%03%F3", 3 + 4, 1},
        {"more than an empty queue takes", "81:!many%20864", "88:%03%F3", 4, 1},
        {"a peer that does not read", "81:!many%20500 81:!many%20400 81:x", "%00 88:%03%F0",
         4 + 500 + 4, 1},
        {"unread, but never possible", "81:!many%20500 81:!many%20900", "%00 88:%03%F3",
         4 + 500 + 4, 1},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct peer peer = peer_of_little_room();

        peer_send(&peer, rows[i].script);
        cr_expect_eq(peer.stream->sent.len, rows[i].size, "%s: %zu", rows[i].why,
                     peer.stream->sent.len);
        cr_expect(ends_with(peer_sent(&peer), rows[i].sent_end), "%s: %s", rows[i].why,
                  peer_sent(&peer));
        cr_expect_eq(peer.worker->refused, rows[i].refused, "%s", rows[i].why);
        cr_expect_not(peer.stream->closing, "%s: no reset", rows[i].why);
        peer_close(&peer);
    }
}

Test(websocket_queue, the_close_for_want_of_room_is_an_ordinary_one)
{
    struct peer peer = peer_of_little_room();

    peer_send(&peer, "81:!many%20900 81:ignored");
    peer.stream->stalled = false;
    fake_turn(peer.worker);
    cr_expect_not(peer.stream->closed, "the peer's Close is awaited");
    peer_send(&peer, "88:%03%F3");
    cr_expect(peer.stream->closed);
    cr_expect_eq(peer.stream->mode, SHUNT_CLOSE_GRACEFUL);
    cr_expect_str_eq(peer_log, "open 81:!many%20900 closed:1011");
    peer_close(&peer);
}

Test(websocket_queue, a_ping_of_ours_without_room_leaves_the_time_of_the_close)
{
    struct peer peer = peer_of_little_room();

    peer_send(&peer, "81:!many%20860");
    fake_advance(peer.worker, 2 * 60000);
    cr_expect(ends_with(peer_sent(&peer), "%00 88:%03%F0"), "%s", peer_sent(&peer));
    fake_advance(peer.worker, 5000);
    cr_expect(peer.stream->closed, "close_timeout_ms is over");
    cr_expect_str_eq(peer_log, "open 81:!many%20860 closed:1006");
    peer_close(&peer);
}
