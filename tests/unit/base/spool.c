#include "base/spool.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct spool *create(size_t bytes)
{
    struct spool *spool;

    cr_assert_eq(spool_create(bytes, &spool), SHUNT_OK);
    return spool;
}

/* All that is published, taken. Static. */
static const char *take_all(struct spool *spool)
{
    static char text[20000];
    struct iovec pieces[2];
    unsigned count = spool_peek(spool, pieces);
    size_t len = 0;

    for (unsigned i = 0; i < count; i++) {
        memcpy(text + len, pieces[i].iov_base, pieces[i].iov_len);
        len += pieces[i].iov_len;
    }
    text[len] = '\0';
    spool_take(spool, len);
    return text;
}

Test(spool, lines_are_seen_once_they_are_published)
{
    struct spool *spool = create(4096);

    cr_expect_not(spool_publish(spool), "nothing");
    cr_expect(spool_put(spool, "a\n", 2));
    cr_expect_str_eq(take_all(spool), "");
    cr_expect(spool_put(spool, "b\n", 2));
    cr_expect(spool_publish(spool));
    cr_expect_not(spool_publish(spool), "twice");
    cr_expect_str_eq(take_all(spool), "a\nb\n");
    cr_expect_str_eq(take_all(spool), "");
    cr_expect_eq(spool_lines(spool), 2);
    spool_destroy(spool);
    spool_destroy(NULL);
}

Test(spool, what_does_not_fit_is_dropped_whole_and_counted)
{
    struct spool *spool = create(4096);
    char line[1000];

    memset(line, 'x', sizeof line);
    for (unsigned i = 0; i < 4; i++) {
        cr_expect(spool_put(spool, line, sizeof line));
        cr_expect_eq(spool_half_full(spool), i >= 2, "%u", i);
    }
    cr_expect_not(spool_put(spool, line, 97));
    cr_expect(spool_put(spool, line, 96), "to the last byte");
    cr_expect_not(spool_put(spool, line, 1));
    cr_expect_eq(spool_dropped(spool), 2);
    cr_expect_eq(spool_lines(spool), 5);
    spool_publish(spool);
    cr_expect_eq(strlen(take_all(spool)), 4096);
    cr_expect(spool_put(spool, line, sizeof line), "there is room again");
    spool_destroy(spool);
}

Test(spool, is_of_a_power_of_two_within_its_range)
{
    struct spool *spool;

    cr_expect_eq(spool_create(SPOOL_BYTES_MIN - 1, &spool), SHUNT_EINVAL);
    cr_expect_eq(spool_create(SPOOL_BYTES_MAX + 1, &spool), SHUNT_EINVAL);
    spool = create(4097);
    cr_expect_not(spool_half_full(spool));
    for (unsigned i = 0; i < 4096; i++) {
        cr_assert(spool_put(spool, "1\n", 2), "8192 bytes");
    }
    cr_expect_not(spool_put(spool, "1\n", 2));
    spool_destroy(spool);
}

/* ---- two threads ---- */

enum { LINES = 200000 };

static void *send_lines(void *arg)
{
    struct spool *spool = arg;

    for (unsigned i = 0; i < LINES; i++) {
        char line[200];
        int len =
            snprintf(line, sizeof line, "%u %.*s\n", i, (int)(i % 97),
                     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                     "xxxxxxxxxxxxxxxxxxxxxx");

        while (!spool_put(spool, line, (size_t)len)) {
            spool_publish(spool);
            sched_yield();
        }
        if (i % 7 == 0) {
            spool_publish(spool);
        }
    }
    spool_publish(spool);
    return NULL;
}

/* Taken at random places, also within a line, all come once and in order. */
Test(spool, lines_of_one_thread_come_whole_and_in_order, .timeout = 60)
{
    struct spool *spool = create(4096);
    static char line[200];
    size_t len = 0;
    unsigned next = 0;
    pthread_t thread;

    srandom(1);
    cr_assert_eq(pthread_create(&thread, NULL, send_lines, spool), 0);
    while (next < LINES) {
        struct iovec pieces[2];

        if (spool_peek(spool, pieces) == 0) {
            sched_yield();
            continue;
        }
        size_t some = 1 + (size_t)random() % pieces[0].iov_len;

        for (size_t i = 0; i < some; i++) {
            line[len++] = ((const char *)pieces[0].iov_base)[i];
            if (line[len - 1] == '\n') {
                cr_assert_eq(strtoul(line, NULL, 10), next);
                cr_assert_eq(len, (size_t)snprintf(NULL, 0, "%u ", next) + next % 97 + 1);
                next++;
                len = 0;
            }
        }
        spool_take(spool, some);
    }
    pthread_join(thread, NULL);
    cr_expect_eq(spool_lines(spool), LINES);
    spool_destroy(spool);
}
