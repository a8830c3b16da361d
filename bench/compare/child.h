/* Programs that are started for a measurement: on a CPU, in a group, with an end that is certain.
 */
#ifndef BENCH_COMPARE_CHILD_H
#define BENCH_COMPARE_CHILD_H

#include "compare/quota.h"

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child_plan {
    const char *program;       /* found by PATH */
    char *const *argv;         /* ends with NULL */
    const cpu_set_t *cpus;     /* NULL: all that this process may use */
    const struct quota *quota; /* NULL: none */
    int output;                /* standard output and error go there */
    bool own_group;            /* a process group of its own: Ctrl-C is not for it */
};

/* The new process, or -1 with errno, also when the program is not to be found or a setting was
 * refused. It ends when this process does. */
pid_t child_start(const struct child_plan *plan);
/* Has it ended? Its status is taken then. */
bool child_ended(pid_t pid, int *status);
/* SIGTERM, a second, then SIGKILL, to the whole process group. Returns when it has ended. */
void child_stop(pid_t pid);

/* A TCP port of 127.0.0.1 that nobody listens on now; 0: none is to be had. */
uint16_t child_free_port(void);

/* `text` with each "{port}" as a number; NULL without memory. */
char *child_with_port(const char *text, uint16_t port);

#endif
