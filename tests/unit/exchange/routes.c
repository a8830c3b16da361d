/* Where a request goes. */
#include "exchange/routes.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(exchange_routes, a_path_is_found_byte_for_byte_among_many)
{
    enum { COUNT = 300 };
    static char paths[COUNT][16];
    struct exchange_route items[COUNT] = {0};
    struct exchange_routes routes;

    for (int i = 0; i < COUNT; i++) {
        items[i].path =
            (struct shunt_span){paths[i], (size_t)sprintf(paths[i], "/%d", i * 7919 % 1000)};
        items[i].arg = &items[i];
    }
    cr_assert_eq(exchange_routes_init(&routes, items, COUNT), SHUNT_OK);
    for (int i = 0; i < COUNT; i++) {
        const struct exchange_route *found = exchange_routes_find(&routes, items[i].path);

        cr_assert_not_null(found, "%s", paths[i]);
        cr_expect_eq(found->arg, &items[i], "%s", paths[i]);
    }
    exchange_routes_fini(&routes);
}

Test(exchange_routes, what_is_not_there_is_not_found)
{
    static const char *const misses[] = {"", "/", "/a", "/AB", "/abc", "/ab/", "/a/", "x"};
    const struct exchange_route items[] = {{.path = {"/ab", 3}}, {.path = {"/b", 2}}};
    struct exchange_routes routes;

    cr_assert_eq(exchange_routes_init(&routes, items, 2), SHUNT_OK);
    for (size_t i = 0; i < sizeof misses / sizeof *misses; i++) {
        cr_expect_null(exchange_routes_find(&routes, shunt_span_of(misses[i])), "%s", misses[i]);
    }
    exchange_routes_fini(&routes);
    cr_assert_eq(exchange_routes_init(&routes, NULL, 0), SHUNT_OK);
    cr_expect_null(exchange_routes_find(&routes, shunt_span_of("/ab")));
    exchange_routes_fini(&routes);
}

Test(exchange_routes, a_path_may_occur_once)
{
    const struct exchange_route items[] = {
        {.path = {"/ab", 3}}, {.path = {"/b", 2}}, {.path = {"/ab", 3}}};
    struct exchange_routes routes;

    cr_expect_eq(exchange_routes_init(&routes, items, 3), SHUNT_EINVAL);
}

Test(exchange_routes, a_route_allows_the_tokens_it_lists_in_any_case)
{
    static const char *const upgrade[] = {"websocket", "echo", NULL};
    const struct exchange_route route = {.upgrade = upgrade}, plain = {0};

    cr_expect(exchange_route_allows(&route, shunt_span_of("WebSocket")));
    cr_expect(exchange_route_allows(&route, shunt_span_of("echo")));
    cr_expect(!exchange_route_allows(&route, shunt_span_of("ech")));
    cr_expect(!exchange_route_allows(&route, shunt_span_of("echo2")));
    cr_expect(!exchange_route_allows(&plain, shunt_span_of("echo")));
}
