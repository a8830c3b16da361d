/* One table for each structure; a counter that is added there and missing here does not compile. */
#include "server/counters.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>

struct counter {
    const char *name;
    size_t offset;
};

#define IO(name)                                                                                   \
    {                                                                                              \
        "io." #name, offsetof(struct io_counters, name)                                            \
    }
#define CONN(name)                                                                                 \
    {                                                                                              \
        "conn." #name, offsetof(struct conn_counters, name)                                        \
    }
#define SESSION(name)                                                                              \
    {                                                                                              \
        "session." #name, offsetof(struct exchange_counters, name)                                 \
    }

static const struct counter io_table[] = {
    IO(turns), IO(completions), IO(accepts), IO(receives),  IO(sends),    IO(closes),
    IO(wakes), IO(starved),     IO(retries), IO(overflows), IO(refusals),
};
static const struct counter conns_table[] = {
    CONN(accepted),       CONN(closed),           CONN(refused_full),
    CONN(refused_memory), CONN(peer_resets),      CONN(peers_lost),
    CONN(peers_silent),   CONN(receive_failures), CONN(send_failures),
    CONN(stop_aborts),    CONN(accept_failures),  CONN(parks),
    CONN(unparks),        CONN(queue_overflows),  CONN(write_timeouts),
    CONN(close_timeouts), CONN(held_failures),    CONN(upgrades),
    CONN(moves),          CONN(posts_missed),     CONN(posts_refused),
    CONN(loop_losses),    CONN(memory_requests),  CONN(memory_held),
    CONN(memory_output),  CONN(memory_evicted),   CONN(allocation_failures),
};
static const struct counter sessions_table[] = {
    SESSION(requests),          SESSION(responses_4xx),     SESSION(responses_5xx),
    SESSION(malformed),         SESSION(too_big),           SESSION(timeouts),
    SESSION(no_memory),         SESSION(upgrades_accepted), SESSION(upgrades_declined),
    SESSION(upgrades_refused),  SESSION(upgrades_deferred), SESSION(upgrades_cancelled),
    SESSION(upgrades_overflow), SESSION(offers_overflow),   SESSION(early_bytes),
    SESSION(responses_too_big),
};

#define COUNT(table) (sizeof(table) / sizeof *(table))
_Static_assert(COUNT(io_table) * sizeof(uint64_t) == sizeof(struct io_counters), "all of io");
_Static_assert(COUNT(conns_table) * sizeof(uint64_t) == sizeof(struct conn_counters),
               "all of conn");
_Static_assert(COUNT(sessions_table) * sizeof(uint64_t) == sizeof(struct exchange_counters),
               "all of exchange");

static size_t append(char *line, size_t size, size_t len, const struct counter *table, size_t count,
                     const void *values)
{
    for (size_t i = 0; i < count && len < size; i++) {
        uint64_t value = *(const uint64_t *)(const void *)((const char *)values + table[i].offset);

        if (value > 0) {
            len += (size_t)snprintf(line + len, size - len, " %s=%" PRIu64, table[i].name, value);
        }
    }
    return len;
}

void server_counters_log(unsigned worker, const struct io_counters *io,
                         const struct conn_counters *conns,
                         const struct exchange_counters *sessions, uint64_t live,
                         uint64_t memory_bytes)
{
    char line[1536] = "";

    append(line, sizeof line, 0, io_table, COUNT(io_table), io);
    log_info("worker %u:%s", worker, line);
    line[0] = '\0';
    append(line, sizeof line, 0, conns_table, COUNT(conns_table), conns);
    log_info("worker %u: conn.live=%" PRIu64 " conn.memory_bytes=%" PRIu64 "%s", worker, live,
             memory_bytes, line);
    line[0] = '\0';
    append(line, sizeof line, 0, sessions_table, COUNT(sessions_table), sessions);
    log_info("worker %u:%s", worker, line);
}
