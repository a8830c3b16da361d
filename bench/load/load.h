/* A run: threads that turn groups of clients for a measured time, and what came of it. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "base/error.h"
#include "load/client_group.h"
#include "load/series.h"
#include "load/tally.h"
#include "observe/process.h"
#include "observe/system_calls.h"
#include "options.h"

struct load_result {
    struct tally tally;
    struct target_tallies *by_request; /* of several URLs; NULL: there is one */
    double seconds;                    /* measured; less than asked for when interrupted */
    const char *backend;               /* the client's: "io_uring" or "epoll" */
    char backend_why[256];
    time_t started_at;
    bool interrupted;
    uint64_t server_pss_bytes;   /* 0: not known */
    bool server_known;           /* --pid was given and the process lived to the end */
    struct process_usage server; /* used in the measured time; memory and threads: at its end */
    bool system_calls_known;     /* only with server_known */
    uint64_t system_calls;       /* of the server in the measured time */
    char system_calls_why[160];  /* why not, where they were asked for; else "" */
    struct series series;
    double client_cpu_s;    /* of all threads, in the measured time */
    double client_spun_s;   /* not in that: awake only to be in time for what was due */
    double client_busy_max; /* share of the measured time of the busiest thread, 0 to 1 */
    uint64_t unfinished;    /* open loop: due and not done at the end */
    uint64_t oldest_unfinished_ns;
};

/* Called about once a second by the main thread, with what came since the last time. `left_s` is negative
 * while warming up. */
struct load_progress {
    void (*show)(void *context, const struct tally *since, double since_s, double left_s,
                 uint64_t failed_so_far);
    void *context;
};

/*
 * Run `plan` with `options`. SIGINT and SIGTERM end it early. Main thread, no other thread yet.
 * SHUNT_OK, or a sentence in `error`.
 */
enum shunt_status load_run(const struct options *options, const struct client_plan *plan,
                           const struct load_progress *progress, struct load_result *result,
                           struct error *error) SHUNT_MUST_USE;

void load_result_fini(struct load_result *result);

/* Start to count the server's system calls where `options` ask for it and it is allowed, and set in
 * `result` whether. NULL where not. */
struct system_calls *load_count_system_calls(const struct options *options,
                                             struct load_result *result);

#endif
