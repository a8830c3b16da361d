/*
 * How many system calls a process makes, counted by the kernel: a counter for each of its threads
 * on the tracepoint raw_syscalls:sys_enter (perf_event_open(2)). Nothing is sampled or recorded.
 *
 * Counted is each entry into the kernel: io_uring_enter(2) is one, however much it submits. What
 * the kernel does for submitted operations is none, be it there, in its worker threads or for
 * SQPOLL.
 */
#ifndef BENCH_OBSERVE_SYSTEM_CALLS_H
#define BENCH_OBSERVE_SYSTEM_CALLS_H

#include "base/error.h"

#include <shunt/status.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SYSTEM_CALLS_THREADS_MAX 4096 /* each takes a descriptor */

struct system_calls;

/*
 * Count from now on in all threads of `pid` and of its living descendants. Threads and processes
 * that they start later are counted with them, also after their end. One that is started while this
 * runs may be missed or counted twice: call before the load. SHUNT_OK with `*calls`, or with a
 * plain reason in `why`: SHUNT_ENOTSUP where the kernel or its settings do not allow it,
 * SHUNT_ENOTFOUND without such a process, SHUNT_EFULL with too many threads, SHUNT_ENOMEM.
 */
enum shunt_status system_calls_open(pid_t pid, struct system_calls **calls,
                                    struct error *why) SHUNT_MUST_USE;
/* Since it was opened; 0 for NULL. */
uint64_t system_calls_count(const struct system_calls *calls);
/* NULL is nothing. */
void system_calls_close(struct system_calls *calls);

/* For tests: the same with the kernel's tracing folder looked for below `root` in place of /. */
enum shunt_status system_calls_open_below(const char *root, pid_t pid, struct system_calls **calls,
                                          struct error *why) SHUNT_MUST_USE;

#endif
