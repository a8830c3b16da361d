/*
 * The turn, and a loop's life. The clock is read once a turn, at the first callback after the wait;
 * timers that ran out before that are handled before what io brings.
 */
#include "conn/loop.h"

#include "base/assert.h"
#include "base/clock.h"
#include "conn/close.h"
#include "conn/input.h"
#include "conn/output.h"
#include "conn/queues.h"
#include "conn/relieve.h"
#include "conn/step.h"
#include "conn/stream.h"
#include "conn/sweep.h"

#include <stdlib.h>
#include <string.h>

/* ---- what io and the wheel report ---- */

/* The owner's timer, or the close time-out, ran out. */
static void expired(void *context, uint32_t index)
{
    struct shunt_worker *loop = context;
    struct conn *conn = conn_slab_at(&loop->slab, index);

    if (conn->state == CONN_CLOSING) {
        loop->counters.close_timeouts++;
        conn_close(conn, SHUNT_CLOSE_NOW, (enum shunt_close_reason)conn->reason);
    } else {
        ASSERT(conn->state != CONN_MOVING); /* conn_timer() */
        conn_owner_of(conn)->timer(conn);
    }
}

/* Time has passed: once a turn, before anything else. */
static void awake(struct shunt_worker *loop)
{
    if (!loop->asleep) {
        return;
    }
    loop->asleep = false;
    loop->now_ms = loop->clock_ms();
    wheel_advance(loop->wheel, loop->now_ms, expired, loop);
    conn_worker_timers_run(loop);
    conn_sweep(loop);
    conn_listen_retry(loop);
}

static void on_accepted(void *context, uint64_t listener, int fd)
{
    (void)listener;
    awake(context);
    (void)conn_listen_accepted(context, fd);
}

static void on_received(void *context, uint64_t user, uint8_t *bytes, int len, bool more)
{
    struct shunt_worker *loop = context;
    struct conn *conn;

    awake(loop);
    conn = conn_slab_find(&loop->slab, user);
    if (conn) {
        conn_received(conn, bytes, len, more);
    }
}

static void on_ready(void *context, uint64_t user, int result)
{
    struct shunt_worker *loop = context;
    struct conn *conn;

    awake(loop);
    if (user == CONN_WATCH_USER) {
        conn_watch_ready(loop, result);
        return;
    }
    conn = conn_slab_find(&loop->slab, user);
    if (conn) {
        conn_ready(conn, result);
    }
}

static void on_sent(void *context, uint64_t user, int result)
{
    struct shunt_worker *loop = context;
    struct conn *conn;

    awake(loop);
    conn = conn_slab_find(&loop->slab, user);
    if (conn) {
        conn_sent(conn, result);
    }
}

static void on_connected(void *context, uint64_t user, int result)
{
    awake(context);
    conn_connected(context, user, result);
}

static void on_woken(void *context)
{
    struct shunt_worker *loop = context;

    awake(loop);
    mailbox_run(loop->post.mailbox, loop);
}

static const struct io_handler handler = {
    .accepted = on_accepted,
    .received = on_received,
    .ready = on_ready,
    .sent = on_sent,
    .connected = on_connected,
    .woken = on_woken,
};

/* ---- turns ---- */

/* What callbacks asked for, outside of them. */
static void step(struct shunt_worker *loop)
{
    conn_step_all(loop);
    conn_relieve(loop);
    conn_step_all(loop);
}

static uint32_t until(uint64_t now_ms, uint64_t due_ms, uint32_t most)
{
    uint64_t wait = due_ms > now_ms ? due_ms - now_ms : 0;

    return wait < most ? (uint32_t)wait : most;
}

/* Counted from this moment: the turn behind us may have taken long. */
static uint32_t wait_ms(const struct shunt_worker *loop, uint32_t most)
{
    uint64_t now_ms = loop->clock_ms();

    if (loop->slab.dirty_count > 0) {
        return 0;
    }
    if (loop->slab.live > 0) {
        most = until(now_ms, conn_sweep_due_ms(loop), most);
    }
    if (loop->listeners.paused) {
        most = until(now_ms, loop->listeners.retry_ms, most);
    }
    most = conn_worker_timers_next_ms(loop, now_ms, most);
    return wheel_next_ms(loop->wheel, now_ms, most);
}

enum shunt_status conn_loop_turn(struct shunt_worker *loop, uint32_t most_ms)
{
    enum shunt_status status;
    uint32_t wait = wait_ms(loop, most_ms);

    loop->asleep = true;
    status = io_turn(loop->io, (int)wait);
    awake(loop);
    step(loop);
    conn_post_count_refused(loop);
    return status;
}

/* ---- the end ---- */

/* io closes what it accepts for a listener that is closed, so its accepts come to rest first. */
enum shunt_status conn_loop_unlisten(struct shunt_worker *loop)
{
    enum { TURNS = 2 }; /* one to cancel, one for what came before */
    enum shunt_status status = SHUNT_OK;

    conn_listen_pause(loop);
    for (unsigned i = 0; i < TURNS && status == SHUNT_OK; i++) {
        status = conn_loop_turn(loop, 0);
    }
    conn_listen_drain(loop);
    conn_listen_close(loop);
    return status;
}

