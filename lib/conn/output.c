/*
 * Output: a list of segments. What is written in one turn is sent at its end, by the step.
 */
#include "conn/output.h"

#include "base/assert.h"
#include "conn/close.h"
#include "conn/loop.h"
#include "conn/queues.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static void append(struct conn_queues *queues, struct conn_segment *segment)
{
    if (queues->tail) {
        queues->tail->next = segment;
    } else {
        queues->head = segment;
    }
    queues->tail = segment;
}

/* ---- writing ---- */

/* Whether `len` more bytes make a queue longer than queue_bytes_max, or are part of an answer that
 * goes out whole (WHOLE). */
enum bound { BOUNDED, WHOLE };

static bool fits(const struct conn *conn, const struct conn_queues *queues, size_t len,
                 enum bound bound)
{
    uint64_t most = conn_loop_of(conn)->limits.queue_bytes_max;

    return bound == WHOLE || (queues->queued <= most && len <= most - queues->queued);
}

void conn_queue_refused(struct conn *conn, size_t len)
{
    struct shunt_worker *loop = conn_loop_of(conn);

    loop->counters.queue_overflows++;
    log_limit_line(&loop->queue_log, loop->now_ms, SHUNT_LOG_WARNING,
                   "queue_bytes_max: %zu bytes do not fit behind %zu in an output queue of %" PRIu64
                   ": its connection is closed",
                   len, conn_queued(conn), loop->limits.queue_bytes_max);
}

/* The queues to write to, or NULL with the status to return. */
static struct conn_queues *writable(struct conn *conn, size_t len, enum bound bound,
                                    enum shunt_status *status)
{
    struct conn_queues *queues;

    *status = SHUNT_ESTATE;
    if (conn->state == CONN_CLOSING || conn->state == CONN_MOVING) {
        return NULL;
    }
    queues = conn_queues_need(conn);
    if (queues && fits(conn, queues, len, bound)) {
        return queues;
    }
    *status = queues ? SHUNT_EFULL : SHUNT_ENOMEM;
    if (queues) {
        conn_queue_refused(conn, len);
    }
    conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_LIMIT);
    return NULL;
}

static enum shunt_status written(struct conn *conn, struct conn_queues *queues, size_t len)
{
    if (queues->queued == 0) {
        queues->progress_ms = conn_loop_of(conn)->now_ms;
    }
    queues->queued += len;
    conn_mark(conn);
    if (queues->queued > queues->high) {
        conn->flags |= CONN_ABOVE;
    }
    return conn->flags & CONN_ABOVE ? SHUNT_AGAIN : SHUNT_OK;
}

/* The tail, if `len` more bytes may be put behind its own: io holds only addresses below them. */
static struct conn_segment *tail_with_room(struct conn_queues *queues, size_t len)
{
    struct conn_segment *tail = queues->tail;

    return tail && !tail->release && tail->bytes == tail->data && tail->room - tail->len >= len
               ? tail
               : NULL;
}

/* Room behind what is queued in `queues`, or NULL: no memory, and the connection closes. */
static char *reserve(struct conn *conn, struct conn_queues *queues, size_t room)
{
    struct conn_segment *tail;

    tail = tail_with_room(queues, room);
    if (!tail) {
        tail = conn_segment_create(conn_loop_of(conn), room, queues->head == NULL);
        if (!tail) {
            conn_queues_trim(conn);
            conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_LIMIT);
            return NULL;
        }
        append(queues, tail);
    }
    return (char *)tail->data + tail->len;
}

char *conn_write_reserve(struct conn *conn, size_t room)
{
    enum shunt_status status;
    struct conn_queues *queues = writable(conn, room, WHOLE, &status);

    return queues ? reserve(conn, queues, room) : NULL;
}

enum shunt_status conn_write_commit(struct conn *conn, size_t len)
{
    struct conn_queues *queues = conn->queues;

    ASSERT(queues && queues->tail && len <= queues->tail->room - queues->tail->len);
    queues->tail->len += len;
    return written(conn, queues, len);
}

enum shunt_status conn_write(struct conn *conn, const void *bytes, size_t len)
{
    enum shunt_status status;
    struct conn_queues *queues = writable(conn, len, BOUNDED, &status);
    char *room;

    if (!queues || len == 0) {
        return queues ? written(conn, queues, 0) : status;
    }
    room = reserve(conn, queues, len);
    if (!room) {
        return SHUNT_ENOMEM;
    }
    memcpy(room, bytes, len);
    return conn_write_commit(conn, len);
}

/* A segment behind the queue for `len` bytes that lie elsewhere, with what releases them; or NULL,
 * they have been released, and *status is to be returned. */
