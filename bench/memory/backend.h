/*
 * io's third back end: connections whose far ends are in memory. Their descriptors are numbers that
 * no process ever has open, and every operation completes in the next turn, without a system call.
 * The contract is io.h's, but for four things: io_connect() has nobody to connect to, io_release()
 * is for no connection, a turn never sleeps, because whoever calls it has already said what there is,
 * and a descriptor of the process's own, as plugins watch them, is never ready.
 * memory/peer.h has the far ends.
 */
#ifndef MEMORY_BACKEND_H
#define MEMORY_BACKEND_H

#include "io/io.h"

/* The most bytes of what the server sends that are kept; it may send more. */
#define MEMORY_ANSWER_BYTES 5184

/* For `create` of struct io_options, whose descriptors_max is how many connections there may be at
 * a time (1 to 65536; 0: 64). */
extern io_creator memory_create;

#endif
