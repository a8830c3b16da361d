/* Where a request goes. */
#include "session/routes.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(session_routes, a_path_is_found_byte_for_byte_among_many)
{
    enum { COUNT = 300 };
    static char paths[COUNT][16];
    struct session_route items[COUNT] = {0};
    struct session_routes routes;

    for (int i = 0; i < COUNT; i++) {
        items[i].path =
            (struct shunt_span){paths[i], (size_t)sprintf(paths[i], "/%d", i * 7919 % 1000)};
        items[i].arg = &items[i];
    }
    cr_assert_eq(session_routes_init(&routes, items, COUNT), SHUNT_OK);
    for (int i = 0; i < COUNT; i++) {
        const struct session_route *found = session_routes_find(&routes, items[i].path);

        cr_assert_not_null(found, "%s", paths[i]);
        cr_expect_eq(found->arg, &items[i], "%s", paths[i]);
    }
    session_routes_fini(&routes);
}

Test(session_routes, what_is_not_there_is_not_found)
{
    static const char *const misses[] = {"", "/", "/a", "/AB", "/abc", "/ab/", "/a/", "x"};
    const struct session_route items[] = {{.path = {"/ab", 3}}, {.path = {"/b", 2}}};
    struct session_routes routes;

    cr_assert_eq(session_routes_init(&routes, items, 2), SHUNT_OK);
    for (size_t i = 0; i < sizeof misses / sizeof *misses; i++) {
        cr_expect_null(session_routes_find(&routes, shunt_span_of(misses[i])), "%s", misses[i]);
    }
    session_routes_fini(&routes);
    cr_assert_eq(session_routes_init(&routes, NULL, 0), SHUNT_OK);
    cr_expect_null(session_routes_find(&routes, shunt_span_of("/ab")));
    session_routes_fini(&routes);
}

Test(session_routes, a_path_may_occur_once)
{
    const struct session_route items[] = {
        {.path = {"/ab", 3}}, {.path = {"/b", 2}}, {.path = {"/ab", 3}}};
    struct session_routes routes;

    cr_expect_eq(session_routes_init(&routes, items, 3), SHUNT_EINVAL);
}

Test(session_routes, a_route_allows_the_tokens_it_lists_in_any_case)
{
    static const char *const upgrade[] = {"websocket", "echo", NULL};
    const struct session_route route = {.upgrade = upgrade}, plain = {0};

    cr_expect(session_route_allows(&route, shunt_span_of("WebSocket")));
    cr_expect(session_route_allows(&route, shunt_span_of("echo")));
    cr_expect(!session_route_allows(&route, shunt_span_of("ech")));
    cr_expect(!session_route_allows(&route, shunt_span_of("echo2")));
    cr_expect(!session_route_allows(&plain, shunt_span_of("echo")));
}
