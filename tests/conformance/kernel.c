/* What the linker puts in front of liburing's functions and epoll_wait(2). */
#include "conformance/kernel.h"

#include <errno.h>
#include <liburing.h>
#include <stdatomic.h>
#include <sys/epoll.h>

static atomic_int rings_left;
static atomic_int ring_error;
static _Thread_local unsigned refusals;
static _Thread_local int refusal_error;
static _Thread_local bool drops, broken;

void kernel_ring_refuse(unsigned nth, int error)
{
    atomic_store(&ring_error, error);
    atomic_store(&rings_left, (int)nth);
}

void kernel_wait_refuse(unsigned times, int error)
{
    refusals = times;
    refusal_error = error;
}

void kernel_completion_drop(void)
{
    drops = true;
}

void kernel_rings_break(void)
{
    broken = true;
}

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

int __real_io_uring_queue_init_params(unsigned entries, struct io_uring *ring,
                                      struct io_uring_params *params);
int __real_io_uring_submit(struct io_uring *ring);
int __real_io_uring_submit_and_wait(struct io_uring *ring, unsigned count);
int __real_io_uring_submit_and_get_events(struct io_uring *ring);
int __real_epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms);

int __wrap_io_uring_queue_init_params(unsigned entries, struct io_uring *ring,
                                      struct io_uring_params *params)
{
    if (atomic_load(&rings_left) > 0 && atomic_fetch_sub(&rings_left, 1) == 1) {
        return -atomic_load(&ring_error);
    }
    return __real_io_uring_queue_init_params(entries, ring, params);
}

/* 0, or what the ring's wait returns instead. */
static int ring_refusal(struct io_uring *ring)
{
    if (broken) {
        return -EBADF;
    }
    if (drops) {
        drops = false;
        *ring->cq.koverflow += 1;
        return -EBADR;
    }
    return refusals > 0 ? (refusals--, -refusal_error) : 0;
}

int __wrap_io_uring_submit(struct io_uring *ring)
{
    return broken ? -EBADF : __real_io_uring_submit(ring);
}

int __wrap_io_uring_submit_and_wait(struct io_uring *ring, unsigned count)
{
    int refusal = ring_refusal(ring);

    return refusal ? refusal : __real_io_uring_submit_and_wait(ring, count);
}

int __wrap_io_uring_submit_and_get_events(struct io_uring *ring)
{
    int refusal = ring_refusal(ring);

    return refusal ? refusal : __real_io_uring_submit_and_get_events(ring);
}

int __wrap_epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms)
{
    if (refusals > 0) {
        refusals--;
        errno = refusal_error;
        return -1;
    }
    return __real_epoll_wait(fd, events, count, timeout_ms);
}
