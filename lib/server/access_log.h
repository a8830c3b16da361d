/*
 * The access log: lines are made on the workers, and written by a thread of its own, so that no disk
 * and no pipe ever stops a worker. What cannot be written in time is dropped, whole lines at a time,
 * counted, and reported in the log.
 */
#ifndef SERVER_ACCESS_LOG_H
#define SERVER_ACCESS_LOG_H

#include "base/spool.h"
#include "exchange/log_format.h"
#include "server/access_output.h"
#include "server/config.h"

#include <pthread.h>
#include <stdatomic.h>

#define ACCESS_OUTPUTS_MAX 32 /* different paths of one configuration */

/* One path, and each worker's lines for it. */
struct access_destination {
    struct access_output output;
    struct spool **spools; /* by worker */
};

struct access_log {
    struct exchange_log_format *format;
    bool server_wide; /* the first destination gets what no route has a say in */
    struct access_destination destinations[ACCESS_OUTPUTS_MAX];
    unsigned count, workers;
    size_t buffer_bytes;
    uint32_t flush_ms;
    /* Between the workers and the writer. */
    int event;             /* an eventfd that wakes the writer */
    atomic_bool signalled; /* ... which has been written, or need not be */
    atomic_bool idle;      /* the writer waits for a first line */
    /* Between the main thread and the writer. */
    atomic_bool reopen, stop;
    uint32_t stop_ms; /* how long the writer may go on trying; before `stop` */
    pthread_t thread;
};

/* The different paths that a configuration names: the server's first, then those of routes. */
struct access_paths {
    const char *paths[ACCESS_OUTPUTS_MAX]; /* borrowed */
    unsigned count;
    bool server_wide; /* the first one is the server's */
};

/* SHUNT_EFULL: there are more; *route, which may be NULL, is the first that has one too many. */
enum shunt_status access_log_paths(const struct config *config, struct access_paths *paths,
                                   size_t *route) SHUNT_MUST_USE;
/* Which of them a route's access_log setting (NULL: it has none) means, from 1; 0: none. */
unsigned access_log_number(const struct access_paths *paths, const char *setting);

/*
 * Open all that the configuration names and start the writer. *log is NULL where it names none.
 * Statuses and `error` as shunt_server_run(). Main thread.
 */
enum shunt_status access_log_open(const struct config *config, unsigned workers,
                                  struct access_log **log, struct error *error) SHUNT_MUST_USE;
/* Write what is left, for at most `wait_ms` where something does not take it, and close. The workers
 * have ended. NULL is allowed. */
void access_log_close(struct access_log *log, uint32_t wait_ms);

/* Open all files anew, once what was logged before is in the old ones. NULL is allowed. */
void access_log_reopen(struct access_log *log);

#endif
