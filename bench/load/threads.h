/*
 * Pinned threads that turn workers. Each has its own worker and tally; ten times a second it adds
 * the tally to an outbox under a mutex, and the main thread empties the outboxes: recording is free
 * of atomics, and no figure is lost or counted twice, however late either side comes.
 *
 * SIGINT and SIGTERM are blocked from creation to destruction; threads_sleep() receives them.
 */
#ifndef BENCH_LOAD_THREADS_H
#define BENCH_LOAD_THREADS_H

#include "base/error.h"
#include "load/tally.h"

#include <shunt/status.h>
#include <stdint.h>

/* What a thread is to create its worker for. */
struct threads_share {
    uint32_t number, count; /* of the threads, from 0; how many there are */
    uint32_t connections;   /* its own */
    bool cpu_to_spare;      /* the process may use more CPUs than there are threads */
};

/* A kind of worker. All is called on the worker's thread; what is NULL is left out. */
struct threads_job {
    const void *context; /* borrowed, for all threads */
    /* SHUNT_OK, and maybe a remark in `error`; or a sentence there. `tally` is borrowed. */
    enum shunt_status (*create)(const void *context, const struct threads_share *share,
                                struct tally *tally, void **worker, struct error *error);
    void (*destroy)(void *worker);
    enum shunt_status (*turn)(void *worker);
    /* The clock that is measured by. */
    uint64_t (*now_ns)(const void *worker);
    /* The measured window starts at `from_ns`; it has started; every held connection is to send its
     * message once, `rate` of them a second. */
    void (*window)(void *worker, uint64_t from_ns);
    void (*count)(void *worker);
    void (*ping)(void *worker, double rate);
    /* CPU time in which it was awake only to be in time; operations that were due and are not done,
     * and how long the oldest waits. */
    uint64_t (*spun_ns)(const void *worker);
    uint64_t (*unfinished)(const void *worker, uint64_t until_ns, uint64_t *oldest_ns);
};

struct threads;

/* `job` is copied; `connections` are shared out. SHUNT_OK, or a sentence in `error`. Main thread,
 * with no other thread yet. */
enum shunt_status threads_create(const struct threads_job *job, uint32_t connections,
                                 uint32_t count, struct threads **threads,
                                 struct error *error) SHUNT_MUST_USE;
/* Ends and joins the threads if that has not been done. */
void threads_destroy(struct threads *threads);

/* The first thread's worker, and what its creation remarked: maybe "". */
const void *threads_first(const struct threads *threads, const char **remark);

/* Begin: what completes from `from_ns` on is counted, until `until_ns`, when the threads end. */
void threads_start(struct threads *threads, uint64_t from_ns, uint64_t until_ns);
/* Every held connection sends its message once, `rate` of them a second over all threads. */
void threads_ping(struct threads *threads, double rate);
/* Sleep until then; false after SIGINT or SIGTERM. Early and true when a thread has failed or all
 * have ended. */
bool threads_sleep(struct threads *threads, uint64_t until_ns);
bool threads_failed(const struct threads *threads);
/* All have ended. */
bool threads_ended(const struct threads *threads);
/* Add what the threads have counted since the last time. */
void threads_collect(struct threads *threads, struct tally *into);

struct threads_summary {
    double cpu_s, busy_max; /* of all threads, and the busiest one's share, in the counted time */
    double spun_s;          /* of all threads, in neither of these: awake only to be in time */
    uint64_t unfinished;    /* operations that were due and are not done */
    uint64_t oldest_ns;     /* how long the oldest of them has waited to be begun */
};
/* End and join the threads. SHUNT_OK, or what failed in one, with a sentence in `error`. */
enum shunt_status threads_finish(struct threads *threads, struct threads_summary *summary,
                                 struct error *error) SHUNT_MUST_USE;

#endif
