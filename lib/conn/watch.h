/*
 * Descriptors that are a plugin's own (a database client's) and are looked after on the worker's
 * loop. See watch of <shunt/plugin.h> for what each call promises.
 */
#ifndef CONN_WATCH_H
#define CONN_WATCH_H

#include "base/handles.h"

#include <shunt/plugin.h>

/* All zero: none. */
struct conn_watches {
    struct handles handles;
    int set_fd; /* io/set.h: all are its members; as long as `open` */
    bool open;
};

/* io's `user` of set_fd, which is no connection's id: slot 0 is none. */
#define CONN_WATCH_USER ((uint64_t)1 << 63)

enum shunt_status conn_watch(struct shunt_worker *loop, int fd, unsigned events,
                             shunt_watch_task *task, shunt_release *drop, void *arg,
                             shunt_id *id) SHUNT_MUST_USE;
enum shunt_status conn_watch_change(struct shunt_worker *loop, shunt_id id,
                                    unsigned events) SHUNT_MUST_USE;
enum shunt_status conn_unwatch(struct shunt_worker *loop, shunt_id id);

/* io found set_fd ready, or has cancelled that. */
void conn_watch_ready(struct shunt_worker *loop, int result);
/* Drop them all. The loop is closed, so nothing can be watched any more. Twice is once. */
void conn_watches_close(struct shunt_worker *loop);

#endif
