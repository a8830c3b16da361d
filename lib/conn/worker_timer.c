/*
 * They stand in a wheel of their own, for that of the connections counts in their slots. Number 0
 * is nobody, and a timer's id is its generation and its number.
 */
#include "conn/worker_timer.h"

#include "conn/loop.h"

#include <stdlib.h>

#define CHUNK_SHIFT 6
#define CHUNK       (1u << CHUNK_SHIFT)

struct conn_worker_timer {
    struct wheel_node node;
    uint32_t generation;
    uint32_t every_ms; /* 0: once */
    uint64_t due_ms;
    shunt_worker_task *task; /* NULL: free */
    shunt_release *drop;     /* may be NULL */
    void *arg;
};

static struct conn_worker_timer *timer_at(const struct conn_worker_timers *timers, uint32_t number)
{
    return &timers->chunks[number >> CHUNK_SHIFT][number & (CHUNK - 1)];
}

/* ---- free ones ---- */

static void timer_put(struct conn_worker_timers *timers, uint32_t number)
{
    struct conn_worker_timer *timer = timer_at(timers, number);

    timer->task = NULL;
    timer->node.next = timers->free;
    timers->free = number;
    timers->live--;
}

static enum shunt_status chunk_add(struct conn_worker_timers *timers)
{
    uint32_t first = timers->chunk_count << CHUNK_SHIFT;
    struct conn_worker_timer **chunks =
        reallocarray(timers->chunks, timers->chunk_count + 1, sizeof *chunks);

    if (!chunks) {
        return SHUNT_ENOMEM;
    }
    timers->chunks = chunks;
    chunks[timers->chunk_count] = calloc(CHUNK, sizeof **chunks);
    if (!chunks[timers->chunk_count]) {
        return SHUNT_ENOMEM;
    }
    timers->chunk_count++;
    for (uint32_t number = first + CHUNK - 1; number >= first && number > 0; number--) {
        timer_at(timers, number)->node.next = timers->free;
        timers->free = number;
    }
    return SHUNT_OK;
}

static enum shunt_status timer_take(struct shunt_worker *loop, uint32_t *number)
{
    struct conn_worker_timers *timers = &loop->worker_timers;
    const struct wheel_nodes nodes = {
        .chunks = (void *const *const *)&timers->chunks,
        .chunk_shift = CHUNK_SHIFT,
        .stride = sizeof(struct conn_worker_timer),
        .offset = offsetof(struct conn_worker_timer, node),
    };
    enum shunt_status status = SHUNT_OK;

    if (timers->closed) {
        return SHUNT_ESTATE;
    }
    if (timers->live >= loop->limits.worker_timers_max) {
        loop->counters.worker_timers_refused++;
        return SHUNT_EFULL;
    }
    if (!timers->wheel) {
        status = wheel_create(&nodes, loop->now_ms, &timers->wheel);
    }
    if (status == SHUNT_OK && !timers->free) {
        status = chunk_add(timers);
    }
    if (status == SHUNT_OK) {
        *number = timers->free;
        timers->free = timer_at(timers, *number)->node.next;
        timers->live++;
    }
    return status;
}

/* ---- set, cancel, run ---- */

static uint32_t at_most_24_days(uint32_t ms)
{
    return ms < CONN_TIMER_MS_MAX ? ms : CONN_TIMER_MS_MAX;
}

enum shunt_status conn_worker_timer_set(struct shunt_worker *loop, uint32_t ms, uint32_t every_ms,
                                        shunt_worker_task *task, shunt_release *drop, void *arg,
                                        shunt_id *id)
{
    struct conn_worker_timers *timers = &loop->worker_timers;
    uint32_t number;
    enum shunt_status status = timer_take(loop, &number);

    if (status != SHUNT_OK) {
        return status;
    }
    timers->generation = timers->generation == UINT32_MAX ? 1 : timers->generation + 1;
    *timer_at(timers, number) = (struct conn_worker_timer){
        .generation = timers->generation,
        .every_ms = at_most_24_days(every_ms),
        .due_ms = conn_loop_after_ms(loop, at_most_24_days(ms)),
        .task = task,
        .drop = drop,
        .arg = arg,
    };
    wheel_set(timers->wheel, number, timer_at(timers, number)->due_ms);
    if (id) {
        *id = (shunt_id)timers->generation << 32 | number;
    }
    return SHUNT_OK;
}

enum shunt_status conn_worker_timer_cancel(struct shunt_worker *loop, shunt_id id)
{
    struct conn_worker_timers *timers = &loop->worker_timers;
    uint32_t number = (uint32_t)id;

    if (number == 0 || number >> CHUNK_SHIFT >= timers->chunk_count ||
        !timer_at(timers, number)->task || timer_at(timers, number)->generation != id >> 32) {
        return SHUNT_ENOTFOUND;
    }
    wheel_cancel(timers->wheel, number);
    timer_put(timers, number);
    return SHUNT_OK;
}

/* The task may set and cancel any timer, this one included, so nothing of it is looked at behind. */
static void expired(void *context, uint32_t number)
{
    struct shunt_worker *loop = context;
    struct conn_worker_timers *timers = &loop->worker_timers;
    struct conn_worker_timer *timer = timer_at(timers, number);
    shunt_worker_task *task = timer->task;
    void *arg = timer->arg;

    if (timer->every_ms > 0) {
        uint64_t late_ms = loop->now_ms - timer->due_ms;

        /* What a busy worker has missed is left out, and the others keep their times. */
        timer->due_ms += (late_ms / timer->every_ms + 1) * timer->every_ms;
        wheel_set(timers->wheel, number, timer->due_ms);
    } else {
        timer_put(timers, number);
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

    timers->closed = true;
    for (uint32_t number = 1; number < timers->chunk_count << CHUNK_SHIFT; number++) {
        struct conn_worker_timer *timer = timer_at(timers, number);

        if (timer->task) {
            wheel_cancel(timers->wheel, number);
            timer_put(timers, number);
            if (timer->drop) {
                timer->drop(timer->arg);
            }
        }
    }
}

void conn_worker_timers_fini(struct conn_worker_timers *timers)
{
    if (timers->wheel) {
        wheel_destroy(timers->wheel);
    }
    for (uint32_t i = 0; i < timers->chunk_count; i++) {
        free(timers->chunks[i]);
    }
    free(timers->chunks);
}
