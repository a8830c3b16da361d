/* What a worker does beside its streams: timers, descriptors that are watched, connections out, and
 * tasks that were posted to it. */
#include "support/fake_host.h"

#include <errno.h>

enum { WORKER_ID = 1 << 20 }; /* none of a stream or an upgrade */

/* ---- timers ---- */

static struct fake_timer *timer_find(struct shunt_worker *worker, shunt_id id)
{
    for (size_t i = 0; i < FAKE_TIMERS_MAX; i++) {
        if (worker->timers[i].id == id) {
            return &worker->timers[i];
        }
    }
    return NULL;
}

static enum shunt_status host_timer_set(struct shunt_worker *worker, uint32_t ms, uint32_t every_ms,
                                        shunt_worker_task *task, shunt_release *drop, void *arg,
                                        shunt_id *id)
{
    struct fake_timer *timer = timer_find(worker, 0);

    if (worker->ended || !timer) {
        return worker->ended ? SHUNT_ESTATE : SHUNT_EFULL;
    }
    *timer =
        (struct fake_timer){++worker->last_id, worker->now_ms + ms, every_ms, {task, drop, arg}};
    if (id) {
        *id = timer->id;
    }
    return SHUNT_OK;
}

static enum shunt_status host_timer_cancel(struct shunt_worker *worker, shunt_id id)
{
    struct fake_timer *timer = id ? timer_find(worker, id) : NULL;

    if (!timer) {
        return SHUNT_ENOTFOUND;
    }
    timer->id = 0;
    return SHUNT_OK;
}

/* ---- watches ---- */

static struct fake_watch *watch_find(struct shunt_worker *worker, shunt_id id)
{
    for (size_t i = 0; i < FAKE_WATCHES_MAX; i++) {
        if (worker->watches[i].id == id) {
            return &worker->watches[i];
        }
    }
    return NULL;
}

static struct fake_watch *watch_of(const struct shunt_worker *worker, int fd)
{
    for (size_t i = 0; i < FAKE_WATCHES_MAX; i++) {
        if (worker->watches[i].id && worker->watches[i].fd == fd) {
            return (struct fake_watch *)(uintptr_t)&worker->watches[i];
        }
    }
    return NULL;
}

static enum shunt_status host_watch(struct shunt_worker *worker, int fd, unsigned events,
                                    shunt_watch_task *task, shunt_release *drop, void *arg,
                                    shunt_id *id)
{
    struct fake_watch *watch = watch_find(worker, 0);

    if (watch_of(worker, fd)) {
        errno = EEXIST;
        return SHUNT_ESYS;
    }
    if (worker->ended || !watch) {
        return worker->ended ? SHUNT_ESTATE : SHUNT_EFULL;
    }
    *watch = (struct fake_watch){++worker->last_id, fd, events, task, drop, arg};
    *id = watch->id;
    return SHUNT_OK;
}

static enum shunt_status host_watch_change(struct shunt_worker *worker, shunt_id id,
                                           unsigned events)
{
    struct fake_watch *watch = id ? watch_find(worker, id) : NULL;

    if (!watch) {
        return SHUNT_ENOTFOUND;
    }
    watch->events = events;
    return SHUNT_OK;
}

static enum shunt_status host_unwatch(struct shunt_worker *worker, shunt_id id)
{
    struct fake_watch *watch = id ? watch_find(worker, id) : NULL;

    if (!watch) {
        return SHUNT_ENOTFOUND;
    }
    watch->id = 0;
    return SHUNT_OK;
}

unsigned fake_watched(const struct shunt_worker *worker, int fd)
{
    const struct fake_watch *watch = watch_of(worker, fd);

    return watch ? watch->events : 0;
}

void fake_ready(struct shunt_worker *worker, int fd, unsigned events)
{
    const struct fake_watch *watch = watch_of(worker, fd);

    if (watch && (watch->events & events)) {
        watch->task(worker, fd, watch->events & events, watch->arg);
    }
    fake_turn(worker);
}

/* ---- connections out ---- */

