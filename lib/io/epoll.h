/*
 * The epoll back end's own state, shared by its files: epoll.c creates it, waits and reports what
 * became possible; epoll_start.c starts operations.
 *
 * A send is tried when it is started and its result reported by the next turn; a receive is tried
 * when epoll says so. Registration is level-triggered and lazy: one EPOLL_CTL_ADD a connection, and
 * a change only when an event comes that nobody wants or a send has to wait.
 *
 * True for each descriptor:
 *   1. A receive or ready that is pending and not cancelled is registered for EPOLLIN.
 *   2. A result is on the list for: SEND without BLOCKED, CANCEL, SETTLED; one each. A descriptor
 *      is closed only when none of them is left, so the list never names a new tenant, and
 *      2 * descriptors_max places are enough.
 */
#ifndef IO_EPOLL_H
#define IO_EPOLL_H

#include "io/backend.h"

#include <sys/epoll.h>

#define EPOLL_EVENTS 256

enum epoll_kind { EPOLL_RECEIVE = 1, EPOLL_SEND, EPOLL_CONNECT };

/* Something that has happened and is to be told by the next turn. */
struct epoll_result {
    uint32_t fd;
    enum epoll_kind kind;
    int result;
};

/* A send that waits for room in the socket. */
struct epoll_blocked {
    struct iovec parts[IO_SEND_PARTS];
    int count;
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

/* The functions of the back end's table (epoll_start.c), turn and destroy apart. */
void epoll_close(struct io *io, int fd, struct descriptor *d, bool reset);
void epoll_release(struct io *io, int fd, struct descriptor *d);
enum shunt_status epoll_accept(struct io *io, int fd, struct descriptor *d);
void epoll_accept_resume(struct io *io, int fd, struct descriptor *d);
void epoll_accept_pause(struct io *io, int fd, struct descriptor *d);
void epoll_receive(struct io *io, int fd, struct descriptor *d);
void epoll_receive_cancel(struct io *io, int fd, struct descriptor *d);
void epoll_send(struct io *io, int fd, struct descriptor *d, const struct iovec *parts, int count);
void epoll_connect(struct io *io, int fd, struct descriptor *d, const struct sockaddr *address,
                   socklen_t len);

/* epoll.c */
enum shunt_status epoll_turn(struct io *io, int timeout_ms);

/* Make the registration what `watch` (bits of DESCRIPTOR_WATCHED) says. 0 or -errno. */
int epoll_watch(struct epoll *e, int fd, struct descriptor *d, unsigned watch);
/* Have it told by the next turn. */
void epoll_result_add(struct epoll *e, int fd, enum epoll_kind kind, int result);
/* The descriptor is CLOSING: close it if nothing is left to be told. */
void epoll_close_finish(struct epoll *e, int fd, struct descriptor *d);
/* One try: bytes taken, or -errno. */
int epoll_send_try(int fd, const struct iovec *parts, int count);
/* The send no longer waits: its record is free. */
void epoll_blocked_put(struct epoll *e, struct descriptor *d);

#endif
