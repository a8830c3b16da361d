/*
 * Senders push at the front of a list, and the worker takes the whole of it and turns it round.
 * Only the sender that finds the list empty wakes the worker, by an eventfd: unlike a posted task
 * that cannot be refused, so what has been pushed is always seen.
 */
#include "inbox.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct websocket_inbox *websocket_inbox_create(void)
{
    struct websocket_inbox *inbox = aligned_alloc(64, sizeof *inbox);

    if (!inbox) {
        return NULL;
    }
    *inbox = (struct websocket_inbox){.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    if (inbox->wake_fd < 0) {
        free(inbox);
        return NULL;
    }
    return inbox;
}

void websocket_inbox_destroy(struct websocket_inbox *inbox)
{
    close(inbox->wake_fd);
    free(inbox);
}

/* ---- any thread ---- */

enum shunt_status websocket_inbox_reserve(struct websocket_inbox *inbox,
                                          const struct websocket_inbox_limits *limits,
                                          uint64_t bytes)
{
    uint64_t count_now = atomic_fetch_add(&inbox->count, 1) + 1;
    uint64_t bytes_now = atomic_fetch_add(&inbox->bytes, bytes) + bytes;

    if (count_now > limits->count_max || bytes_now > limits->bytes_max) {
        websocket_inbox_done(inbox, bytes);
        return SHUNT_EFULL;
    }
    return count_now > limits->count_max / 2 || bytes_now > limits->bytes_max / 2 ? SHUNT_AGAIN
                                                                                  : SHUNT_OK;
}

void websocket_inbox_done(struct websocket_inbox *inbox, uint64_t bytes)
{
    atomic_fetch_sub(&inbox->count, 1);
    atomic_fetch_sub(&inbox->bytes, bytes);
}

void websocket_inbox_wake(struct websocket_inbox *inbox)
{
    ssize_t written = write(inbox->wake_fd, &(uint64_t){1}, sizeof(uint64_t));

    (void)written; /* EAGAIN: it is awake for the next 2^64 */
}

void websocket_inbox_push(struct websocket_inbox *inbox, struct websocket_entry *entry)
{
    struct websocket_entry *newest = atomic_load_explicit(&inbox->newest, memory_order_relaxed);

    do {
        entry->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(&inbox->newest, &newest, entry,
                                                    memory_order_acq_rel, memory_order_relaxed));
    if (!newest) {
        websocket_inbox_wake(inbox);
    }
}

/* ---- the worker ---- */

void websocket_inbox_awake(struct websocket_inbox *inbox)
{
    uint64_t count;
    ssize_t got = read(inbox->wake_fd, &count, sizeof count);

    (void)got;
}

struct websocket_entry *websocket_inbox_take(struct websocket_inbox *inbox)
{
    struct websocket_entry *entry = inbox->first;

    if (!entry) {
        struct websocket_entry *newest =
            atomic_exchange_explicit(&inbox->newest, NULL, memory_order_acq_rel);

        while (newest) {
            struct websocket_entry *older = newest->next;

            newest->next = entry;
            entry = newest;
            newest = older;
        }
    }
    inbox->first = entry ? entry->next : NULL;
    return entry;
}

bool websocket_inbox_holds(const struct websocket_inbox *inbox)
{
    return inbox->first || atomic_load_explicit(&inbox->newest, memory_order_acquire);
}
