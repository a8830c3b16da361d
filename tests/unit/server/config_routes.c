/* What a file gives the routes: hosts and methods, and what is wrong with them. */
#include "server/config_check.h"
#include "unit/server/config_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(server_config_routes, .init = config_set_up, .fini = config_tear_down);

#define LISTEN "listeners: [{address: ':1'}]\n"

Test(server_config_routes, have_the_hosts_and_methods_of_the_file)
{
    cr_assert_eq(config_read(LISTEN "routes:\n"
                                    "- {path: '/u/{id}', method: GET, text: a}\n"
                                    "- {path: '/u/{id}', methods: [PUT, LOCK], echo: yes}\n"
                                    "- {path: '/u/{id}', host: '*.A.org', text: a}\n"
                                    "- {path: '/{all...}', text: a}\n"),
                 SHUNT_OK, "%s", reported);
    cr_expect_eq(config_judge(), SHUNT_OK, "%s", reported);
    cr_expect_str_eq(config.routes[0].methods[0], "GET");
    cr_expect_null(config.routes[0].methods[1]);
    cr_expect_null(config.routes[0].host);
    cr_expect_str_eq(config.routes[1].methods[0], "PUT");
    cr_expect_str_eq(config.routes[1].methods[1], "LOCK");
    cr_expect_null(config.routes[1].methods[2]);
    cr_expect_str_eq(config.routes[2].host, "*.A.org");
    cr_expect_null(config.routes[2].methods);
}

