/* The sentence for each thing that a file must not have, and all of them in one run. */
#include "server/config_walk.h"

#include "unit/server/config_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(server_config_walk, .init = config_set_up, .fini = config_tear_down);

Test(server_config_walk, refuses_with_file_line_key_expected_and_found)
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
         "2: routes[0]: expected one of text, file, folder, redirect, echo, metrics, handler and "
         "upgrade, "
         "found "
         "none"},
        {"an echo of metrics", "routes:\n- path: /\n  echo: yes\n  metrics: yes\n",
         "3: routes[0].echo: expected one of text, file, folder, redirect, echo, metrics and "
         "handler, found "
         "more"},
        {"a handler beside metrics", "routes:\n- path: /\n  handler: a\n  metrics: yes\n",
         "4: routes[0].metrics: expected one of text, file, folder, redirect, echo, metrics and "
         "handler, "
         "found more"},
        {"an empty handler", "routes:\n- path: /\n  handler: ''\n",
         "3: routes[0].handler: expected the name of a plugin's handler, found nothing"},
        {"two answers", "routes:\n- path: /\n  text: a\n  echo: yes\n",
         "3: routes[0].text: expected one of text, file, folder, redirect, echo, metrics and "
         "handler, found "
         "more"},
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
        enum shunt_status got = config_read(rows[i].yaml);
        const char *file = files_path("c.yaml");

        cr_expect_eq(got, SHUNT_EINVAL, "%s: %s", rows[i].why, shunt_status_name(got));
        cr_expect(strstr(reported, rows[i].sentence), "%s: %s", rows[i].why, reported);
        cr_expect_eq(strncmp(reported, file, strlen(file)), 0, "%s: %s", rows[i].why, reported);
        cr_expect_null(strchr(reported, '\n'), "%s: one sentence, one line: %s", rows[i].why,
                       reported);
    }
}

Test(server_config_walk, reports_every_mistake_of_a_file_in_one_run)
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
        ":13: routes[1]: expected one of text, file, folder, redirect, echo, metrics, handler and "
        "upgrade, "
        "found "
        "none",
        ":14: routes[2].file: expected a readable file ",
        ":14: routes[2].settings.k: expected text, a number or a truth value, found a list",
    };

    cr_assert_eq(config_read("worker: 1\n"
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
        cr_expect(strstr(reported, sentences[i]), "%s in: %s", sentences[i], reported);
    }
    cr_expect_eq(reported_lines(), sizeof sentences / sizeof *sentences, "%s", reported);
}

/* Each sentence once, in order of line, and nothing that only follows from another mistake. */
Test(server_config_walk, reports_mistakes_of_every_kind_in_order_of_line)
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
    const char *at = reported;

    cr_assert_eq(config_read("workers: 0\n"
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
        const char *found = strstr(reported, sentences[i]);

        cr_expect(found && found >= at, "%s in: %s", sentences[i], reported);
        at = found ? found : at;
    }
    cr_expect_eq(reported_lines(), sizeof sentences / sizeof *sentences, "%s", reported);
}

Test(server_config_walk, reports_relations_beside_other_mistakes)
{
    cr_assert_eq(config_read("worker: 1\nlisteners: [{address: ':1'}, {address: ':1'}]\n"
                             "routes: [{path: /a, text: b}, {path: /a, text: c}]\n"
                             "limits: {queue_low_bytes: 256K}\n"),
                 SHUNT_EINVAL);
    cr_expect(strstr(reported, ":1: worker: "), "%s", reported);
    cr_expect(strstr(reported, ":2: listeners[1].address: expected each address once"), "%s",
              reported);
    cr_expect(strstr(reported, ":3: routes[1].path: expected each path once"), "%s", reported);
    cr_expect(strstr(reported, "limits.queue_low_bytes: expected less than"), "%s", reported);
    cr_expect_eq(reported_lines(), 4, "%s", reported);
}

Test(server_config_walk, says_nothing_that_only_follows_from_another_mistake)
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
        cr_assert_eq(config_read(rows[i].yaml), SHUNT_EINVAL, "%s", rows[i].why);
        cr_expect_eq(reported_lines(), 1, "%s: %s", rows[i].why, reported);
    }
}

Test(server_config_walk, reports_every_wrong_kind)
{
    cr_assert_eq(config_read("workers: [1]\nlimits: 7\nbackend: kqueue\nroutes: [/a, {text: b}]\n"
                             "workers: 1\n"),
                 SHUNT_EINVAL);
    cr_expect_eq(reported_lines(), 6, "%s", reported);
    cr_expect(strstr(reported, ":5: workers: expected once, found again (first on line 1)"), "%s",
              reported);
}

Test(server_config_walk, stops_after_twenty_mistakes_and_says_that_there_are_more)
{
    char yaml[600] = "", *at = yaml;

    for (unsigned i = 0; i < 40; i++) {
        at += sprintf(at, "key%u: 1\n", i);
    }
    cr_assert_eq(config_read(yaml), SHUNT_EINVAL);
    cr_expect_eq(reported_lines(), 21, "%s", reported);
    cr_expect(strstr(reported, "\nand more mistakes than 20"), "%s", reported);
}
