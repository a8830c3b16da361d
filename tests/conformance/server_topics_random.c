/*
 * Many workers, publishers on threads and on workers, subscribers that come, go and are slow: every
 * one that stays gets every message of each publisher in order, exactly once.
 */
#include "conformance/server_topics.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    TOPICS = 4,
    THREADS = 2,
    TALKERS = 2, /* clients that ask their worker to publish */
    PUBLISHERS = THREADS + TALKERS + 1,
    LAST = PUBLISHERS - 1, /* publishes once, behind all others */
    EACH = 1500,           /* messages of a publisher for each topic */
    STAYERS = 24,
    SLOTS = 40, /* with those that come and go */
    FRAME = 2 + 12,
};

static const char *const topics[TOPICS] = {"a/0", "a/1", "b/0", "b/1"};

/* A bit for each topic that it matches. */
static const struct {
    const char *filter;
    unsigned topics;
} filters[] = {{"a/0", 1}, {"a/1", 2}, {"a/+", 3}, {"+/0", 5}, {"b/#", 12}, {"#", 15}, {"+/+", 15}};

enum { FILTERS = sizeof filters / sizeof *filters };

/* ---- publishers ---- */

static uint32_t sequences[PUBLISHERS][TOPICS];

/* False: refused, so nobody gets it. */
static bool publish_one(unsigned publisher, unsigned topic)
{
    uint32_t number[3] = {publisher, topic, sequences[publisher][topic]};
    enum shunt_status status =
        topics_api()->publish(topics_of_server(), shunt_span_of(topics[topic]),
                              SHUNT_WEBSOCKET_BINARY, number, sizeof number, NULL);

    if (status == SHUNT_EFULL) {
        return false;
    }
    cr_assert_leq(status, SHUNT_AGAIN);
    sequences[publisher][topic]++;
    return true;
}

static void *publisher_main(void *arg)
{
    unsigned publisher = (unsigned)(uintptr_t)arg;

    for (unsigned i = 0; i < EACH * TOPICS; i++) {
        while (!publish_one(publisher, (i + i / TOPICS) % TOPICS)) {
            sched_yield();
        }
    }
    return NULL;
}

/* "pN": a round of publisher N on this worker, which must not wait: what is refused comes again
 * with a later round. */
static void publish_round(struct shunt_stream *stream, const char *text)
{
    unsigned publisher = (unsigned)(text[1] - '0');
    bool done = true, more = false;

    (void)stream;
    for (unsigned topic = 0; topic < TOPICS; topic++) {
        if (sequences[publisher][topic] < EACH) {
            more = true;
            (void)publish_one(publisher, topic);
        }
        done = done && sequences[publisher][topic] == EACH;
    }
    if (more && done) {
        mark("round");
    }
}

/* ---- subscribers ---- */

struct subscriber {
    int fd; /* -1: none */
    unsigned topics;
    bool stays, slow;
    unsigned asked;                   /* subscriptions whose answer has not come */
    int64_t next[PUBLISHERS][TOPICS]; /* -1: not known yet */
    uint8_t part[64];
    size_t part_len;
};

static struct subscriber subscribers[SLOTS];
static unsigned seed;

static unsigned draw(unsigned below)
{
    return (unsigned)rand_r(&seed) % below;
}

static void join(struct subscriber *subscriber, const struct server *s, bool stays)
{
    unsigned count = 1 + draw(3);

    *subscriber = (struct subscriber){.fd = topics_client(s), .stays = stays};
    subscriber->slow = stays && draw(4) == 0;
    for (unsigned i = 0; i < PUBLISHERS; i++) {
        for (unsigned topic = 0; topic < TOPICS; topic++) {
            subscriber->next[i][topic] = stays ? 0 : -1;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned filter = draw(FILTERS);
        char text[16];

        snprintf(text, sizeof text, "s%s", filters[filter].filter);
        topics_send(subscriber->fd, text);
        subscriber->topics |= filters[filter].topics;
        subscriber->asked++;
    }
}

static void got(struct subscriber *subscriber, const uint8_t *frame)
{
    uint32_t number[3];
    int64_t *next;

    memcpy(number, frame + 2, sizeof number);
    cr_assert_eq(frame[0], 0x82);
    cr_assert_lt(number[0], PUBLISHERS);
    cr_assert_lt(number[1], TOPICS);
    cr_assert(subscriber->topics >> number[1] & 1, "topic %u", number[1]);
    next = &subscriber->next[number[0]][number[1]];
    cr_assert(*next < 0 || *next == number[2], "publisher %u, topic %u: %u, not %d", number[0],
              number[1], number[2], (int)*next);
    *next = (int64_t)number[2] + 1;
}

/* The answers to its subscriptions are text. */
static size_t frame_len(const uint8_t *bytes, size_t len)
{
    return len < 2 ? 2 : 2u + bytes[1];
}

static void give(struct subscriber *subscriber, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        size_t want = frame_len(subscriber->part, subscriber->part_len) - subscriber->part_len;
        size_t some = want < len ? want : len;

        memcpy(subscriber->part + subscriber->part_len, bytes, some);
        subscriber->part_len += some;
        bytes += some;
        len -= some;
        if (subscriber->part_len >= 2 &&
            subscriber->part_len == frame_len(subscriber->part, subscriber->part_len)) {
            if (subscriber->part[0] == 0x82) {
                got(subscriber, subscriber->part);
            } else {
                subscriber->asked--;
            }
            subscriber->part_len = 0;
        }
    }
}

