/* Routes by their places, host and path, so that each is held against those of its own place and not
 * against all that there are. */
#ifndef SERVER_CONFIG_PLACES_H
#define SERVER_CONFIG_PLACES_H

#include <shunt/status.h>
#include <stddef.h>
#include <stdint.h>

struct config_route;

/* A hash table whose chains run through the routes, from later ones to earlier ones. */
struct config_places {
    uint32_t *latest; /* of each bucket: 1 + the number of a route; 0: none */
    size_t buckets;   /* a power of two; or 0 */
};

/*
 * The last of `count` routes has been added; the others are in the table. Its `earlier` and those
 * behind it lead to every other route of its place. SHUNT_ENOMEM: nothing has changed.
 */
enum shunt_status config_places_add(struct config_places *places, struct config_route *routes,
                                    size_t count) SHUNT_MUST_USE;
/* The last of `count` routes goes. */
void config_places_drop(struct config_places *places, const struct config_route *routes,
                        size_t count);

/* Room for as many routes, all of which config_places_rebuild() is to link then. SHUNT_ENOMEM:
 * nothing has changed. */
enum shunt_status config_places_reserve(struct config_places *places, size_t count) SHUNT_MUST_USE;
/* The order of the routes has changed, or others have come: as many as were reserved for, at most. */
void config_places_rebuild(struct config_places *places, struct config_route *routes, size_t count);
void config_places_fini(struct config_places *places);

#endif
