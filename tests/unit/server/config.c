/* server/config.h: defaults and lists. */
#include "server/config.h"

#include "server/config_address.h"
#include "server/config_folders.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct config config;

static void set_up(void)
{
    config_init(&config);
}

static void tear_down(void)
{
    config_fini(&config);
}

TestSuite(server_config, .init = set_up, .fini = tear_down);

Test(server_config, starts_with_documented_defaults_and_empty_lists)
{
    cr_expect_eq(config.listener_count + config.plugin_count + config.route_count, 0);
    cr_expect_eq(config.backend, IO_AUTO);
    cr_expect_eq(config.pin, CONFIG_PIN_AUTO);
    cr_expect_eq(config.workers, 0);
    cr_expect_eq(config.log_level, SHUNT_LOG_INFO);
    cr_expect_eq(config.limits.http.head_bytes_max, 16384);
    cr_expect_eq(config.limits.body_bytes_max, 1048576);
    cr_expect_eq(config.timeouts.head_ms, 10000);
    cr_expect_eq(config.tcp.keep_alive_idle_s, 120);
    cr_expect_eq(config.tcp.user_timeout_ms, 180000);
}

Test(server_config, takes_keep_alives_within_their_ranges_only)
{
    static const struct {
        const char *why;
        struct config_tcp tcp;
        const char *sentence; /* NULL: taken */
    } rows[] = {
        {"the least", {0, 1, 1, 0}, NULL},
        {"the most", {32767, 32767, 127, 2147483647}, NULL},
        {"idle", {32768, 1, 1, 0}, "tcp.keep_alive_idle_s: expected 0 to 32767, found 32768"},
        {"no interval", {1, 0, 1, 0}, "tcp.keep_alive_interval_s: expected 1 to 32767, found 0"},
        {"no probe", {1, 1, 0, 0}, "tcp.keep_alive_probes: expected 1 to 127, found 0"},
        {"too long",
         {1, 1, 1, 2147483648u},
         "tcp.user_timeout_ms: expected 0 to 2147483647, found 2147483648"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128] = "";
        struct error error = {.text = text, .size = sizeof text};
        enum shunt_status want = rows[i].sentence ? SHUNT_EINVAL : SHUNT_OK;

        cr_expect_eq(config_tcp_set(&config, &rows[i].tcp, &error), want, "%s", rows[i].why);
        cr_expect_str_eq(text, rows[i].sentence ? rows[i].sentence : "", "%s", rows[i].why);
    }
    cr_expect_eq(config.tcp.keep_alive_idle_s, 32767, "what was taken last");
}

