#include "base/log_ring.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { SENDERS = 4, LINES = 5000 };

static void expect_front(struct log_ring *ring, const char *text)
{
    const struct log_ring_line *line = log_ring_front(ring);

    cr_assert_not_null(line, "%s", text);
    cr_expect_eq(line->len, strlen(text), "%s", text);
    cr_expect_eq(memcmp(line->bytes, text, line->len), 0, "%s", text);
    log_ring_take(ring);
}

Test(base_log_ring, refuses_impossible_sizes)
{
    struct log_ring *ring;

    cr_expect_eq(log_ring_create(0, &ring), SHUNT_EINVAL);
    cr_expect_eq(log_ring_create(LOG_RING_LINES_MAX + 1, &ring), SHUNT_EINVAL);
}

Test(base_log_ring, keeps_order_over_many_laps)
{
    struct log_ring *ring;
    char text[32];

    cr_assert_eq(log_ring_create(4, &ring), SHUNT_OK);
    for (unsigned i = 0; i < 400; i++) {
        snprintf(text, sizeof text, "line %u\n", i);
        cr_assert(log_ring_push(ring, i, text, strlen(text)));
        if (i % 3 == 2) {
            for (unsigned k = i - 2; k <= i; k++) {
                snprintf(text, sizeof text, "line %u\n", k);
                cr_expect_eq(log_ring_front(ring)->stamp, k);
                expect_front(ring, text);
            }
        }
    }
    log_ring_destroy(ring);
}

Test(base_log_ring, counts_what_does_not_fit_and_takes_again_once_there_is_room)
{
    struct log_ring *ring;

    cr_assert_eq(log_ring_create(2, &ring), SHUNT_OK);
    cr_expect(log_ring_push(ring, 1, "a", 1));
    cr_expect(log_ring_push(ring, 2, "b", 1));
    cr_expect_not(log_ring_push(ring, 3, "c", 1));
    cr_expect_not(log_ring_push(ring, 4, "d", 1));
    cr_expect_eq(log_ring_dropped(ring), 2);
    expect_front(ring, "a");
    cr_expect(log_ring_push(ring, 5, "e", 1));
    expect_front(ring, "b");
    expect_front(ring, "e");
    cr_expect_null(log_ring_front(ring));
    cr_expect_eq(log_ring_dropped(ring), 2);
    log_ring_destroy(ring);
}

Test(base_log_ring, takes_the_longest_line_whole)
{
    static char longest[LOG_LINE_BYTES_MAX];
    struct log_ring *ring;

    memset(longest, 'x', sizeof longest);
    cr_assert_eq(log_ring_create(1, &ring), SHUNT_OK);
    cr_assert(log_ring_push(ring, 1, longest, sizeof longest));
    cr_assert_eq(log_ring_front(ring)->len, sizeof longest);
    cr_expect_eq(memcmp(log_ring_front(ring)->bytes, longest, sizeof longest), 0);
    log_ring_destroy(ring);
}

/* ---- several threads ---- */

struct sender {
    struct log_ring *ring;
    unsigned number;
    unsigned pushed;
};

static atomic_uint at_work;

/* Each line is its sender's letter as often as the line's number, so a torn one shows. */
static void *send_all(void *arg)
{
    struct sender *sender = arg;
    char text[LOG_LINE_BYTES_MAX];

    memset(text, 'a' + (int)sender->number, sizeof text);
    for (unsigned i = 0; i < LINES; i++) {
        if (log_ring_push(sender->ring, i, text, 1 + i % LOG_LINE_BYTES_MAX)) {
            sender->pushed++;
        }
        if (i % 16 == 0) {
            sched_yield();
        }
    }
    atomic_fetch_sub(&at_work, 1);
    return NULL;
}

/* The sender of a whole line that is in order; `next` by sender. */
static unsigned check(const struct log_ring_line *line, uint64_t *next)
{
    unsigned sender = (unsigned)(line->bytes[0] - 'a');

    cr_assert_lt(sender, SENDERS);
    cr_assert_eq(line->len, 1 + line->stamp % LOG_LINE_BYTES_MAX);
    cr_assert_eq(line->bytes[line->len - 1], line->bytes[0]);
    cr_assert_eq(line->bytes[line->len / 2], line->bytes[0]);
    cr_assert_geq(line->stamp, next[sender], "sender %u", sender);
    next[sender] = line->stamp + 1;
    return sender;
}

Test(base_log_ring, each_line_of_many_threads_is_whole_in_order_and_else_counted, .timeout = 60)
{
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    uint64_t next[SENDERS] = {0}, taken = 0, pushed = 0;
    struct log_ring *ring;
    bool last = false;

    cr_assert_eq(log_ring_create(16, &ring), SHUNT_OK);
    atomic_store(&at_work, SENDERS);
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.ring = ring, .number = i};
        cr_assert_eq(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    }
    do {
        last = atomic_load(&at_work) == 0;
        for (const struct log_ring_line *line; (line = log_ring_front(ring)); taken++) {
            (void)check(line, next);
            log_ring_take(ring);
        }
    } while (!last);
    for (unsigned i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
        pushed += senders[i].pushed;
    }
    cr_expect_eq(taken, pushed);
    cr_expect_eq(pushed + log_ring_dropped(ring), SENDERS * LINES);
    log_ring_destroy(ring);
}
