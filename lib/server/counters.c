/* One table for each structure; a counter that is added there and missing here does not compile. */
#include "server/counters.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
/* "session." is the name that users know. */
#define EXCHANGE(name)                                                                             \
    {                                                                                              \
        "session." #name, offsetof(struct exchange_counters, name)                                 \
    }

static const struct counter io_table[] = {
    IO(turns), IO(completions), IO(accepts), IO(receives),  IO(sends),    IO(closes),
    IO(wakes), IO(starved),     IO(retries), IO(overflows), IO(refusals),
};
static const struct counter conns_table[] = {
    CONN(accepted),
    CONN(closed),
    CONN(refused_full),
    CONN(refused_memory),
    CONN(refused_peer),
    CONN(peer_resets),
    CONN(peers_lost),
    CONN(peers_silent),
    CONN(receive_failures),
    CONN(send_failures),
    CONN(stop_aborts),
    CONN(accept_failures),
    CONN(parks),
    CONN(unparks),
    CONN(queue_overflows),
    CONN(write_timeouts),
    CONN(close_timeouts),
    CONN(held_failures),
    CONN(upgrades),
    CONN(moves),
    CONN(posts_missed),
    CONN(posts_refused),
    CONN(loop_losses),
    CONN(memory_requests),
    CONN(memory_held),
    CONN(memory_output),
    CONN(memory_evicted),
    CONN(files_truncated),
    CONN(allocation_failures),
    CONN(worker_timers_refused),
    CONN(watches_refused),
    CONN(connects),
    CONN(connect_failures),
};
static const struct counter exchanges_table[] = {
    EXCHANGE(requests),          EXCHANGE(responses_4xx),
    EXCHANGE(responses_5xx),     EXCHANGE(malformed),
    EXCHANGE(too_big),           EXCHANGE(timeouts),
    EXCHANGE(no_memory),         EXCHANGE(upgrades_accepted),
    EXCHANGE(upgrades_declined), EXCHANGE(upgrades_refused),
    EXCHANGE(upgrades_deferred), EXCHANGE(upgrades_cancelled),
    EXCHANGE(upgrades_overflow), EXCHANGE(offers_overflow),
    EXCHANGE(early_bytes),       EXCHANGE(responses_too_big),
    EXCHANGE(answers_deferred),  EXCHANGE(answers_cancelled),
    EXCHANGE(answers_overflow),  EXCHANGE(answer_timeouts),
    EXCHANGE(filters_answered),  EXCHANGE(requests_limited),
    EXCHANGE(password_overflow), EXCHANGE(peers_evicted),
    EXCHANGE(file_hits),         EXCHANGE(file_opens),
    EXCHANGE(file_evictions),    EXCHANGE(file_refusals),
    EXCHANGE(file_failures),     EXCHANGE(bodies_streamed),
    EXCHANGE(bodies_cut),        EXCHANGE(body_bytes_streamed),
};

#define COUNT(table) (sizeof(table) / sizeof *(table))
_Static_assert(COUNT(io_table) * sizeof(uint64_t) == sizeof(struct io_counters), "all of io");
_Static_assert(COUNT(conns_table) * sizeof(uint64_t) == sizeof(struct conn_counters),
               "all of conn");
_Static_assert(COUNT(exchanges_table) * sizeof(uint64_t) == sizeof(struct exchange_counters),
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

void server_counters_read(const struct shunt_worker *loop, struct server_counters *counters)
{
    const struct exchange_context *exchanges = loop->http_context;

    *counters = (struct server_counters){
        .known = true,
        .io = *io_counters(loop->io),
        .conns = loop->counters,
        .exchanges = exchanges->counters,
        .live = loop->slab.live,
        .memory_bytes = loop->memory.used,
    };
}

static void add(void *to, const void *from, size_t bytes)
{
    for (size_t i = 0; i < bytes / sizeof(uint64_t); i++) {
        ((uint64_t *)to)[i] += ((const uint64_t *)from)[i];
    }
}

void server_counters_add(struct server_counters *to, const struct server_counters *from)
{
    add(&to->io, &from->io, sizeof to->io);
    add(&to->conns, &from->conns, sizeof to->conns);
    add(&to->exchanges, &from->exchanges, sizeof to->exchanges);
}

void server_counters_log(const char *of, const struct server_counters *counters)
{
    char line[1536] = "";

    append(line, sizeof line, 0, io_table, COUNT(io_table), &counters->io);
    log_info("%s:%s", of, line);
    line[0] = '\0';
    append(line, sizeof line, 0, conns_table, COUNT(conns_table), &counters->conns);
    log_info("%s: conn.live=%" PRIu64 " conn.memory_bytes=%" PRIu64 "%s", of, counters->live,
             counters->memory_bytes, line);
    line[0] = '\0';
    append(line, sizeof line, 0, exchanges_table, COUNT(exchanges_table), &counters->exchanges);
    log_info("%s:%s", of, line);
}

/* ---- for Prometheus ---- */

/* One value of each worker, at `offset` of its counters. */
static void write_family(FILE *to, const char *name, const char *suffix, size_t offset,
                         const struct server_counters *workers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (workers[i].known) {
            const char *at = (const char *)&workers[i] + offset;

            fprintf(to, "shunt_%s%s{worker=\"%u\"} %" PRIu64 "\n", name, suffix, i,
                    *(const uint64_t *)(const void *)at);
        }
    }
}

/* The name of a counter is "conn.accepted" in the log and "conn_accepted" here. */
static void write_table(FILE *to, bool open_metrics, const struct counter *table, size_t rows,
                        size_t offset, const struct server_counters *workers, unsigned count)
{
    for (size_t i = 0; i < rows; i++) {
        char name[64];

        snprintf(name, sizeof name, "%s", table[i].name);
        *strchr(name, '.') = '_';
        fprintf(to, "# TYPE shunt_%s%s counter\n", name, open_metrics ? "" : "_total");
        write_family(to, name, "_total", offset + table[i].offset, workers, count);
    }
}

void server_counters_write(FILE *to, bool open_metrics, const struct server_counters *workers,
                           unsigned count)
{
    static const char *const gauges[] = {"connections", "memory_bytes"};
    static const size_t offsets[] = {offsetof(struct server_counters, live),
                                     offsetof(struct server_counters, memory_bytes)};

    write_table(to, open_metrics, io_table, COUNT(io_table), offsetof(struct server_counters, io),
                workers, count);
    write_table(to, open_metrics, conns_table, COUNT(conns_table),
                offsetof(struct server_counters, conns), workers, count);
    write_table(to, open_metrics, exchanges_table, COUNT(exchanges_table),
                offsetof(struct server_counters, exchanges), workers, count);
    for (size_t i = 0; i < COUNT(gauges); i++) {
        fprintf(to, "# TYPE shunt_%s gauge\n", gauges[i]);
        write_family(to, gauges[i], "", offsets[i], workers, count);
    }
}
