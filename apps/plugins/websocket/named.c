#include "named.h"

#include "api.h"
#include "message.h"
#include "topics/retained.h"
#include "worker.h"

#include <stdlib.h>
#include <string.h>

/* What service_find() has found may be of another version than ours. */
static void table_read(struct websocket_named *named, const struct shunt_service_ref *found)
{
    const struct shunt_websocket_service *table = found->service->table;

    if (SHUNT_READ(&named->table, table, SHUNT_WEBSOCKET_SERVICE_BYTES_1_0) != SHUNT_OK) {
        websocket_host->log(SHUNT_LOG_ERROR,
                            "websocket: service '%s': expected a table of %zu bytes or more, found "
                            "%u",
                            named->topics->name, SHUNT_WEBSOCKET_SERVICE_BYTES_1_0, table->size);
    }
    named->local = found->local;
}

static void find(struct websocket_named *named, struct websocket_worker *worker)
{
    const char *name = named->topics->name;
    struct shunt_service_ref found;

    if (websocket_host->service_find(worker->worker, SHUNT_WEBSOCKET_INTERFACE, name,
                                     SHUNT_WEBSOCKET_VERSION, &found) == SHUNT_OK) {
        table_read(named, &found);
    } else {
        websocket_host->log(SHUNT_LOG_ERROR, "websocket: no plugin gives the service '%s'", name);
    }
}

static struct websocket_named *add(struct websocket_worker *worker,
                                   struct shunt_websocket_topics *topics)
{
    struct websocket_named *named = calloc(1, sizeof *named);
    struct websocket_hub *hub = &worker->plugin->hub;

    if (!named) {
        return NULL;
    }
    named->topics = topics;
    topics_tree_init(&named->tree, &hub->limits, hub->seed);
    find(named, worker);
    named->next = worker->named;
    worker->named = named;
    if (named->table.size > 0 && named->table.start) { /* which may publish */
        named->table.start(named->local, worker->worker, &websocket_api, topics);
    }
    return named;
}

struct websocket_named *websocket_named(struct websocket_worker *worker, const char *name)
{
    struct websocket_named *named = worker->named;
    struct shunt_websocket_topics *topics;

    while (named && strcmp(named->topics->name, name) != 0) {
        named = named->next;
    }
    if (!named) {
        topics = websocket_hub_topics(worker->plugin, &worker->plugin->hub, name);
        named = topics ? add(worker, topics) : NULL;
    }
    return named;
}

void websocket_named_fini(struct websocket_worker *worker)
{
    while (worker->named) {
        struct websocket_named *named = worker->named;
        void *message;

        while ((message = topics_retained_take(&named->tree))) {
            websocket_message_release(message);
        }
        topics_tree_fini(&named->tree);
        worker->named = named->next;
        free(named);
    }
}
