/* What a protocol calls for its streams. */
#include "support/fake_host.h"

static enum shunt_status host_write(struct shunt_stream *stream, const void *bytes, size_t len)
{
    if (stream->closed) {
        fake_broken("a write behind close()");
    }
    if (stream->closing) {
        return SHUNT_ESTATE;
    }
    if (fake_queued(stream) + len > stream->limit) {
        stream->closing = true;
        stream->mode = SHUNT_CLOSE_NOW;
        stream->reason = SHUNT_CLOSED_BY_LIMIT;
        return SHUNT_EFULL;
    }
    fake_bytes_append(&stream->sent, bytes, len);
    stream->over |= fake_queued(stream) > stream->high;
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
    return fake_queued(stream);
}

static uint64_t host_queue_bytes_max(const struct shunt_settings *settings)
{
    (void)settings;
    return fake_queue_bytes_max;
}

static void host_queue_refused(struct shunt_stream *stream, size_t len)
{
    if (fake_queued(stream) + len + 10 + 127 <= stream->limit) {
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
    if (fake_posting->task_count == FAKE_TASKS_MAX) {
        return SHUNT_EFULL;
    }
    fake_posting->tasks[fake_posting->task_count++] = (struct fake_task){id, task, drop, arg};
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
