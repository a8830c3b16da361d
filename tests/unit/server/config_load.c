/* From a file to a configuration. */
#include "server/config_load.h"

#include "unit/server/config_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SHUNTD TEST_SOURCE_DIR "/../apps/shuntd/"

TestSuite(server_config_load, .init = config_set_up, .fini = config_tear_down);

Test(server_config_load, reads_every_key)
{
    const struct config_route *route;

    files_write("page.html", "<p>\0</p>", 8);
    cr_assert_eq(config_read("listeners:\n"
                             "  - address: 127.0.0.1:8101\n"
                             "    backlog: 100\n"
                             "  - {address: '[::1]:0'}\n"
                             "workers: 3\n"
                             "backend: epoll\n"
                             "log_level: debug\n"
                             "plugin_path: [plugins, /absolute]\n"
                             "plugins:\n"
                             "  - name: websocket\n"
                             "    settings:\n"
                             "      message_bytes_max: 1M\n"
                             "  - name: ./rail.so\n"
                             "routes:\n"
                             "  - path: /ws\n"
                             "    upgrade: [websocket, rail]\n"
                             "    upgrade_required: yes\n"
                             "    service: echo\n"
                             "    settings: {origin: any}\n"
                             "    text: \"use it\\n\"\n"
                             "  - path: /page\n"
                             "    file: page.html\n"
                             "    content_type: text/html\n"
                             "  - path: /echo\n"
                             "    echo: true\n"
                             "strict_early_bytes: true\n"
                             "defer_accept_s: 5\n"
                             "limits: {head_bytes_max: 32K, requests_max: 7, body_bytes_max: 0}\n"
                             "timeouts:\n"
                             "  park_ms: 250\n"
                             "pin: off\n"),
                 SHUNT_OK, "%s", reported);
    cr_expect_str_eq(config.file, files_path("c.yaml"));
    cr_assert_eq(config.listener_count, 2);
    cr_expect_str_eq(config.listeners[0].address, "127.0.0.1:8101");
    cr_expect_eq(config.listeners[0].backlog, 100);
    cr_expect_eq(config.listeners[0].line, 2);
    cr_expect_str_eq(config.listeners[1].address, "[::1]:0");
    cr_expect_eq(config.listeners[1].backlog, CONFIG_BACKLOG);
    cr_expect_eq(config.listeners[1].line, 4);
    cr_expect_eq(config.workers, 3);
    cr_expect_eq(config.backend, IO_EPOLL);
    cr_expect_eq(config.pin, CONFIG_PIN_OFF);
    cr_expect_eq(config.log_level, SHUNT_LOG_DEBUG);
    cr_expect_str_eq(config.plugin_path[0], files_path("plugins"));
    cr_expect_str_eq(config.plugin_path[1], "/absolute");
    cr_expect_null(config.plugin_path[2]);
    cr_assert_eq(config.plugin_count, 2);
    cr_expect_str_eq(config.plugins[0].name, "websocket");
    cr_expect_eq(config.plugins[0].line, 10);
    cr_expect_str_eq(config.plugins[0].settings.file, files_path("c.yaml"));
    cr_expect_str_eq(config.plugins[0].settings.items[0].value, "1M");
    cr_expect_eq(config.plugins[0].settings.items[0].line, 12);
    cr_expect_str_eq(config.plugins[1].name, files_path("./rail.so"));
    cr_assert_eq(config.route_count, 3);
    route = &config.routes[0];
    cr_expect_str_eq(route->path, "/ws");
    cr_expect_str_eq(route->upgrade[0], "websocket");
    cr_expect_str_eq(route->upgrade[1], "rail");
    cr_expect_null(route->upgrade[2]);
    cr_expect(route->upgrade_required);
    cr_expect_str_eq(route->text, "use it\n");
    cr_expect_eq(route->text_len, 7);
    cr_expect_str_eq(route->content_type, CONFIG_CONTENT_TYPE);
    cr_expect_eq(route->settings.count, 2);
    cr_expect_str_eq(plugin_setting_get(plugin_settings_lend(&route->settings), "service"), "echo");
    cr_expect_str_eq(plugin_setting_get(plugin_settings_lend(&route->settings), "origin"), "any");
    route = &config.routes[1];
    cr_expect_eq(route->text_len, 8);
    cr_expect_eq(memcmp(route->text, "<p>\0</p>", 8), 0);
    cr_expect_str_eq(route->content_type, "text/html");
    cr_expect_null(route->upgrade);
    cr_expect(config.routes[2].echo);
    cr_expect_null(config.routes[2].text);
    cr_expect(config.strict_early_bytes);
    cr_expect_eq(config.defer_accept_s, 5);
    cr_expect_eq(config.limits.http.head_bytes_max, 32768);
    cr_expect_eq(config.limits.requests_max, 7);
    cr_expect_eq(config.limits.body_bytes_max, 0);
    cr_expect_eq(config.limits.connections_max, 1000000, "a default that the file left alone");
    cr_expect_eq(config.timeouts.park_ms, 250);
    cr_expect_eq(config.timeouts.head_ms, 10000);
}

