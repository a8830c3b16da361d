/*
 * While a server runs, the threads that log do not write: a line goes into a ring, a worker's own
 * or the one that all other threads share, and the server's main thread writes it out. So a
 * standard error that takes nothing stops no worker. Lines that do not fit are counted, and the
 * log has their number as soon as it flows again.
 *
 * Several servers of one process have rings of their own; any of their main threads writes for
 * all.
 */
#ifndef BASE_LOG_QUEUE_H
#define BASE_LOG_QUEUE_H

#include "base/log_ring.h"

struct log_queue;

/* Open a queue with `rings` rings of `lines` lines each, as log_ring_create() takes them. SHUNT_OK,
 * SHUNT_EINVAL, SHUNT_ENOMEM or SHUNT_ESYS. Main thread. */
enum shunt_status log_queue_open(unsigned rings, size_t lines,
                                 struct log_queue **queue) SHUNT_MUST_USE;
/*
 * Write what is left, waiting at most `wait_ms` for standard error to take it, and close. What
 * it did not take is counted as dropped. The threads that used the rings have ended. Main thread;
 * NULL is allowed.
 */
void log_queue_close(struct log_queue *queue, unsigned wait_ms);

/* From now on the calling thread's lines go into this ring. */
void log_queue_use(struct log_queue *queue, unsigned ring);

/* Readable when lines have come since log_queue_write() last looked. As long as the process. */
int log_queue_event(void);
/* Write what is queued, as far as standard error takes it now. Returns -1, or a descriptor: wait
 * until it is writable, then call again. Main thread. */
int log_queue_write(void);

/* Queue a line, or count it; false: no queue is open, so the caller has to write it. Any thread. */
bool log_queue_push(uint64_t stamp, const char *bytes, size_t len);
/* Count a line that could not be written. Any thread. */
void log_queue_drop(void);
/* Lines that nobody has seen, ever. Any thread but for the rings of a queue that is being closed:
 * main threads. */
uint64_t log_queue_dropped(void);

#endif
