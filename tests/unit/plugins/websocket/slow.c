/* Peers that do not keep up: what waits, what is dropped, and what is counted. */
#include "slow.h"

#include "api.h"
#include "peer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define SETTINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

enum { BLOCK = 70000 /* above the high-water mark */, COST = 64 + 2 + 2 /* of "mN" */ };

/* The peer stalls, and its queue is above the mark. */
static void stall(struct peer *peer)
{
    uint8_t *block = calloc(1, BLOCK);

    peer->stream->stalled = true;
    cr_assert_eq(websocket_api.send(peer->stream, SHUNT_WEBSOCKET_BINARY, block, BLOCK),
                 SHUNT_AGAIN);
    free(block);
}

/* What comes behind the block once the peer reads. */
static const char *rest(struct peer *peer)
{
    enum { HEADER = 10 };

    fake_read(peer->stream, peer->stream->sent.len);
    memmove(peer->stream->sent.at, peer->stream->sent.at + HEADER + BLOCK,
            peer->stream->sent.len - HEADER - BLOCK);
    peer->stream->sent.len -= HEADER + BLOCK;
    peer->stream->taken -= HEADER + BLOCK;
    return peer_sent(peer);
}

static enum shunt_status send_text(struct peer *peer, const char *text)
{
    return websocket_api.send(peer->stream, SHUNT_WEBSOCKET_TEXT, text, strlen(text));
}

static enum shunt_status publish(struct peer *peer, const char *topic, const char *text,
                                 const char *key)
{
    const struct shunt_websocket_publish options = {.size = sizeof options,
                                                    .key = shunt_span_of(key)};

    return websocket_api.publish(websocket_api.topics(peer->stream), shunt_span_of(topic),
                                 SHUNT_WEBSOCKET_TEXT, text, strlen(text), &options);
}

static struct shunt_websocket_counters counted(struct peer *peer)
{
    struct shunt_websocket_counters counters = {.size = sizeof counters};

    cr_expect_eq(websocket_api.counters(websocket_api.topics(peer->stream), &counters), SHUNT_OK);
    return counters;
}

WITH_PEER(websocket_slow, what_waits_goes_out_once_the_peer_reads,
          SETTINGS("slow_policy", "drop_newest"))
{
    stall(peer);
    cr_expect_eq(send_text(peer, "m1"), SHUNT_AGAIN);
    cr_expect_eq(send_text(peer, "m2"), SHUNT_AGAIN);
    cr_expect_eq(websocket_api.queued(peer->stream), 10 + BLOCK + 2 * COST);
    cr_expect_str_eq(rest(peer), "81:m1 81:m2");
    cr_expect_eq(send_text(peer, "m3"), SHUNT_OK);
    cr_expect_eq(websocket_api.queued(peer->stream), 3 * 4, "in the queue, none behind it");
    cr_expect_str_eq(strstr(peer_log, "drained"), "drained", "once, behind what waited");
}

WITH_PEER(websocket_slow, the_newest_is_dropped_beyond_the_limit,
          SETTINGS("slow_policy", "drop_newest", "slow_bytes_max", "140"))
{
    stall(peer);
    cr_expect_eq(send_text(peer, "m1"), SHUNT_AGAIN);
    cr_expect_eq(send_text(peer, "m2"), SHUNT_AGAIN);
    cr_expect_eq(send_text(peer, "m3"), SHUNT_EFULL);
    cr_expect_eq(send_text(peer, "m4"), SHUNT_EFULL);
    cr_expect_eq(counted(peer).dropped_newest, 2);
    cr_expect_str_eq(rest(peer), "81:m1 81:m2");
}

WITH_PEER(websocket_slow, the_oldest_are_dropped_beyond_the_limit,
          SETTINGS("slow_policy", "drop_oldest", "slow_bytes_max", "140"))
{
    char large[200] = "";

    stall(peer);
    for (char text[] = "m0"; text[1] <= '9'; text[1]++) {
        cr_expect_eq(send_text(peer, text), SHUNT_AGAIN);
    }
    memset(large, 'x', sizeof large - 1);
    cr_expect_eq(send_text(peer, large), SHUNT_EFULL, "larger than all that may wait");
    cr_expect_eq(counted(peer).dropped_oldest, 8);
    cr_expect_eq(counted(peer).dropped_newest, 1);
    cr_expect_str_eq(rest(peer), "81:m8 81:m9");
}

WITH_PEER(websocket_slow, a_message_takes_the_place_of_the_one_with_its_key,
          SETTINGS("slow_policy", "conflate"))
{
    cr_expect_eq(websocket_api.subscribe(peer->stream, shunt_span_of("#"), NULL), SHUNT_OK);
    stall(peer);
    cr_expect_eq(publish(peer, "a", "a1", NULL), SHUNT_OK);
    cr_expect_eq(publish(peer, "b", "b1", NULL), SHUNT_OK);
    cr_expect_eq(send_text(peer, "m1"), SHUNT_AGAIN);
    cr_expect_eq(publish(peer, "a", "a2", NULL), SHUNT_OK);
    cr_expect_eq(publish(peer, "c", "c1", "k"), SHUNT_OK);
    cr_expect_eq(publish(peer, "d", "d1", "k"), SHUNT_OK);
    cr_expect_eq(send_text(peer, "m2"), SHUNT_AGAIN);
    cr_expect_eq(counted(peer).conflated, 2);
    cr_expect_eq(counted(peer).delivered, 5);
    cr_expect_str_eq(rest(peer), "81:b1 81:m1 81:a2 81:d1 81:m2");
}

