#include "server/handlers.h"

#include "base/assert.h"
#include "server/given.h"

#include <stdlib.h>

enum shunt_status server_handlers_init(struct server_handlers *handlers, size_t routes)
{
    handlers->items = calloc(routes + 1, sizeof *handlers->items);
    handlers->count = handlers->items ? routes : 0;
    return handlers->items ? SHUNT_OK : SHUNT_ENOMEM;
}

void server_handlers_fini(struct server_handlers *handlers)
{
    for (size_t i = handlers->count; i-- > 0;) {
        const struct server_handler *one = &handlers->items[i];

        if (one->created && one->given.destroy) {
            one->given.destroy(one->state);
        }
    }
    free(handlers->items);
    *handlers = (struct server_handlers){0};
}

/* Whoever added the plugin has read its structures before. */
enum shunt_status server_handler_find(const struct registry *registry, const char *name,
                                      struct server_handler *found, struct error *why)
{
    struct given given;
    enum shunt_status status = given_find(registry, GIVEN_HANDLER, name, &given, why);

    if (status != SHUNT_OK) {
        return status;
    }
    *found = (struct server_handler){.plugin = given.plugin,
                                     .state = registry->plugins[given.plugin].state};
    status = SHUNT_READ(&found->given, (const struct shunt_http_handler *)given.structure,
                        SHUNT_HTTP_HANDLER_BYTES_1_1);
    ASSERT(status == SHUNT_OK);
    return SHUNT_OK;
}
