/*
 * A ring of cells after Vyukov's bounded queue. A sender claims a position with one
 * compare-and-swap, fills its cell and publishes it by the cell's turn; the receiver reads cells
 * in order and stops at the first one that is not published.
 *
 *   turn == 2 * lap      free for the sender that claims position lap * capacity + i
 *   turn == 2 * lap + 1  filled, for the receiver
 *
 * Turns start at 0, so fresh zero pages are a valid empty ring and stay untouched until used.
 *
 * No wake-up is lost: a sender sets `notified` after it has published, the receiver clears it before
 * it looks. Whatever the receiver does not see was published after the clearing, and its sender
 * finds `notified` false. A cell that is claimed but not published stops the receiver in front of it;
 * the sender of that cell has not touched `notified` yet and will wake.
 */
#include "base/mailbox.h"

#include <stdatomic.h>
#include <stdlib.h>

#define CAPACITY_MAX ((size_t)1 << 24)
#define LINE         64

struct cell {
    _Atomic uint64_t turn;
    struct mailbox_message message;
};

struct mailbox {
    struct cell *cells;
    uint64_t mask;
    unsigned shift;
    _Alignas(LINE) _Atomic uint64_t tail; /* next position to claim */
    _Alignas(LINE) _Atomic bool notified;
    _Alignas(LINE) uint64_t head; /* the receiver's alone */
};

enum shunt_status mailbox_create(size_t capacity, struct mailbox **mailbox)
{
    if (capacity == 0 || capacity > CAPACITY_MAX) {
        return SHUNT_EINVAL;
    }
    struct mailbox *made = aligned_alloc(LINE, sizeof *made);

    if (!made) {
        return SHUNT_ENOMEM;
    }
    *made = (struct mailbox){.shift = 0};
    while ((size_t)1 << made->shift < capacity) {
        made->shift++;
    }
    made->mask = ((uint64_t)1 << made->shift) - 1;
    made->cells = calloc((size_t)made->mask + 1, sizeof *made->cells);
    if (!made->cells) {
        free(made);
        return SHUNT_ENOMEM;
    }
    *mailbox = made;
    return SHUNT_OK;
}

enum shunt_status mailbox_push(struct mailbox *mailbox, const struct mailbox_message *message,
                               bool *wake)
{
    uint64_t at = atomic_load_explicit(&mailbox->tail, memory_order_relaxed);
    struct cell *cell;

    for (;;) {
        cell = &mailbox->cells[at & mailbox->mask];
        uint64_t turn = atomic_load_explicit(&cell->turn, memory_order_acquire);
        uint64_t wanted = at >> mailbox->shift << 1;

        if (turn < wanted) {
            return SHUNT_EFULL; /* the receiver has not emptied it since the last lap */
        }
        if (turn > wanted) {
            at = atomic_load_explicit(&mailbox->tail, memory_order_relaxed);
        } else if (atomic_compare_exchange_weak_explicit(
                       &mailbox->tail, &at, at + 1, memory_order_relaxed, memory_order_relaxed)) {
            break;
        }
    }
    cell->message = *message;
    atomic_store_explicit(&cell->turn, (at >> mailbox->shift << 1) + 1, memory_order_release);
    *wake = !atomic_exchange_explicit(&mailbox->notified, true, memory_order_acq_rel);
    return SHUNT_OK;
}

/* Take the message at the head; false when it is not published. */
static bool take(struct mailbox *mailbox, struct mailbox_message *message)
{
    struct cell *cell = &mailbox->cells[mailbox->head & mailbox->mask];
    uint64_t filled = (mailbox->head >> mailbox->shift << 1) + 1;

    if (atomic_load_explicit(&cell->turn, memory_order_acquire) != filled) {
        return false;
    }
    *message = cell->message;
    atomic_store_explicit(&cell->turn, filled + 1, memory_order_release);
    mailbox->head++;
    return true;
}

size_t mailbox_run(struct mailbox *mailbox, void *context)
{
    struct mailbox_message message;
    size_t count = 0;

    atomic_exchange_explicit(&mailbox->notified, false, memory_order_acq_rel);
    uint64_t end = atomic_load_explicit(&mailbox->tail, memory_order_acquire);

    while (mailbox->head != end && take(mailbox, &message)) {
        message.run(context, &message);
        count++;
    }
    return count;
}

void mailbox_destroy(struct mailbox *mailbox)
{
    struct mailbox_message message;

    if (!mailbox) {
        return;
    }
    while (take(mailbox, &message)) {
        if (message.drop) {
            message.drop(message.arg);
        }
    }
    free(mailbox->cells);
    free(mailbox);
}
