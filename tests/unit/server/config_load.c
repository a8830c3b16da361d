/* config_load(): what a YAML file comes to, and the sentence for what it must not say. */
#include "server/config_load.h"

#include "server/config_check.h"
#include "server/config_keys.h"

#include "support/files.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct config config;
static char said[CONFIG_REPORT_BYTES];

static void set_up(void)
{
    files_make();
    config_init(&config);
}

static void tear_down(void)
{
    config_fini(&config);
    files_remove();
}

TestSuite(server_config_load, .init = set_up, .fini = tear_down);

static enum shunt_status load_file(const char *file)
{
    struct config_report report = {.error = said, .error_size = sizeof said};

    said[0] = '\0';
    return config_load(&config, file, &report);
}

static enum shunt_status check(void)
{
    struct config_report report = {.file = config.file, .error = said, .error_size = sizeof said};

    return config_check(&config, &report);
}

static enum shunt_status load(const char *yaml)
{
    return load_file(files_write_text("c.yaml", yaml));
}

Test(server_config_load, reads_every_key)
{
    const struct config_route *route;

    files_write("page.html", "<p>\0</p>", 8);
    cr_assert_eq(load("listeners:\n"
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
                 SHUNT_OK, "%s", said);
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
    cr_assert_eq(load("listeners: [{address: ':1'}]\nlimits: {fields_max: 5}\n"), SHUNT_OK);
    cr_assert_eq(load("listeners: [{address: ':2'}]\n"), SHUNT_OK);
    cr_assert_eq(config.listener_count, 1);
    cr_expect_str_eq(config.listeners[0].address, ":2");
    cr_expect_eq(config.limits.http.fields_max, 100);
}

Test(server_config_load, follows_aliases)
{
    cr_assert_eq(load("plugins:\n"
                      "  - {name: a, settings: &both {k: v}}\n"
                      "  - {name: b, settings: *both}\n"),
                 SHUNT_OK, "%s", said);
    cr_expect_str_eq(config.plugins[1].settings.items[0].value, "v");
}

Test(server_config_load, refuses_with_file_line_key_expected_and_found)
{
    static const struct {
        const char *why, *yaml, *sentence;
    } rows[] = {
        {"unknown key", "workers: 1\nworker: 2\n",
         "2: worker: expected one of the keys listeners, "},
        {"unknown key of a section", "limits:\n  head_max: 2\n",
         "2: limits.head_max: expected one of the keys head_bytes_max, "},
        {"unknown key of an entry", "listeners:\n  - address: :1\n  - adress: :1\n",
         "3: listeners[1].adress: expected one of the keys address, backlog, found an unknown key"},
        {"a key twice", "workers: 1\n\nworkers: 2\n",
         "3: workers: expected once, found again (first on line 1)"},
        {"a key of a section twice", "timeouts: {park_ms: 1, park_ms: 1}\n",
         "1: timeouts.park_ms: expected once, found again (first on line 1)"},
        {"a setting twice", "plugins:\n- name: a\n  settings:\n    k: 1\n    k: 2\n",
         "5: plugins[0].settings.k: expected once, found again (first on line 4)"},
        {"service twice", "routes:\n- path: /\n  settings: {service: a}\n  service: b\n  text: c\n",
         "4: routes[0].service: expected once, found also in settings"},
        {"a key that is a list", "[a]: 1\n", "1: key: expected text as the key, found a list"},
        {"an empty key", "'': 1\n", "1: key: expected text as the key, found nothing"},
        {"address missing", "listeners:\n  - backlog: 1\n",
         "2: listeners[0].address: expected a value, found none"},
        {"name missing", "plugins:\n  - settings: {}\n",
         "2: plugins[0].name: expected a value, found none"},
        {"path missing", "routes:\n  - text: a\n",
         "2: routes[0].path: expected a value, found none"},
        {"text for a list", "workers: 1\nlisteners: :80\n",
         "2: listeners: expected a list, found \":80\""},
        {"nothing for a list", "listeners:\n", "1: listeners: expected a list, found nothing"},
        {"a list for a mapping", "limits: [1]\n", "1: limits: expected a mapping, found a list"},
        {"text for an entry", "routes:\n  - /ws\n",
         "2: routes[0]: expected a mapping, found \"/ws\""},
        {"a mapping for text", "plugins:\n- name: {a: b}\n",
         "2: plugins[0].name: expected text, found a mapping"},
        {"a list for a number", "limits:\n  fields_max: [1]\n",
         "2: limits.fields_max: expected text, found a list"},
        {"a list for a setting", "plugins:\n- name: a\n  settings:\n    k: [1]\n",
         "4: plugins[0].settings.k: expected text, a number or a truth value, found a list"},
        {"text for settings", "plugins:\n- name: a\n  settings: b\n",
         "3: plugins[0].settings: expected a mapping, found \"b\""},
        {"no such word", "backend: kqueue\n",
         "1: backend: expected one of auto, uring, epoll, found \"kqueue\""},
        {"no such level", "log_level: 3\n",
         "1: log_level: expected one of error, warning, info, debug, found \"3\""},
        {"no truth", "strict_early_bytes: on\n",
         "1: strict_early_bytes: expected true, false, yes or no, found \"on\""},
        {"no number", "limits:\n\n  body_bytes_max: lots\n",
         "3: limits.body_bytes_max: expected a whole number from 0 to 1073741824, found \"lots\""},
        {"an empty number", "limits: {fields_max: }\n",
         "1: limits.fields_max: expected a whole number from 1 to 256, found \"\""},
        {"below the range", "limits:\n  fields_max: 0\n",
         "2: limits.fields_max: expected a whole number from 1 to 256, found \"0\""},
        {"above the range", "timeouts: {head_ms: 2147483648}\n",
         "1: timeouts.head_ms: expected a whole number from 1 to 2147483647, found \"2147483648\""},
        {"negative", "defer_accept_s: -1\n",
         "1: defer_accept_s: expected a whole number from 0 to 3600, found \"-1\""},
        {"a probe too many", "tcp: {keep_alive_probes: 128}\n",
         "1: tcp.keep_alive_probes: expected a whole number from 1 to 127, found \"128\""},
        {"a unit where none belongs", "timeouts: {head_ms: 1K}\n",
         "1: timeouts.head_ms: expected a whole number"},
        {"no workers", "workers: 0\n",
         "1: workers: expected auto or a whole number from 1 to 1024, found \"0\""},
        {"backlog of none", "listeners:\n- address: :1\n  backlog: 0\n",
         "3: listeners[0].backlog: expected a whole number from 1 to 1048576, found \"0\""},
        {"no address", "listeners:\n- backlog: 1\n  address: there\n",
         "3: listeners[0].address: expected IPV4:PORT, [IPV6]:PORT, localhost:PORT, :PORT, PORT or "
         "unix:/PATH, found \"there\""},
        {"an empty plugin", "plugins: [{name: ''}]\n",
         "1: plugins[0].name: expected a name or a file, found nothing"},
        {"an empty folder", "plugin_path: [a, '']\n",
         "1: plugin_path[1]: expected a folder, found nothing"},
        {"a relative path", "routes: [{path: ws, text: a}]\n",
         "1: routes[0].path: expected an absolute path such as /ws, found \"ws\""},
        {"nothing to answer with", "routes:\n- path: /\n",
         "2: routes[0]: expected one of text, file, echo and upgrade, found none"},
        {"two answers", "routes:\n- path: /\n  text: a\n  echo: yes\n",
         "3: routes[0].text: expected one of text, file and echo, found more"},
        {"a file that is absent", "routes:\n- path: /\n  file: no.html\n",
         "3: routes[0].file: expected a readable file of at most 16777216 bytes, found "
         "\"no.html\": No such file or directory"},
        {"a file that is a folder", "routes:\n- path: /\n  file: .\n", ": Is a directory"},
        {"a NUL in text", "routes:\n- path: /\n  text: \"a\\0b\"\n",
         "3: routes[0].text: expected text, found text with a NUL byte"},
        {"nothing", "", "1: document: expected a mapping, found nothing"},
        {"a comment only", "# nothing\n", "document: expected a mapping, found nothing"},
        {"text", "hello\n", "1: document: expected a mapping, found \"hello\""},
        {"a list", "- a\n", "1: document: expected a mapping, found a list"},
        {"two documents", "workers: 1\n---\nworkers: 2\n",
         "3: document: expected one document, found a second one"},
        {"an open bracket", "routes: [\n", "syntax: expected valid YAML, found: "},
        {"a mapping in a value", "workers: 1\nbackend: a: b\n",
         "2: syntax: expected valid YAML, found: mapping values are not allowed"},
        {"a tab", "limits:\n\tfields_max: 1\n", "2: syntax: expected valid YAML, found: "},
        {"an alias of nothing", "workers: *there\n", "1: syntax: expected valid YAML, found: "},
        {"an alias of itself", "plugins: &a\n- *a\n",
         "plugins[0]: expected a mapping, found a list"},
        {"no UTF-8", "workers: \xff\n", "syntax: expected valid YAML, found: "},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum shunt_status got = load(rows[i].yaml);
        const char *file = files_path("c.yaml");

        cr_expect_eq(got, SHUNT_EINVAL, "%s: %s", rows[i].why, shunt_status_name(got));
        cr_expect(strstr(said, rows[i].sentence), "%s: %s", rows[i].why, said);
        cr_expect_eq(strncmp(said, file, strlen(file)), 0, "%s: %s", rows[i].why, said);
        cr_expect_null(strchr(said, '\n'), "%s: one sentence, one line: %s", rows[i].why, said);
    }
}

static unsigned lines(void)
{
    unsigned count = 1;

    for (const char *at = said; (at = strchr(at, '\n')) != NULL; at++) {
        count++;
    }
    return count;
}

Test(server_config_load, reports_every_mistake_of_a_file_in_one_run)
{
    static const char *const sentences[] = {
        ":1: worker: expected one of the keys ",
        ":3: listeners[0].adress: expected one of the keys ",
        ":4: listeners[1].backlog: expected a whole number ",
        ":4: listeners[1].address: expected IPV4:PORT",
        ":8: limits.fields_max: expected a whole number from 1 to 256, found \"0\"",
        ":9: limits.head_max: expected one of the keys ",
        ":10: timeouts.park_ms: expected a whole number ",
        ":12: routes[0].path: expected an absolute path such as /ws, found \"ws\"",
        ":13: routes[1]: expected one of text, file, echo and upgrade, found none",
        ":14: routes[2].file: expected a readable file ",
        ":14: routes[2].settings.k: expected text, a number or a truth value, found a list",
    };

    cr_assert_eq(load("worker: 1\n"
                      "listeners:\n"
                      "- {address: ':1', adress: ':1'}\n"
                      "- {address: there, backlog: 0}\n"
                      "plugins:\n"
                      "- name: a\n"
                      "limits:\n"
                      "  fields_max: 0\n"
                      "  head_max: 1\n"
                      "timeouts: {park_ms: soon}\n"
                      "routes:\n"
                      "- {path: ws, text: a}\n"
                      "- {path: /a}\n"
                      "- {path: /b, file: none, settings: {k: [1]}}\n"),
                 SHUNT_EINVAL);
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        cr_expect(strstr(said, sentences[i]), "%s in: %s", sentences[i], said);
    }
    cr_expect_eq(lines(), sizeof sentences / sizeof *sentences, "%s", said);
}

