/* Slow readers of topics: what the policy drops is counted, and what is left comes in order. */
#include "conformance/server_topics.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { READERS = 6, COUNT = 8000, SIZE = 1000, FRAME = 4 + SIZE, KEYS = 8 };

static void small_queues(struct config *config)
{
    config->limits.queue_bytes_max = 65536;
    config->limits.queue_high_bytes = 16384;
    config->limits.queue_low_bytes = 8192;
}

static struct shunt_websocket_counters counters(void)
{
    struct shunt_websocket_counters counted = {.size = sizeof counted};

    cr_expect_eq(topics_api()->counters(topics_of_server(), &counted), SHUNT_OK);
    return counted;
}

static void publish_all(void)
{
    static uint32_t body[SIZE / 4];

    for (uint32_t i = 0; i < COUNT; i++) {
        enum shunt_status status;
        char topic[16];

        snprintf(topic, sizeof topic, "key/%u", i % KEYS);
        body[0] = i;
        do {
            status = topics_api()->publish(topics_of_server(), shunt_span_of(topic),
                                           SHUNT_WEBSOCKET_BINARY, body, sizeof body, NULL);
        } while (status == SHUNT_EFULL);
        cr_assert_leq(status, SHUNT_AGAIN);
    }
    while (counters().publications_waiting > 0) {
        (void)poll(NULL, 0, 1);
    }
}

/* Ascending numbers up to each key's last, or up to `last` alone; how many there were. */
static unsigned read_all(int fd, bool each_key)
{
    static uint8_t frame[FRAME];
    unsigned count = 0, keys = 0;
    int64_t before = -1;

    while (each_key ? keys < KEYS : before != COUNT - 1) {
        uint32_t number;

        cr_assert_eq(fixture_read(fd, frame, sizeof frame), sizeof frame);
        memcpy(&number, frame + 4, sizeof number);
        cr_assert_gt((int64_t)number, before);
        before = number;
        keys += number >= COUNT - KEYS;
        count++;
    }
    return count;
}

static void run(struct server *s, const char *policy, enum io_backend backend, bool each_key)
{
    const char *const settings[] = {
        "slow_policy", policy, "slow_bytes_max", "20000", "message_bytes_max", "4096", NULL};
    struct shunt_websocket_counters counted;
    unsigned read = 0;
    int fds[READERS];

    topics_server(s, backend, 2, settings, small_queues);
    for (unsigned i = 0; i < READERS; i++) {
        fds[i] = topics_client(s);
        topics_ask(fds[i], "skey/+", SHUNT_OK);
        cr_assert_eq(setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &(int){131072}, sizeof(int)), 0);
    }
    publish_all();
    for (unsigned i = 0; i < READERS; i++) {
        read += read_all(fds[i], each_key);
    }
    counted = counters();
    cr_expect_eq(counted.delivered, READERS * COUNT);
    cr_expect_eq(read + counted.dropped_oldest + counted.conflated, READERS * COUNT);
    cr_expect_gt(counted.dropped_oldest + counted.conflated, 0, "sockets took it all");
    for (unsigned i = 0; i < READERS; i++) {
        close(fds[i]);
    }
}

CLOSING_SERVER(a_slow_reader_gets_the_newest_where_the_oldest_are_dropped)
{
    run(s, "drop_oldest", backend, false);
}

CLOSING_SERVER(a_slow_reader_gets_the_last_of_each_key_where_they_are_conflated)
{
    run(s, "conflate", backend, true);
}
