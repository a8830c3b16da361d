/* Many connections that are held: how long they take to come, what they cost, whether they live. */
#ifndef BENCH_LOAD_HOLD_H
#define BENCH_LOAD_HOLD_H

#include "base/error.h"
#include "load/bare_ends.h"
#include "load/load.h"
#include "observe/kernel_memory.h"

struct hold_memory {
    bool server_known, pss_known;
    struct process_usage server;
    uint64_t server_pss_bytes;
    struct kernel_memory kernel;
};

struct hold_result {
    struct load_result establishing; /* its latency is that of one connection */
    double establish_s;              /* from the first connect to the last 101 */
    uint64_t held;                   /* at the end of the hold */
    struct hold_memory before, held_memory;
    struct bare_ends bare; /* the kernel's part without a server */
    struct tally ping;     /* one message over each connection */
    double ping_s;
};

/*
 * Establish options->connections, hold them for options->duration_s, measure, then ping each once,
 * options->rate a second (0: all within two seconds). `show` gets what is being done, a few times
 * a second. SHUNT_OK, SHUNT_AGAIN when interrupted, or a sentence in `error`.
 */
enum shunt_status hold_run(const struct options *options, const struct client_plan *plan,
                           void (*show)(const char *sentence), struct hold_result *result,
                           struct error *error) SHUNT_MUST_USE;

#endif
