/*
 * Output: a list of segments. What is written in one turn is sent at its end, up to IO_SEND_PARTS
 * segments a send, one send in flight a connection.
 */
#include "conn/output.h"

#include "base/assert.h"
#include "base/log.h"
#include "conn/close.h"
#include "conn/input.h"
#include "conn/table.h"

#include <inttypes.h>
#include <stdlib.h>

void conn_output_drop(struct conn *conn)
{
    struct conn_work *work = conn->work;

    if (!work) {
        return;
    }
    while (work->head) {
        struct conn_segment *segment = work->head;

        work->head = segment->next;
        conn_segment_destroy(conn_table_of(conn), segment);
    }
    work->tail = NULL;
    work->queued = 0;
}

static void append(struct conn_work *work, struct conn_segment *segment)
{
    if (work->tail) {
        work->tail->next = segment;
    } else {
        work->head = segment;
    }
    work->tail = segment;
}

/* ---- writing ---- */

static void flush_later(struct conn *conn, struct conn_work *work)
{
    struct conn_table *table = conn_table_of(conn);

    if (conn->flags & (CONN_FLUSH | CONN_SENDING | CONN_CORKED)) {
        return;
    }
    conn->flags |= CONN_FLUSH;
    work->flush_next = NULL;
    *table->flush_tail = work;
    table->flush_tail = &work->flush_next;
}

/* Whether `len` more bytes make a queue longer than queue_bytes_max, or are part of an answer that
 * goes out whole (WHOLE). */
enum bound { BOUNDED, WHOLE };

static bool fits(const struct conn *conn, const struct conn_work *work, size_t len,
                 enum bound bound)
{
    uint64_t most = conn_table_of(conn)->limits.queue_bytes_max;

    return bound == WHOLE || (work->queued <= most && len <= most - work->queued);
}

void conn_queue_refused(struct conn *conn, size_t len)
{
    struct conn_table *table = conn_table_of(conn);
    uint64_t more;

    table->counters.queue_overflows++;
    if (log_limit_pass(&table->queue_log, table->now_ms, &more)) {
        log_warning(
            "queue_bytes_max: %zu bytes do not fit behind %zu in an output queue of %" PRIu64
            ": its connection is closed (%" PRIu64 " such before this)",
            len, conn_queued(conn), table->limits.queue_bytes_max, more);
    }
}

/* The work to write to, or NULL with the status to return. */
static struct conn_work *writable(struct conn *conn, size_t len, enum bound bound,
                                  enum shunt_status *status)
{
    struct conn_work *work;

    *status = SHUNT_ESTATE;
    if (conn->state == CONN_CLOSING || conn->state == CONN_MOVING) {
        return NULL;
    }
    work = conn_work_need(conn);
    if (work && fits(conn, work, len, bound)) {
        return work;
    }
    *status = work ? SHUNT_EFULL : SHUNT_ENOMEM;
    if (work) {
        conn_queue_refused(conn, len);
    }
    conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_LIMIT);
    return NULL;
}

static enum shunt_status written(struct conn *conn, struct conn_work *work, size_t len)
{
    if (work->queued == 0) {
        work->progress_ms = conn_table_of(conn)->now_ms;
    }
    work->queued += len;
    flush_later(conn, work);
    if (work->queued > work->high) {
        conn->flags |= CONN_ABOVE;
    }
    return conn->flags & CONN_ABOVE ? SHUNT_AGAIN : SHUNT_OK;
}

/* The tail, if `len` more bytes may be put behind its own: io holds only addresses below them. */
static struct conn_segment *tail_with_room(struct conn_work *work, size_t len)
{
    struct conn_segment *tail = work->tail;

    return tail && !tail->release && tail->bytes == tail->data && tail->room - tail->len >= len
               ? tail
               : NULL;
}

/* Room behind what is queued in `work`, or NULL: no memory, and the connection closes. */
static char *reserve(struct conn *conn, struct conn_work *work, size_t room)
{
    struct conn_segment *tail;

    tail = tail_with_room(work, room);
    if (!tail) {
        tail = conn_segment_create(conn_table_of(conn), room, work->head == NULL);
        if (!tail) {
            conn_work_settle(conn);
            conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_LIMIT);
            return NULL;
        }
        append(work, tail);
    }
    return (char *)tail->data + tail->len;
}

char *conn_write_reserve(struct conn *conn, size_t room)
{
    enum shunt_status status;
    struct conn_work *work = writable(conn, room, WHOLE, &status);

    return work ? reserve(conn, work, room) : NULL;
}

enum shunt_status conn_write_commit(struct conn *conn, size_t len)
{
    struct conn_work *work = conn->work;

    ASSERT(work && work->tail && len <= work->tail->room - work->tail->len);
    work->tail->len += len;
    return written(conn, work, len);
}

enum shunt_status conn_write(struct conn *conn, const void *bytes, size_t len)
{
    enum shunt_status status;
    struct conn_work *work = writable(conn, len, BOUNDED, &status);
    char *room;

