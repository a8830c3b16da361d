/* The far ends of connections in memory: a peer connects, sends, looks at what it was sent, leaves. On
 * the loop's own thread, outside of its callbacks. */
#ifndef MEMORY_PEER_H
#define MEMORY_PEER_H

#include "io/io.h"

#include <shunt/span.h>

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
/* What the server has not received yet of that. */
size_t memory_peer_unread(const struct io *io, int fd);
/* It ends its direction: the server sees that behind what it sends. It sends nothing more. */
void memory_peer_end(struct io *io, int fd);
/* What it has been sent, until the number is given again. */
struct shunt_span memory_peer_received(const struct io *io, int fd);
/* The user that the server gave the connection; 0 once the server has closed it. */
uint64_t memory_peer_user(const struct io *io, int fd);
/* It resets the connection and is gone: the number may be given again. */
void memory_peer_reset(struct io *io, int fd);

/* All that the server sends to anyone, piece by piece, also what is not kept. NULL: nobody looks. */
typedef void memory_sink(void *arg, int fd, struct shunt_span piece);
void memory_sink_set(struct io *io, memory_sink *sink, void *arg);

#endif
