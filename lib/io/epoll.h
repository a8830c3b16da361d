/*
 * The epoll back end's own state, shared by its files: epoll.c creates it, waits and reports what
 * became possible; epoll_start.c starts operations.
 *
 * A send is tried when it is started and its result reported by the next turn; a receive is tried
 * when epoll reports readiness. Registration is level-triggered and lazy: one EPOLL_CTL_ADD a
 * connection, and a change only when an event comes that no operation wants or a send has to wait.
 *
 * True for each descriptor:
 *   1. A receive or ready that is pending and not cancelled is registered for EPOLLIN.
 *   2. A result is on the list for: SEND without BLOCKED, CANCEL, CONNECT_DONE; one each. A
 *      descriptor is closed only when none of them is left, so the list never names a new tenant,
 *      and 2 * descriptors_max places are enough.
 */
#ifndef IO_EPOLL_H
#define IO_EPOLL_H

#include "io/backend.h"

#include <sys/epoll.h>

#define EPOLL_EVENTS 256

enum epoll_kind { EPOLL_RECEIVE = 1, EPOLL_SEND, EPOLL_CONNECT };

/* Something that has happened and is to be reported by the next turn. */
struct epoll_result {
    uint32_t fd;
    enum epoll_kind kind;
    int result;
};

/* A send that waits for room in the socket. */
struct epoll_blocked {
    struct iovec parts[IO_SEND_PARTS];
    int count;
    struct io_file file; /* len 0: none */
    uint32_t next_free;
};

struct epoll {
    struct io io;
    int fd;
    uint8_t *buffer; /* one for all: what is shown by `received` is gone when it returns */
    struct epoll_result *results;
    uint32_t results_count;
    struct epoll_blocked *blocked; /* grows; never shrinks */
    uint32_t blocked_count, blocked_free;
    struct epoll_event events[EPOLL_EVENTS];
};

static inline struct epoll *epoll_of(struct io *io)
{
    return (struct epoll *)io;
}

/* NULL, and why in *refusal. No size in `options` is 0 any longer. */
io_creator epoll_create_backend;

#endif