Test(server_config_load, replaces_what_was_there)
{
    cr_assert_eq(config_read("listeners: [{address: ':1'}]\nlimits: {fields_max: 5}\n"), SHUNT_OK);
    cr_assert_eq(config_read("listeners: [{address: ':2'}]\n"), SHUNT_OK);
    cr_assert_eq(config.listener_count, 1);
    cr_expect_str_eq(config.listeners[0].address, ":2");
    cr_expect_eq(config.limits.http.fields_max, 100);
}

Test(server_config_load, follows_aliases)
{
    cr_assert_eq(config_read("plugins:\n"
                             "  - {name: a, settings: &both {k: v}}\n"
                             "  - {name: b, settings: *both}\n"),
                 SHUNT_OK, "%s", reported);
    cr_expect_str_eq(config.plugins[1].settings.items[0].value, "v");
}

Test(server_config_load, keeps_what_is_left_of_a_file_with_mistakes_and_marks_what_was_refused)
{
    cr_assert_eq(
        config_read("listeners: [{address: ':1'}]\nlimits: {fields_max: 5}\nworkers: 0\n"
                    "plugins: [{name: a, settings: {b: c}}, {name: d, settings: {e: [f]}}]\n"
                    "routes: [{path: /a, text: b, settings: c}, {path: /a/b, file: none}]\n"),
        SHUNT_EINVAL);
    cr_expect_eq(config.listener_count, 1);
    cr_expect_eq(config.limits.http.fields_max, 5);
    cr_expect_eq(config.workers, 0);
    cr_assert_eq(config.plugin_count, 2);
    cr_expect(!config.plugins[0].refused && config.plugins[1].refused && !config.plugins_refused);
    cr_assert_eq(config.route_count, 2);
    cr_expect(config.routes[0].refused && !config.routes[1].refused);
}

Test(server_config_load, leaves_the_defaults_behind_where_there_is_nothing_to_keep)
{
    static const char *const rows[] = {"workers: 1\nroutes: [\n", "- a\n"};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(config_read("limits: {fields_max: 5}\nroutes: [{path: /a, text: b}]\n"),
                     SHUNT_OK);
        cr_assert_eq(config_read(rows[i]), SHUNT_EINVAL);
        cr_expect_eq(config.listener_count + config.plugin_count + config.route_count, 0);
        cr_expect_eq(config.limits.http.fields_max, 100);
        cr_expect(config.plugins_refused, "what they would give is not known");
    }
    cr_assert_eq(config_read("limits: {fields_max: 5}\n"), SHUNT_OK);
    cr_expect_eq(config_read_file(files_path("absent.yaml")), SHUNT_ENOTFOUND);
    cr_expect_eq(config.limits.http.fields_max, 100);
    cr_expect_null(config.file);
}

Test(server_config_load, says_why_a_file_cannot_be_read)
{
    char huge[] = "absent.yaml";

    cr_expect_eq(config_read_file(files_path(huge)), SHUNT_ENOTFOUND);
    cr_expect(strstr(reported,
                     "absent.yaml: expected a readable file of at most 1048576 bytes, found: "
                     "No such file or directory"),
              "%s", reported);
    cr_expect_eq(config_read_file(files_folder()), SHUNT_EINVAL);
    cr_expect(strstr(reported, "Is a directory"), "%s", reported);
    cr_assert_eq(mkfifo(files_path("fifo"), 0600), 0);
    cr_expect_eq(config_read_file(files_path("fifo")), SHUNT_EINVAL);
}

static bool has_route(const char *path)
{
    for (size_t i = 0; i < config.route_count; i++) {
        if (strcmp(config.routes[i].path, path) == 0) {
            return true;
        }
    }
    return false;
}

Test(server_config_load, reads_the_demo)
{
    static const char *const paths[] = {"/", "/hello", "/echo", "/ws", "/raw"};

    cr_assert_eq(config_read_file(SHUNTD "demo.yaml"), SHUNT_OK, "%s", reported);
    cr_expect_eq(config_judge(), SHUNT_OK, "%s", reported);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        cr_expect(has_route(paths[i]), "%s", paths[i]);
    }
}
