/* Routes against what plugins give, and the settings that nobody reads. */
#include "server/route_check.h"

#include "server/config_load.h"

#include "support/files.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct config config;
static struct server_plugins plugins;
static struct server_handlers handlers;
static char faults[4096];

/* ---- plugins ---- */

/* Wants the key "room", and reads "seats". */
static enum shunt_status read_room(void *plugin, const struct shunt_settings *settings, char *error,
                                   size_t error_size)
{
    uint64_t seats = 0;

    cr_expect_eq(plugin, &plugins.registry, "what init set");
    if (!plugin_setting_get(settings, "room")) {
        snprintf(error, error_size, "room: expected a name, found none");
        return SHUNT_EINVAL;
    }
    return plugin_setting_number(settings, "seats", 1, 9, &seats);
}

/* As a protocol that services work for. */
static enum shunt_status read_service(void *plugin, const struct shunt_settings *settings,
                                      char *error, size_t error_size)
{
    (void)plugin, (void)error, (void)error_size;
    return plugin_setting_get(settings, "service") ? SHUNT_OK : SHUNT_EINVAL;
}

static const struct shunt_protocol rooms = {
    .size = sizeof rooms, .token = "rooms", .route = read_room};
static const struct shunt_protocol frames = {
    .size = sizeof frames, .token = "frames", .route = read_service};
static const struct shunt_protocol plain = {.size = sizeof plain, .token = "plain"};
static const struct shunt_service chat = {.size = sizeof chat,
                                          .interface = "frames",
                                          .name = "chat",
                                          .table = &plugins.registry,
                                          .route = read_room};
static void answers(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request, (void)response;
}

static unsigned rows_created, rows_destroyed;

/* Reads "rows", which makes its state. */
static enum shunt_status create_rows(void *plugin, const struct shunt_settings *settings,
                                     void **state, char *error, size_t error_size)
{
    cr_expect_eq(plugin, &plugins.registry, "what init set");
    *state = (void *)(uintptr_t)plugin_setting_get(settings, "rows");
    if (!*state) {
        snprintf(error, error_size, "rows: expected some, found none");
        return SHUNT_EINVAL;
    }
    rows_created++;
    return SHUNT_OK;
}

static void destroy_rows(void *state)
{
    cr_expect_str_eq(state, "seven");
    rows_destroyed++;
}

static const struct shunt_http_handler table_handler = {.size = sizeof table_handler,
                                                        .name = "table",
                                                        .handler = answers,
                                                        .create = create_rows,
                                                        .destroy = destroy_rows};
static const struct shunt_http_handler shared_handler = {
    .size = sizeof shared_handler, .name = "shared", .handler = answers};
static const struct shunt_plugin today = {
    SHUNT_PLUGIN_HEAD,
    .name = "today",
    .version = "1",
    .protocols = (const struct shunt_protocol *const[]){&rooms, &frames, &plain, NULL},
    .services = (const struct shunt_service *const[]){&chat, NULL},
    .handlers = (const struct shunt_http_handler *const[]){&table_handler, &shared_handler, NULL},
};
static const struct shunt_plugin other = {
    SHUNT_PLUGIN_HEAD,
    .name = "other",
    .version = "1",
    .handlers = (const struct shunt_http_handler *const[]){&shared_handler, NULL},
};
/* Compiled when there was no route(). */
static const struct shunt_protocol old_protocol = {.size = SHUNT_PROTOCOL_BYTES_1_0,
                                                   .token = "old"};
static const struct shunt_plugin old_plugin = {
    .size = SHUNT_PLUGIN_BYTES_1_0,
    .abi_major = 1,
    .abi_minor = 0,
    .name = "old",
    .version = "1",
    .protocols = (const struct shunt_protocol *const[]){&old_protocol, NULL},
};

static void set_up(void)
{
    const char *clash;

    files_make();
    config_init(&config);
    cr_assert_eq(registry_add(&plugins.registry, &today, &plugins.registry, &clash), SHUNT_OK);
    cr_assert_eq(registry_add(&plugins.registry, &old_plugin, NULL, &clash), SHUNT_OK);
    cr_assert_eq(registry_add(&plugins.registry, &other, NULL, &clash), SHUNT_OK);
}

static void tear_down(void)
{
    server_handlers_fini(&handlers);
    config_fini(&config);
    files_remove();
}

TestSuite(server_route_check, .init = set_up, .fini = tear_down);

static enum shunt_status routes_check(struct error *report)
{
    server_handlers_fini(&handlers);
    return server_routes_check(&config, &plugins, &handlers, report);
}

