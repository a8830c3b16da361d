/*
 * What a group's clients do next: results of the loop, what is due, rests and time-outs. This is the
 * only place that starts an operation.
 */
#ifndef BENCH_LOAD_CLIENT_WORK_H
#define BENCH_LOAD_CLIENT_WORK_H

#include "load/client.h"

/* Of the loop that a group's sockets are in; its context is the group. */
extern const struct io_handler client_work_handler;

/* How long the next turn of the loop may wait, in milliseconds. */
int client_work_wait(struct client_group *group);
/* After a turn: start what is due and end what is too slow. */
void client_work_start(struct client_group *group, uint64_t now_ns);

#endif
