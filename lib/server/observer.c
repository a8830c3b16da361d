#include "server/observer.h"

#include "base/clock.h"

static void on_opened(struct exchange_observer *base, const struct conn *conn, uint32_t connection)
{
    struct server_observer *observer = (struct server_observer *)(void *)base;

    if (observer->access) {
        access_worker_opened(observer->access, conn, connection);
    }
}

/* What was answered, whatever its status, and what was switched. */
static void record(const struct server_observer *observer, const struct exchange_done *done,
                   uint64_t now_ns)
{
    double seconds = (double)(now_ns - done->begun_ns) * 1e-9;

    if (done->end == EXCHANGE_ANSWERED) {
        metrics_cells_observe(observer->row, observer->latency.request, seconds);
    } else if (done->end == EXCHANGE_SWITCHED) {
        metrics_cells_observe(observer->row, observer->latency.handshake, seconds);
    }
}

static void on_done(struct exchange_observer *base, const struct exchange_done *done)
{
    struct server_observer *observer = (struct server_observer *)(void *)base;
    uint64_t now_ns = clock_now_ns();

    if (observer->latency.recorded) {
        record(observer, done, now_ns);
    }
    if (observer->access) {
        access_worker_done(observer->access, done, now_ns);
    }
}

enum shunt_status server_latency_init(struct server_latency *latency, struct metrics_table *table)
{
    static const double bounds[] = {1e-6, 2.5e-6, 5e-6,   1e-5, 2.5e-5, 5e-5,   1e-4, 2.5e-4,
                                    5e-4, 1e-3,   2.5e-3, 5e-3, 1e-2,   2.5e-2, 5e-2, 0.1,
                                    0.25, 0.5,    1,      2.5,  5,      10};
    const struct shunt_metric request = {
        .size = sizeof request,
        .kind = SHUNT_HISTOGRAM,
        .name = "shunt_request_duration_seconds",
        .help = "From when a worker first saw a request until its answer was queued.",
        .bounds = bounds,
        .bound_count = sizeof bounds / sizeof *bounds,
    };
    struct shunt_metric handshake = request;
    char error[256];
    enum shunt_status status;

    handshake.name = "shunt_handshake_duration_seconds";
    handshake.help = "From when a worker first saw a request until the 101 for it was queued.";
    status = metrics_table_add(table, &request, true, &latency->request, error, sizeof error);
    return status == SHUNT_OK ? metrics_table_add(table, &handshake, true, &latency->handshake,
                                                  error, sizeof error)
                              : status;
}

enum shunt_status server_observer_init(struct server_observer *observer, struct access_log *log,
                                       unsigned worker, const struct server_latency *latency,
                                       struct metrics_row *row)
{
    *observer = (struct server_observer){
        .base = {.opened = on_opened, .done = on_done}, .latency = *latency, .row = row};
    if (log) {
        observer->access = access_worker_create(log, worker);
        if (!observer->access) {
            return SHUNT_ENOMEM;
        }
    }
    return SHUNT_OK;
}

void server_observer_fini(struct server_observer *observer)
{
    access_worker_destroy(observer->access);
    observer->access = NULL;
}

struct exchange_observer *server_observer_lend(struct server_observer *observer)
{
    return observer->access || observer->latency.recorded ? &observer->base : NULL;
}

void server_observer_turn(struct server_observer *observer)
{
    if (observer->access) {
        access_worker_turn(observer->access);
    }
}
