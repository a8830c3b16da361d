#include "server/observer.h"

#include "base/clock.h"

static void on_opened(struct exchange_observer *base, const struct conn *conn, uint32_t connection)
{
    struct server_observer *observer = (struct server_observer *)(void *)base;

    if (observer->access) {
        access_worker_opened(observer->access, conn, connection);
    }
}

static void on_done(struct exchange_observer *base, const struct exchange_done *done)
{
    struct server_observer *observer = (struct server_observer *)(void *)base;
    uint64_t now_ns = clock_now_ns();

    if (observer->access) {
        access_worker_done(observer->access, done, now_ns);
    }
}

enum shunt_status server_observer_init(struct server_observer *observer, struct access_log *log,
                                       unsigned worker)
{
    *observer = (struct server_observer){.base = {.opened = on_opened, .done = on_done}};
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
    return observer->access ? &observer->base : NULL;
}

void server_observer_turn(struct server_observer *observer)
{
    if (observer->access) {
        access_worker_turn(observer->access);
    }
}
