/* Each entry keeps what <shunt/plugin.h> promises and leaves the work to conn/ or exchange/. */
#include "server/host.h"

#include "base/log.h"
#include "conn/close.h"
#include "conn/connect.h"
#include "conn/input.h"
#include "conn/move.h"
#include "conn/output.h"
#include "conn/post.h"
#include "conn/stream.h"
#include "conn/timer.h"
#include "conn/watch.h"
#include "conn/worker_timer.h"
#include "exchange/upgrade.h"
#include "plugin/settings.h"
#include "server/metrics_cells.h"

#include <shunt/server.h>

#include <stdarg.h>

static void host_log(enum shunt_log_level level, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_line_va(level, format, args);
    va_end(args);
}

static enum shunt_status host_service_find(struct shunt_worker *worker, const char *interface,
                                           const char *name, uint32_t version,
                                           struct shunt_service_ref *found)
{
    const struct registry *registry = worker->registry;
    int number = registry_service_find(registry, interface, name, version);

    if (number < 0) {
        return SHUNT_ENOTFOUND;
    }
    *found = (struct shunt_service_ref){
        .service = &registry->services[number].service,
        .local = worker->locals[registry->services[number].plugin],
    };
    return SHUNT_OK;
}

static uint64_t host_now_ms(struct shunt_worker *worker)
{
    return worker->now_ms;
}

static unsigned host_worker_number(const struct shunt_worker *worker)
{
    return worker->post.group_number;
}

static unsigned host_worker_count(const struct shunt_worker *worker)
{
    struct conn_group *group = worker->post.group;

    return group ? atomic_load(&group->count) : 1;
}

static shunt_id host_worker_id(const struct shunt_worker *worker, unsigned number)
{
    if (number >= host_worker_count(worker)) {
        return 0;
    }
    return worker->post.group ? atomic_load(&worker->post.group->ids[number])
                              : conn_post_worker_id(worker);
}

/* ---- a stream ---- */

static enum shunt_status host_write(struct shunt_stream *stream, const void *bytes, size_t len)
{
    return conn_write(conn_of_stream(stream), bytes, len);
}

static enum shunt_status host_write_borrowed(struct shunt_stream *stream, const void *bytes,
                                             size_t len, shunt_release *release, void *arg)
{
    return conn_write_borrowed(conn_of_stream(stream), bytes, len, release, arg);
}

static void host_cork(struct shunt_stream *stream)
{
    conn_cork(conn_of_stream(stream));
}

static void host_uncork(struct shunt_stream *stream)
{
    conn_uncork(conn_of_stream(stream));
}

static size_t host_queued(const struct shunt_stream *stream)
{
    return conn_queued(conn_of_stream(stream));
}

static void host_queue_refused(struct shunt_stream *stream, size_t len)
{
    conn_queue_refused(conn_of_stream(stream), len);
}

static enum shunt_status host_set_marks(struct shunt_stream *stream, size_t low, size_t high)
{
    return conn_set_marks(conn_of_stream(stream), low, high);
}

static void host_close(struct shunt_stream *stream, enum shunt_close_mode mode)
{
    conn_close(conn_of_stream(stream), mode, SHUNT_CLOSED_BY_PROTOCOL);
}

static void host_pause(struct shunt_stream *stream)
{
    conn_pause(conn_of_stream(stream));
}

static void host_resume(struct shunt_stream *stream)
{
    conn_resume(conn_of_stream(stream));
}

static void host_timer(struct shunt_stream *stream, uint32_t ms)
{
    struct conn *conn = conn_of_stream(stream);

    if (conn->state == CONN_PROTOCOL) {
        conn_timer(conn, ms);
    }
}

static uint64_t host_after_ms(struct shunt_worker *worker, uint32_t ms)
{
    return conn_loop_after_ms(worker, ms < CONN_TIMER_MS_MAX ? ms : CONN_TIMER_MS_MAX);
}

static void host_timer_at(struct shunt_stream *stream, uint64_t at_ms)
{
    struct conn *conn = conn_of_stream(stream);

    if (conn->state != CONN_PROTOCOL) {
        return;
    }
    if (at_ms == 0) {
        conn_timer_cancel(conn);
    } else {
        conn_timer_at(conn, at_ms);
    }
}

static void *host_state(struct shunt_stream *stream)
{
    return conn_of_stream(stream)->inline_state;
}

static void *host_user(const struct shunt_stream *stream)
{
    return conn_of_stream(stream)->user;
}

static void host_set_user(struct shunt_stream *stream, void *user)
{
    conn_of_stream(stream)->user = user;
}

static void *host_local(const struct shunt_stream *stream)
{
    return conn_stream_local(conn_of_stream(stream));
}

static struct shunt_worker *host_worker(const struct shunt_stream *stream)
{
    return conn_loop_of(conn_of_stream(stream));
}

static shunt_id host_id(const struct shunt_stream *stream)
{
    return conn_id(conn_of_stream(stream));
}

static const struct shunt_request *host_request(const struct shunt_stream *stream)
{
    const struct conn *conn = conn_of_stream(stream);
    const struct shunt_worker *loop = conn_loop_of(conn);

    return loop->opening == conn ? loop->opening_request : NULL;
}

static enum shunt_status host_peer(const struct shunt_stream *stream, struct sockaddr *address,
                                   socklen_t *len)
{
    return getpeername(conn_of_stream(stream)->fd, address, len) == 0 ? SHUNT_OK : SHUNT_ESYS;
}

