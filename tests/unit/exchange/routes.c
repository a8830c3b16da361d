/* Where a request goes. */
#include "exchange/routes.h"

#include "exchange/pattern.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct exchange_route *find(const struct exchange_routes *routes,
                                         struct shunt_span path)
{
    const struct shunt_request request = {.method = {"GET", 3}, .path = path};

    return exchange_routes_find(routes, &request);
}

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
        const struct exchange_route *found = find(&routes, items[i].path);

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
        cr_expect_null(find(&routes, shunt_span_of(misses[i])), "%s", misses[i]);
    }
    exchange_routes_fini(&routes);
    cr_assert_eq(exchange_routes_init(&routes, NULL, 0), SHUNT_OK);
    cr_expect_null(find(&routes, shunt_span_of("/ab")));
    exchange_routes_fini(&routes);
}

Test(exchange_routes, a_path_may_occur_once)
{
    const struct exchange_route items[] = {
        {.path = {"/ab", 3}}, {.path = {"/b", 2}}, {.path = {"/ab", 3}}};
    struct exchange_routes routes;

    cr_expect_eq(exchange_routes_init(&routes, items, 3), SHUNT_EINVAL);
}

Test(exchange_routes, paths_that_differ_in_names_alone_are_one)
{
    const struct exchange_route items[] = {{.path = shunt_span_of("/{ab}/c")},
                                           {.path = shunt_span_of("/{b}/c")}};
    struct exchange_routes routes;

    cr_expect_eq(exchange_routes_init(&routes, items, 2), SHUNT_EINVAL);
}

/* Which of `patterns` is found for `path`; "": none. */
static void expect(const char *why, const char *const *patterns, size_t count, const char *path,
                   const char *wanted)
{
    struct exchange_route items[16] = {0};
    struct exchange_routes routes;
    const struct exchange_route *found;

    for (size_t i = 0; i < count; i++) {
        items[i].path = shunt_span_of(patterns[i]);
    }
    cr_assert_eq(exchange_routes_init(&routes, items, count), SHUNT_OK);
    found = find(&routes, shunt_span_of(path));
    cr_expect(shunt_span_equal(found ? found->path : (struct shunt_span){0}, shunt_span_of(wanted)),
              "%s: %s: found %s", why, path, found ? found->path.at : "none");
    exchange_routes_fini(&routes);
}

Test(exchange_routes, the_most_specific_pattern_is_found)
{
    static const char *const patterns[] = {
        "/",
        "/users",
        "/users/{id}",
        "/users/me",
        "/users/{id}/files/{f...}",
        "/files/{f...}",
        "/files/",
        "/{x}/y",
        "/users/me/a",
        "/users/{id}/b",
        "/%41/{a}",
    };
    static const struct {
        const char *why, *path, *wanted;
    } rows[] = {
        {"the root", "/", "/"},
        {"fixed", "/users", "/users"},
        {"a slash at the end is a segment more, which is empty", "/users/", ""},
        {"a parameter", "/users/7", "/users/{id}"},
        {"fixed before a parameter", "/users/me", "/users/me"},
        {"the front of a fixed one", "/users/m", "/users/{id}"},
        {"more than a fixed one", "/users/men", "/users/{id}"},
        {"fixed leads to nothing, so back to the parameter", "/users/me/b", "/users/{id}/b"},
        {"fixed goes on", "/users/me/a", "/users/me/a"},
        {"no parameter spans two", "/users/7/8", ""},
        {"an encoded slash parts no segments", "/users/7%2F8", "/users/{id}"},
        {"the rest", "/users/7/files/a/b", "/users/{id}/files/{f...}"},
        {"an empty rest", "/users/7/files/", "/users/{id}/files/{f...}"},
        {"no slash, no rest", "/users/7/files", ""},
        {"the end before an empty rest", "/files/", "/files/"},
        {"slashes are rest", "/files//", "/files/{f...}"},
        {"the first segment decides", "/files/y", "/files/{f...}"},
        {"a parameter at the front", "/z/y", "/{x}/y"},
        {"an empty segment is no parameter", "//y", ""},
        {"what is encoded is not what it stands for", "/A/b", ""},
        {"... and is found as it is", "/%41/b", "/%41/{a}"},
        {"nothing", "", ""},
        {"no path", "*", ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect(rows[i].why, patterns, sizeof patterns / sizeof *patterns, rows[i].path,
               rows[i].wanted);
    }
}

Test(exchange_routes, the_rest_of_the_root_is_found_where_nothing_else_is)
{
    static const char *const patterns[] = {"/{all...}", "/a/b", "/{x}/c"};
    static const char *const paths[] = {"/", "/a", "/a/", "/a/b/", "/a/d", "//", "/x/c/d"};

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        expect("the fallback", patterns, 3, paths[i], "/{all...}");
    }
    expect("not the fallback", patterns, 3, "/a/b", "/a/b");
    expect("not the fallback", patterns, 3, "/a/c", "/{x}/c");
}

Test(exchange_routes, a_long_path_is_found_to_its_last_byte)
{
    enum { LEN = 300 };
    char path[LEN + 1], other[LEN + 1];
    const struct exchange_route items[] = {{.path = {path, LEN}}, {.path = {path, LEN - 100}}};
    struct exchange_routes routes;

    memset(path, 'a', sizeof path);
    path[0] = '/';
    cr_assert_eq(exchange_routes_init(&routes, items, 2), SHUNT_OK);
    for (size_t len = 1; len <= LEN; len++) {
        const struct exchange_route *found = find(&routes, (struct shunt_span){path, len});

        cr_expect_eq(found != NULL, len == LEN || len == LEN - 100, "%zu", len);
    }
    for (size_t i = 0; i < LEN; i++) {
        memcpy(other, path, sizeof path);
        other[i] = '\xff';
        cr_expect_null(find(&routes, (struct shunt_span){other, LEN}), "%zu", i);
    }
    exchange_routes_fini(&routes);
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

/* As many choices on the way as there can be: exchange_tree_find() has room for them. */
Test(exchange_routes, the_longest_way_back_is_found)
{
    enum { SEGMENTS = EXCHANGE_PATTERN_SEGMENTS_MAX, BYTES = 2 * SEGMENTS + 16 };
    static char patterns[2 * SEGMENTS][BYTES + 16];
    struct exchange_route items[2 * SEGMENTS] = {0};
    struct exchange_routes routes;
    char path[BYTES] = "";

    for (size_t i = 0; i < SEGMENTS; i++) {
        snprintf(patterns[2 * i], sizeof *patterns, "%s/{rest...}", path);
        snprintf(patterns[2 * i + 1], sizeof *patterns, "%s/{one}", path);
        strcat(path, "/a");
    }
    for (size_t i = 0; i < 2 * SEGMENTS; i++) {
        cr_assert_null(exchange_pattern_expected(patterns[i]), "%s", patterns[i]);
        items[i].path = shunt_span_of(patterns[i]);
    }
    cr_assert_eq(exchange_routes_init(&routes, items, 2 * SEGMENTS), SHUNT_OK);
    cr_expect_eq(find(&routes, shunt_span_of(path))->path.at, patterns[2 * SEGMENTS - 1]);
    strcat(path, "/b");
    cr_expect_eq(find(&routes, shunt_span_of(path))->path.at, patterns[2 * SEGMENTS - 2]);
    path[1] = 'c';
    cr_expect_eq(find(&routes, shunt_span_of(path))->path.at, patterns[0]);
    exchange_routes_fini(&routes);
}
