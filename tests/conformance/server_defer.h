/* A protocol that defers, and the tasks that settle: for the tests of upgrade rule 3. */
#ifndef CONFORMANCE_SERVER_DEFER_H
#define CONFORMANCE_SERVER_DEFER_H

#include "conformance/server_fixture.h"

/* For probe.negotiate: defers, and hands the upgrade's id to the test's thread. */
enum shunt_verdict defer(const struct shunt_request *request, struct shunt_upgrade *upgrade);

/* Tasks; the refusal is 401 "who?". Each leaves the mark "settled". */
void settle_accept(struct shunt_upgrade *upgrade, void *arg);
void settle_decline(struct shunt_upgrade *upgrade, void *arg);
void settle_refuse(struct shunt_upgrade *upgrade, void *arg);
/* From the test's thread, which is another than the worker's; "dropped" where it misses. */
void post_settle(shunt_id id, shunt_upgrade_task *task);

/* A client whose request has been deferred. */
int defer_one(const struct server *s, const char *request, shunt_id *id);

#endif
