/* One worker's part of the access log: its lines, and the addresses of its peers. Its thread's. */
#ifndef SERVER_ACCESS_WORKER_H
#define SERVER_ACCESS_WORKER_H

#include "exchange/done.h"
#include "server/access_log.h"

struct access_worker;

/* NULL: no memory. */
struct access_worker *access_worker_create(struct access_log *log, unsigned number);
/* Lets the writer see what is left. NULL is allowed. */
void access_worker_destroy(struct access_worker *worker);

/* A connection has come, of this number among the worker's: who is it? */
void access_worker_opened(struct access_worker *worker, const struct conn *conn, uint32_t number);
/* An exchange is done at the time `now_ns` of the monotonic clock. */
void access_worker_done(struct access_worker *worker, const struct exchange_done *done,
                        uint64_t now_ns);
/* The turn is over: the writer may see its lines. */
void access_worker_turn(struct access_worker *worker);

#endif
