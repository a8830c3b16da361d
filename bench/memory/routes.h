/* Routes of a large service and requests for them, looked up as the server does: for the scenario
 * `routes`. */
#ifndef MEMORY_ROUTES_H
#define MEMORY_ROUTES_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>

#define MEMORY_ROUTES_BATCH 64

struct memory_routes;

/* `count` routes, at least one: a quarter of each fixed, with a parameter, with a rest, and long and
 * fixed. SHUNT_ENOMEM. */
enum shunt_status memory_routes_create(struct memory_routes **routes, size_t count) SHUNT_MUST_USE;
void memory_routes_destroy(struct memory_routes *routes);

/* Draw as many requests as a batch has, each for a route that is drawn too, and bring them close to
 * the CPU, where a request is that has just been parsed. */
void memory_routes_draw(struct memory_routes *routes);
/* Look them up: what is measured. */
void memory_routes_find(struct memory_routes *routes);
/* Has each found the route that it was drawn for? */
bool memory_routes_right(const struct memory_routes *routes);

#endif