Test(server_config_routes, are_refused_with_file_line_and_key)
{
    static const struct {
        const char *why, *yaml, *sentence;
    } rows[] = {
        {"a method that is none", "- path: /a\n  text: b\n  method: G T\n",
         "c.yaml:5: routes[0].method: expected a method such as GET, found \"G T\""},
        {"one of several", "- path: /a\n  text: b\n  methods:\n  - GET\n  - TRACE\n",
         "c.yaml:7: routes[0].methods[1]: expected a method other than CONNECT and TRACE, found "
         "\"TRACE\""},
        {"no list", "- path: /a\n  text: b\n  methods: GET\n",
         "c.yaml:5: routes[0].methods: expected a list, found \"GET\""},
        {"an empty list", "- path: /a\n  text: b\n  methods: []\n",
         "c.yaml:5: routes[0].methods: expected one or more, found none"},
        {"both keys", "- path: /a\n  text: b\n  method: GET\n  methods: [PUT]\n",
         "c.yaml:6: routes[0].methods: expected one of method and methods, found both"},
        {"a host with a port", "- path: /a\n  text: b\n  host: a:80\n",
         "c.yaml:5: routes[0].host: expected a host such as example.org, or *.example.org, without "
         "a port, found \"a:80\""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char yaml[400];

        snprintf(yaml, sizeof yaml, LISTEN "routes:\n%s", rows[i].yaml);
        cr_expect_eq(config_read(yaml), SHUNT_EINVAL, "%s", rows[i].why);
        cr_expect(strstr(reported, rows[i].sentence), "%s: %s", rows[i].why, reported);
        cr_expect_eq(reported_lines(), 1, "%s: %s", rows[i].why, reported);
    }
}

Test(server_config_routes, that_conflict_are_refused_with_both_lines)
{
    static const struct {
        const char *why, *yaml, *sentence;
    } rows[] = {
        {"a method", "- {path: /a, text: b, method: GET}\n- {path: /a, echo: yes, method: GET}\n",
         "c.yaml:4: routes[1].path: expected each method of a path once, found GET /a again (first "
         "on line 3)"},
        {"one of several, under another name",
         "- {path: '/{a}', text: b, methods: [PUT, POST]}\n- path: '/{b}'\n  echo: yes\n"
         "  method: POST\n",
         "c.yaml:4: routes[1].path: expected each method of a path once, found POST /{b} again, "
         "beside PUT, POST /{a} (first on line 3)"},
        {"a text is for GET", "- {path: /a, text: b}\n- {path: /a, echo: yes, method: GET}\n",
         "c.yaml:4: routes[1].path: expected each method of a path once, found GET /a again, "
         "beside "
         "/a (first on line 3)"},
        {"metrics are for GET, whatever their upgrade is for",
         "- {path: /a, metrics: yes, upgrade: [b]}\n- {path: /a, echo: yes, method: GET}\n",
         "c.yaml:4: routes[1].path: expected each method of a path once, found GET /a again (first "
         "on line 3)"},
        {"a host", "- {path: /a, text: b, host: A}\n- {path: /a, text: c, host: a}\n",
         "c.yaml:4: routes[1].path: expected each path once, found a/a again, beside A/a (first on "
         "line 3)"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char yaml[400];

        snprintf(yaml, sizeof yaml, LISTEN "routes:\n%s", rows[i].yaml);
        cr_assert_eq(config_read(yaml), SHUNT_OK, "%s: %s", rows[i].why, reported);
        cr_expect_eq(config_judge(), SHUNT_EINVAL, "%s", rows[i].why);
        cr_expect(strstr(reported, rows[i].sentence), "%s: %s", rows[i].why, reported);
    }
}

Test(server_config_routes, whose_methods_are_not_known_conflict_with_none)
{
    cr_expect_eq(config_read(LISTEN "routes:\n- {path: /a, text: b, methods: [G T]}\n"
                                    "- {path: /a, text: b, host: ':'}\n"
                                    "- {path: /a, text: b, metod: GET}\n- {path: /a, text: b}\n"),
                 SHUNT_EINVAL);
    cr_expect_eq(reported_lines(), 3, "%s", reported);
    cr_expect_null(strstr(reported, "once"), "%s", reported);
}

Test(server_config_routes, have_at_most_64_methods_together)
{
    for (unsigned count = 57; count <= 58; count++) {
        char yaml[4000] = LISTEN "routes:\n- path: /a\n  text: b\n  methods: [GET, PATCH";
        size_t len = strlen(yaml);

        for (unsigned i = 0; i < count; i++) {
            len += (size_t)snprintf(yaml + len, sizeof yaml - len, ", M%u", i);
        }
        snprintf(yaml + len, sizeof yaml - len, "]\n");
        cr_assert_eq(config_read(yaml), SHUNT_OK, "%s", reported);
        cr_expect_eq(config_judge(), count == 57 ? SHUNT_OK : SHUNT_EINVAL, "%s", reported);
    }
    cr_expect(strstr(reported, "c.yaml:3: routes[0].methods: expected at most 64 of all routes "
                               "together, found M57 beyond them"),
              "%s", reported);
}

/* How many routes a route is held against, over all of them. */
static size_t looks(const struct config *all)
{
    size_t count = 0;

    for (size_t i = 0; i < all->route_count; i++) {
        for (size_t j = all->routes[i].earlier; j > 0; j = all->routes[j - 1].earlier) {
            count++;
        }
    }
    return count;
}

static void add(struct config *all, const char *path, const char *host, enum shunt_status wanted)
{
    const struct shunt_route route = {.size = sizeof route, .path = path, .host = host};
    char words[400] = "";
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_eq(config_add_route(all, &route), SHUNT_OK);
    cr_assert_eq(config_check_last_route(all, &error), wanted, "%s%s: %s", host, path, words);
}

/* 10,000 routes were held against each other, 50,000,000 times. */
Test(server_config_routes, cost_little_each_however_many_there_are)
{
    enum { COUNT = 10000 };
    struct config all;
    char path[64], host[64];

    config_init(&all);
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(path, sizeof path, "/%u/{id}", i % 2 ? i : 0);
        snprintf(host, sizeof host, "h%u.org", i % 2 ? 0 : i);
        add(&all, path, host, SHUNT_OK);
    }
    cr_expect_lt(looks(&all), 2 * COUNT, "%zu", looks(&all));
    add(&all, "/4711/{name}", "H0.org", SHUNT_EINVAL);
    config_drop_last_route(&all);
    add(&all, "/0/{name}", "h4712.ORG", SHUNT_EINVAL);
    config_drop_last_route(&all);
    add(&all, "/4711/{id}", "h4712.org", SHUNT_OK);
    config_fini(&all);
}
