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

/* An id does not name its worker, as the server's does: there is one worker at a time. */
static struct shunt_worker *posting;

static void append(struct fake_bytes *to, const void *bytes, size_t len)
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

struct shunt_stream *fake_stream_create(struct shunt_upgrade *upgrade)
{
    struct shunt_stream *stream = calloc(1, sizeof *stream);

    if (!stream) {
        fake_broken("no memory");
    }
    posting = stream->worker = upgrade->worker;
    stream->protocol = upgrade->protocol;
    stream->local = upgrade->plugin->local;
    stream->user = upgrade->user;
    stream->id = ++upgrade->worker->last_id;
    memcpy(stream->state, upgrade->state, sizeof stream->state);
    stream->low = QUEUE_LOW;
    stream->high = QUEUE_HIGH;
    stream->limit = (size_t)fake_queue_bytes_max;
    stream->next = stream->worker->streams;
    stream->worker->streams = stream;
    return stream;
}

/* ---- a turn ---- */

static size_t queued(const struct shunt_stream *stream)
{
    return stream->sent.len - stream->taken;
}

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
    if (stream->over && queued(stream) <= stream->low) {
        stream->over = false;
        if (!stream->closing && stream->protocol->drained) {
            stream->protocol->drained(stream);
        }
    }
}

/* True when something was done, so that more may have become possible. */
static bool turn_step(struct shunt_stream *stream)
{
    if (!stream->stalled && !stream->corked && queued(stream) > 0) {
        stream->taken = stream->sent.len;
        drain(stream);
        return true;
    }
    if (stream->closing) {
        if (stream->mode != SHUNT_CLOSE_GRACEFUL || queued(stream) == 0) {
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
        append(&stream->held, bytes, len);
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
    size_t rest = queued(stream);

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

void fake_advance(struct shunt_worker *worker, uint64_t ms)
{
    uint64_t until = worker->now_ms + ms;

    for (;;) {
        struct shunt_stream *first = NULL;

        for (struct shunt_stream *stream = worker->streams; stream; stream = stream->next) {
            if (!stream->closing && stream->timer_at && stream->timer_at <= until &&
                (!first || stream->timer_at < first->timer_at)) {
                first = stream;
            }
        }
        if (!first) {
            break;
        }
        worker->now_ms = first->timer_at;
        first->timer_at = 0;
        first->protocol->timer(first);
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

/* ---- the host's functions ---- */

static enum shunt_status host_write(struct shunt_stream *stream, const void *bytes, size_t len)
{
    if (stream->closed) {
        fake_broken("a write behind close()");
    }
    if (stream->closing) {
        return SHUNT_ESTATE;
    }
    if (queued(stream) + len > stream->limit) {
        stream->closing = true;
        stream->mode = SHUNT_CLOSE_NOW;
        stream->reason = SHUNT_CLOSED_BY_LIMIT;
        return SHUNT_EFULL;
    }
    append(&stream->sent, bytes, len);
    stream->over |= queued(stream) > stream->high;
    return stream->over ? SHUNT_AGAIN : SHUNT_OK;
}

static enum shunt_status host_write_borrowed(struct shunt_stream *stream, const void *bytes,
                                             size_t len, shunt_release *release, void *arg)
{
    enum shunt_status status = host_write(stream, bytes, len);

    release(arg);
    return status;
}

static void host_cork(struct shunt_stream *stream)
{
    stream->corked = true;
}

static void host_uncork(struct shunt_stream *stream)
{
    stream->corked = false;
}

static size_t host_queued(const struct shunt_stream *stream)
{
    return queued(stream);
}

static uint64_t host_queue_bytes_max(const struct shunt_settings *settings)
{
    (void)settings;
    return fake_queue_bytes_max;
}

static void host_queue_refused(struct shunt_stream *stream, size_t len)
{
    if (queued(stream) + len + 10 + 127 <= stream->limit) {
        fake_broken("%zu bytes were refused, and fit", len);
    }
    stream->worker->refused++;
}

static enum shunt_status host_set_marks(struct shunt_stream *stream, size_t low, size_t high)
{
    if (low >= high || high > stream->limit) {
        return SHUNT_EINVAL;
    }
    stream->low = low;
    stream->high = high;
    return SHUNT_OK;
}

static void host_close(struct shunt_stream *stream, enum shunt_close_mode mode)
{
    if (stream->closed) {
        fake_broken("close() behind the last callback");
    }
    if (!stream->closing) {
        stream->closing = true;
        stream->mode = mode;
        stream->reason = SHUNT_CLOSED_BY_PROTOCOL;
    } else if (mode != SHUNT_CLOSE_GRACEFUL) {
        stream->mode = mode;
    }
}

static void host_pause(struct shunt_stream *stream)
{
    stream->paused = true;
}

static void host_resume(struct shunt_stream *stream)
{
    stream->paused = false;
}

static uint64_t host_after_ms(struct shunt_worker *worker, uint32_t ms)
{
    return worker->now_ms + ms;
}

static void host_timer_at(struct shunt_stream *stream, uint64_t at_ms)
{
    stream->timer_at = at_ms;
}

static void host_timer(struct shunt_stream *stream, uint32_t ms)
{
    stream->timer_at = ms ? stream->worker->now_ms + ms : 0;
}

static void *host_state(struct shunt_stream *stream)
{
    return stream->state;
}

static void *host_user(const struct shunt_stream *stream)
{
    return stream->user;
}

static void host_set_user(struct shunt_stream *stream, void *user)
{
    stream->user = user;
}

static void *host_local(const struct shunt_stream *stream)
{
    return stream->local;
}

static struct shunt_worker *host_worker(const struct shunt_stream *stream)
{
    return stream->worker;
}

static shunt_id host_id(const struct shunt_stream *stream)
{
    return stream->id;
}

static const struct shunt_request *host_request(const struct shunt_stream *stream)
{
    return stream->request;
}

static enum shunt_status host_take_fd(struct shunt_stream *stream, shunt_fd_taker *taker, void *arg)
{
    if (stream->closing) {
        return SHUNT_ESTATE;
    }
    stream->paused = true;
    stream->taker = taker;
    stream->taker_arg = arg;
    return SHUNT_OK;
}

static enum shunt_status host_post(shunt_id id, shunt_stream_task *task, shunt_release *drop,
                                   void *arg)
{
    if (posting->task_count == FAKE_TASKS_MAX) {
        return SHUNT_EFULL;
    }
    posting->tasks[posting->task_count++] = (struct fake_task){id, task, drop, arg};
    return SHUNT_OK;
}

void fake_stream_functions(struct shunt_host *host)
{
    host->write = host_write;
    host->write_borrowed = host_write_borrowed;
    host->cork = host_cork;
    host->uncork = host_uncork;
    host->queued = host_queued;
    host->set_marks = host_set_marks;
    host->close = host_close;
    host->pause = host_pause;
    host->resume = host_resume;
    host->timer = host_timer;
    host->after_ms = host_after_ms;
    host->timer_at = host_timer_at;
    host->state = host_state;
    host->user = host_user;
    host->set_user = host_set_user;
    host->local = host_local;
    host->worker = host_worker;
    host->id = host_id;
    host->request = host_request;
    host->take_fd = host_take_fd;
    host->post = host_post;
    host->queue_bytes_max = host_queue_bytes_max;
    host->queue_refused = host_queue_refused;
}
