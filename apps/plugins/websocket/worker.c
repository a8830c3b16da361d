/* Routes are few and asked for at each handshake: a list, in the order of first use; what was agreed
 * on a route is a list too. */
#include "worker.h"

#include <stdlib.h>
#include <string.h>

#define AGREED_MAX 512 /* combinations of a route */

_Thread_local struct websocket_worker *websocket_here;

static void service_find(struct websocket_service *service, const struct shunt_settings *route)
{
    const char *name = websocket_host->setting(route, "service");

    service->name = name ? name : "";
    if (!name) {
        websocket_host->log(SHUNT_LOG_ERROR, "websocket: a route does not name its 'service'");
        return;
    }
    service->named = websocket_named(service->worker, name);
    if (service->named) {
        service->table = service->named->table;
        service->local = service->named->local;
    }
}

static void route_destroy(struct websocket_route *route)
{
    while (route->agreed) {
        struct websocket_service *service = route->agreed;

        route->agreed = service->next;
        free(service);
    }
    websocket_settings_fini(&route->settings);
    free(route);
}

/* What is read here was right at start; a plugin whose route() was never called finds out now. */
static struct websocket_route *route_add(struct websocket_worker *worker,
                                         const struct shunt_settings *key)
{
    struct websocket_route *route = calloc(1, sizeof *route);
    char error[128] = "";

    if (!route) {
        return NULL;
    }
    route->key = key;
    route->settings = websocket_settings_of_route(&worker->plugin->settings);
    route->plain =
        (struct websocket_service){.worker = worker, .route = route, .settings = &route->settings};
    service_find(&route->plain, key);
    if (websocket_settings_read(&route->settings, key, error, sizeof error) != SHUNT_OK) {
        websocket_host->log(SHUNT_LOG_ERROR, "websocket: a route is not served: %s", error);
        route->plain.table.size = 0;
    }
    route->next = worker->routes;
    worker->routes = route;
    return route;
}

void websocket_worker_fini(struct websocket_worker *worker)
{
    while (worker->routes) {
        struct websocket_route *route = worker->routes;

        worker->routes = route->next;
        route_destroy(route);
    }
    websocket_codecs_fini(&worker->codecs);
}

struct websocket_service *websocket_worker_service(struct websocket_worker *worker,
                                                   const struct shunt_settings *settings)
{
    struct websocket_route *route = worker->routes;

    while (route && route->key != settings) {
        route = route->next;
    }
    if (!route) {
        route = route_add(worker, settings);
    }
    return route && route->plain.table.size > 0 ? &route->plain : NULL;
}

static bool is_agreed(const struct websocket_service *service, const struct websocket_terms *terms,
                      struct shunt_span subprotocol)
{
    return websocket_terms_equal(&service->terms, terms) &&
           service->subprotocol.at == subprotocol.at;
}

struct websocket_service *websocket_worker_agreed(struct websocket_service *plain,
                                                  const struct websocket_terms *terms,
                                                  struct shunt_span subprotocol)
{
    struct websocket_route *route = plain->route;
    struct websocket_service *one = route->agreed;

    if (is_agreed(plain, terms, subprotocol)) {
        return plain;
    }
    while (one && !is_agreed(one, terms, subprotocol)) {
        one = one->next;
    }
    if (!one && route->agreed_count < AGREED_MAX && (one = malloc(sizeof *one))) {
        *one = *plain;
        one->terms = *terms;
        one->subprotocol = subprotocol;
        one->next = route->agreed;
        route->agreed = one;
        route->agreed_count++;
    }
    return one;
}
