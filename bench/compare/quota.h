/* Hold a server to a share of one CPU with the kernel's bandwidth control (cgroup v1 or v2). */
#ifndef BENCH_COMPARE_QUOTA_H
#define BENCH_COMPARE_QUOTA_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quota {
    double share;         /* of one CPU */
    char folder[512];     /* the group, "" when there is none */
    char procs[512 + 16]; /* its cgroup.procs */
    int version;          /* 1 or 2 */
};

/* A group of its own below this process's one, of version 2 or below the nearest one above that may
 * have it, that gets `share` (above 0) of a CPU. SHUNT_OK, or SHUNT_ENOTSUP with a sentence in
 * `error`. */
enum shunt_status quota_create(double share, struct quota *quota, char *error,
                               size_t error_size) SHUNT_MUST_USE;
/* Move the calling process in; its children follow. For between fork and exec: async-signal-safe.
 * 0 or -1 with errno. */
int quota_enter(const struct quota *quota);
/* What the kernel did to keep the group to its share, since it was made. */
struct quota_stat {
    uint64_t periods;      /* in which it had something to run */
    uint64_t throttled;    /* of these: it was stopped, because its share was used up */
    uint64_t throttled_us; /* for so long, over all CPUs */
};

/* False: there is no group, or the kernel does not say. */
bool quota_stat(const struct quota *quota, struct quota_stat *stat);
/* Its processes are given a second to end, or it stays. Nothing when there is none. */
void quota_destroy(struct quota *quota);

/* For tests: the same below `root` in place of /, with its proc/self/ and what is mounted there. */
enum shunt_status quota_create_below(const char *root, double share, struct quota *quota,
                                     char *error, size_t error_size) SHUNT_MUST_USE;

#endif
