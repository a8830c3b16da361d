/*
 * Timers of a worker: tasks that run on it later, once or again and again, whatever becomes of any
 * connection. See worker_timer of <shunt/plugin.h> for what each call promises.
 */
#ifndef CONN_WORKER_TIMER_H
#define CONN_WORKER_TIMER_H

#include "base/handles.h"
#include "base/wheel.h"

#include <shunt/plugin.h>

/* All zero: none, and no memory for any. */
struct conn_worker_timers {
    struct wheel *wheel; /* NULL until the first timer is set */
    struct handles handles;
};

enum shunt_status conn_worker_timer_set(struct shunt_worker *loop, uint32_t ms, uint32_t every_ms,
                                        shunt_worker_task *task, shunt_release *drop, void *arg,
                                        shunt_id *id) SHUNT_MUST_USE;
enum shunt_status conn_worker_timer_cancel(struct shunt_worker *loop, shunt_id id);

/* Run what is due. */
void conn_worker_timers_run(struct shunt_worker *loop);
/* Milliseconds from now_ms until there is something to run, at most `most`. */
uint32_t conn_worker_timers_next_ms(const struct shunt_worker *loop, uint64_t now_ms,
                                    uint32_t most);
/* Drop them all. The loop is closed, so none can be set any more. */
void conn_worker_timers_close(struct shunt_worker *loop);
/* Free their memory. Closed before. */
void conn_worker_timers_fini(struct conn_worker_timers *timers);

#endif