static struct conn_segment *append_foreign(struct conn *conn, size_t len, enum bound bound,
                                           shunt_release *release, void *arg,
                                           enum shunt_status *status)
{
    struct conn_queues *queues = writable(conn, len, bound, status);
    struct conn_segment *segment =
        queues && len > 0 ? conn_segment_create(conn_loop_of(conn), 0, true) : NULL;

    if (!segment) {
        if (queues && len == 0) {
            *status = written(conn, queues, 0);
        } else if (queues) {
            *status = SHUNT_ENOMEM;
            conn_queues_trim(conn);
            conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_LIMIT);
        }
        if (release) {
            release(arg);
        }
        return NULL;
    }
    segment->len = len;
    segment->release = release;
    segment->arg = arg;
    append(queues, segment);
    *status = written(conn, queues, len);
    return segment;
}

static enum shunt_status borrow(struct conn *conn, const void *bytes, size_t len, enum bound bound,
                                shunt_release *release, void *arg)
{
    enum shunt_status status;
    struct conn_segment *segment = append_foreign(conn, len, bound, release, arg, &status);

    if (segment) {
        segment->bytes = bytes;
        segment->handed_over = bound == WHOLE && release;
    }
    return status;
}

enum shunt_status conn_write_file(struct conn *conn, struct conn_file *file, uint64_t offset,
                                  uint64_t len)
{
    enum shunt_status status;
    struct conn_segment *segment = append_foreign(conn, len, WHOLE, conn_file_put, file, &status);

    if (segment) {
        segment->offset = offset;
        segment->is_file = true;
    }
    return status;
}

enum shunt_status conn_write_borrowed(struct conn *conn, const void *bytes, size_t len,
                                      shunt_release *release, void *arg)
{
    return borrow(conn, bytes, len, BOUNDED, release, arg);
}

enum shunt_status conn_write_whole(struct conn *conn, const void *bytes, size_t len,
                                   shunt_release *release, void *arg)
{
    return borrow(conn, bytes, len, WHOLE, release, arg);
}

enum shunt_status conn_set_marks(struct conn *conn, size_t low, size_t high)
{
    struct conn_queues *queues;

    if (low >= high || high > conn_loop_of(conn)->limits.queue_bytes_max || high > UINT32_MAX) {
        return SHUNT_EINVAL;
    }
    queues = conn_queues_need(conn);
    if (!queues) {
        return SHUNT_ENOMEM;
    }
    queues->low = (uint32_t)low;
    queues->high = (uint32_t)high;
    queues->own_marks = true;
    return SHUNT_OK;
}

/* ---- sending ---- */

/* `sent` bytes from the front are the kernel's now. */
static void advance(struct shunt_worker *loop, struct conn_queues *queues, size_t sent)
{
    queues->queued -= sent;
    if (sent > 0) {
        queues->progress_ms = loop->now_ms;
        queues->unacked = 0;
    }
    while (queues->head && sent >= queues->head->len - queues->head->start) {
        struct conn_segment *segment = queues->head;

        sent -= segment->len - segment->start;
        queues->head = segment->next;
        if (!queues->head) {
            queues->tail = NULL;
        }
        conn_segment_destroy(loop, segment);
    }
    if (sent > 0) {
        DEBUG_ASSERT(queues->head); /* the kernel takes no more than it was given */
        queues->head->start += sent;
    }
}

/* Behind a long file the socket takes as much as for all else. */
static void narrow(struct conn *conn)
{
    struct conn_queues *queues = conn->queues;

    if (queues->wide && !(queues->head && queues->head->is_file)) {
        queues->wide = false;
        sockets_unsent_set(conn->fd, conn_loop_of(conn)->limits.tcp.unsent_bytes);
    }
}

/* What was promised cannot be had any longer: a reset, for a FIN would claim that it was sent. */
static void file_ends(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);

    loop->counters.files_truncated++;
    log_limit_line(&loop->file_log, loop->now_ms, SHUNT_LOG_WARNING,
                   "a file became shorter while it was sent: its connection is reset");
    conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_ERROR);
}

void conn_sent(struct conn *conn, int result)
{
    conn->flags &= (uint16_t)~CONN_SENDING;
    conn_mark(conn);
    if (conn->fd < 0) {
        return; /* it has waited for this only */
    }
    if (result == -ENODATA) {
        file_ends(conn);
    } else if (result < 0) {
        conn_fail(conn, -result, true);
    } else {
        advance(conn_loop_of(conn), conn->queues, (size_t)result);
        narrow(conn);
    }
}