/* Read what is there; false: nothing was. */
static bool read_some(struct subscriber *subscriber)
{
    static uint8_t bytes[65536];
    ssize_t len = recv(subscriber->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    cr_assert(len > 0 || (len < 0 && errno == EAGAIN), "the server has ended a connection");
    meet();
    if (len > 0) {
        give(subscriber, bytes, (size_t)len);
    }
    return len > 0;
}

static void leave(struct subscriber *subscriber)
{
    static const struct linger reset = {1, 0};

    if (draw(2)) {
        setsockopt(subscriber->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    close(subscriber->fd);
    subscriber->fd = -1;
}

/* One that comes and goes does one or the other; all that are not slow read. */
static void stir(const struct server *s)
{
    struct subscriber *some = &subscribers[STAYERS + draw(SLOTS - STAYERS)];

    if (draw(4) == 0 && some->fd < 0) {
        join(some, s, false);
    } else if (draw(4) == 0 && some->fd >= 0) {
        leave(some);
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        if (subscribers[i].fd >= 0 && !subscribers[i].slow) {
            (void)read_some(&subscribers[i]);
        }
    }
}

static bool has_last(const struct subscriber *subscriber)
{
    for (unsigned topic = 0; topic < TOPICS; topic++) {
        if (subscriber->topics >> topic & 1 && subscriber->next[LAST][topic] != 1) {
            return false;
        }
    }
    return true;
}

/* Its last message of each topic is behind all others. */
static void finish(struct subscriber *subscriber)
{
    struct pollfd readable = {.fd = subscriber->fd, .events = POLLIN};

    while (!has_last(subscriber)) {
        cr_assert_eq(poll(&readable, 1, 10000), 1, "a message is missing");
        (void)read_some(subscriber);
    }
    for (unsigned i = 0; i < LAST; i++) {
        for (unsigned topic = 0; topic < TOPICS; topic++) {
            int64_t next = subscriber->next[i][topic];

            if (subscriber->topics >> topic & 1) {
                cr_expect(next == EACH || (!subscriber->stays && next < 0),
                          "publisher %u, topic %u ends at %d", i, topic, (int)next);
            }
        }
    }
    close(subscriber->fd);
}

/* Only then does it get all that is published. */
static void wait_subscribed(struct subscriber *subscriber)
{
    struct pollfd readable = {.fd = subscriber->fd, .events = POLLIN};

    while (subscriber->asked > 0) {
        cr_assert_eq(poll(&readable, 1, 10000), 1, "no answer to a subscription");
        (void)read_some(subscriber);
    }
}

static void run(struct server *s)
{
    pthread_t threads[THREADS];
    int talkers[TALKERS];

    memset(sequences, 0, sizeof sequences);
    for (unsigned i = 0; i < SLOTS; i++) {
        subscribers[i].fd = -1;
        if (i < STAYERS) {
            join(&subscribers[i], s, true);
            wait_subscribed(&subscribers[i]);
        }
    }
    for (unsigned i = 0; i < TALKERS; i++) {
        talkers[i] = topics_client(s);
    }
    for (uintptr_t i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, publisher_main, (void *)i), 0);
    }
    while (mark_count("round") < TALKERS) {
        for (unsigned talker = 0; talker < TALKERS; talker++) {
            char text[] = {'p', (char)('0' + THREADS + talker), '\0'};

            topics_send(talkers[talker], text);
        }
        stir(s);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        if (subscribers[i].fd >= 0) {
            wait_subscribed(&subscribers[i]);
        }
    }
    for (unsigned topic = 0; topic < TOPICS; topic++) {
        while (!publish_one(LAST, topic)) {
            sched_yield();
        }
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        if (subscribers[i].fd >= 0) {
            finish(&subscribers[i]);
        }
    }
    for (unsigned i = 0; i < TALKERS; i++) {
        close(talkers[i]);
    }
}

CLOSING_SERVER(whoever_stays_gets_every_message_of_each_publisher_in_order_once)
{
    seed = 1;
    topics_command = publish_round;
    topics_server(s, backend, 3, NULL, NULL);
    run(s);
}

/* Publishers are refused, and try again: nothing is lost for that. */
CLOSING_SERVER(the_same_where_inboxes_are_often_full)
{
    static const char *const settings[] = {"publications_max", "16", NULL};

    seed = 2;
    topics_command = publish_round;
    topics_server(s, backend, 3, settings, NULL);
    run(s);
}
