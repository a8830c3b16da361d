/* Starting, cancelling and closing on io_uring: what goes into the submission queue. */
#ifndef IO_URING_START_H
#define IO_URING_START_H

#include "io/uring.h"

/* ---- of the back end's table ---- */

void uring_close(struct io *io, int fd, struct descriptor *d, bool reset);
void uring_release(struct io *io, int fd, struct descriptor *d);
enum shunt_status uring_accept(struct io *io, int fd, struct descriptor *d);
void uring_accept_resume(struct io *io, int fd, struct descriptor *d);
void uring_accept_pause(struct io *io, int fd, struct descriptor *d);
void uring_receive(struct io *io, int fd, struct descriptor *d);
void uring_ready(struct io *io, int fd, struct descriptor *d);
void uring_receive_cancel(struct io *io, int fd, struct descriptor *d);
void uring_send(struct io *io, int fd, struct descriptor *d, const struct iovec *parts, int count);
void uring_send_file(struct io *io, int fd, struct descriptor *d, const struct iovec *parts,
                     int count, const struct io_file *file);
void uring_connect(struct io *io, int fd, struct descriptor *d, const struct sockaddr *address,
                   socklen_t len);

/* ---- for the other files ---- */

/* Watch what ends a wait: URING_WAKE, the eventfd of io_wake(), or URING_ALARM, the timerfd. */
void uring_wake_arm(struct uring *u, enum uring_kind kind);
/* Queue the accept, when it should be on and is not. */
void uring_accept_arm(struct uring *u, int fd, struct descriptor *d);
/* Queue a pending receive that the kernel does not hold. */
void uring_receive_arm(struct uring *u, int fd, struct descriptor *d);
/* Have it armed again at the end of this turn, when buffers are back. */
void uring_starved_add(struct uring *u, int fd, struct descriptor *d);
/* Arm as many as there are buffers, and report those that were cancelled: true if any were. */
bool uring_starved_drain(struct uring *u);
/* A send took nothing: wait until the socket has room. */
void uring_writable_arm(struct uring *u, int fd, struct descriptor *d);
/* The descriptor is CLOSING: queue its close if nothing is pending any longer. */
void uring_close_finish(struct uring *u, int fd, struct descriptor *d);

#endif
