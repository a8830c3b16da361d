#include "server/config_places.h"

#include "exchange/pattern.h"
#include "server/config.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS_FIRST = 16 };

/* FNV-1a over the host, whose case does not count, on top of the path's. */
static uint64_t place_hash(const struct config_route *route)
{
    uint64_t hash = exchange_pattern_hash(route->path);

    for (const char *at = route->host ? route->host : ""; *at; at++) {
        unsigned char byte = (unsigned char)*at;

        byte |= byte >= 'A' && byte <= 'Z' ? 0x20 : 0;
        hash = (hash ^ byte) * UINT64_C(0x100000001b3);
    }
    return hash ^ hash >> 32;
}

static uint32_t *bucket_of(const struct config_places *places, const struct config_route *route)
{
    return &places->latest[route->place_hash & (places->buckets - 1)];
}

static void link_route(struct config_places *places, struct config_route *routes, size_t i)
{
    uint32_t *latest = bucket_of(places, &routes[i]);

    routes[i].earlier = *latest;
    *latest = (uint32_t)i + 1;
}

enum shunt_status config_places_reserve(struct config_places *places, size_t count)
{
    size_t buckets = BUCKETS_FIRST;
    uint32_t *latest;

    while (buckets < count) {
        buckets *= 2;
    }
    latest = calloc(buckets, sizeof *latest);
    if (!latest) {
        return SHUNT_ENOMEM;
    }
    free(places->latest);
    *places = (struct config_places){latest, buckets};
    return SHUNT_OK;
}

void config_places_rebuild(struct config_places *places, struct config_route *routes, size_t count)
{
    memset(places->latest, 0, places->buckets * sizeof *places->latest);
    for (size_t i = 0; i < count; i++) {
        link_route(places, routes, i);
    }
}

enum shunt_status config_places_add(struct config_places *places, struct config_route *routes,
                                    size_t count)
{
    routes[count - 1].place_hash = place_hash(&routes[count - 1]);
    if (count <= places->buckets) {
        link_route(places, routes, count - 1);
        return SHUNT_OK;
    }
    if (config_places_reserve(places, count) != SHUNT_OK) {
        return SHUNT_ENOMEM;
    }
    config_places_rebuild(places, routes, count);
    return SHUNT_OK;
}

void config_places_drop(struct config_places *places, const struct config_route *routes,
                        size_t count)
{
    *bucket_of(places, &routes[count - 1]) = routes[count - 1].earlier;
}

void config_places_fini(struct config_places *places)
{
    free(places->latest);
    *places = (struct config_places){0};
}
