/* Which CPUs this process may use: affinity mask and cgroup quota. */
#ifndef BASE_CPUS_H
#define BASE_CPUS_H

#include <shunt/status.h>
#include <stdbool.h>

/* How many threads are worth starting: the CPUs of the affinity mask, or the cgroup's CPU quota
 * rounded up where that is less. At least 1. */
unsigned cpus_usable(void);
/* CPUs in the affinity mask of the calling thread. At least 1. */
unsigned cpus_allowed(void);
/*
 * Should `threads` busy threads of this process be pinned, one to a CPU? Only where the process may
 * use just so many CPUs and no cgroup quota is set. With fewer threads, or a quota in place of a
 * mask, other processes come to the same answer and would meet on the first CPUs.
 */
bool cpus_pin_pays(unsigned threads);
/*
 * Pin the calling thread to the n-th CPU of its present mask, counted from 0 and modulo how many
 * there are. Ask before the first pin: the mask of a pinned thread, and of threads that it starts,
 * has one CPU. SHUNT_OK or SHUNT_ESYS.
 */
enum shunt_status cpus_pin(unsigned n) SHUNT_MUST_USE;

/* cpus_quota() of this process. */
unsigned cpus_quota_own(void);
/*
 * The tightest CPU quota, rounded up to whole CPUs, of the cgroup that `membership` (a file in the
 * format of /proc/self/cgroup) names under the mount point `root`, and of its ancestors; version 1
 * and 2. 0: no quota or none that can be read. For cpus_usable() and its tests.
 */
unsigned cpus_quota(const char *membership, const char *root);

#endif
