#include "server/limits.h"

#define DRAIN_IDLE_MS 250

struct io_options limits_io(const struct config *config)
{
    return (struct io_options){
        .backend = config->backend,
        .buffer_count = config->limits.receive_buffers,
        .buffer_bytes = config->limits.receive_buffer_bytes,
    };
}

struct sockets_tcp limits_tcp(const struct config *config)
{
    return (struct sockets_tcp){
        .unsent_bytes = config->limits.unsent_bytes,
        .keep_alive = {.idle_s = config->tcp.keep_alive_idle_s,
                       .interval_s = config->tcp.keep_alive_interval_s,
                       .probes = config->tcp.keep_alive_probes,
                       .user_timeout_ms = config->tcp.user_timeout_ms},
    };
}

struct conn_limits limits_conn(const struct config *config)
{
    const struct config_limits *limits = &config->limits;

    return (struct conn_limits){
        .connections_max = limits->connections_max,
        .peer = {.connections_max = limits->peer_connections_max,
                 .v4_bits = limits->peer_ipv4_prefix,
                 .v6_bits = limits->peer_ipv6_prefix},
        .memory_bytes_max = limits->memory_bytes_max,
        .queue_bytes_max = limits->queue_bytes_max,
        .queue_high_bytes = limits->queue_high_bytes,
        .queue_low_bytes = limits->queue_low_bytes,
        .mailbox_max = limits->mailbox_max,
        .worker_timers_max = limits->worker_timers_max,
        .watches_max = limits->watches_max,
        .write_ms = config->timeouts.write_ms,
        .close_ms = config->timeouts.close_ms,
        .stop_close_ms = config->timeouts.stop_close_ms,
        .park_ms = config->timeouts.park_ms,
        .tcp = limits_tcp(config),
    };
}

struct exchange_limits limits_exchange(const struct config *config)
{
    const struct config_timeouts *timeouts = &config->timeouts;
    uint32_t idle = timeouts->drain_ms / 2;

    return (struct exchange_limits){
        .http = config->limits.http,
        .body_bytes_max = config->limits.body_bytes_max,
        .response_bytes_max = config->limits.response_bytes_max,
        .requests_max = config->limits.requests_max,
        .pending_answers_max = config->limits.pending_answers_max,
        .pending_upgrades_max = config->limits.pending_upgrades_max,
        .offers_max = config->limits.offers_max,
        .head_ms = timeouts->head_ms,
        .body_ms = timeouts->body_ms,
        .keep_alive_ms = timeouts->keep_alive_ms,
        .upgrade_ms = timeouts->upgrade_ms,
        .answer_ms = timeouts->answer_ms,
        .drain_idle_ms = idle < 1               ? 1
                         : idle < DRAIN_IDLE_MS ? idle
                                                : DRAIN_IDLE_MS,
        .strict_early_bytes = config->strict_early_bytes,
        .forwarded = config->forwarded,
    };
}
