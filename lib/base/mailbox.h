/*
 * How threads talk to a worker: a bounded queue with many senders and one receiver. Lock-free; a
 * sender never waits for another. Nothing of the data path goes through it.
 */
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mailbox;

/* Copied in and out. `run` is called on the receiver's thread and knows what the rest means. */
struct mailbox_message {
    void (*run)(void *context, const struct mailbox_message *message);
    uint64_t to;
    void (*task)(void);      /* a function of a type that `run` knows; cast back before the call */
    void (*drop)(void *arg); /* instead of the task when the target is gone; may be NULL */
    void *arg;
};

/* `capacity` is 1 to 2^24 and rounded up to a power of two; memory is touched as it is used.
 * SHUNT_OK, SHUNT_EINVAL or SHUNT_ENOMEM. */
enum shunt_status mailbox_create(size_t capacity, struct mailbox **mailbox) SHUNT_MUST_USE;
/* Calls drop(arg) of each message that was not taken. No sender may be at work any more. */
void mailbox_destroy(struct mailbox *mailbox);

/*
 * Leave a message. Any thread. SHUNT_OK or SHUNT_EFULL. `wake`, written on SHUNT_OK: the receiver
 * has not been notified since it last looked; the sender must wake it now. Messages of one thread
 * arrive in order.
 */
enum shunt_status mailbox_push(struct mailbox *mailbox, const struct mailbox_message *message,
                               bool *wake) SHUNT_MUST_USE;

/* The receiver: run(context, message) for all that is there now. What is pushed meanwhile, also by
 * `run` itself, waits for the next call, and its sender has to wake. How many were run. */
size_t mailbox_run(struct mailbox *mailbox, void *context);

#endif
