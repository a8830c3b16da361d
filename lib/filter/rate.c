/*
 * Requests of one client a second. Each worker counts for itself, so that nothing is shared: a client
 * whose connections are spread over N workers may ask N times as much.
 */
#include "exchange/client.h"
#include "filter/buckets.h"
#include "filter/builtin.h"
#include "filter/settings.h"

#include <stdlib.h>

#define WORKERS_MAX 1024
#define MILLION     1000000u

struct rate {
    uint64_t requests, every_s, burst, peers_max;
    uint64_t v4_bits, v6_bits;
    struct filter_buckets *buckets[WORKERS_MAX]; /* of each worker, made by itself */
    struct log_limit logs[WORKERS_MAX];
};

/* Those of the worker; NULL: no memory. */
static struct filter_buckets *buckets_of(struct rate *own, const struct shunt_worker *loop)
{
    unsigned number = loop->post.number % WORKERS_MAX;

    if (!own->buckets[number]) {
        own->buckets[number] = filter_buckets_create(
            (uint32_t)own->peers_max, own->every_s * MILLION / own->requests, own->burst);
    }
    return own->buckets[number];
}

/* Clients whose address is not known share a bucket. */
static struct conn_address address_of(const struct rate *own, const struct shunt_exchange *exchange)
{
    struct conn_address address;

    if (exchange_client(exchange, &address) != SHUNT_OK) {
        return (struct conn_address){{0}};
    }
    conn_address_mask(&address,
                      (unsigned)(conn_address_is_v4(&address) ? CONN_ADDRESS_V4_BITS + own->v4_bits
                                                              : own->v6_bits));
    return address;
}

static void note_eviction(struct rate *own, struct exchange_context *context)
{
    context->counters.peers_evicted++;
    log_limit_line(&own->logs[context->loop->post.number % WORKERS_MAX], context->loop->now_ms,
                   SHUNT_LOG_WARNING,
                   "filter rate: more clients at once than its peers_max (%llu) has room for: some "
                   "begin anew",
                   (unsigned long long)own->peers_max);
}

static enum shunt_filtering refuse(struct exchange_context *context,
                                   struct shunt_response *response, uint64_t wait_us)
{
    char text[24];
    struct http_writer digits = {.at = text, .room = sizeof text};

    context->counters.requests_limited++;
    http_write_number(&digits, (wait_us + MILLION - 1) / MILLION);
    exchange_response_text(response, 429, shunt_span_of("Too Many Requests\n"));
    (void)!exchange_response_field(response, shunt_span_of("Retry-After"),
                                   (struct shunt_span){text, digits.len});
    return SHUNT_ANSWERED;
}

static enum shunt_filtering before(void *state, const struct shunt_request *request,
                                   struct shunt_response *response)
{
    struct rate *own = state;
    struct exchange_context *context = request->exchange->context;
    struct filter_buckets *buckets = buckets_of(own, context->loop);
    struct conn_address address;
    uint64_t wait_us;
    bool evicted;

    if (!buckets) {
        context->counters.no_memory++;
        return SHUNT_GO_ON;
    }
    address = address_of(own, request->exchange);
    wait_us = filter_buckets_take(buckets, &address, context->loop->now_ms * 1000, &evicted);
    if (evicted) {
        note_eviction(own, context);
    }
    return wait_us > 0 ? refuse(context, response, wait_us) : SHUNT_GO_ON;
}

/* ---- settings ---- */

static void destroy(void *state)
{
    struct rate *own = state;

    for (unsigned i = 0; i < WORKERS_MAX; i++) {
        free(own->buckets[i]);
    }
    free(own);
}

static enum shunt_status read_all(struct rate *own, const struct shunt_settings *settings)
{
    const struct filter_number rows[] = {
        {"requests", 1, MILLION, &own->requests}, {"every_s", 1, 86400, &own->every_s},
        {"burst", 1, MILLION, &own->burst},       {"peers_max", 1, 16000000, &own->peers_max},
        {"ipv4_prefix", 0, 32, &own->v4_bits},    {"ipv6_prefix", 0, 128, &own->v6_bits}};

    return filter_numbers(settings, rows, sizeof rows / sizeof *rows);
}

static enum shunt_status create(void *arg, const struct shunt_settings *settings, void **state,
                                char *error, size_t error_size)
{
    const struct filter_error why = {error, error_size};
    struct rate *own = calloc(1, sizeof *own);
    enum shunt_status status;

    (void)arg;
    if (!own) {
        return SHUNT_ENOMEM;
    }
    *own = (struct rate){.every_s = 1, .peers_max = 65536, .v4_bits = 32, .v6_bits = 64};
    status = read_all(own, settings);
    if (status == SHUNT_OK && own->requests == 0) {
        status = filter_expected(&why, "requests", "a number of requests", shunt_span_of(""));
    }
    if (status != SHUNT_OK) {
        free(own);
        return status;
    }
    own->burst = own->burst ? own->burst : own->requests;
    *state = own;
    return SHUNT_OK;
}

const struct shunt_filter filter_rate = {
    .size = sizeof(struct shunt_filter),
    .name = "rate",
    .before = before,
    .create = create,
    .destroy = destroy,
};