static struct fake_connect *connect_find(struct shunt_worker *worker, shunt_id id)
{
    for (size_t i = 0; i < FAKE_CONNECTS_MAX; i++) {
        if (worker->connects[i].id == id) {
            return &worker->connects[i];
        }
    }
    return NULL;
}

/* The protocol of the plugin that has it; false: none has. */
static bool protocol_find(const struct shunt_worker *worker, const char *token,
                          struct fake_connect *to)
{
    for (size_t i = 0; i < worker->plugin_count; i++) {
        const struct shunt_protocol *const *protocol = worker->plugins[i].plugin->protocols;

        for (; protocol && *protocol; protocol++) {
            if (shunt_span_equal_nocase(shunt_span_of(token), shunt_span_of((*protocol)->token))) {
                to->protocol = *protocol;
                to->local = worker->plugins[i].local;
                return true;
            }
        }
    }
    return false;
}

static enum shunt_status host_connect(struct shunt_worker *worker, const struct sockaddr *address,
                                      socklen_t len, uint32_t ms, const char *token,
                                      shunt_connect_failed *failed, void *user, shunt_id *id)
{
    struct fake_connect *one = connect_find(worker, 0), wanted = {.failed = failed, .user = user};

    if (worker->ended || !one) {
        return worker->ended ? SHUNT_ESTATE : SHUNT_EFULL;
    }
    if (!address || len < sizeof address->sa_family) {
        return SHUNT_EINVAL;
    }
    if (!protocol_find(worker, token, &wanted)) {
        return SHUNT_ENOTFOUND;
    }
    wanted.id = ++worker->last_id;
    wanted.until_ms = ms ? worker->now_ms + ms : UINT64_MAX;
    *one = wanted;
    if (id) {
        *id = wanted.id;
    }
    return SHUNT_OK;
}

static enum shunt_status host_connect_cancel(struct shunt_worker *worker, shunt_id id)
{
    struct fake_connect *one = id ? connect_find(worker, id) : NULL;

    if (!one) {
        return SHUNT_ENOTFOUND;
    }
    one->id = 0;
    return SHUNT_OK;
}

/* It is over: what it was. */
static struct fake_connect connect_take(struct shunt_worker *worker, shunt_id id)
{
    struct fake_connect *one = id ? connect_find(worker, id) : NULL, taken;

    if (!one) {
        fake_broken("no connect() is called %llu", (unsigned long long)id);
    }
    taken = *one;
    one->id = 0;
    return taken;
}

struct shunt_stream *fake_connected(struct shunt_worker *worker, shunt_id id)
{
    struct fake_connect one = connect_take(worker, id);
    struct shunt_stream *stream = fake_stream_create(worker, one.protocol, one.local);

    stream->user = one.user;
    stream->protocol->open(stream->local, stream);
    fake_turn(worker);
    return stream;
}

void fake_connect_fail(struct shunt_worker *worker, shunt_id id, int error)
{
    struct fake_connect one = connect_take(worker, id);

    one.failed(worker, error, one.user);
    fake_turn(worker);
}

/* ---- tasks ---- */

static unsigned host_worker_number(const struct shunt_worker *worker)
{
    (void)worker;
    return 0;
}

static unsigned host_worker_count(const struct shunt_worker *worker)
{
    (void)worker;
    return 1;
}

static shunt_id host_worker_id(const struct shunt_worker *worker, unsigned number)
{
    fake_posting = (struct shunt_worker *)(uintptr_t)worker;
    return number == 0 && !worker->ended ? WORKER_ID : 0;
}

static enum shunt_status host_post_worker(shunt_id id, shunt_worker_task *task, shunt_release *drop,
                                          void *arg)
{
    struct shunt_worker *worker = fake_posting;

    if (id != WORKER_ID || !worker || worker->ended) {
        return SHUNT_ENOTFOUND;
    }
    if (worker->own_task_count == FAKE_TASKS_MAX) {
        return SHUNT_EFULL;
    }
    worker->own_tasks[worker->own_task_count++] = (struct fake_worker_task){task, drop, arg};
    return SHUNT_OK;
}

