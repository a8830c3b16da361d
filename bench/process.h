/* What the kernel says about processes: another one's CPU time, this one's limit of descriptors. */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <shunt/status.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process_cpu {
    uint64_t user_us, system_us;
};

/* All threads, ended ones included; children are not. Good to one tick, 10 ms. SHUNT_OK or
 * SHUNT_ENOTFOUND. */
enum shunt_status process_cpu(pid_t pid, struct process_cpu *cpu) SHUNT_MUST_USE;

/* Bytes in memory now; shared pages count. SHUNT_OK or SHUNT_ENOTFOUND. */
enum shunt_status process_rss(pid_t pid, uint64_t *bytes) SHUNT_MUST_USE;

/* Raise this process's soft limit of descriptors to `needed`. SHUNT_OK, or SHUNT_EFULL with a
 * sentence in `error` that says how many it may have and how many it needs. */
enum shunt_status process_descriptors(uint64_t needed, char *error,
                                      size_t error_size) SHUNT_MUST_USE;

#endif
