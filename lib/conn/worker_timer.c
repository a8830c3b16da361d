/* They stand in a wheel of their own, for that of the connections counts in their slots. */
#include "conn/worker_timer.h"

#include "conn/loop.h"

struct worker_timer {
    struct handle handle;
    struct wheel_node node;
    uint32_t every_ms; /* 0: once */
    uint64_t due_ms;
    shunt_worker_task *task;
    shunt_release *drop; /* may be NULL */
    void *arg;
};

/* ---- set, cancel, run ---- */

/* SHUNT_OK: one more may be set. */
static enum shunt_status check_room(struct shunt_worker *loop)
{
    struct conn_worker_timers *timers = &loop->worker_timers;
    const struct wheel_nodes nodes = {
        .chunks = (void *const *const *)&timers->handles.chunks,
        .chunk_shift = HANDLES_CHUNK_SHIFT,
        .stride = sizeof(struct worker_timer),
        .offset = offsetof(struct worker_timer, node),
    };

    if (loop->closed) {
        return SHUNT_ESTATE;
    }
    if (timers->handles.live >= loop->limits.worker_timers_max) {
        loop->counters.worker_timers_refused++;
        return SHUNT_EFULL;
    }
    timers->handles.item_bytes = sizeof(struct worker_timer);
    return timers->wheel ? SHUNT_OK : wheel_create(&nodes, loop->now_ms, &timers->wheel);
}

static uint32_t at_most_24_days(uint32_t ms)
{
    return ms < CONN_TIMER_MS_MAX ? ms : CONN_TIMER_MS_MAX;
}

enum shunt_status conn_worker_timer_set(struct shunt_worker *loop, uint32_t ms, uint32_t every_ms,
                                        shunt_worker_task *task, shunt_release *drop, void *arg,
                                        shunt_id *id)
{
    struct conn_worker_timers *timers = &loop->worker_timers;
    enum shunt_status status = check_room(loop);
    struct worker_timer *timer;
    shunt_id taken;

    if (status != SHUNT_OK) {
        return status;
    }
    timer = handles_take(&timers->handles, &taken);
    if (!timer) {
        return SHUNT_ENOMEM;
    }
    timer->every_ms = at_most_24_days(every_ms);
    timer->due_ms = conn_loop_after_ms(loop, at_most_24_days(ms));
    timer->task = task;
    timer->drop = drop;
    timer->arg = arg;
    wheel_set(timers->wheel, timer->handle.number, timer->due_ms);
    if (id) {
        *id = taken;
    }
    return SHUNT_OK;
}

enum shunt_status conn_worker_timer_cancel(struct shunt_worker *loop, shunt_id id)
{
    struct conn_worker_timers *timers = &loop->worker_timers;
    struct worker_timer *timer = handles_find(&timers->handles, id);

    if (!timer) {
        return SHUNT_ENOTFOUND;
    }
    wheel_cancel(timers->wheel, timer->handle.number);
    handles_put(&timers->handles, timer);
    return SHUNT_OK;
}

/* The task may set and cancel any timer, this one included, so nothing of it is looked at behind. */
static void expired(void *context, uint32_t number)
{
    struct shunt_worker *loop = context;
    struct conn_worker_timers *timers = &loop->worker_timers;
    struct worker_timer *timer = handles_at(&timers->handles, number);
    shunt_worker_task *task = timer->task;
    void *arg = timer->arg;

    if (timer->every_ms > 0) {
        uint64_t late_ms = loop->now_ms - timer->due_ms;

        /* What a busy worker has missed is left out, and the others keep their times. */
        timer->due_ms += (late_ms / timer->every_ms + 1) * timer->every_ms;
        wheel_set(timers->wheel, number, timer->due_ms);
    } else {
        handles_put(&timers->handles, timer);
    }
    task(loop, arg);
}

void conn_worker_timers_run(struct shunt_worker *loop)
{
    if (loop->worker_timers.wheel) {
        wheel_advance(loop->worker_timers.wheel, loop->now_ms, expired, loop);
    }
}

uint32_t conn_worker_timers_next_ms(const struct shunt_worker *loop, uint64_t now_ms, uint32_t most)
{
    const struct wheel *wheel = loop->worker_timers.wheel;

    return wheel ? wheel_next_ms(wheel, now_ms, most) : most;
}

/* ---- the end ---- */

void conn_worker_timers_close(struct shunt_worker *loop)
{
    struct conn_worker_timers *timers = &loop->worker_timers;
    struct worker_timer *timer;
    uint32_t number = 0;

    while ((timer = handles_next(&timers->handles, number)) != NULL) {
        number = timer->handle.number;
        wheel_cancel(timers->wheel, timer->handle.number);
        handles_put(&timers->handles, timer);
        if (timer->drop) {
            timer->drop(timer->arg);
        }
    }
}

void conn_worker_timers_fini(struct conn_worker_timers *timers)
{
    if (timers->wheel) {
        wheel_destroy(timers->wheel);
    }
    handles_fini(&timers->handles);
}