static enum shunt_status host_self(const struct shunt_stream *stream, struct sockaddr *address,
                                   socklen_t *len)
{
    return getsockname(conn_of_stream(stream)->fd, address, len) == 0 ? SHUNT_OK : SHUNT_ESYS;
}

static enum shunt_status host_upgrade_peer(const struct shunt_upgrade *upgrade,
                                           struct sockaddr *address, socklen_t *len)
{
    return getpeername(exchange_of_upgrade(upgrade)->conn->fd, address, len) == 0 ? SHUNT_OK
                                                                                  : SHUNT_ESYS;
}

static enum shunt_status host_take_fd(struct shunt_stream *stream, shunt_fd_taker *taker, void *arg)
{
    return conn_take_fd(conn_of_stream(stream), taker, arg);
}

static enum shunt_status host_post(shunt_id id, shunt_stream_task *task, shunt_release *drop,
                                   void *arg)
{
    return conn_post(id, false, (void (*)(void))task, drop, arg);
}

static enum shunt_status host_post_upgrade(shunt_id id, shunt_upgrade_task *task,
                                           shunt_release *drop, void *arg)
{
    return conn_post(id, true, (void (*)(void))task, drop, arg);
}

#define CALL(type, name, parameters, arguments) .name = shunt_##name,
#define DO(name, parameters, arguments)         .name = shunt_##name,
const struct shunt_calls server_calls = {.size = sizeof(struct shunt_calls), SHUNT_CALLS(CALL, DO)};

/* ---- metrics ---- */

static enum shunt_status host_metric(const struct shunt_settings *settings,
                                     const struct shunt_metric *metric, uint32_t *number)
{
    const struct plugin_settings *of = (const void *)settings;
    struct shunt_metric read;
    char error[256] = "metric: expected within init(), and with its size";
    enum shunt_status status = SHUNT_EINVAL;

    if (of->metrics && SHUNT_READ(&read, metric, SHUNT_METRIC_BYTES_1_1) == SHUNT_OK) {
        status = metrics_table_add(of->metrics, &read, false, number, error, sizeof error);
    }
    if (status != SHUNT_OK) {
        log_error("%s: %s", of->owner ? of->owner : "plugin", error);
    }
    return status;
}

static void host_metric_add(struct shunt_worker *worker, uint32_t number, int64_t by)
{
    metrics_cells_add(worker->metrics, number, by);
}

static void host_metric_set(struct shunt_worker *worker, uint32_t number, int64_t value)
{
    metrics_cells_set(worker->metrics, number, value);
}

static void host_metric_observe(struct shunt_worker *worker, uint32_t number, double value)
{
    metrics_cells_observe(worker->metrics, number, value);
}

const struct shunt_host server_host = {
    .size = sizeof(struct shunt_host),
    .abi_major = SHUNT_ABI_MAJOR,
    .abi_minor = SHUNT_ABI_MINOR,
    .log = host_log,
    .setting = plugin_setting_get,
    .setting_number = plugin_setting_number,
    .setting_bool = plugin_setting_bool,
    .service_find = host_service_find,
    .now_ms = host_now_ms,
    .upgrade_offer = exchange_upgrade_offer,
    .upgrade_settings = exchange_upgrade_settings,
    .upgrade_request = exchange_upgrade_request,
    .upgrade_worker = exchange_upgrade_worker,
    .upgrade_early_bytes = exchange_upgrade_early_bytes,
    .upgrade_field = exchange_upgrade_field,
    .upgrade_refuse = exchange_upgrade_refuse,
    .upgrade_state = exchange_upgrade_state,
    .upgrade_user = exchange_upgrade_user,
    .upgrade_set_user = exchange_upgrade_set_user,
    .upgrade_id = exchange_upgrade_id,
    .upgrade_settle = exchange_upgrade_settle,
    .write = host_write,
    .write_borrowed = host_write_borrowed,
    .cork = host_cork,
    .uncork = host_uncork,
    .queued = host_queued,
    .set_marks = host_set_marks,
    .close = host_close,
    .pause = host_pause,
    .resume = host_resume,
    .timer = host_timer,
    .state = host_state,
    .user = host_user,
    .set_user = host_set_user,
    .local = host_local,
    .worker = host_worker,
    .id = host_id,
    .request = host_request,
    .peer = host_peer,
    .self = host_self,
    .take_fd = host_take_fd,
    .post = host_post,
    .post_upgrade = host_post_upgrade,
    .worker_number = host_worker_number,
    .worker_count = host_worker_count,
    .worker_id = host_worker_id,
    .post_worker = conn_post_worker,
    .queue_bytes_max = plugin_settings_queue_bytes_max,
    .queue_refused = host_queue_refused,
    .worker_timer_set = conn_worker_timer_set,
    .worker_timer_cancel = conn_worker_timer_cancel,
    .upgrade_peer = host_upgrade_peer,
    .watch = conn_watch,
    .watch_change = conn_watch_change,
    .unwatch = conn_unwatch,
    .connect = conn_connect,
    .connect_cancel = conn_connect_cancel,
    .calls = &server_calls,
    .metric = host_metric,
    .metric_add = host_metric_add,
    .metric_set = host_metric_set,
    .metric_observe = host_metric_observe,
    .after_ms = host_after_ms,
    .timer_at = host_timer_at,
};

const struct shunt_host *shunt_server_host(void)
{
    return &server_host;
}
