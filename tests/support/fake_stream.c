/*
 * Streams: output stays in `sent`, and the mark of what the peer has read moves behind it. A turn
 * gives callbacks in the order the server does: drained, held bytes, the end, close.
 */
#include "support/fake_host.h"
#include "support/guard.h"

#include <stdlib.h>

#define AREA_BYTES (1024 * 1024)
#define QUEUE_LOW  (16 * 1024)
#define QUEUE_HIGH (64 * 1024)

uint64_t fake_queue_bytes_max = UINT64_C(16) * 1024 * 1024;

struct shunt_worker *fake_posting;

void fake_bytes_append(struct fake_bytes *to, const void *bytes, size_t len)
{
    if (len == 0) {
        return;
    }
    to->at = realloc(to->at, to->len + len);
    if (!to->at) {
        fake_broken("no memory");
    }
    memcpy(to->at + to->len, bytes, len);
    to->len += len;
}

struct shunt_stream *fake_stream_create(struct shunt_worker *worker,
                                        const struct shunt_protocol *protocol, void *local)
{
    struct shunt_stream *stream = calloc(1, sizeof *stream);

    if (!stream) {
        fake_broken("no memory");
    }
    fake_posting = stream->worker = worker;
    stream->protocol = protocol;
    stream->local = local;
    stream->id = ++worker->last_id;
    stream->low = QUEUE_LOW;
    stream->high = QUEUE_HIGH;
    stream->limit = (size_t)fake_queue_bytes_max;
    stream->next = worker->streams;
    worker->streams = stream;
    return stream;
}

/* ---- a turn ---- */

/* What reads beyond `bytes` ends at an unreadable page. One area serves all calls: a mapping for
 * each would take most of the time of a test that goes byte by byte. */
static void give_data(struct shunt_stream *stream, const void *bytes, size_t len)
{
    static const char zeros[AREA_BYTES];
    static struct shunt_span area;
    struct shunt_span copy;

    if (!area.at) {
        area = guard_page_copy(zeros, sizeof zeros);
    }
    if (len > area.len) {
        fake_broken("more than %d bytes in one call", AREA_BYTES);
    }
    copy = (struct shunt_span){area.at + area.len - len, len};
    memcpy((char *)copy.at, bytes, len);
    stream->protocol->data(stream, (uint8_t *)copy.at, len);
}

static void give_held(struct shunt_stream *stream)
{
    struct fake_bytes held = stream->held;

    stream->held = (struct fake_bytes){NULL, 0};
    if (held.len > 0) {
        give_data(stream, held.at, held.len);
    }
    free(held.at);
}

static void give_end(struct shunt_stream *stream)
{
    stream->end_owed = false;
    if (stream->protocol->end) {
        stream->protocol->end(stream);
    } else {
        stream->closing = true;
        stream->mode = SHUNT_CLOSE_GRACEFUL;
        stream->reason = SHUNT_CLOSED_BY_PEER;
    }
}

static void close_now(struct shunt_stream *stream, enum shunt_close_reason reason)
{
    stream->closing = stream->closed = true;
    stream->reason = reason;
    stream->timer_at = 0;
    if (stream->protocol->close) {
        stream->protocol->close(stream, reason);
    }
}

static void drain(struct shunt_stream *stream)
{
    if (stream->over && fake_queued(stream) <= stream->low) {
        stream->over = false;
        if (!stream->closing && stream->protocol->drained) {
            stream->protocol->drained(stream);
        }
    }
}

/* True when something was done, so that more may have become possible. */
static bool turn_step(struct shunt_stream *stream)
{
    if (!stream->stalled && !stream->corked && fake_queued(stream) > 0) {
        stream->taken = stream->sent.len;
        drain(stream);
        return true;
    }
    if (stream->closing) {
        if (stream->mode != SHUNT_CLOSE_GRACEFUL || fake_queued(stream) == 0) {
            close_now(stream, stream->reason);
            return true;
        }
        return false;
    }
    if (!stream->paused && stream->held.len > 0) {
        give_held(stream);
        return true;
    }
    if (!stream->paused && stream->end_owed) {
        give_end(stream);
        return true;
    }
    return false;
}

