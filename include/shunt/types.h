/* What the headers of handlers and of plugins have in common: ids, workers, tasks, settings. */
#ifndef SHUNT_TYPES_H
#define SHUNT_TYPES_H

#include <shunt/status.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct shunt_worker;   /* the worker that a callback runs on */
struct shunt_settings; /* keys and values of the configuration */

/* Names a stream, an upgrade, an exchange or a worker beyond the callback that showed it; stale ids
 * miss. 0 is nobody. */
typedef uint64_t shunt_id;

/* Run on a worker by post_worker(). */
typedef void shunt_worker_task(struct shunt_worker *worker, void *arg);
/* Run instead of a task whose target is gone, and for borrowed bytes when they are no longer
 * needed: on the worker that the task or the bytes were for, whichever thread has given them. */
typedef void shunt_release(void *arg);

/*
 * Read and check the settings of one route: on the main thread, once for each route, after every
 * init() and before the first worker. What is read here may be read again later. A key that nobody
 * asks for here is refused, and so is the route for any status but SHUNT_OK; then `error`, of
 * `error_size` bytes and empty at first, may get what was expected and found. `plugin` is what
 * init() set.
 */
typedef enum shunt_status shunt_route_reader(void *plugin, const struct shunt_settings *settings,
                                             char *error, size_t error_size);

#ifdef __cplusplus
}
#endif

#endif