/* Each sentence once, in order of line, and nothing that only follows from another mistake. */
Test(server_config_load, reports_mistakes_of_every_kind_in_order_of_line)
{
    static const char *const sentences[] = {
        ":1: workers: expected auto or a whole number from 1 to 1024, found \"0\"",
        ":2: backend: expected one of auto, uring, epoll, found \"kqueue\"",
        ":4: listeners[0].address: expected a value, found none",
        ":4: listeners[0].backlog: expected a whole number ",
        ":5: listeners[1].address: expected IPV4:PORT",
        ":7: listeners[3].address: expected each address once, found :1 again",
        ":8: plugin_path[0]: expected text, found a list",
        ":8: plugin_path[1]: expected a folder, found nothing",
        ":10: plugins[0]: expected a mapping, found \"echo\"",
        ":11: plugins[1].settings: expected a mapping, found \"b\"",
        ":13: limits.fields_max: expected text, found a list",
        ":14: limits.head_max: expected one of the keys ",
        ":15: limits.queue_low_bytes: expected less than queue_high_bytes",
        ":18: routes[0].path: expected a value, found none",
        ":18: routes[0].file: expected a readable file ",
        ":19: routes[1].path: expected an absolute path such as /ws, found \"ws\"",
        ":19: routes[1].settings.k: expected text, a number or a truth value, found a list",
        ":20: routes[2].text: expected text, found a list",
        ":21: routes[3].upgrade: expected a list, found \"echo\"",
        ":22: workers: expected once, found again (first on line 1)",
    };
    const char *at = said;

    cr_assert_eq(load("workers: 0\n"
                      "backend: kqueue\n"
                      "listeners:\n"
                      "- {backlog: 0}\n"
                      "- {address: there}\n"
                      "- {address: ':1'}\n"
                      "- {address: ':1'}\n"
                      "plugin_path: [[a], '', b]\n"
                      "plugins:\n"
                      "- echo\n"
                      "- {name: a, settings: b}\n"
                      "limits:\n"
                      "  fields_max: [1]\n"
                      "  head_max: 1\n"
                      "  queue_low_bytes: 256K\n"
                      "# no more of these\n"
                      "routes:\n"
                      "- {file: none}\n"
                      "- {path: ws, text: a, settings: {k: [1]}}\n"
                      "- {path: /a, text: [b]}\n"
                      "- {path: /b, upgrade: echo, upgrade_required: yes}\n"
                      "workers: 1\n"),
                 SHUNT_EINVAL);
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        const char *found = strstr(said, sentences[i]);

        cr_expect(found && found >= at, "%s in: %s", sentences[i], said);
        at = found ? found : at;
    }
    cr_expect_eq(lines(), sizeof sentences / sizeof *sentences, "%s", said);
}