static struct shunt_stream *find(const struct shunt_worker *worker, shunt_id id)
{
    struct shunt_stream *stream = worker->streams;

    while (stream && (stream->id != id || stream->closed)) {
        stream = stream->next;
    }
    return stream;
}

static void run_tasks(struct shunt_worker *worker)
{
    for (size_t i = 0; i < worker->task_count; i++) {
        struct fake_task *task = &worker->tasks[i];
        struct shunt_stream *stream = find(worker, task->id);

        if (stream) {
            task->task(stream, task->arg);
        } else if (task->drop) {
            task->drop(task->arg);
        }
    }
    worker->task_count = 0;
    fake_worker_tasks_run(worker);
}

void fake_turn(struct shunt_worker *worker)
{
    run_tasks(worker);
    for (struct shunt_stream *stream = worker->streams; stream; stream = stream->next) {
        while (!stream->closed && turn_step(stream)) {
        }
    }
}

/* ---- what a test does ---- */

void fake_data(struct shunt_stream *stream, const void *bytes, size_t len)
{
    if (stream->ended) {
        fake_broken("data behind the end");
    }
    if (stream->closing || len == 0) {
        return; /* the server drops it */
    }
    if (stream->paused || stream->held.len > 0) {
        fake_bytes_append(&stream->held, bytes, len);
    } else {
        give_data(stream, bytes, len);
    }
    fake_turn(stream->worker);
}

void fake_end(struct shunt_stream *stream)
{
    stream->ended = true;
    if (!stream->closing) {
        stream->end_owed = true;
        fake_turn(stream->worker);
    }
}

void fake_error(struct shunt_stream *stream)
{
    if (!stream->closed) {
        close_now(stream, SHUNT_CLOSED_BY_ERROR);
    }
}

void fake_read(struct shunt_stream *stream, size_t len)
{
    size_t rest = fake_queued(stream);

    stream->taken += len < rest ? len : rest;
    drain(stream);
    fake_turn(stream->worker);
}

void fake_shutdown(struct shunt_stream *stream)
{
    if (stream->closing) {
        return;
    }
    if (stream->protocol->shutdown) {
        stream->protocol->shutdown(stream);
    } else {
        stream->closing = true;
        stream->mode = SHUNT_CLOSE_GRACEFUL;
        stream->reason = SHUNT_CLOSED_BY_SERVER;
    }
    fake_turn(stream->worker);
}

/* The stream whose timer is the first; NULL: there is none. */
static struct shunt_stream *timer_first(const struct shunt_worker *worker)
{
    struct shunt_stream *first = NULL;

    for (struct shunt_stream *stream = worker->streams; stream; stream = stream->next) {
        if (!stream->closing && stream->timer_at &&
            (!first || stream->timer_at < first->timer_at)) {
            first = stream;
        }
    }
    return first;
}

void fake_advance(struct shunt_worker *worker, uint64_t ms)
{
    uint64_t until = worker->now_ms + ms;

    for (;;) {
        struct shunt_stream *first = timer_first(worker);
        uint64_t own = fake_worker_next_ms(worker), at = first ? first->timer_at : UINT64_MAX;

        if (at > until && own > until) {
            break;
        }
        worker->now_ms = own < at ? own : at;
        if (own < at) {
            fake_worker_run_next(worker);
        } else {
            first->timer_at = 0;
            first->protocol->timer(first);
        }
        fake_turn(worker);
    }
    worker->now_ms = until;
}

void fake_give_fd(struct shunt_stream *stream, int fd, const void *bytes, size_t len, bool end)
{
    if (!stream->taker) {
        fake_broken("take_fd() was not called");
    }
    stream->taker(stream->taker_arg, fd, bytes, len, end);
    close_now(stream, SHUNT_CLOSED_TAKEN);
}

void fake_free(struct shunt_stream *stream)
{
    struct shunt_stream **link = &stream->worker->streams;

    if (!stream->closed) {
        close_now(stream, SHUNT_CLOSED_BY_SERVER);
    }
    while (*link != stream) {
        link = &(*link)->next;
    }
    *link = stream->next;
    free(stream->sent.at);
    free(stream->held.at);
    free(stream);
}
