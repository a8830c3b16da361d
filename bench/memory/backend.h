/*
 * io's third back end: connections whose far ends are in memory. Their descriptors are numbers that
 * no process ever has open, and every operation completes in the next turn, without a system call.
 * The contract is io.h's, but for three things: io_connect() has nobody to connect to, io_release()
 * is for the listener only, and a turn never sleeps, because whoever calls it has already said what
 * there is.
 *
 * The far end is driven by what follows, on the loop's own thread, outside of its callbacks.
 */
#ifndef MEMORY_BACKEND_H
#define MEMORY_BACKEND_H

#include "io/io.h"

#include <shunt/span.h>

/* The most bytes of what the server sends that are kept; it may send more. */
#define MEMORY_ANSWER_BYTES 5184

/* For `create` of struct io_options, whose descriptors_max is how many connections there may be at
 * a time (1 to 65536; 0: 64). */
extern io_creator memory_create;

/* The number that io_add() and io_accept() make a listener of. */
int memory_listener(const struct io *io);
/* Is there something that the next turn will report? */
bool memory_busy(const struct io *io);
/* How many connections the server has, those not yet accepted included. */
uint32_t memory_held(const struct io *io);

/* A peer connects; its connection's number, or -1 when there are too many, or nobody accepts. */
int memory_peer_connect(struct io *io);
/* It sends `bytes`, which are borrowed until they have been received. Not while such are left. */
void memory_peer_send(struct io *io, int fd, struct shunt_span bytes);
/* What it has been sent, until the number is given again. */
struct shunt_span memory_peer_received(const struct io *io, int fd);
/* The user that the server gave the connection; 0 once the server has closed it. */
uint64_t memory_peer_user(const struct io *io, int fd);
/* It resets the connection and is gone: the number may be given again. */
void memory_peer_reset(struct io *io, int fd);

#endif
