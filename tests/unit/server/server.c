/* The calls of <shunt/server.h> that set things: the sentences for what they refuse, and what a
 * configuration file leaves of them. */
#include "server/server.h"

#include "server/config_address.h"

#include "server/state.h"
#include "support/files.h"

#include <criterion/criterion.h>
#include <string.h>

static struct shunt_server *server;

static void set_up(void)
{
    files_make();
    cr_assert_eq(shunt_server_create(&server), SHUNT_OK);
}

static void tear_down(void)
{
    shunt_server_destroy(server);
    files_remove();
}

TestSuite(server_calls, .init = set_up, .fini = tear_down);

static enum shunt_status add_route(const char *path, const char *const *upgrade, bool required,
                                   const char *const *settings)
{
    const struct shunt_route route = {.size = sizeof route,
                                      .path = path,
                                      .upgrade = upgrade,
                                      .upgrade_required = required,
                                      .settings = settings};

    return shunt_server_route(server, &route);
}

static void expect(enum shunt_status status, const char *sentence)
{
    cr_expect_eq(status, SHUNT_EINVAL, "%s", sentence);
    cr_expect_str_eq(shunt_server_error(server), sentence);
}

Test(server_calls, errors_name_the_field_what_was_expected_and_what_was_found)
{
    static const char *const odd[] = {"a", "1", "key", NULL};
    static const char *const twice[] = {"a", "1", "a", "2", NULL};
    static const char *const token[] = {"web socket", NULL};
    static const char *const upgrade[] = {"websocket", NULL};
    const struct shunt_route short_one = {.size = 8, .path = "/"};
    const struct shunt_route traces = {.size = sizeof traces, .path = "/", .methods = "GET, TRACE"};
    const struct shunt_route nameless = {.size = sizeof nameless, .path = "/", .methods = ""};

    expect(shunt_server_listen(server, "nowhere"),
           "listen: expected " CONFIG_ADDRESS_FORMS ", found \"nowhere\"");
    expect(shunt_server_listen(server, NULL),
           "listen: expected " CONFIG_ADDRESS_FORMS ", found NULL");
    expect(shunt_server_workers(server, 1025), "workers: expected 0 to 1024, found 1025");
    expect(shunt_server_backend(server, "kqueue"),
           "back end: expected auto, uring or epoll, found \"kqueue\"");
    expect(shunt_server_route(server, &short_one),
           "route: expected a structure of 56 bytes or more, found 8; set its `size`");
    expect(add_route("ws", upgrade, false, NULL),
           "route.path: expected an absolute path such as /ws, found \"ws\"");
    expect(add_route(NULL, upgrade, false, NULL),
           "route.path: expected an absolute path such as /ws, found \"\"");
    expect(add_route("/a?b", upgrade, false, NULL),
           "routes[0].path: expected an absolute path such as /ws, found \"/a?b\"");
    expect(
        add_route("/u/:id", upgrade, false, NULL),
        "routes[0].path: expected {name} as a whole segment, or {name...} as the last one, found "
        "\"/u/:id\"");
    expect(shunt_server_route(server, &traces),
           "routes[0].methods: expected a method other than CONNECT and TRACE, found \"TRACE\"");
    expect(shunt_server_route(server, &nameless),
           "routes[0].methods: expected a method such as GET, found \"\"");
    expect(add_route("/a", token, false, NULL),
           "routes[0].upgrade: expected names of protocols (tokens), found \"web socket\"");
    expect(add_route("/a", NULL, true, NULL),
           "routes[0].upgrade_required: expected an upgrade beside it, found none");
    expect(add_route("/a", upgrade, false, odd),
           "route.settings: expected keys and values in turn, found the key \"key\" without a "
           "value");
    expect(add_route("/a", upgrade, false, twice), "route.settings.a: expected once, found again");
    cr_expect_eq(server_config(server)->route_count, 0, "what is refused is not there");
    cr_expect_eq(add_route("/a", upgrade, false, NULL), SHUNT_OK);
    expect(add_route("/a", upgrade, false, NULL),
           "routes[1].path: expected each path once, found /a again");
    cr_expect_eq(add_route("/u/{id}", upgrade, false, NULL), SHUNT_OK);
    expect(add_route("/u/{name}", upgrade, false, NULL),
           "routes[2].path: expected each path once, found /u/{name} again, beside /u/{id}");
    expect(shunt_server_plugin_load(server, "", NULL),
           "plugin.name: expected a name or a file, found nothing");
    expect(shunt_server_plugin_load(server, "echo", twice),
           "plugin.settings.a: expected once, found again");
    cr_expect_eq(server_config(server)->plugin_count, 0);
}

Test(server_calls, a_conflict_of_methods_names_both_routes)
{
    const struct shunt_route first = {.size = sizeof first, .path = "/{a}", .methods = "GET,PUT"};
    const struct shunt_route second = {.size = sizeof first, .path = "/{b}", .methods = "PUT POST"};
    const struct shunt_route third = {.size = sizeof first, .path = "/{b}", .methods = "POST"};

    cr_expect_eq(shunt_server_route(server, &first), SHUNT_OK, "%s", shunt_server_error(server));
    expect(shunt_server_route(server, &second),
           "routes[1].path: expected each method of a path once, found PUT, POST /{b} again, "
           "beside GET, PUT /{a}");
    cr_expect_eq(shunt_server_route(server, &third), SHUNT_OK, "%s", shunt_server_error(server));
    cr_expect_eq(add_route("/{c}", NULL, false, NULL), SHUNT_OK, "for any that is left");
    expect(add_route("/{d}", NULL, false, NULL),
           "routes[3].path: expected each path once, found /{d} again, beside /{c}");
}

