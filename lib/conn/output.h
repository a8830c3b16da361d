/* What a connection has still to send. One send is in flight at a time; the rest waits in order. */
#ifndef CONN_OUTPUT_H
#define CONN_OUTPUT_H

#include "conn/conn.h"
#include "conn/file.h"
#include "conn/queues.h"

/* `bytes` are copied. Statuses as host->write. */
enum shunt_status conn_write(struct conn *conn, const void *bytes, size_t len);
/* As host->write_borrowed. */
enum shunt_status conn_write_borrowed(struct conn *conn, const void *bytes, size_t len,
                                      shunt_release *release, void *arg);

/*
 * What HTTP writes: an answer goes out whole, however long, so queue_bytes_max does not count. HTTP
 * answers no request while the queue is above its high-water mark, which bounds it to that and one
 * answer.
 *
 * conn_write_reserve(): room for `room` bytes at the end of the queue, to be filled in place; NULL
 * when closing or out of memory. conn_write_commit() with at most `room` must follow before
 * anything else is written. conn_write_whole(): as conn_write_borrowed() otherwise; with a release
 * the bytes are memory of the worker's that the budget counts.
 */
char *conn_write_reserve(struct conn *conn, size_t room);
enum shunt_status conn_write_commit(struct conn *conn, size_t len);
enum shunt_status conn_write_whole(struct conn *conn, const void *bytes, size_t len,
                                   shunt_release *release, void *arg);
/*
 * The same with `len` bytes of a file, of which none lies in memory here; consumes one reference to
 * `file`, whatever the status. A file that turns out to be shorter resets the connection, for the
 * peer has been promised more.
 */
enum shunt_status conn_write_file(struct conn *conn, struct conn_file *file, uint64_t offset,
                                  uint64_t len);

/* Count, and now and then log, that `len` bytes do not fit in the queue. Closes nothing. */
void conn_queue_refused(struct conn *conn, size_t len);
enum shunt_status conn_set_marks(struct conn *conn, size_t low, size_t high) SHUNT_MUST_USE;

/* ---- for the other files of conn/ ---- */

/* io's answer to a send. */
void conn_sent(struct conn *conn, int result);

#endif
