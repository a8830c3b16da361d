#include "base/mailbox.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define SENDERS  4
#define MESSAGES 20000

struct seen {
    uint64_t to[64];
    size_t count;
    struct mailbox *mailbox;
};

static void note(void *context, const struct mailbox_message *message)
{
    struct seen *seen = context;

    seen->to[seen->count++] = message->to;
}

static enum shunt_status push(struct mailbox *mailbox, uint64_t to, bool *wake)
{
    struct mailbox_message message = {.run = note, .to = to};

    return mailbox_push(mailbox, &message, wake);
}

Test(base_mailbox, refuses_impossible_capacities)
{
    struct mailbox *mailbox;

    cr_assert_eq(mailbox_create(0, &mailbox), SHUNT_EINVAL);
    cr_assert_eq(mailbox_create(((size_t)1 << 24) + 1, &mailbox), SHUNT_EINVAL);
}

Test(base_mailbox, keeps_order_over_many_laps)
{
    struct seen seen = {.count = 0};
    uint64_t sent = 0;
    bool wake;

    cr_assert_eq(mailbox_create(3, &seen.mailbox), SHUNT_OK);
    for (int lap = 0; lap < 100; lap++) {
        seen.count = 0;
        for (uint64_t i = 0; i < 3; i++) {
            cr_assert_eq(push(seen.mailbox, sent + i, &wake), SHUNT_OK);
        }
        cr_assert_eq(mailbox_run(seen.mailbox, &seen), 3);
        for (uint64_t i = 0; i < 3; i++) {
            cr_assert_eq(seen.to[i], sent + i);
        }
        sent += 3;
    }
    mailbox_destroy(seen.mailbox);
}

Test(base_mailbox, says_full_and_takes_again_once_there_is_room)
{
    static const size_t capacities[] = {1, 2, 4};
    bool wake;

    for (size_t c = 0; c < 3; c++) {
        struct seen seen = {.count = 0};

        cr_assert_eq(mailbox_create(capacities[c], &seen.mailbox), SHUNT_OK);
        for (size_t i = 0; i < capacities[c]; i++) {
            cr_assert_eq(push(seen.mailbox, i, &wake), SHUNT_OK);
        }
        cr_assert_eq(push(seen.mailbox, 9, &wake), SHUNT_EFULL);
        cr_assert_eq(mailbox_run(seen.mailbox, &seen), capacities[c]);
        cr_assert_eq(push(seen.mailbox, 9, &wake), SHUNT_OK);
        mailbox_destroy(seen.mailbox);
    }
}

Test(base_mailbox, asks_to_wake_once_until_the_receiver_has_looked)
{
    struct seen seen = {.count = 0};
    bool wake = false;

    cr_assert_eq(mailbox_create(8, &seen.mailbox), SHUNT_OK);
    cr_assert_eq(push(seen.mailbox, 1, &wake), SHUNT_OK);
    cr_assert(wake);
    cr_assert_eq(push(seen.mailbox, 2, &wake), SHUNT_OK);
    cr_assert_not(wake);
    cr_assert_eq(mailbox_run(seen.mailbox, &seen), 2);
    cr_assert_eq(push(seen.mailbox, 3, &wake), SHUNT_OK);
    cr_assert(wake);
    mailbox_destroy(seen.mailbox);
}

static void push_again(void *context, const struct mailbox_message *message)
{
    struct seen *seen = context;
    bool wake = false;

    cr_assert_eq(mailbox_push(seen->mailbox, message, &wake), SHUNT_OK);
    cr_assert(wake);
    seen->count++;
}

Test(base_mailbox, what_a_message_sends_waits_for_the_next_run)
{
    struct seen seen = {.count = 0};
    struct mailbox_message message = {.run = push_again};
    bool wake;

    cr_assert_eq(mailbox_create(8, &seen.mailbox), SHUNT_OK);
    cr_assert_eq(mailbox_push(seen.mailbox, &message, &wake), SHUNT_OK);
    cr_assert_eq(mailbox_run(seen.mailbox, &seen), 1);
    cr_assert_eq(seen.count, 1);
    cr_assert_eq(mailbox_run(seen.mailbox, &seen), 1);
    mailbox_destroy(seen.mailbox);
}

static void count_drop(void *arg)
{
    ++*(int *)arg;
}

Test(base_mailbox, destroy_drops_what_was_not_taken)
{
    struct mailbox *mailbox;
    int dropped = 0;
    struct mailbox_message with = {.run = note, .drop = count_drop, .arg = &dropped};
    struct mailbox_message without = {.run = note};
    bool wake;

    cr_assert_eq(mailbox_create(4, &mailbox), SHUNT_OK);
    cr_assert_eq(mailbox_push(mailbox, &with, &wake), SHUNT_OK);
    cr_assert_eq(mailbox_push(mailbox, &without, &wake), SHUNT_OK);
    cr_assert_eq(mailbox_push(mailbox, &with, &wake), SHUNT_OK);
    mailbox_destroy(mailbox);
    cr_assert_eq(dropped, 2);
}

/* ---- several threads ---- */

struct traffic {
    struct mailbox *mailbox;
    sem_t wakes;
    uint64_t next[SENDERS]; /* the receiver's: what it expects of each */
    uint64_t received;
    bool ordered;
};

struct sender {
    struct traffic *traffic;
    uint64_t number;
};

static void check_order(void *context, const struct mailbox_message *message)
{
    struct traffic *traffic = context;
    uint64_t sender = message->to >> 32;

    traffic->ordered &= (message->to & UINT32_MAX) == traffic->next[sender];
    traffic->next[sender]++;
    traffic->received++;
}

static void *send_all(void *arg)
{
    struct sender *sender = arg;
    bool wake;

    for (uint64_t i = 0; i < MESSAGES; i++) {
        struct mailbox_message message = {.run = check_order, .to = sender->number << 32 | i};

        while (mailbox_push(sender->traffic->mailbox, &message, &wake) == SHUNT_EFULL) {
            sched_yield();
        }
        if (wake) {
            sem_post(&sender->traffic->wakes);
        }
    }
    return NULL;
}

/* The receiver sleeps whenever it has looked: a lost wake-up hangs it, and the time-out reports it. */
Test(base_mailbox, loses_no_message_and_no_wake_up_among_threads, .timeout = 60)
{
    struct traffic traffic = {.ordered = true};
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];

    cr_assert_eq(mailbox_create(64, &traffic.mailbox), SHUNT_OK);
    sem_init(&traffic.wakes, 0, 0);
    for (uint64_t i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){&traffic, i};
        cr_assert_eq(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    }
    while (traffic.received < SENDERS * MESSAGES) {
        sem_wait(&traffic.wakes);
        mailbox_run(traffic.mailbox, &traffic);
    }
    for (size_t i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
    }
    cr_assert(traffic.ordered);
    cr_assert_eq(mailbox_run(traffic.mailbox, &traffic), 0);
    sem_destroy(&traffic.wakes);
    mailbox_destroy(traffic.mailbox);
}
