/*
 * Threads that turn groups of clients. Each has its own loop, clients and tally; ten times a second
 * it adds the tally to an outbox under a mutex, and the main thread empties the outboxes: recording
 * is free of atomics, and no figure is lost or counted twice, however late either side comes.
 *
 * SIGINT and SIGTERM are blocked from creation to destruction; crew_sleep() takes them.
 */
#ifndef BENCH_LOAD_CREW_H
#define BENCH_LOAD_CREW_H

#include "load/client_group.h"

struct crew;

/* `plan` is borrowed; its rate is shared out. SHUNT_OK, or a sentence in `error`. Main thread, with
 * no other thread yet. */
enum shunt_status crew_create(const struct client_plan *plan, uint32_t connections,
                              uint32_t threads, struct crew **crew, char *error,
                              size_t error_size) SHUNT_MUST_USE;
/* Ends and joins the threads if that has not been done. */
void crew_destroy(struct crew *crew);

/* The clients' back end, and why it is that one: maybe "". */
const char *crew_backend(const struct crew *crew, const char **why);

/* Begin: what completes from `from_ns` on is counted, until `until_ns`, when the threads end. */
void crew_start(struct crew *crew, uint64_t from_ns, uint64_t until_ns);
/* Every held connection says its message once, `rate` of them a second over all threads. */
void crew_ping(struct crew *crew, double rate);
/* Sleep until then; false after SIGINT or SIGTERM. Early and true when a thread has failed. */
bool crew_sleep(struct crew *crew, uint64_t until_ns);
bool crew_failed(const struct crew *crew);
/* Add what the threads have counted since the last time. */
void crew_collect(struct crew *crew, struct tally *into);

struct crew_summary {
    double cpu_s, cpu_max_s; /* of all threads and of the busiest one, in the counted time */
    double spun_s;           /* of all threads, in neither of these: awake only to be in time */
    uint64_t unfinished;     /* operations that were due and are not done */
    uint64_t oldest_ns;      /* how long the oldest of them that nobody took has waited */
};
/* End and join the threads. SHUNT_OK, or what failed in one, with a sentence in `error`. */
enum shunt_status crew_finish(struct crew *crew, struct crew_summary *summary, char *error,
                              size_t error_size) SHUNT_MUST_USE;

#endif