static void shutdown_one(struct conn *conn, void *arg)
{
    (void)arg;
    if (conn->state == CONN_CLOSING) {
        conn_linger_shorten(conn);
    } else if (conn->state != CONN_MOVING) {
        conn_owner_of(conn)->shutdown(conn);
    }
}

void conn_loop_shutdown(struct shunt_worker *loop)
{
    loop->draining = true;
    conn_slab_each(&loop->slab, shutdown_one, NULL);
    step(loop);
}

static void abort_one(struct conn *conn, void *arg)
{
    struct shunt_worker *loop = arg;
    bool at_work = conn->state != CONN_CLOSING || conn_queued(conn) > 0;

    if (io_lost(loop->io)) {
        loop->counters.loop_losses += at_work;
    } else {
        loop->counters.stop_aborts += at_work;
    }
    conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_SERVER);
}

void conn_loop_close(struct shunt_worker *loop)
{
    enum { TURNS_MAX = 100, TURN_MS = 10 }; /* io has cancelled them: one turn or two */

    loop->closed = true;
    conn_post_close(loop);
    if (loop->io) {
        conn_connects_close(loop);
        conn_watches_close(loop);
    }
    conn_worker_timers_close(loop);
    conn_listen_close(loop);
    conn_slab_each(&loop->slab, abort_one, loop);
    step(loop); /* none is left: notifies the owners */
    if (loop->post.mailbox) {
        mailbox_run(loop->post.mailbox, loop); /* all miss */
    }
    /* What is borrowed by sends in flight comes back before plugins end. */
    for (unsigned i = 0; loop->slab.live > 0 && i < TURNS_MAX; i++) {
        if (conn_loop_turn(loop, TURN_MS) != SHUNT_OK) {
            break;
        }
    }
}

/* ---- life ---- */

static enum shunt_status parts_create(struct shunt_worker *loop, const struct io_options *options,
                                      struct error *why)
{
    const struct wheel_nodes nodes = {
        .chunks = (void *const *const *)&loop->slab.chunks,
        .chunk_shift = CONN_CHUNK_SHIFT,
        .stride = sizeof(struct conn),
        .offset = offsetof(struct conn, timer),
    };
    enum shunt_status status = conn_slab_init(&loop->slab, loop);

    if (status == SHUNT_OK) {
        status = wheel_create(&nodes, loop->now_ms, &loop->wheel);
    }
    if (status == SHUNT_OK) {
        status = mailbox_create(loop->limits.mailbox_max, &loop->post.mailbox);
    }
    if (status == SHUNT_OK) {
        status = io_create(options, &handler, loop, &loop->io, why);
    }
    if (status == SHUNT_OK) {
        loop->data_bytes_max = io_buffer_bytes(loop->io);
    }
    return status == SHUNT_OK ? conn_post_open(loop) : status;
}

enum shunt_status conn_loop_create(const struct io_options *options,
                                   const struct conn_limits *limits,
                                   const struct registry *registry, const struct conn_owner *http,
                                   void *http_context, struct shunt_worker **out, struct error *why)
{
    struct shunt_worker *loop = aligned_alloc(_Alignof(struct shunt_worker), sizeof *loop);
    enum shunt_status status;

    if (!loop) {
        return SHUNT_ENOMEM;
    }
    memset(loop, 0, sizeof *loop);
    loop->registry = registry;
    loop->http = http;
    loop->http_context = http_context;
    loop->limits = *limits;
    loop->clock_ms = clock_coarse_ms;
    loop->clock_lag_ms = clock_coarse_lag_ms();
    loop->now_ms = loop->clock_ms();
    error_clear(why);
    loop->locals = calloc(REGISTRY_PLUGINS_MAX, sizeof *loop->locals);
    if (limits->peer.connections_max > 0) {
        loop->peers = conn_peers_create(&limits->peer);
    }
    status = loop->locals && (loop->peers || limits->peer.connections_max == 0)
                 ? parts_create(loop, options, why)
                 : SHUNT_ENOMEM;
    if (status != SHUNT_OK) {
        conn_loop_destroy(loop);
        return status;
    }
    *out = loop;
    return SHUNT_OK;
}

/* Of sends whose end io_destroy() did not report. */
static void queues_drop(struct conn *conn, void *arg)
{
    (void)arg;
    conn_queues_drop(conn);
}

void conn_loop_destroy(struct shunt_worker *loop)
{
    conn_loop_close(loop);
    if (loop->io) {
        io_destroy(loop->io);
    }
    conn_slab_each(&loop->slab, queues_drop, NULL);
    conn_slab_fini(&loop->slab);
    conn_worker_timers_fini(&loop->worker_timers);
    handles_fini(&loop->watches.handles);
    handles_fini(&loop->connects.handles);
    if (loop->post.mailbox) {
        mailbox_destroy(loop->post.mailbox);
    }
    if (loop->wheel) {
        wheel_destroy(loop->wheel);
    }
    ASSERT(loop->memory.used == 0); /* all that was counted has come back */
    conn_segment_pools_free(loop);
    conn_queues_pool_free(loop);
    conn_peers_destroy(loop->peers);
    free(loop->locals);
    free(loop);
}
