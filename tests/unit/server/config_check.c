/* config_check(): relations that no single value shows. */
#include "server/config_check.h"

#include "unit/server/config_fixture.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(server_config_check, .init = config_set_up, .fini = config_tear_down);

#define LISTEN "listeners: [{address: ':1'}]\n"

Test(server_config_check, takes_what_fits_together)
{
    static const struct {
        const char *why, *yaml;
    } rows[] = {
        {"one listener is enough", LISTEN},
        {"port 0 more than once", "listeners: [{address: ':0'}, {address: ':0'}]\n"},
        {"marks at their closest",
         LISTEN "limits: {queue_low_bytes: 4095, queue_high_bytes: 4K, queue_bytes_max: 8K}\n"},
        {"an answer as long as it may be",
         LISTEN "limits: {response_bytes_max: 1M}\nroutes: [{path: /a, echo: yes}]\n"},
        {"bodies longer than answers, and nobody echoes them", LISTEN
         "limits: {body_bytes_max: 1G, memory_bytes_max: 3G}\nroutes: [{path: /a, text: a}]\n"},
        {"a target as long as the head", LISTEN "limits: {target_bytes_max: 16K}\n"},
        {"paths that differ", LISTEN "routes: [{path: /a, text: ''}, {path: /A, text: ''},"
                                     " {path: '/a/', text: ''}, {path: '/%20~', text: ''}]\n"},
        {"patterns", LISTEN "routes: [{path: '/{a}', text: ''}, {path: '/{a...}', text: ''},"
                            " {path: '/{a}/', text: ''}, {path: '/a/{b}', text: ''}]\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(config_read(rows[i].yaml), SHUNT_OK, "%s: %s", rows[i].why, reported);
        cr_expect_eq(config_judge(), SHUNT_OK, "%s: %s", rows[i].why, reported);
    }
}

Test(server_config_check, refuses_what_does_not_with_file_line_and_key)
{
    static const struct {
        const char *why, *yaml, *sentence;
    } rows[] = {
        {"no listener", "workers: 1\n", "c.yaml: listeners: expected at least one, found none"},
        {"a listener twice", "listeners:\n- address: :1\n- address: :1\n",
         "c.yaml:3: listeners[1].address: expected each address once, found :1 again"},
        {"a plugin twice", LISTEN "plugins:\n- name: a\n- name: a\n",
         "c.yaml:4: plugins[1].name: expected each plugin once, found a again"},
        {"a path twice", LISTEN "routes:\n- {path: /a, text: b}\n- {path: /a, echo: yes}\n",
         "c.yaml:4: routes[1].path: expected each path once, found /a again (first on line 3)"},
        {"a pattern twice, under another name",
         LISTEN "routes:\n- {path: '/{a}', text: b}\n- {path: '/{b}', text: c}\n",
         "c.yaml:4: routes[1].path: expected each path once, found /{b} again, beside /{a} "
         "(first on line 3)"},
        {"a path with a query", LISTEN "routes: [{path: '/a?b', text: c}]\n",
         "c.yaml:2: routes[0].path: expected an absolute path such as /ws, found \"/a?b\""},
        {"a parameter beside other bytes", LISTEN "routes: [{path: '/u/{id}.json', text: c}]\n",
         "c.yaml:2: routes[0].path: expected {name} as a whole segment, or {name...} as the last "
         "one, found \"/u/{id}.json\""},
        {"a pattern with a colon", LISTEN "routes: [{path: '/u/:id', text: c}]\n",
         "as the last one, found \"/u/:id\""},
        {"a pattern with a star", LISTEN "routes: [{path: '/u/*', text: c}]\n",
         "as the last one, found \"/u/*\""},
        {"a path with a space", LISTEN "routes: [{path: '/a b', text: c}]\n", "found \"/a b\""},
        {"a token that is none", LISTEN "routes:\n- path: /a\n  upgrade: ['web socket']\n",
         "c.yaml:3: routes[0].upgrade: expected names of protocols (tokens), found \"web socket\""},
        {"426 without an upgrade", LISTEN "routes: [{path: /a, text: b, upgrade_required: yes}]\n",
         "c.yaml:2: routes[0].upgrade_required: expected an upgrade beside it, found none"},
        {"a media type that ends the line",
         LISTEN "routes: [{path: /a, text: b, content_type: \"a\\r\\nb\"}]\n",
         "c.yaml:2: routes[0].content_type: expected a media type, found"},
        {"an empty media type", LISTEN "routes: [{path: /a, text: b, content_type: ''}]\n",
         "c.yaml:2: routes[0].content_type: expected a media type, found \"\""},
        {"a target above the head", LISTEN "\nlimits: {head_bytes_max: 4K}\n",
         "c.yaml:3: limits.target_bytes_max: expected at most head_bytes_max (4096), found 8192"},
        {"low at high", LISTEN "limits: {queue_low_bytes: 256K}\n",
         "c.yaml:2: limits.queue_low_bytes: expected less than queue_high_bytes (262144), found "
         "262144"},
        {"high above the queue", LISTEN "limits: {queue_bytes_max: 128K}\n",
         "c.yaml:2: limits.queue_high_bytes: expected at most queue_bytes_max (131072), found "
         "262144"},
        {"no room behind high for what was received",
         LISTEN "limits:\n  head_bytes_max: 8K\n  queue_high_bytes: 4093K\n",
         "c.yaml:4: limits.queue_high_bytes: expected at most queue_bytes_max less "
         "receive_buffer_bytes (4190208), found 4191232"},
        {"a body that the budget cannot hold", LISTEN "limits:\n  body_bytes_max: 128M\n",
         "c.yaml:3: limits.body_bytes_max: expected at most memory_bytes_max / 2 less "
         "head_bytes_max (134201344), found 134217728"},
        {"an answer that the budget cannot hold", LISTEN "limits: {memory_bytes_max: 31M}\n",
         "c.yaml:2: limits.response_bytes_max: expected at most memory_bytes_max / 2 (16252928), "
         "found 16777216"},
        {"a queue that the budget cannot hold", LISTEN "limits: {queue_bytes_max: 1G}\n",
         "c.yaml:2: limits.queue_bytes_max: expected at most memory_bytes_max / 2 (134217728), "
         "found 1073741824"},
        {"a text that is longer than an answer",
         LISTEN "limits: {response_bytes_max: 3}\nroutes:\n- {path: /a, text: four}\n",
         "c.yaml:4: routes[0].text: expected at most limits.response_bytes_max (3 bytes), found 4"},
        {"an echo of more than an answer",
         LISTEN "limits: {body_bytes_max: 17M}\nroutes: [{path: /a, echo: yes}]\n",
         "c.yaml:3: routes[0].echo: expected limits.body_bytes_max of at most "
         "limits.response_bytes_max (16777216), found 17825792"},
        {"an echo whose route lets in more than an answer",
         LISTEN "routes: [{path: /a, echo: yes, body_bytes_max: 17M}]\n",
         "c.yaml:2: routes[0].echo: expected body_bytes_max of at most "
         "limits.response_bytes_max (16777216), found 17825792"},
        {"a route's body that the budget cannot hold",
         LISTEN "routes: [{path: /a, text: a, body_bytes_max: 128M}]\n",
         "c.yaml:2: routes[0].body_bytes_max: expected at most limits.memory_bytes_max / 2 less "
         "limits.head_bytes_max (134201344), found 134217728"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(config_read(rows[i].yaml), SHUNT_OK, "%s: %s", rows[i].why, reported);
        cr_expect_eq(config_judge(), SHUNT_EINVAL, "%s", rows[i].why);
        cr_expect(strstr(reported, rows[i].sentence), "%s: %s", rows[i].why, reported);
    }
}

Test(server_config_check, names_no_file_where_there_is_none)
{
    cr_expect_eq(config_judge(), SHUNT_EINVAL);
    cr_expect_str_eq(reported, "listeners: expected at least one, found none");
}

Test(server_config_check, misses_a_listener_unless_a_mistake_may_stand_for_one)
{
    static const struct {
        const char *why, *yaml;
        bool missed;
    } rows[] = {
        {"a mistake elsewhere", "workers: 0\n", true},
        {"a key that may be meant for it", "listenerz: [{address: ':1'}]\n", false},
        {"a list that is none", "listeners: 7\n", false},
        {"an entry that is none", "listeners: [7]\n", false},
        {"an address that is none", "listeners: [{address: there}]\n", false},
        {"no document", "routes: [\n", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(config_read(rows[i].yaml), SHUNT_EINVAL, "%s", rows[i].why);
        reported[0] = '\0';
        cr_expect_eq(config_judge() != SHUNT_OK, reported[0] != '\0', "%s", rows[i].why);
        cr_expect_eq(strstr(reported, "listeners: expected at least one") != NULL, rows[i].missed,
                     "%s: %s", rows[i].why, reported);
    }
}
