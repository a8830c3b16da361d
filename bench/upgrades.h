/*
 * Threads that upgrade connections in memory (memory/server.h), one batch after the other. The
 * measured clock of each runs only while its server works: answers are checked while it stands.
 */
#ifndef BENCH_UPGRADES_H
#define BENCH_UPGRADES_H

#include "base/error.h"
#include "load/load.h"
#include "memory/server.h"

/*
 * Run for the duration of `options`; its connections are shared out to its threads, each of
 * which serves its share side by side. Latency is a batch's time by its connections. SIGINT and
 * SIGTERM end it early. Main thread, no other thread yet. SHUNT_OK, or a sentence in `error`.
 */
enum shunt_status upgrades_run(const struct options *options, const struct requests *requests,
                               const struct memory_server *server,
                               const struct load_progress *progress, struct load_result *result,
                               struct error *error) SHUNT_MUST_USE;

/* Check one exchange and count it; `ns` is its latency. */
void upgrades_count(struct tally *tally, const struct memory_exchange *exchange,
                    const struct response_want *want, uint64_t ns);

#endif