Test(server_config, knows_the_forms_of_an_address)
{
    static const struct {
        const char *address;
        bool valid;
    } rows[] = {
        {"127.0.0.1:8080", true},
        {"0.0.0.0:0", true},
        {":8080", true},
        {":0", true},
        {":65535", true},
        {"[::1]:8080", true},
        {"[::]:1", true},
        {"unix:/run/shunt.sock", true},
        {"unix:/a:b", true},
        {"", false},
        {":", false},
        {"8080", true},
        {"65536", false},
        {"80a", false},
        {"127.0.0.1", false},
        {"127.0.0.1:", false},
        {"127.0.0.1:65536", false},
        {"127.0.0.1:000080", false},
        {"127.0.0.1:-1", false},
        {"127.0.0.1: 80", false},
        {"127.0.0.1:80 ", false},
        {"127.0.0.256:80", false},
        {"127.1:80", false},
        {"localhost:80", true},
        {"LocalHost:80", true},
        {"localhost", false},
        {"localhost1:80", false},
        {"[localhost]:80", false},
        {"::1:8080", false},
        {"[::1:8080", false},
        {"[]:8080", false},
        {"[127.0.0.1]:8080", false},
        {"[::1]8080", false},
        {"unix:", false},
        {"unix:/", false},
        {"unix:run/shunt.sock", false},
        {"unix:/12345678901234567890123456789012345678901234567890123456789012345678901234567890"
         "123456789012345678901234567",
         false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(config_address_valid(rows[i].address), rows[i].valid, "\"%s\"",
                     rows[i].address);
    }
}

Test(server_config, adds_copies)
{
    char address[] = ":8080", name[] = "rail", path[] = "/rail", token[] = "rail", key[] = "k";
    const char *const tokens[] = {token, NULL}, *const settings[] = {key, "v", NULL};
    const struct shunt_route route = {
        .path = path, .upgrade = tokens, .upgrade_required = true, .settings = settings};

    cr_assert_eq(config_add_listener(&config, address), SHUNT_OK);
    cr_assert_eq(config_add_plugin(&config, name, settings), SHUNT_OK);
    cr_assert_eq(config_add_route(&config, &route), SHUNT_OK);
    address[0] = name[0] = path[0] = token[0] = key[0] = '?';
    cr_expect_str_eq(config.listeners[0].address, ":8080");
    cr_expect_eq(config.listeners[0].backlog, CONFIG_BACKLOG);
    cr_expect_str_eq(config.plugins[0].name, "rail");
    cr_expect_str_eq(config.plugins[0].settings.owner, "plugin rail");
    cr_expect_str_eq(config.plugins[0].settings.items[0].key, "k");
    cr_expect_str_eq(config.routes[0].path, "/rail");
    cr_expect_str_eq(config.routes[0].upgrade[0], "rail");
    cr_expect_null(config.routes[0].upgrade[1]);
    cr_expect(config.routes[0].upgrade_required);
    cr_expect_str_eq(config.routes[0].settings.owner, "route /rail");
    cr_expect_str_eq(config.routes[0].content_type, CONFIG_CONTENT_TYPE);
}

Test(server_config, keeps_addresses_in_one_form)
{
    static const struct {
        const char *given, *kept;
    } rows[] = {
        {"8080", ":8080"},
        {"localhost:80", "127.0.0.1:80"},
        {"LOCALHOST:0", "127.0.0.1:0"},
        {"[::1]:80", "[::1]:80"},
        {"unix:/run/localhost:80", "unix:/run/localhost:80"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(config_add_listener(&config, rows[i].given), SHUNT_OK, "%s", rows[i].given);
        cr_expect_str_eq(config.listeners[i].address, rows[i].kept);
    }
}

Test(server_config, refuses_what_is_malformed_and_stays_as_it_was)
{
    static const char *const odd[] = {"key", NULL}, *const twice[] = {"k", "1", "k", "2", NULL};
    const struct shunt_route no_path = {.path = NULL}, relative = {.path = "ws"},
                             bad_settings = {.path = "/a", .settings = twice};

    cr_expect_eq(config_add_listener(&config, "nowhere"), SHUNT_EINVAL);
    cr_expect_eq(config_add_plugin(&config, "", NULL), SHUNT_EINVAL);
    cr_expect_eq(config_add_plugin(&config, "rail", odd), SHUNT_EINVAL);
    cr_expect_eq(config_add_plugin(&config, "rail", twice), SHUNT_EINVAL);
    cr_expect_eq(config_add_route(&config, &no_path), SHUNT_EINVAL);
    cr_expect_eq(config_add_route(&config, &relative), SHUNT_EINVAL);
    cr_expect_eq(config_add_route(&config, &bad_settings), SHUNT_EINVAL);
    cr_expect_eq(config.listener_count + config.plugin_count + config.route_count, 0);
}

Test(server_config, forgets_its_listeners_for_those_of_the_command_line)
{
    cr_assert_eq(config_add_listener(&config, ":1"), SHUNT_OK);
    cr_assert_eq(config_add_listener(&config, ":2"), SHUNT_OK);
    config_clear_listeners(&config);
    cr_expect_eq(config.listener_count, 0);
    cr_assert_eq(config_add_listener(&config, ":3"), SHUNT_OK);
    cr_expect_str_eq(config.listeners[0].address, ":3");
}

Test(server_config, looks_for_plugins_beside_the_program_and_before_that_where_it_is_told)
{
    char *path[] = {"/first", "/second", NULL}, program[4096], **folders;
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);

    cr_assert(len > 0);
    program[len] = '\0';
    *strrchr(program, '/') = '\0';
    strcpy(strrchr(program, '/'), "/lib/shunt/plugins");
    config.plugin_path = path;
    folders = config_folders_list(&config);
    config.plugin_path = NULL;
    cr_assert(folders);
    cr_expect_str_eq(folders[0], "/first");
    cr_expect_str_eq(folders[1], "/second");
    cr_expect_str_eq(folders[2], program);
    config_folders_free(folders);
}
