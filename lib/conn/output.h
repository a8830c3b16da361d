/* What a connection has still to send. One send is in flight at a time; the rest waits in order. */
#ifndef CONN_OUTPUT_H
#define CONN_OUTPUT_H

#include "conn/conn.h"

/*
 * A piece of output: own memory of `room` bytes, or borrowed bytes with a release. [start, len) is
 * what is still to be sent.
 */
struct conn_segment {
    struct conn_segment *next;
    const uint8_t *bytes;
    size_t start, len, room;
    shunt_release *release; /* borrowed: called when sent or dropped */
    void *arg;
    uint8_t data[];
};

/* What a connection has only while it is at work. */
struct conn_work {
    struct conn *conn;
    struct conn_segment *head, *tail;
    size_t queued; /* bytes in all segments, those in flight included */
    uint32_t low, high;
    bool own_marks;       /* low and high are the owner's */
    uint8_t lists;        /* abandoned: how many lists it is still on */
    uint64_t progress_ms; /* when the kernel last took something */
    struct conn_work *flush_next, *resume_next;
    uint8_t *held; /* received and not yet given to the owner */
    size_t held_len, held_room;
    shunt_fd_taker *taker;
    void *taker_arg;
};

/* `bytes` are copied. Statuses as host->write. */
enum shunt_status conn_write(struct conn *conn, const void *bytes, size_t len);
/* As host->write_borrowed. */
enum shunt_status conn_write_borrowed(struct conn *conn, const void *bytes, size_t len,
                                      shunt_release *release, void *arg);

/*
 * Room for `room` bytes at the end of the queue, to be filled in place; NULL when closing or out of
 * memory. conn_write_commit() with at most `room` must follow before anything else is written.
 */
char *conn_write_reserve(struct conn *conn, size_t room);
enum shunt_status conn_write_commit(struct conn *conn, size_t len);

void conn_cork(struct conn *conn);
void conn_uncork(struct conn *conn);
size_t conn_queued(const struct conn *conn);
enum shunt_status conn_set_marks(struct conn *conn, size_t low, size_t high) SHUNT_MUST_USE;

/* ---- for the other files of conn/ ---- */

/* The work of a connection, made if there is none; NULL when memory cannot be had. */
struct conn_work *conn_work_need(struct conn *conn);
/* Give it back if there is nothing left in it. */
void conn_work_settle(struct conn *conn);
/* The connection is gone: drop everything. A work that is still on a list goes when it leaves that.
 */
void conn_work_abandon(struct conn *conn);
/* Its connection, for a work that has just left a list; NULL when that is gone, and so is the work.
 */
struct conn *conn_work_unlisted(struct conn_table *table, struct conn_work *work);
/* Start sending for all connections on the flush list. */
void conn_flush_all(struct conn_table *table);
/* io's answer to a send. */
void conn_sent(struct conn_table *table, struct conn *conn, int result);
/* Drop what is queued. Not while a send is in flight. */
void conn_output_drop(struct conn *conn);
/* Free the pools. */
void conn_output_pools_free(struct conn_table *table);

#endif