Test(server_config_load, reports_relations_beside_other_mistakes)
{
    cr_assert_eq(load("worker: 1\nlisteners: [{address: ':1'}, {address: ':1'}]\n"
                      "routes: [{path: /a, text: b}, {path: /a, text: c}]\n"
                      "limits: {queue_low_bytes: 256K}\n"),
                 SHUNT_EINVAL);
    cr_expect(strstr(said, ":1: worker: "), "%s", said);
    cr_expect(strstr(said, ":2: listeners[1].address: expected each address once"), "%s", said);
    cr_expect(strstr(said, ":3: routes[1].path: expected each path once"), "%s", said);
    cr_expect(strstr(said, "limits.queue_low_bytes: expected less than"), "%s", said);
    cr_expect_eq(lines(), 4, "%s", said);
}

Test(server_config_load, says_nothing_that_only_follows_from_another_mistake)
{
    static const struct {
        const char *why, *yaml;
    } rows[] = {
        {"a bound of which nobody knows the value",
         "limits: {head_bytes_max: lots, target_bytes_max: 512K}\n"},
        {"what stands for a refused path",
         "routes: [{path: a, text: b}, {path: /c, text: d}, {path: /, text: e}]\n"},
        {"an answer beside an unknown key", "routes: [{path: /a, texts: b}]\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(load(rows[i].yaml), SHUNT_EINVAL, "%s", rows[i].why);
        cr_expect_eq(lines(), 1, "%s: %s", rows[i].why, said);
    }
}

Test(server_config_load, reports_every_wrong_kind)
{
    cr_assert_eq(load("workers: [1]\nlimits: 7\nbackend: kqueue\nroutes: [/a, {text: b}]\n"
                      "workers: 1\n"),
                 SHUNT_EINVAL);
    cr_expect_eq(lines(), 6, "%s", said);
    cr_expect(strstr(said, ":5: workers: expected once, found again (first on line 1)"), "%s",
              said);
}

Test(server_config_load, stops_after_twenty_mistakes_and_says_that_there_are_more)
{
    char yaml[600] = "", *at = yaml;

    for (unsigned i = 0; i < 40; i++) {
        at += sprintf(at, "key%u: 1\n", i);
    }
    cr_assert_eq(load(yaml), SHUNT_EINVAL);
    cr_expect_eq(lines(), 21, "%s", said);
    cr_expect(strstr(said, "\nand more mistakes than 20"), "%s", said);
}

Test(server_config_load, keeps_what_is_left_of_a_file_with_mistakes_and_marks_what_was_refused)
{
    cr_assert_eq(load("listeners: [{address: ':1'}]\nlimits: {fields_max: 5}\nworkers: 0\n"
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
        cr_assert_eq(load("limits: {fields_max: 5}\nroutes: [{path: /a, text: b}]\n"), SHUNT_OK);
        cr_assert_eq(load(rows[i]), SHUNT_EINVAL);
        cr_expect_eq(config.listener_count + config.plugin_count + config.route_count, 0);
        cr_expect_eq(config.limits.http.fields_max, 100);
        cr_expect(config.plugins_refused, "what they would give is not known");
    }
    cr_assert_eq(load("limits: {fields_max: 5}\n"), SHUNT_OK);
    cr_expect_eq(load_file(files_path("absent.yaml")), SHUNT_ENOTFOUND);
    cr_expect_eq(config.limits.http.fields_max, 100);
    cr_expect_null(config.file);
}

Test(server_config_load, says_why_a_file_cannot_be_read)
{
    char huge[] = "absent.yaml";

    cr_expect_eq(load_file(files_path(huge)), SHUNT_ENOTFOUND);
    cr_expect(strstr(said, "absent.yaml: expected a readable file of at most 1048576 bytes, found: "
                           "No such file or directory"),
              "%s", said);
    cr_expect_eq(load_file(files_folder()), SHUNT_EINVAL);
    cr_expect(strstr(said, "Is a directory"), "%s", said);
    cr_assert_eq(mkfifo(files_path("fifo"), 0600), 0);
    cr_expect_eq(load_file(files_path("fifo")), SHUNT_EINVAL);
}

/* ---- the example and the README say what the code says ---- */

#define SHUNTD TEST_SOURCE_DIR "/../apps/shuntd/"

static void expect_defaults(const struct config_mapping *mapping, const struct config *got,
                            const struct config *defaults)
{
    for (size_t i = 0; i < mapping->count; i++) {
        const struct config_key *key = &mapping->keys[i];

        if (key->kind == CONFIG_SECTION) {
            expect_defaults(key->mapping, got, defaults);
        } else if (key->kind != CONFIG_LIST && key->kind != CONFIG_TEXTS) {
            cr_expect_eq(memcmp((const char *)got + key->offset,
                                (const char *)defaults + key->offset, key->bytes),
                         0, "%s", key->name);
        }
    }
}

Test(server_config_load, reads_the_commented_example_whose_values_are_the_defaults)
{
    struct config defaults;

    config_init(&defaults);
    cr_assert_eq(load_file(SHUNTD "shuntd.yaml"), SHUNT_OK, "%s", said);
    cr_expect_eq(check(), SHUNT_OK, "%s", said);
    expect_defaults(&config_top, &config, &defaults);
    cr_expect_eq(config.listeners[0].backlog, CONFIG_BACKLOG);
    cr_expect_str_eq(config.routes[0].content_type, CONFIG_CONTENT_TYPE);
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

    cr_assert_eq(load_file(SHUNTD "demo.yaml"), SHUNT_OK, "%s", said);
    cr_expect_eq(check(), SHUNT_OK, "%s", said);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        cr_expect(has_route(paths[i]), "%s", paths[i]);
    }
}

static void expect_documented(const struct config_mapping *mapping, const char *example,
                              const char *readme)
{
    for (size_t i = 0; i < mapping->count; i++) {
        char key[80];

        snprintf(key, sizeof key, "%s:", mapping->keys[i].name);
        cr_expect(strstr(example, key), "shuntd.yaml does not have %s", key);
        cr_expect(strstr(readme, mapping->keys[i].name), "README.md does not have %s", key);
        if (mapping->keys[i].mapping) {
            expect_documented(mapping->keys[i].mapping, example, readme);
        }
    }
}

Test(server_config_load, knows_no_key_that_is_not_documented)
{
    size_t len;
    char *example = files_read(SHUNTD "shuntd.yaml", &len);
    char *readme = files_read(SHUNTD "README.md", &len);

    expect_documented(&config_top, example, readme);
    free(example);
    free(readme);
}
