/* Starting, cancelling and closing on epoll. */
#ifndef IO_EPOLL_START_H
#define IO_EPOLL_START_H

#include "io/epoll.h"

/* ---- of the back end's table ---- */

void epoll_close(struct io *io, int fd, struct descriptor *d, bool reset);
void epoll_release(struct io *io, int fd, struct descriptor *d);
enum shunt_status epoll_accept(struct io *io, int fd, struct descriptor *d);
void epoll_accept_resume(struct io *io, int fd, struct descriptor *d);
void epoll_accept_pause(struct io *io, int fd, struct descriptor *d);
void epoll_receive(struct io *io, int fd, struct descriptor *d);
void epoll_receive_cancel(struct io *io, int fd, struct descriptor *d);
void epoll_send(struct io *io, int fd, struct descriptor *d, const struct iovec *parts, int count);
void epoll_send_file(struct io *io, int fd, struct descriptor *d, const struct iovec *parts,
                     int count, const struct io_file *file);
void epoll_connect(struct io *io, int fd, struct descriptor *d, const struct sockaddr *address,
                   socklen_t len);

/* ---- for the turn ---- */

/* Make the registration what `watch` (bits of DESCRIPTOR_WATCHED) says. 0 or -errno. */
int epoll_watch(struct epoll *e, int fd, struct descriptor *d, unsigned watch);
/* Have it reported by the next turn. */
void epoll_result_add(struct epoll *e, int fd, enum epoll_kind kind, int result);
/* The descriptor is CLOSING: close it if nothing is left to be reported. */
void epoll_close_finish(struct epoll *e, int fd, struct descriptor *d);
/* One try: bytes taken, or -errno. `file` with len 0: none. */
int epoll_send_try(int fd, const struct iovec *parts, int count, const struct io_file *file);
/* The send no longer waits: its record is free. */
void epoll_blocked_put(struct epoll *e, struct descriptor *d);

#endif
