/* What a user may set: for the plugin, and again for a route. */
#ifndef PLUGINS_WEBSOCKET_SETTINGS_H
#define PLUGINS_WEBSOCKET_SETTINGS_H

#include <shunt/websocket.h>

/* A setting that is a list, "a, b": its members. */
struct websocket_list {
    struct shunt_span *at;
    size_t count;
    void *memory; /* NULL: borrowed from the plugin's */
};

enum websocket_compression {
    WEBSOCKET_COMPRESSION_OFF,
    WEBSOCKET_COMPRESSION_SHARED,    /* by a worker's streams: no context take-over */
    WEBSOCKET_COMPRESSION_DEDICATED, /* contexts of each stream's own */
};

/* What becomes of messages to a peer that does not keep up. */
struct websocket_slow {
    unsigned policy;    /* enum shunt_websocket_slow_policy */
    uint64_t bytes_max; /* that wait; 0: the default of the policy */
};

struct websocket_settings {
    uint64_t message_bytes_max;
    uint64_t streamed_bytes_max; /* of a message that the service gets in parts */
    uint64_t fragments_max;      /* of a message */
    unsigned compression;        /* enum websocket_compression */
    uint64_t compression_level;
    uint64_t compression_threshold_bytes;   /* what is shorter is sent as it is */
    uint64_t compression_context_bytes_max; /* of a worker's streams; more have none */
    uint64_t server_window_bits, client_window_bits;
    uint64_t close_timeout_ms;
    uint64_t stop_timeout_ms; /* likewise, for a peer that has read all, once the server stops */
    uint64_t stop_spread_ms;
    uint64_t ping_interval_ms; /* 0: no pings */
    uint64_t pong_timeout_ms;
    uint64_t idle_timeout_ms; /* 0: none */
    uint64_t lifetime_ms;     /* 0: none */
    uint64_t lifetime_jitter_percent;
    struct websocket_list subprotocols; /* of the route, in descending preference */
    bool client_order;                  /* the client's preference counts, not this one */
    struct websocket_list origins;      /* none: any */
    bool origin_required;
    struct websocket_slow slow;
};

void websocket_settings_default(struct websocket_settings *settings);

/*
 * Read what is set in `from` over what is in *settings. SHUNT_OK; SHUNT_ENOMEM; or SHUNT_EINVAL,
 * where either the host has logged what is wrong or `error` has it. Free with
 * websocket_settings_fini() whatever the result.
 */
enum shunt_status websocket_settings_read(struct websocket_settings *settings,
                                          const struct shunt_settings *from, char *error,
                                          size_t error_size) SHUNT_MUST_USE;
/* A route's settings before they are read: the plugin's, whose lists are borrowed. */
struct websocket_settings websocket_settings_of_route(const struct websocket_settings *plugin);
void websocket_settings_fini(struct websocket_settings *settings);

#endif
