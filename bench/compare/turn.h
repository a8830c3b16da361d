/* One turn: a server is started, the scenario run against it, the server stopped. */
#ifndef BENCH_COMPARE_TURN_H
#define BENCH_COMPARE_TURN_H

#include "compare/child.h"

#include <jansson.h>

struct turn_plan {
    const char *command;   /* of the server, with {port} */
    const char *program;   /* that runs the scenario: this one */
    char *const *scenario; /* its words, with {port}; ends with NULL */
    double wait_s;
    const cpu_set_t *server_cpus, *client_cpus; /* NULL: all */
    const struct quota *quota;                  /* of the server; NULL: none */
};

/* The scenario's result, a new reference; NULL with a sentence in `error`, also when nothing was
 * completed. With a quota it has a
 * member `quota`: `share`, `used` (how much of that, in the measured time, 1 is all; null when the
 * result does not say), and of the whole turn, if the kernel says, `periods`, `throttled` and
 * `throttled_share` (of these), and `throttled_us`: quota.h. A signal that sets
 * *stop ends it early. */
json_t *turn_run(const struct turn_plan *plan, const volatile int *stop, char *error,
                 size_t error_size);

#endif