    if (!work || len == 0) {
        return work ? written(conn, work, 0) : status;
    }
    room = reserve(conn, work, len);
    if (!room) {
        return SHUNT_ENOMEM;
    }
    memcpy(room, bytes, len);
    return conn_write_commit(conn, len);
}

static enum shunt_status borrow(struct conn *conn, const void *bytes, size_t len, enum bound bound,
                                shunt_release *release, void *arg)
{
    enum shunt_status status;
    struct conn_work *work = writable(conn, len, bound, &status);
    struct conn_segment *segment =
        work && len > 0 ? conn_segment_create(conn_table_of(conn), 0, true) : NULL;

    if (!segment) {
        if (work && len == 0) {
            status = written(conn, work, 0);
        } else if (work) {
            status = SHUNT_ENOMEM;
            conn_work_settle(conn);
            conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_LIMIT);
        }
        if (release) {
            release(arg);
        }
        return status;
    }
    segment->bytes = bytes;
    segment->len = len;
    segment->release = release;
    segment->arg = arg;
    segment->handed_over = bound == WHOLE && release;
    append(work, segment);
    return written(conn, work, len);
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

void conn_cork(struct conn *conn)
{
    if (conn->state != CONN_CLOSING && conn->state != CONN_MOVING) {
        conn->flags |= CONN_CORKED;
    }
}

void conn_uncork(struct conn *conn)
{
    conn->flags &= (uint16_t)~CONN_CORKED;
    if (conn->work && conn->work->queued > 0) {
        if (!(conn->flags & CONN_SENDING)) {
            conn->work->progress_ms = conn_table_of(conn)->now_ms; /* the peer had no choice */
        }
        flush_later(conn, conn->work);
    }
}

size_t conn_queued(const struct conn *conn)
{
    return conn->work ? conn->work->queued : 0;
}

enum shunt_status conn_set_marks(struct conn *conn, size_t low, size_t high)
{
    struct conn_work *work;

    if (low >= high || high > conn_table_of(conn)->limits.queue_bytes_max || high > UINT32_MAX) {
        return SHUNT_EINVAL;
    }
    work = conn_work_need(conn);
    if (!work) {
        return SHUNT_ENOMEM;
    }
    work->low = (uint32_t)low;
    work->high = (uint32_t)high;
    work->own_marks = true;
    return SHUNT_OK;
}

/* ---- sending ---- */

static void send_head(struct conn_table *table, struct conn *conn)
{
    struct iovec parts[IO_SEND_PARTS];
    int count = 0;

    for (struct conn_segment *s = conn->work->head; s && count < IO_SEND_PARTS; s = s->next) {
        parts[count++] =
            (struct iovec){(void *)(uintptr_t)(s->bytes + s->start), s->len - s->start};
    }
    conn->flags |= CONN_SENDING;
    io_send(table->io, conn->fd, parts, count);
}

void conn_flush_all(struct conn_table *table)
{
    struct conn_work *list = table->flush;

    table->flush = NULL;
    table->flush_tail = &table->flush;
    while (list) {
        struct conn_work *work = list;
        struct conn *conn;

        list = work->flush_next;
        conn = conn_work_unlisted(table, work);
        if (!conn) {
            continue;
        }
        conn->flags &= (uint16_t)~CONN_FLUSH;
        if (work->queued > 0 && !(conn->flags & (CONN_SENDING | CONN_CORKED | CONN_UNLINKED))) {
            send_head(table, conn);
        } else {
            conn_work_settle(conn);
        }
    }
}

/* The kernel has taken `taken` bytes from the front. */
static void advance(struct conn_table *table, struct conn_work *work, size_t taken)
{
    work->queued -= taken;
    if (taken > 0) {
        work->progress_ms = table->now_ms;
        work->unacked = 0;
    }
    while (work->head && taken >= work->head->len - work->head->start) {
        struct conn_segment *segment = work->head;

        taken -= segment->len - segment->start;
        work->head = segment->next;
        if (!work->head) {
            work->tail = NULL;
        }
        conn_segment_destroy(table, segment);
    }
    if (taken > 0) {
        DEBUG_ASSERT(work->head); /* the kernel takes no more than it was given */
        work->head->start += taken;
    }
}

void conn_sent(struct conn_table *table, struct conn *conn, int result)
{
    struct conn_work *work = conn->work;

    conn->flags &= (uint16_t)~CONN_SENDING;
    if (conn->flags & CONN_UNLINKED) {
        conn_table_free(table, conn);
        return;
    }
    if (result < 0) {
        conn_fail(conn, -result, true);
        return;
    }
    advance(table, work, (size_t)result);
    if (work->queued > 0) {
        flush_later(conn, work);
    }
    if (conn->flags & CONN_ABOVE && work->queued <= work->low) {
        conn->flags &= (uint16_t)~CONN_ABOVE;
        if (conn->state != CONN_CLOSING && conn->state != CONN_MOVING) {
            conn_owner_of(conn)->drained(conn);
        }
    }
    conn_work_settle(conn);
    if (conn->state == CONN_MOVING) {
        conn_take_step(conn);
    } else if (conn->state == CONN_CLOSING) {
        conn_linger_step(conn);
    }
}
