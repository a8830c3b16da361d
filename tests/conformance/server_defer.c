/* The parts of server_defer.h. */
#include "conformance/server_defer.h"

enum shunt_verdict defer(const struct shunt_request *request, struct shunt_upgrade *upgrade)
{
    (void)request;
    value_put(probe.host->upgrade_id(upgrade));
    return SHUNT_DEFER;
}

void settle_accept(struct shunt_upgrade *upgrade, void *arg)
{
    (void)arg;
    probe.host->upgrade_settle(upgrade, SHUNT_ACCEPT);
    mark("settled");
}

void settle_decline(struct shunt_upgrade *upgrade, void *arg)
{
    (void)arg;
    probe.host->upgrade_settle(upgrade, SHUNT_DECLINE);
    mark("settled");
}

void settle_refuse(struct shunt_upgrade *upgrade, void *arg)
{
    (void)arg;
    cr_expect_eq(probe.host->upgrade_refuse(upgrade, 401, "text/plain", shunt_span_of("who?")),
                 SHUNT_OK);
    probe.host->upgrade_settle(upgrade, SHUNT_REFUSE);
    mark("settled");
}

static void dropped(void *arg)
{
    (void)arg;
    mark("dropped");
}

void post_settle(shunt_id id, shunt_upgrade_task *task)
{
    cr_assert_eq(probe.host->post_upgrade(id, task, dropped, NULL), SHUNT_OK);
}

int defer_one(const struct server *s, const char *request, shunt_id *id)
{
    int fd = client_open(s);

    client_send(fd, request);
    *id = value_take();
    return fd;
}
