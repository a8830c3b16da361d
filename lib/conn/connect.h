/*
 * Connections that a plugin opens: streams from the first moment, without HTTP. See connect of
 * <shunt/plugin.h> for what each call promises.
 */
#ifndef CONN_CONNECT_H
#define CONN_CONNECT_H

#include "base/handles.h"

#include <shunt/plugin.h>

/* All zero: none is under way. */
struct conn_connects {
    struct handles handles;
};

enum shunt_status conn_connect(struct shunt_worker *loop, const struct sockaddr *address,
                               socklen_t len, uint32_t ms, const char *token,
                               shunt_connect_failed *failed, void *user,
                               shunt_id *id) SHUNT_MUST_USE;
enum shunt_status conn_connect_cancel(struct shunt_worker *loop, shunt_id id);

/* io reports a connect: its `user`, and 0 or -errno. */
void conn_connected(struct shunt_worker *loop, uint64_t user, int result);
/* Those that are under way fail. The loop is closed, so none can begin any more. */
void conn_connects_close(struct shunt_worker *loop);

#endif
