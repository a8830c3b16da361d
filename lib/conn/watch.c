/* A turn in which some are ready costs one system call more, and one that has none costs nothing. */
#include "conn/watch.h"

#include "conn/loop.h"
#include "io/set.h"

#include <unistd.h>

_Static_assert(SHUNT_READABLE == (int)IO_SET_READABLE && SHUNT_WRITABLE == (int)IO_SET_WRITABLE,
               "the same bits");

struct watch {
    struct handle handle;
    int fd;
    unsigned events; /* 0: not registered */
    shunt_id id;
    shunt_watch_task *task;
    shunt_release *drop; /* may be NULL */
    void *arg;
};

/* ---- the set ---- */

static enum shunt_status set_open(struct shunt_worker *loop)
{
    struct conn_watches *watches = &loop->watches;
    enum shunt_status status;

    if (watches->open) {
        return SHUNT_OK;
    }
    status = io_set_create(&watches->set_fd);
    if (status != SHUNT_OK) {
        return status;
    }
    status = io_add(loop->io, watches->set_fd, CONN_WATCH_USER);
    if (status != SHUNT_OK) {
        close(watches->set_fd);
        return status;
    }
    watches->open = true;
    watches->handles.item_bytes = sizeof(struct watch);
    io_ready(loop->io, watches->set_fd);
    return SHUNT_OK;
}

/* SHUNT_ESYS and errno. */
static enum shunt_status set_change(const struct conn_watches *watches, struct watch *watch,
                                    unsigned events)
{
    enum shunt_status status =
        io_set_change(watches->set_fd, watch->fd, watch->events, events, watch->id);

    watch->events = status == SHUNT_OK ? events : watch->events;
    return status;
}

/* ---- watching ---- */

enum shunt_status conn_watch(struct shunt_worker *loop, int fd, unsigned events,
                             shunt_watch_task *task, shunt_release *drop, void *arg, shunt_id *id)
{
    struct conn_watches *watches = &loop->watches;
    enum shunt_status status;
    struct watch *watch;

    if (loop->closed) {
        return SHUNT_ESTATE;
    }
    if (watches->handles.live >= loop->limits.watches_max) {
        loop->counters.watches_refused++;
        return SHUNT_EFULL;
    }
    status = set_open(loop);
    if (status != SHUNT_OK) {
        return status;
    }
    watch = handles_take(&watches->handles, id);
    if (!watch) {
        return SHUNT_ENOMEM;
    }
    watch->fd = fd;
    watch->id = *id;
    watch->task = task;
    watch->drop = drop;
    watch->arg = arg;
    status = set_change(watches, watch, events);
    if (status != SHUNT_OK) {
        handles_put(&watches->handles, watch);
    }
    return status;
}

enum shunt_status conn_watch_change(struct shunt_worker *loop, shunt_id id, unsigned events)
{
    struct watch *watch = handles_find(&loop->watches.handles, id);

    return watch ? set_change(&loop->watches, watch, events) : SHUNT_ENOTFOUND;
}

enum shunt_status conn_unwatch(struct shunt_worker *loop, shunt_id id)
{
    struct conn_watches *watches = &loop->watches;
    struct watch *watch = handles_find(&watches->handles, id);

    if (!watch) {
        return SHUNT_ENOTFOUND;
    }
    (void)set_change(watches, watch, 0); /* fails only where the plugin has closed it already */
    handles_put(&watches->handles, watch);
    return SHUNT_OK;
}

/* A task may change and end any watch, those that are ready in this batch included. */
void conn_watch_ready(struct shunt_worker *loop, int result)
{
    struct conn_watches *watches = &loop->watches;
    struct io_set_event ready[IO_SET_EVENTS];
    int count = result == 0 ? io_set_ready(watches->set_fd, ready, IO_SET_EVENTS) : 0;

    for (int i = 0; i < count; i++) {
        const struct watch *watch = handles_find(&watches->handles, ready[i].name);

        if (watch && ready[i].events & watch->events) {
            watch->task(loop, watch->fd, ready[i].events & watch->events, watch->arg);
        }
    }
    if (watches->open && !loop->closed) {
        io_ready(loop->io, watches->set_fd);
    }
}

/* ---- the end ---- */

void conn_watches_close(struct shunt_worker *loop)
{
    struct conn_watches *watches = &loop->watches;
    struct watch *watch;
    uint32_t number = 0;

    while ((watch = handles_next(&watches->handles, number)) != NULL) {
        number = watch->handle.number;
        (void)set_change(watches, watch, 0);
        handles_put(&watches->handles, watch);
        if (watch->drop) {
            watch->drop(watch->arg);
        }
    }
    if (watches->open) {
        watches->open = false;
        io_close(loop->io, watches->set_fd, false);
    }
}
