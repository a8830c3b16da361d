/* What the exchanges of one worker share, whatever the version of HTTP. */
#ifndef EXCHANGE_CONTEXT_H
#define EXCHANGE_CONTEXT_H

#include "exchange/routes.h"
#include "http/head.h"

struct exchange_limits {
    struct http_limits http;
    uint64_t body_bytes_max, response_bytes_max;
    uint32_t requests_max; /* a connection; 0: no limit */
    uint32_t pending_upgrades_max;
    uint32_t offers_max; /* protocols of one Upgrade list that are looked at */
    uint32_t head_ms, body_ms, keep_alive_ms, upgrade_ms, drain_idle_ms;
    bool strict_early_bytes;
};

/* Since the start; written by the worker alone, read by anyone. */
struct exchange_counters {
    uint64_t requests, responses_4xx, responses_5xx;
    uint64_t malformed, too_big, timeouts, no_memory;
    uint64_t responses_too_big; /* 500 in place of a body over the limit */
    uint64_t upgrades_accepted, upgrades_declined, upgrades_refused, upgrades_deferred,
        upgrades_cancelled, upgrades_overflow;
    uint64_t offers_overflow; /* requests whose Upgrade list was not looked at to its end */
    uint64_t
        early_bytes; /* upgrades whose client sent before the 101 though its protocol forbids it */
};

#endif