Test(server_calls, a_route_may_be_for_a_host)
{
    const struct shunt_route first = {.size = sizeof first, .path = "/a", .host = "*.Example.org"};
    const struct shunt_route again = {.size = sizeof first, .path = "/a", .host = "*.example.org"};
    const struct shunt_route other = {.size = sizeof first, .path = "/a", .host = "example.org"};
    const struct shunt_route port = {.size = sizeof first, .path = "/a", .host = "a:80"};

    cr_expect_eq(shunt_server_route(server, &first), SHUNT_OK, "%s", shunt_server_error(server));
    cr_expect_eq(shunt_server_route(server, &other), SHUNT_OK, "%s", shunt_server_error(server));
    expect(shunt_server_route(server, &again),
           "routes[2].path: expected each path once, found *.example.org/a again, beside "
           "*.Example.org/a");
    expect(shunt_server_route(server, &port),
           "routes[2].host: expected a host such as example.org, or *.example.org, without a port, "
           "found \"a:80\"");
}

Test(server_calls, a_file_drops_nothing_that_calls_have_set)
{
    static const char *const settings[] = {"service", "echo", NULL}, *const token[] = {"p", NULL};
    const struct config *config = server_config(server);

    cr_assert_eq(shunt_server_listen(server, "localhost:1"), SHUNT_OK);
    cr_assert_eq(add_route("/call", token, false, settings), SHUNT_OK);
    cr_assert_eq(shunt_server_workers(server, 3), SHUNT_OK);
    cr_assert_eq(shunt_server_backend(server, "epoll"), SHUNT_OK);
    cr_assert_eq(shunt_server_configure(
                     server, files_write_text("c.yaml", "listeners: [{address: ':2'}]\nworkers: 7\n"
                                                        "backend: uring\n"
                                                        "routes: [{path: /file, text: a}]\n")),
                 SHUNT_OK, "%s", shunt_server_error(server));
    cr_assert_eq(config->listener_count, 2);
    cr_expect_str_eq(config->listeners[0].address, "127.0.0.1:1", "in the order of the calls");
    cr_expect_str_eq(config->listeners[1].address, ":2");
    cr_assert_eq(config->route_count, 2);
    cr_expect_str_eq(config->routes[0].path, "/call");
    cr_expect_str_eq(config->routes[0].settings.items[0].value, "echo");
    cr_expect_str_eq(config->routes[1].path, "/file");
    cr_expect_eq(config->workers, 3);
    cr_expect_eq(config->backend, IO_EPOLL);
}

Test(server_calls, a_second_file_takes_the_place_of_the_first)
{
    const struct config *config = server_config(server);

    cr_assert_eq(shunt_server_configure(
                     server, files_write_text("a.yaml", "listeners: [{address: ':2'}]\nworkers: 7\n"
                                                        "routes: [{path: /a, text: a}]\n")),
                 SHUNT_OK);
    cr_assert_eq(shunt_server_listen(server, "3"), SHUNT_OK);
    cr_assert_eq(shunt_server_configure(
                     server, files_write_text("b.yaml", "routes: [{path: /b, text: b}]\n")),
                 SHUNT_OK);
    cr_assert_eq(config->listener_count, 1);
    cr_expect_str_eq(config->listeners[0].address, ":3");
    cr_assert_eq(config->route_count, 1);
    cr_expect_str_eq(config->routes[0].path, "/b");
    cr_expect_eq(config->workers, 0);
}

Test(server_calls, a_file_that_is_refused_changes_nothing)
{
    const struct config *config = server_config(server);

    cr_assert_eq(shunt_server_listen(server, ":1"), SHUNT_OK);
    cr_expect_eq(shunt_server_configure(server, files_write_text("c.yaml", "worker: 1\n")),
                 SHUNT_EINVAL);
    cr_expect(strstr(shunt_server_error(server), "c.yaml:1: worker: expected one of the keys "),
              "%s", shunt_server_error(server));
    cr_assert_eq(config->listener_count, 1);
    cr_expect_str_eq(config->listeners[0].address, ":1");
}

Test(server_calls, a_server_of_a_file_with_mistakes_does_not_start_until_one_without_is_read)
{
    cr_assert_eq(shunt_server_listen(server, ":0"), SHUNT_OK);
    cr_assert_eq(shunt_server_configure(server, files_write_text("c.yaml", "worker: 1\n")),
                 SHUNT_EINVAL);
    cr_assert_eq(add_route("/a", NULL, false, NULL), SHUNT_OK, "another call in between");
    for (int again = 0; again < 2; again++) {
        cr_expect_eq(shunt_server_check(server), SHUNT_EINVAL);
        cr_expect(strstr(shunt_server_error(server), "c.yaml:1: worker: expected one of "), "%s",
                  shunt_server_error(server));
        cr_expect_eq(shunt_server_run(server, NULL, NULL), SHUNT_EINVAL);
    }
    cr_expect_eq(shunt_server_configure(server, files_path("absent.yaml")), SHUNT_ENOTFOUND);
    cr_expect_eq(shunt_server_check(server), SHUNT_EINVAL, "what was read last is as it was");
    cr_assert_eq(shunt_server_configure(server, files_write_text("c.yaml", "workers: 1\n")),
                 SHUNT_OK);
    cr_expect_eq(shunt_server_check(server), SHUNT_OK, "%s", shunt_server_error(server));
}