static enum shunt_status check(const char *yaml)
{
    struct error report = {.text = faults, .size = sizeof faults};

    faults[0] = '\0';
    server_handlers_fini(&handlers); /* its states borrow from the settings */
    cr_assert_eq(config_load(&config, files_write_text("c.yaml", yaml), &report), SHUNT_OK, "%s",
                 faults);
    return routes_check(&report);
}

Test(server_route_check, takes_what_somebody_reads)
{
    static const struct {
        const char *why, *yaml;
    } rows[] = {
        {"a plain route", "routes: [{path: /a, text: b}]\n"},
        {"a protocol's own keys",
         "routes: [{path: /a, upgrade: [rooms], settings: {room: a, seats: 3}}]\n"},
        {"a service and its keys",
         "routes: [{path: /a, upgrade: [frames], service: chat, settings: {room: a}}]\n"},
        {"keys of two protocols",
         "routes: [{path: /a, upgrade: [rooms, frames], service: chat, settings: {room: a}}]\n"},
        {"a protocol that reads none", "routes: [{path: /a, upgrade: [plain]}]\n"},
        {"a handler with its key",
         "routes: [{path: /a, handler: table, settings: {rows: seven}}]\n"},
        {"a handler of a plugin that is named",
         "routes: [{path: /a, handler: today/table, settings: {rows: seven}}]\n"},
        {"handlers of one name by their plugins",
         "routes: [{path: /a, handler: today/shared}, {path: /b, handler: other/shared}]\n"},
        {"keys of a handler and a protocol", "routes: [{path: /a, handler: table, upgrade: "
                                             "[rooms], settings: {room: a, rows: seven}}]\n"},
        {"any key of a plugin from before route()",
         "routes: [{path: /a, upgrade: [old], settings: {anything: 1}}]\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(check(rows[i].yaml), SHUNT_OK, "%s: %s", rows[i].why, faults);
    }
}

Test(server_route_check, refuses_the_rest_with_file_line_key_and_what_is_known)
{
    static const struct {
        const char *why, *yaml, *sentence;
    } rows[] = {
        {"a mistyped key",
         "routes:\n- path: /a\n  upgrade: [rooms]\n  settings:\n    room: a\n    seat: 3\n",
         "c.yaml:6: routes[0].settings.seat: expected one of the keys room, seats, found an "
         "unknown "
         "key"},
        {"a key that nobody reads",
         "routes:\n- path: /a\n  upgrade: [plain]\n  settings: {room: a}\n",
         "c.yaml:4: routes[0].settings.room: expected none, as nothing here reads settings, found "
         "an unknown key"},
        {"a key without a protocol", "routes:\n- path: /a\n  text: b\n  settings: {room: a}\n",
         "c.yaml:4: routes[0].settings.room: expected none"},
        {"a service without a protocol that has any",
         "routes:\n- path: /a\n  upgrade: [plain]\n  settings: {room: a}\n  service: chat\n",
         "c.yaml:5: routes[0].settings.service: expected one of the keys room, seats, found"},
        {"a key that is missing", "routes:\n- path: /a\n  upgrade: [rooms]\n",
         "c.yaml:2: routes[0]: protocol rooms: room: expected a name, found none"},
        {"a key that the service misses",
         "routes:\n- path: /a\n  upgrade: [frames]\n  service: chat\n",
         "c.yaml:2: routes[0]: service chat: room: expected a name, found none"},
        {"a protocol that no plugin gives", "routes:\n- path: /a\n  upgrade: [none]\n",
         "c.yaml:2: routes[0].upgrade: expected a protocol that a plugin gives, found none"},
        {"a service that no plugin gives",
         "routes:\n- path: /a\n  upgrade: [frames]\n  service: none\n",
         "c.yaml:4: routes[0].service: expected a service that a plugin gives, found none"},
        {"a handler that no plugin gives", "routes:\n- path: /a\n  handler: tabel\n",
         "c.yaml:3: routes[0].handler: expected one of the handlers today/table, "
         "today/shared, other/shared, found tabel"},
        {"a handler of another plugin", "routes:\n- path: /a\n  handler: other/table\n",
         "c.yaml:3: routes[0].handler: expected one of the handlers "},
        {"a handler of two plugins", "routes:\n- path: /a\n  handler: shared\n",
         "c.yaml:3: routes[0].handler: expected a handler of one plugin, as PLUGIN/NAME, found "
         "shared of the plugins today and other"},
        {"a handler's mistyped key",
         "routes:\n- path: /a\n  handler: table\n  settings:\n    rows: seven\n    row: 1\n",
         "c.yaml:6: routes[0].settings.row: expected one of the keys rows, found an unknown key"},
        {"a key of a handler that reads none",
         "routes:\n- path: /a\n  handler: other/shared\n  settings: {row: 1}\n",
         "c.yaml:4: routes[0].settings.row: expected none, as nothing here reads settings"},
        {"a handler that misses a key", "routes:\n- path: /a\n  handler: table\n",
         "c.yaml:2: routes[0]: handler table: rows: expected some, found none"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(check(rows[i].yaml), SHUNT_EINVAL, "%s", rows[i].why);
        cr_expect(strstr(faults, rows[i].sentence), "%s: %s", rows[i].why, faults);
        cr_expect_null(strchr(faults, '\n'), "%s: %s", rows[i].why, faults);
    }
}

Test(server_route_check, destroys_what_handlers_have_made_of_routes_and_no_more)
{
    check("routes:\n- {path: /a, handler: table, settings: {rows: seven}}\n"
          "- {path: /b, handler: table}\n"
          "- {path: /c, handler: table, settings: {rows: seven}}\n");
    cr_expect_eq(rows_created, 2);
    cr_expect_str_eq(handlers.items[0].state, "seven");
    cr_expect_eq(handlers.items[0].given.handler, answers);
    server_handlers_fini(&handlers);
    cr_expect_eq(rows_destroyed, 2);
}

Test(server_route_check, gives_a_handler_that_makes_nothing_of_a_route_what_init_set)
{
    cr_assert_eq(check("routes: [{path: /a, handler: today/shared}, {path: /b, text: c}]\n"),
                 SHUNT_OK, "%s", faults);
    cr_expect_eq(handlers.items[0].state, &plugins.registry);
    cr_expect(!handlers.items[1].given.handler);
}

Test(server_route_check, reports_every_route)
{
    cr_expect_eq(check("routes:\n- {path: /a, upgrade: [none]}\n- {path: /b, text: c}\n"
                       "- {path: /c, upgrade: [plain], settings: {x: 1, y: 2}}\n"),
                 SHUNT_EINVAL);
    cr_expect(strstr(faults, "c.yaml:2: routes[0].upgrade: "), "%s", faults);
    cr_expect(strstr(faults, "\n") && strstr(faults, "c.yaml:4: routes[2].settings.x: "), "%s",
              faults);
    cr_expect(strstr(faults, "c.yaml:4: routes[2].settings.y: "), "%s", faults);
}

Test(server_route_check, names_the_path_where_there_is_no_file)
{
    const struct shunt_route route = {.size = sizeof route,
                                      .path = "/a",
                                      .upgrade = (const char *const[]){"plain", NULL},
                                      .settings = (const char *const[]){"k", "v", NULL}};
    struct error report = {.where = NULL, .text = faults, .size = sizeof faults};

    cr_assert_eq(config_add_route(&config, &route), SHUNT_OK);
    cr_expect_eq(routes_check(&report), SHUNT_EINVAL);
    cr_expect_str_eq(faults, "route /a.settings.k: expected none, as nothing here reads settings, "
                             "found an unknown key");
}

Test(server_route_check, blames_no_route_for_what_a_plugin_that_is_lacking_may_give)
{
    static const char *const rows[] = {
        "routes: [{path: /a, upgrade: [none], settings: {k: v}}]\n",
        "routes: [{path: /a, upgrade: [plain], service: none, settings: {k: v}}]\n",
        "routes: [{path: /a, handler: none, settings: {k: v}}]\n",
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        plugins.lacking = false;
        cr_expect_eq(check(rows[i]), SHUNT_EINVAL, "%s", rows[i]);
        plugins.lacking = true;
        cr_expect_eq(check(rows[i]), SHUNT_OK, "%s: %s", rows[i], faults);
    }
    cr_expect_eq(check("routes: [{path: /a, upgrade: [plain], settings: {k: v}}]\n"), SHUNT_EINVAL,
                 "all that could read the key are there");
}

Test(server_route_check, holds_no_settings_against_a_protocol_after_one_was_refused)
{
    struct error report = {.text = faults, .size = sizeof faults};

    cr_assert_eq(config_load(&config,
                             files_write_text("c.yaml", "routes:\n- path: /a\n  upgrade: [rooms]\n"
                                                        "  settings: {rooms: [a]}\n"),
                             &report),
                 SHUNT_EINVAL);
    cr_expect_eq(routes_check(&report), SHUNT_OK, "%s", faults);
    cr_expect_eq(report.count, 1, "%s", faults);
}
