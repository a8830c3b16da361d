#include "memory/routes.h"

#include "exchange/routes.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH_MAX_BYTES = 96 };

/* What a route is for, and a path that leads to it alone. */
struct sample {
    char pattern[PATH_MAX_BYTES], path[PATH_MAX_BYTES];
};

struct memory_routes {
    struct exchange_routes routes;
    struct sample *samples;
    size_t count;
    uint64_t seed;
    size_t drawn[MEMORY_ROUTES_BATCH];
    struct shunt_request requests[MEMORY_ROUTES_BATCH];
    char paths[MEMORY_ROUTES_BATCH][PATH_MAX_BYTES];
    const struct exchange_route *found[MEMORY_ROUTES_BATCH];
};

static void sample_fill(struct sample *sample, size_t i)
{
    static const char *const words[16] = {
        "users", "orders", "items",   "teams",    "files", "events",  "hooks",    "keys",
        "tags",  "notes",  "reports", "invoices", "staff", "members", "projects", "builds"};
    const char *first = words[i % 16], *second = words[i / 16 % 16];
    size_t more = i / 256;

    switch (i % 4) {
    case 0:
        snprintf(sample->pattern, PATH_MAX_BYTES, "/api/v1/%s/{id}/%s/m%zu", first, second, more);
        snprintf(sample->path, PATH_MAX_BYTES, "/api/v1/%s/%zu/%s/m%zu", first, i * 7919 % 100000,
                 second, more);
        break;
    case 1:
        snprintf(sample->pattern, PATH_MAX_BYTES, "/api/v1/%s/%s/m%zu", first, second, more);
        memcpy(sample->path, sample->pattern, sizeof sample->path);
        break;
    case 2:
        snprintf(sample->pattern, PATH_MAX_BYTES, "/api/v2/%s/%s/m%zu/{rest...}", first, second,
                 more);
        snprintf(sample->path, PATH_MAX_BYTES, "/api/v2/%s/%s/m%zu/a/b/%zu", first, second, more,
                 i * 7919 % 1000);
        break;
    default:
        snprintf(sample->pattern, PATH_MAX_BYTES, "/static/%s/%s-%zu.html", first, second, more);
        memcpy(sample->path, sample->pattern, sizeof sample->path);
    }
}

static enum shunt_status fill(struct memory_routes *routes)
{
    static const char *const get[] = {"GET", NULL};
    struct exchange_route *items = calloc(routes->count, sizeof *items);
    enum shunt_status status;

    routes->samples = calloc(routes->count, sizeof *routes->samples);
    if (!items || !routes->samples) {
        free(items);
        return SHUNT_ENOMEM;
    }
    for (size_t i = 0; i < routes->count; i++) {
        sample_fill(&routes->samples[i], i);
        items[i].path = shunt_span_of(routes->samples[i].pattern);
        items[i].methods = i % 2 ? get : NULL;
    }
    status = exchange_routes_init(&routes->routes, items, routes->count);
    free(items);
    return status;
}

enum shunt_status memory_routes_create(struct memory_routes **routes, size_t count)
{
    struct memory_routes *one = calloc(1, sizeof *one);
    enum shunt_status status = SHUNT_ENOMEM;

    if (one) {
        one->count = count;
        one->seed = 1;
        status = fill(one);
    }
    if (status == SHUNT_OK) {
        *routes = one;
    } else {
        memory_routes_destroy(one);
    }
    return status;
}

void memory_routes_destroy(struct memory_routes *routes)
{
    if (routes) {
        exchange_routes_fini(&routes->routes);
        free(routes->samples);
        free(routes);
    }
}

void memory_routes_draw(struct memory_routes *routes)
{
    for (size_t i = 0; i < MEMORY_ROUTES_BATCH; i++) {
        routes->seed = routes->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        routes->drawn[i] = (size_t)(routes->seed >> 33) % routes->count;
        memcpy(routes->paths[i], routes->samples[routes->drawn[i]].path, PATH_MAX_BYTES);
        routes->requests[i] = (struct shunt_request){.size = sizeof routes->requests[i],
                                                     .method = {"GET", 3},
                                                     .target = shunt_span_of(routes->paths[i]),
                                                     .path = shunt_span_of(routes->paths[i])};
    }
}

void memory_routes_find(struct memory_routes *routes)
{
    for (size_t i = 0; i < MEMORY_ROUTES_BATCH; i++) {
        routes->found[i] = exchange_routes_find(&routes->routes, &routes->requests[i]);
    }
}

bool memory_routes_right(const struct memory_routes *routes)
{
    for (size_t i = 0; i < MEMORY_ROUTES_BATCH; i++) {
        const struct exchange_route *found = routes->found[i];

        if (!found || found->path.at != routes->samples[routes->drawn[i]].pattern) {
            return false;
        }
    }
    return true;
}
