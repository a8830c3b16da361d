/* The thread that writes the access log. */
#ifndef SERVER_ACCESS_WRITER_H
#define SERVER_ACCESS_WRITER_H

#include "server/access_log.h"

/* SHUNT_ESYS: no thread. */
enum shunt_status access_writer_start(struct access_log *log) SHUNT_MUST_USE;
/* Wait for its end, once log->stop is set. */
void access_writer_join(struct access_log *log);

/* Wake it: something was ordered. Any thread. */
void access_writer_wake(struct access_log *log);
/* What all workers have logged, and what of it was dropped. Any thread; NULL is allowed. */
struct access_writer_counts {
    uint64_t lines, dropped;
};
struct access_writer_counts access_writer_counts(const struct access_log *log);

/* Lines were published; `hurry`: a spool is half full. A worker's thread. */
void access_writer_notify(struct access_log *log, bool hurry);

#endif
