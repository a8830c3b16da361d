/* Which host's routes a request leads to. */
#include "exchange/host.h"
#include "exchange/routes.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct exchange_route *find_at(const struct exchange_routes *routes, const char *host,
                                            const char *path)
{
    const struct shunt_request request = {
        .method = {"GET", 3}, .host = shunt_span_of(host), .path = shunt_span_of(path)};

    return exchange_routes_find(routes, &request);
}

static struct exchange_route at(const char *host, const char *path)
{
    return (struct exchange_route){.host = shunt_span_of(host), .path = shunt_span_of(path)};
}

Test(exchange_routes_hosts, the_most_specific_host_that_has_the_path_decides)
{
    const struct exchange_route items[] = {
        at("a.example.org", "/x"), at("*.example.org", "/x"), at("*.example.org", "/y"),
        at("*.org", "/z"),         at("example.org", "/x"),   at(NULL, "/x"),
        at(NULL, "/any"),          at("[::1]", "/x"),         at("*.b.example.org", "/{x}"),
    };
    static const struct {
        const char *why, *host, *path, *wanted; /* the host of what is found */
    } rows[] = {
        {"as it is", "a.example.org", "/x", "a.example.org"},
        {"without case", "A.Example.ORG", "/x", "a.example.org"},
        {"whatever the port", "a.example.org:8080", "/x", "a.example.org"},
        {"the dot of the root", "a.example.org.", "/x", "a.example.org"},
        {"a label in place of *", "c.example.org", "/x", "*.example.org"},
        {"several", "d.c.example.org", "/x", "*.example.org"},
        {"the longest *", "c.b.example.org", "/x", "*.b.example.org"},
        {"* is no empty label", "example.org", "/x", "example.org"},
        {"... which the wider * has", "example.org", "/z", "*.org"},
        {"... and none else", "example.org", "/y", ""},
        {"the end of a label is no label", "notexample.org", "/x", ""},
        {"the path is the next wider one's", "a.example.org", "/y", "*.example.org"},
        {"... or one behind it", "c.b.example.org", "/any", "*.b.example.org"},
        {"... or that of any", "a.example.org", "/any", ""},
        {"an address", "[::1]:80", "/x", "[::1]"},
        {"another host", "other.net", "/x", ""},
        {"none", "", "/x", ""},
        {"only a dot", ".example.org", "/x", ""},
    };
    struct exchange_routes routes;

    cr_assert_eq(exchange_routes_init(&routes, items, sizeof items / sizeof *items), SHUNT_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct exchange_route *found = find_at(&routes, rows[i].host, rows[i].path);
        bool none = strcmp(rows[i].path, "/y") == 0 && !*rows[i].wanted;

        cr_assert_eq(found == NULL, none, "%s", rows[i].why);
        cr_expect(!found || shunt_span_equal(found->host, shunt_span_of(rows[i].wanted)), "%s: %s",
                  rows[i].why, found ? found->host.at : "");
    }
    cr_expect_null(find_at(&routes, "a.example.org", "/none"));
    exchange_routes_fini(&routes);
}

Test(exchange_routes_hosts, there_need_be_none_for_any_host)
{
    const struct exchange_route items[] = {at("a", "/x")};
    struct exchange_routes routes;

    cr_assert_eq(exchange_routes_init(&routes, items, 1), SHUNT_OK);
    cr_expect_not_null(find_at(&routes, "a", "/x"));
    cr_expect_null(find_at(&routes, "b", "/x"));
    cr_expect_null(find_at(&routes, "", "/x"));
    exchange_routes_fini(&routes);
}

Test(exchange_routes_hosts, a_path_of_one_host_occurs_once)
{
    const struct exchange_route other[] = {at("a", "/x"), at("b", "/x"), at(NULL, "/x")};
    const struct exchange_route same[] = {at("a", "/x"), at("b", "/x"), at("A", "/x")};
    struct exchange_routes routes;

    cr_assert_eq(exchange_routes_init(&routes, other, 3), SHUNT_OK);
    exchange_routes_fini(&routes);
    cr_expect_eq(exchange_routes_init(&routes, same, 3), SHUNT_EINVAL);
}

Test(exchange_routes_hosts, a_long_host_is_nobodys)
{
    const struct exchange_route items[] = {at("*.a", "/x"), at(NULL, "/x")};
    struct exchange_routes routes;
    char host[400];

    memset(host, 'b', sizeof host);
    memcpy(host + sizeof host - 3, ".a", 3);
    cr_assert_eq(exchange_routes_init(&routes, items, 2), SHUNT_OK);
    cr_expect_eq(find_at(&routes, host, "/x")->host.len, 0);
    cr_expect_eq(find_at(&routes, host + 200, "/x")->host.len, 3);
    exchange_routes_fini(&routes);
}

/* As many wide hosts within each other as there can be. */
Test(exchange_routes_hosts, the_longest_host_with_an_asterisk_is_found)
{
    enum { LABELS = EXCHANGE_HOST_LABELS_MAX };
    static char hosts[LABELS][2 * LABELS + 16];
    struct exchange_route items[LABELS];
    struct exchange_routes routes;
    char host[2 * LABELS + 8] = "";

    for (size_t i = 0; i < LABELS; i++) {
        strcat(host, i > 0 ? ".a" : "a");
        snprintf(hosts[i], sizeof *hosts, "*.%s", host);
        cr_assert_null(exchange_host_expected(hosts[i]), "%s", hosts[i]);
        items[i] = at(hosts[i], i > 0 ? "/x" : "/y");
    }
    cr_assert_eq(exchange_routes_init(&routes, items, LABELS), SHUNT_OK);
    cr_expect_eq(find_at(&routes, host, "/x")->host.at, hosts[LABELS - 2]);
    strcat(host, ".a");
    cr_expect_eq(find_at(&routes, host, "/x")->host.at, hosts[LABELS - 1]);
    cr_expect_eq(find_at(&routes, host, "/y")->host.at, hosts[0], "through all that are between");
    cr_expect_null(find_at(&routes, host, "/z"));
    exchange_routes_fini(&routes);
}