/* Those that a task posts come in the next turn. */
void fake_worker_tasks_run(struct shunt_worker *worker)
{
    struct fake_worker_task tasks[FAKE_TASKS_MAX];
    size_t count = worker->own_task_count;

    memcpy(tasks, worker->own_tasks, sizeof tasks);
    worker->own_task_count = 0;
    for (size_t i = 0; i < count; i++) {
        tasks[i].task(worker, tasks[i].arg);
    }
}

/* ---- time, and the end ---- */

static struct fake_timer *timer_first(const struct shunt_worker *worker)
{
    const struct fake_timer *first = NULL;

    for (size_t i = 0; i < FAKE_TIMERS_MAX; i++) {
        const struct fake_timer *timer = &worker->timers[i];

        if (timer->id && (!first || timer->at_ms < first->at_ms)) {
            first = timer;
        }
    }
    return (struct fake_timer *)(uintptr_t)first;
}

static const struct fake_connect *connect_first(const struct shunt_worker *worker)
{
    const struct fake_connect *first = NULL;

    for (size_t i = 0; i < FAKE_CONNECTS_MAX; i++) {
        const struct fake_connect *one = &worker->connects[i];

        if (one->id && (!first || one->until_ms < first->until_ms)) {
            first = one;
        }
    }
    return first;
}

uint64_t fake_worker_next_ms(const struct shunt_worker *worker)
{
    const struct fake_timer *timer = timer_first(worker);
    const struct fake_connect *connect = connect_first(worker);
    uint64_t timer_ms = timer ? timer->at_ms : UINT64_MAX;
    uint64_t connect_ms = connect ? connect->until_ms : UINT64_MAX;

    return timer_ms < connect_ms ? timer_ms : connect_ms;
}

void fake_worker_run_next(struct shunt_worker *worker)
{
    struct fake_timer *timer = timer_first(worker);
    const struct fake_connect *connect = connect_first(worker);
    struct fake_worker_task task;

    if (connect && (!timer || connect->until_ms < timer->at_ms)) {
        fake_connect_fail(worker, connect->id, ETIMEDOUT);
        return;
    }
    task = timer->task;
    timer->at_ms += timer->every_ms;
    if (timer->every_ms == 0) {
        timer->id = 0;
    }
    task.task(worker, task.arg);
}

static void drop(shunt_release *release, void *arg)
{
    if (release) {
        release(arg);
    }
}

void fake_worker_end(struct shunt_worker *worker)
{
    worker->ended = true;
    for (size_t i = 0; i < FAKE_TIMERS_MAX; i++) {
        if (worker->timers[i].id) {
            worker->timers[i].id = 0;
            drop(worker->timers[i].task.drop, worker->timers[i].task.arg);
        }
    }
    for (size_t i = 0; i < FAKE_WATCHES_MAX; i++) {
        if (worker->watches[i].id) {
            worker->watches[i].id = 0;
            drop(worker->watches[i].drop, worker->watches[i].arg);
        }
    }
    for (size_t i = 0; i < FAKE_CONNECTS_MAX; i++) {
        if (worker->connects[i].id) {
            worker->connects[i].id = 0;
            worker->connects[i].failed(worker, ECANCELED, worker->connects[i].user);
        }
    }
    for (size_t i = 0; i < worker->own_task_count; i++) {
        drop(worker->own_tasks[i].drop, worker->own_tasks[i].arg);
    }
    worker->own_task_count = 0;
    fake_posting = NULL;
}

void fake_worker_functions(struct shunt_host *host)
{
    host->worker_timer_set = host_timer_set;
    host->worker_timer_cancel = host_timer_cancel;
    host->watch = host_watch;
    host->watch_change = host_watch_change;
    host->unwatch = host_unwatch;
    host->connect = host_connect;
    host->connect_cancel = host_connect_cancel;
    host->worker_number = host_worker_number;
    host->worker_count = host_worker_count;
    host->worker_id = host_worker_id;
    host->post_worker = host_post_worker;
}
