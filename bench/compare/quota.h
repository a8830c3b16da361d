/* Hold a server to a share of one CPU with the kernel's bandwidth control (cgroup v1 or v2). */
#ifndef BENCH_COMPARE_QUOTA_H
#define BENCH_COMPARE_QUOTA_H

#include <shunt/status.h>
#include <stddef.h>

struct quota {
    char folder[512];     /* the group, "" when there is none */
    char procs[512 + 16]; /* its cgroup.procs */
    int version;          /* 1 or 2 */
};

/* A group of its own below this process's one that gets `share` (above 0) of a CPU. SHUNT_OK, or
 * SHUNT_ENOTSUP with a sentence in `error`. */
enum shunt_status quota_create(double share, struct quota *quota, char *error,
                               size_t error_size) SHUNT_MUST_USE;
/* Move the calling process in; its children follow. For between fork and exec: async-signal-safe.
 * 0 or -1 with errno. */
int quota_enter(const struct quota *quota);
/* The group must be empty, or it stays. Nothing when there is none. */
void quota_destroy(struct quota *quota);

/* For tests: the same below `root` in place of /, with its proc/self/ and what is mounted there. */
enum shunt_status quota_create_below(const char *root, double share, struct quota *quota,
                                     char *error, size_t error_size) SHUNT_MUST_USE;

#endif
