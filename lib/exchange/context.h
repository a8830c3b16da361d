/* What the exchanges of one worker share, whatever the version of HTTP. */
#ifndef EXCHANGE_CONTEXT_H
#define EXCHANGE_CONTEXT_H

#include "base/log_limit.h"
#include "conn/loop.h"
#include "conn/prefixes.h"
#include "exchange/routes.h"
#include "http/head.h"

#include <shunt/fields.h>

struct exchange_limits {
    struct http_limits http;
    uint64_t body_bytes_max, response_bytes_max;
    uint32_t requests_max; /* a connection; 0: no limit */
    uint32_t pending_upgrades_max, pending_answers_max;
    uint32_t offers_max; /* protocols of one Upgrade list that are looked at */
    uint32_t head_ms, body_ms, keep_alive_ms, upgrade_ms, answer_ms, drain_idle_ms;
    bool strict_early_bytes;
    enum shunt_forwarded forwarded;      /* the field that trusted proxies write */
    const struct conn_prefixes *trusted; /* who they are; NULL: nobody */
};

/* Since the start; written by the worker alone, read by anyone. */
struct exchange_counters {
    uint64_t requests, responses_4xx, responses_5xx;
    uint64_t malformed, too_big, timeouts, no_memory;
    uint64_t responses_too_big; /* 500 in place of a body over the limit */
    uint64_t upgrades_accepted, upgrades_declined, upgrades_refused, upgrades_deferred,
        upgrades_cancelled, upgrades_overflow;
    uint64_t answers_deferred, answers_cancelled, answers_overflow, answer_timeouts;
    uint64_t filters_answered;
    uint64_t password_overflow;               /* 503: too many passwords wait to be checked */
    uint64_t requests_limited, peers_evicted; /* 429; addresses that its table had no room for */
    /* Of folders: answers from a file that was open already, files opened, those that made room,
     * paths that no file may have or that lead to none that is served, and failures of the system. */
    uint64_t file_hits, file_opens, file_evictions, file_refusals, file_failures;
    uint64_t bodies_streamed, bodies_cut; /* read in pieces; ... and cut off before their end */
    uint64_t body_bytes_streamed;
    uint64_t offers_overflow; /* requests whose Upgrade list was not looked at to its end */
    /* Upgrades whose client sent before the 101 though its protocol forbids that. */
    uint64_t early_bytes;
};

struct shunt_exchange;
struct exchange_observer;
struct files_cache;

struct exchange_context {
    const struct exchange_routes *routes;
    struct exchange_limits limits;
    struct exchange_counters counters;
    struct shunt_worker *loop;          /* set once the loop is there */
    struct shunt_exchange *spare;       /* for the next request */
    struct exchange_observer *observer; /* of the ends of exchanges (exchange/done.h); NULL: none */
    uint64_t turn, turn_ns;             /* exchange_turn_ns() */
    uint32_t pending_upgrades, pending_answers;
    struct files_cache *files; /* the files that this worker keeps open */
    struct log_limit too_big_log, answer_log, file_log;
};

/* `routes` must outlive it. */
void exchange_context_init(struct exchange_context *context, const struct exchange_routes *routes,
                           const struct exchange_limits *limits);
void exchange_context_fini(struct exchange_context *context);

/* The context of each version of HTTP begins with this one. */
static inline struct exchange_context *exchange_context_of(const struct conn *conn)
{
    return conn_loop_of(conn)->http_context;
}

#endif
