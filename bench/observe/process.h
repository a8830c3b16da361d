/* What the kernel knows of processes: another one's use of the machine, this one's limits. */
#ifndef BENCH_OBSERVE_PROCESS_H
#define BENCH_OBSERVE_PROCESS_H

#include "base/error.h"

#include <shunt/status.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A process, all its threads (those that ended too) and its living descendants, summed. */
struct process_usage {
    uint64_t user_us, system_us;     /* good to one tick, 10 ms */
    uint64_t rss_bytes;              /* in memory now; pages that are shared count for each */
    uint64_t voluntary, involuntary; /* context switches of the threads that live now */
    uint32_t processes, threads;
};

/* SHUNT_OK, or SHUNT_ENOTFOUND when `pid` does not exist. A descendant that ends between two calls
 * takes its figures with it. */
enum shunt_status process_usage(pid_t pid, struct process_usage *usage) SHUNT_MUST_USE;
/* What has been used between two calls; memory and counts of threads are the later ones. */
struct process_usage process_usage_since(const struct process_usage *later,
                                         const struct process_usage *earlier);

/* The same processes' memory, each shared page divided by those that share it. SHUNT_OK, or
 * SHUNT_ENOTFOUND also when it may not be read. Slow: the kernel walks the page tables. */
enum shunt_status process_pss(pid_t pid, uint64_t *bytes) SHUNT_MUST_USE;

/* Call `one` for each thread of the process and of its living descendants. */
void process_each_thread(pid_t pid, void (*one)(pid_t thread, void *context), void *context);

/* Raise this process's soft limit of descriptors to `needed`. SHUNT_OK, or SHUNT_EFULL with a
 * sentence in `error` with how many it may have and how many it needs. */
enum shunt_status process_descriptors(uint64_t needed, struct error *error) SHUNT_MUST_USE;

#endif