WITH_PEER(websocket_slow, a_limit_of_its_own_closes_with_1008, SETTINGS("slow_bytes_max", "70100"))
{
    enum shunt_status status;

    stall(peer);
    while ((status = send_text(peer, "m")) == SHUNT_AGAIN) {
    }
    cr_expect_eq(status, SHUNT_EFULL);
    cr_expect_eq(send_text(peer, "m"), SHUNT_ESTATE);
    cr_expect_eq(counted(peer).slow_closed, 1);
    cr_expect_not_null(strstr(rest(peer), "88:%03%F0"));
}

WITH_PEER(websocket_slow, a_service_chooses_for_a_stream, NULL)
{
    cr_expect_eq(
        websocket_api.slow_policy(peer->stream, SHUNT_WEBSOCKET_SLOW_DROP_OLDEST, COST + 10),
        SHUNT_OK);
    stall(peer);
    cr_expect_eq(send_text(peer, "m1"), SHUNT_AGAIN);
    cr_expect_eq(send_text(peer, "m2"), SHUNT_AGAIN);
    cr_expect_eq(websocket_api.slow_policy(peer->stream, SHUNT_WEBSOCKET_SLOW_CLOSE, 0),
                 SHUNT_ESTATE);
    cr_expect_str_eq(rest(peer), "81:m2");
    cr_expect_eq(websocket_api.slow_policy(peer->stream, SHUNT_WEBSOCKET_SLOW_CLOSE, 0), SHUNT_OK);
}

WITH_PEER(websocket_slow, what_waits_goes_out_before_a_close,
          SETTINGS("slow_policy", "drop_oldest"))
{
    stall(peer);
    cr_expect_eq(send_text(peer, "m1"), SHUNT_AGAIN);
    websocket_api.close(peer->stream, 1000, shunt_span_of("end"));
    cr_expect_str_eq(rest(peer), "81:m1 88:%03%E8end");
}

WITH_PEER(websocket_slow, what_waits_for_a_peer_that_is_lost_is_counted,
          SETTINGS("slow_policy", "drop_oldest"))
{
    struct shunt_websocket_topics *topics = websocket_api.topics(peer->stream);
    struct shunt_websocket_counters counters = {.size = sizeof counters};

    stall(peer);
    cr_expect_eq(send_text(peer, "m1"), SHUNT_AGAIN);
    cr_expect_eq(send_text(peer, "m2"), SHUNT_AGAIN);
    fake_error(peer->stream);
    cr_expect_eq(websocket_api.counters(topics, &counters), SHUNT_OK);
    cr_expect_eq(counters.dropped_at_close, 2);
}

Test(websocket_slow, a_policy_that_is_none_is_refused)
{
    struct shunt_worker *worker = fake_worker_create();

    cr_expect_eq(fake_plugin_start(worker, &websocket_plugin, SETTINGS("slow_policy", "drop")),
                 SHUNT_EINVAL);
    cr_expect_not_null(strstr(fake_log_last, "slow_policy"), "%s", fake_log_last);
    fake_worker_destroy(worker);
}

/* ---- the backlog against a plain list ---- */

enum { STEPS = 20000, KEYS = 6, LIST = 4000 };

static struct shunt_websocket_message *numbered(unsigned number, unsigned key)
{
    static const char *const keys[KEYS] = {"", "a", "b", "c", "d", "e"};
    struct shunt_websocket_message *message =
        websocket_message_create(SHUNT_WEBSOCKET_BINARY, &number, sizeof number);

    message->key = shunt_span_of(keys[key]);
    message->key_hash = key % 3; /* some of them meet */
    return message;
}

static unsigned number_of(const struct shunt_websocket_message *message)
{
    unsigned number;

    memcpy(&number, message->frame + message->header_len, sizeof number);
    return number;
}

struct listed {
    unsigned number, key;
};

static unsigned list_remove(struct listed *list, unsigned count, unsigned at)
{
    memmove(list + at, list + at + 1, (count - at - 1) * sizeof *list);
    return count - 1;
}

Test(websocket_slow, a_backlog_keeps_the_order_and_the_last_of_each_key)
{
    struct websocket_backlog backlog = {.room = 0};
    static struct listed list[LIST];
    unsigned count = 0, seed = 1;

    for (unsigned i = 0; i < STEPS; i++) {
        unsigned key = (unsigned)rand_r(&seed) % KEYS;
        struct shunt_websocket_message *message;

        if (rand_r(&seed) % 100 < (i / 500 % 2 ? 30 : 70) && count < LIST) {
            unsigned at = 0;
            bool replaced;

            message = numbered(i, key);
            replaced = key > 0 && websocket_backlog_replace(&backlog, message);
            while (at < count && (key == 0 || list[at].key != key)) {
                at++;
            }
            cr_assert_eq(replaced, at < count);
            count = replaced ? list_remove(list, count, at) : count;
            cr_assert_eq(websocket_backlog_add(&backlog, message), SHUNT_OK);
            list[count++] = (struct listed){i, key};
            websocket_message_release(message);
        } else {
            message = websocket_backlog_take(&backlog);
            cr_assert_eq(message != NULL, count > 0);
            if (message) {
                cr_assert_eq(number_of(message), list[0].number);
                count = list_remove(list, count, 0);
                websocket_message_release(message);
            }
        }
        cr_assert_eq(backlog.bytes, (uint64_t)count * (64 + 2 + sizeof(unsigned)));
    }
    cr_expect_eq(websocket_backlog_fini(&backlog), count);
}
