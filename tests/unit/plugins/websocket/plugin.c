/* The settings of the plugin. */
#include "peer.h"

#include <criterion/criterion.h>

Test(websocket_plugin, refuses_impossible_settings)
{
    static const struct {
        const char *why, *key, *value;
        enum shunt_status want;
    } rows[] = {
        {"as small as can be", "message_bytes_max", "1", SHUNT_OK},
        {"no message at all", "message_bytes_max", "0", SHUNT_EINVAL},
        {"no number", "message_bytes_max", "much", SHUNT_EINVAL},
        {"no wait for the peer's Close", "close_timeout_ms", "0", SHUNT_EINVAL},
        {"no wait for it at a stop", "stop_timeout_ms", "0", SHUNT_EINVAL},
        {"beyond what a timer takes", "close_timeout_ms", "3000000000", SHUNT_EINVAL},
        {"no pings", "ping_interval_ms", "0", SHUNT_OK},
        {"pings", "ping_interval_ms", "30000", SHUNT_OK},
        {"no wait for a pong", "pong_timeout_ms", "0", SHUNT_EINVAL},
        {"idle for ever", "idle_timeout_ms", "0", SHUNT_OK},
        {"no end of life", "lifetime_ms", "0", SHUNT_OK},
        {"more than all of it", "lifetime_jitter_percent", "101", SHUNT_EINVAL},
        {"closed at once in a stop", "stop_spread_ms", "0", SHUNT_OK},
        {"subprotocols", "subprotocols", "v2.chat, v1.chat", SHUNT_OK},
        {"no token", "subprotocols", "v2 chat", SHUNT_EINVAL},
        {"no order", "subprotocol_order", "any", SHUNT_EINVAL},
        {"origins", "origins", "https://example.org, http://*.a.example:80, null", SHUNT_OK},
        {"no scheme", "origins", "example.org", SHUNT_EINVAL},
        {"no host", "origins", "https://", SHUNT_EINVAL},
        {"a path", "origins", "https://example.org/", SHUNT_EINVAL},
        {"a star within", "origins", "https://a.*.org", SHUNT_EINVAL},
        {"two stars", "origins", "https://*.*.org", SHUNT_EINVAL},
        {"a star for a part of a label", "origins", "https://*example.org", SHUNT_EINVAL},
        {"any at all", "origins", "*", SHUNT_EINVAL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const settings[] = {rows[i].key, rows[i].value, NULL};
        struct shunt_worker *worker = fake_worker_create();

        cr_expect_eq(fake_plugin_start(worker, &websocket_plugin, settings), rows[i].want, "%s",
                     rows[i].why);
        fake_worker_destroy(worker);
    }
}

Test(websocket_plugin, refuses_messages_that_no_queue_could_carry_back)
{
    static const struct {
        const char *value;
        enum shunt_status want;
    } rows[] = {{"3863", SHUNT_OK}, {"3864", SHUNT_EINVAL}};

    fake_queue_bytes_max = 4000;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const settings[] = {"message_bytes_max", rows[i].value, NULL};
        struct shunt_worker *worker = fake_worker_create();

        cr_expect_eq(fake_plugin_start(worker, &websocket_plugin, settings), rows[i].want, "%s",
                     rows[i].value);
        fake_worker_destroy(worker);
    }
    cr_expect_str_eq(fake_log_last,
                     "websocket: message_bytes_max: expected at most limits.queue_bytes_max (4000) "
                     "less 137 for a frame's header and a Close, found 3864");
}
