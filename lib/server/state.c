#include "server/state.h"

#include <unistd.h>

void server_wake(const struct shunt_server *server)
{
    uint64_t one = 1;

    (void)!write(server->events, &one, sizeof one);
}

enum shunt_status server_status(struct shunt_server *server, enum shunt_status status,
                                const char *what)
{
    if (status != SHUNT_OK) {
        error_set(&server->error, status, "%s: %s", what,
                  status == SHUNT_ENOMEM ? "no memory" : "impossible value");
    }
    return status;
}
