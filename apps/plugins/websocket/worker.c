/* Services are few and asked for at each handshake: a list, in the order of first use. */
#include "worker.h"

#include <stdlib.h>
#include <string.h>

/* What service_find() has found may be of another version than ours. */
static void table_read(struct websocket_service *service, const struct shunt_service_ref *found)
{
    const struct shunt_websocket_service *table = found->service->table;

    if (SHUNT_READ(&service->table, table, SHUNT_WEBSOCKET_SERVICE_BYTES_1_0) != SHUNT_OK) {
        websocket_host->log(SHUNT_LOG_ERROR,
                            "websocket: service '%s': expected a table of %zu bytes or more, found "
                            "%u",
                            service->name, SHUNT_WEBSOCKET_SERVICE_BYTES_1_0, table->size);
    }
    service->local = found->local;
}

static struct websocket_service *add(struct websocket_worker *worker, const char *name)
{
    size_t size = strlen(name) + 1;
    struct websocket_service *service = calloc(1, sizeof *service + size);
    struct shunt_service_ref found;

    if (!service) {
        return NULL;
    }
    memcpy(service->name, name, size);
    service->worker = worker;
    if (websocket_host->service_find(worker->worker, SHUNT_WEBSOCKET_INTERFACE, name,
                                     SHUNT_WEBSOCKET_VERSION, &found) == SHUNT_OK) {
        table_read(service, &found);
    } else if (*name) {
        websocket_host->log(SHUNT_LOG_ERROR, "websocket: no plugin gives the service '%s'", name);
    } else {
        websocket_host->log(SHUNT_LOG_ERROR, "websocket: a route does not name its 'service'");
    }
    service->next = worker->services;
    worker->services = service;
    return service;
}

struct websocket_service *websocket_worker_service(struct websocket_worker *worker,
                                                   const char *name)
{
    struct websocket_service *service = worker->services;

    name = name ? name : "";
    while (service && strcmp(service->name, name) != 0) {
        service = service->next;
    }
    if (!service) {
        service = add(worker, name);
    }
    return service && service->table.size > 0 ? service : NULL;
}
