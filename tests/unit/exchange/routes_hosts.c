/* Which host's routes a request leads to. */
#include "exchange/host.h"
#include "exchange/routes.h"

#include "unit/exchange/routes_oracle.h"

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

/* ---- drawn at random, against a plain matcher ---- */

enum { DRAWN = 30, HOST_MAX = 32 };

static void draw_host(uint64_t *seed, bool route, char host[HOST_MAX])
{
    static const char *const labels[] = {"a", "ab", "b", "c"};
    unsigned count = 1 + oracle_draw(seed, 4);
    char *end = host;

    if (route && oracle_draw(seed, 2)) {
        end += sprintf(end, "*.");
    }
    for (unsigned i = 0; i < count; i++) {
        end += sprintf(end, "%s%s", i > 0 ? "." : "", labels[oracle_draw(seed, 4)]);
    }
}

static bool host_matches(const char *pattern, const char *host)
{
    size_t want = strlen(pattern), have = strlen(host);

    if (*pattern != '*') {
        return strcmp(pattern, host) == 0;
    }
    return have > want - 1 && strcmp(host + have - (want - 1), pattern + 1) == 0;
}

/* 0 is the most specific. */
static size_t host_rank(const char *pattern)
{
    return *pattern == '*' ? 1000 - strlen(pattern) : 0;
}

static const char *oracle_find(char hosts[DRAWN][HOST_MAX], const bool *has_path, const char *host)
{
    const char *best = NULL;

    for (size_t i = 0; i < DRAWN; i++) {
        if (has_path[i] && host_matches(hosts[i], host) &&
            (!best || host_rank(hosts[i]) < host_rank(best))) {
            best = hosts[i];
        }
    }
    return best;
}

Test(exchange_routes_hosts, what_is_found_is_what_a_plain_matcher_finds)
{
    static char hosts[DRAWN][HOST_MAX];
    unsigned hits = 0;

    for (uint64_t first = 1; first <= 300; first++) {
        struct exchange_route items[2 * DRAWN];
        bool has[2][DRAWN] = {{false}};
        struct exchange_routes routes;
        uint64_t seed = first;
        size_t count = 0;

        for (size_t i = 0; i < DRAWN; i++) {
            bool again = false;

            draw_host(&seed, true, hosts[i]);
            for (size_t j = 0; j < i; j++) {
                again |= strcmp(hosts[i], hosts[j]) == 0;
            }
            for (unsigned path = 0; path < 2 && !again; path++) {
                has[path][i] = oracle_draw(&seed, 2);
                items[count] = at(hosts[i], path ? "/{x}" : "/y");
                count += has[path][i];
            }
        }
        cr_assert_eq(exchange_routes_init(&routes, items, count), SHUNT_OK);
        for (unsigned i = 0; i < 100; i++) {
            const struct exchange_route *found;
            const char *wanted;
            char host[HOST_MAX];

            draw_host(&seed, false, host);
            wanted = oracle_find(hosts, has[1], host);
            found = find_at(&routes, host, "/z");
            cr_assert_eq(found ? found->host.at : NULL, wanted, "seed %u: %s", (unsigned)first,
                         host);
            hits += found != NULL;
        }
        exchange_routes_fini(&routes);
    }
    cr_expect_gt(hits, 5000, "the draw is worth little: %u", hits);
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
