/* Which of a path's routes a method leads to. */
#include "exchange/routes.h"

#include <criterion/criterion.h>

static const struct exchange_route *find_for(const struct exchange_routes *routes,
                                             const char *method, struct shunt_span path)
{
    const struct shunt_request request = {.method = shunt_span_of(method), .path = path};

    return exchange_routes_find(routes, &request);
}

static const char *const get[] = {"GET", NULL}, *const post[] = {"POST", NULL};
static const char *const head[] = {"HEAD", NULL}, *const lock[] = {"LOCK", "UNLOCK", NULL};
static const char *const get_put[] = {"GET", "PUT", NULL}, *const options[] = {"OPTIONS", NULL};
static const char *const chat[] = {"chat", NULL};

static void nothing(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request, (void)response;
}

static void methods_fill(struct exchange_routes *routes)
{
    const struct exchange_route items[] = {
        {.path = {"/one", 4}, .methods = get, .content_type = "get"},
        {.path = {"/two", 4}, .methods = post, .content_type = "post"},
        {.path = {"/two", 4}, .methods = get_put, .content_type = "get, put"},
        {.path = {"/any", 4}, .content_type = "any"},
        {.path = {"/any", 4}, .methods = get, .content_type = "get"},
        {.path = {"/head", 5}, .methods = get, .content_type = "get"},
        {.path = {"/head", 5}, .methods = head, .content_type = "head"},
        {.path = {"/lock", 5}, .methods = lock, .content_type = "lock"},
        {.path = {"/options", 8}, .methods = options, .content_type = "options"},
        {.path = {"/text", 5}, .has_text = true, .content_type = "text"},
        {.path = {"/text", 5}, .methods = post, .content_type = "post"},
        {.path = {"/both", 5}, .has_text = true, .upgrade = chat, .content_type = "both"},
        {.path = {"/hand", 5}, .has_text = true, .handler = nothing, .content_type = "handler"},
    };

    cr_assert_eq(exchange_routes_init(routes, items, sizeof items / sizeof *items), SHUNT_OK);
}

Test(exchange_routes_methods, the_method_decides_among_those_of_a_path)
{
    static const struct {
        const char *method, *path, *wanted; /* content_type, or Allow of a refusal */
    } rows[] = {
        {"GET", "/one", "get"},
        {"HEAD", "/one", "get"},
        {"POST", "/one", "GET, HEAD, OPTIONS"},
        {"OPTIONS", "/one", "GET, HEAD, OPTIONS"},
        {"LOCK", "/one", "GET, HEAD, OPTIONS"},
        {"POST", "/two", "post"},
        {"PUT", "/two", "get, put"},
        {"HEAD", "/two", "get, put"},
        {"DELETE", "/two", "GET, HEAD, POST, PUT, OPTIONS"},
        {"GET", "/any", "get"},
        {"HEAD", "/any", "get"},
        {"POST", "/any", "any"},
        {"OPTIONS", "/any", "any"},
        {"UNLOCK", "/any", "any"},
        {"GET", "/head", "get"},
        {"HEAD", "/head", "head"},
        {"PUT", "/head", "GET, HEAD, OPTIONS"},
        {"UNLOCK", "/lock", "lock"},
        {"HEAD", "/lock", "OPTIONS, LOCK, UNLOCK"},
        {"OPTIONS", "/options", "options"},
        {"GET", "/options", "OPTIONS"},
        {"HEAD", "/text", "text"},
        {"POST", "/text", "post"},
        {"PUT", "/text", "GET, HEAD, POST, OPTIONS"},
        {"PUT", "/hand", "handler"},
        {"PUT", "/both", "both"}, /* which may ask for the upgrade */
    };
    struct exchange_routes routes;

    methods_fill(&routes);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct exchange_route *found =
            find_for(&routes, rows[i].method, shunt_span_of(rows[i].path));

        cr_assert_not_null(found, "%s %s", rows[i].method, rows[i].path);
        cr_expect_str_eq(found->refusal ? found->allow : found->content_type, rows[i].wanted,
                         "%s %s", rows[i].method, rows[i].path);
        cr_expect_eq(found->refusal, found->allow ? 405 : 0);
    }
    exchange_routes_fini(&routes);
}

Test(exchange_routes_methods, a_method_finds_no_route_of_a_path_that_is_less_specific)
{
    const struct exchange_route items[] = {{.path = shunt_span_of("/a"), .methods = get},
                                           {.path = shunt_span_of("/{x}"), .methods = post},
                                           {.path = shunt_span_of("/{all...}")}};
    struct exchange_routes routes;

    cr_assert_eq(exchange_routes_init(&routes, items, 3), SHUNT_OK);
    cr_expect_str_eq(find_for(&routes, "POST", shunt_span_of("/a"))->allow, "GET, HEAD, OPTIONS");
    cr_expect_str_eq(find_for(&routes, "GET", shunt_span_of("/b"))->allow, "POST, OPTIONS");
    cr_expect_null(find_for(&routes, "GET", shunt_span_of("/b/c"))->allow);
    exchange_routes_fini(&routes);
}

Test(exchange_routes_methods, what_a_text_with_an_upgrade_does_not_answer_is_refused_behind_it)
{
    struct exchange_routes routes;
    const struct exchange_route *both;

    methods_fill(&routes);
    both = find_for(&routes, "POST", shunt_span_of("/both"));
    cr_expect_str_eq(both->otherwise->allow, "GET, HEAD, OPTIONS");
    exchange_routes_fini(&routes);
}

Test(exchange_routes_methods, a_method_that_nobody_names_is_not_implemented_wherever_it_goes)
{
    static const char *const names[] = {"BREW", "TRACE", "get"};
    struct exchange_routes routes;

    methods_fill(&routes);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cr_expect_eq(find_for(&routes, names[i], shunt_span_of("/any"))->refusal, 501);
        cr_expect_eq(find_for(&routes, names[i], shunt_span_of("/none"))->refusal, 501);
    }
    cr_expect_null(find_for(&routes, "LOCK", shunt_span_of("/none")));
    exchange_routes_fini(&routes);
}

Test(exchange_routes_methods, the_asterisk_allows_all_methods_that_are_known)
{
    const struct shunt_request request = {
        .method = {"OPTIONS", 7}, .target = {"*", 1}, .path = {"/", 1}};
    struct exchange_routes routes;

    methods_fill(&routes);
    cr_expect_str_eq(exchange_routes_find(&routes, &request)->allow,
                     "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, LOCK, UNLOCK");
    exchange_routes_fini(&routes);
}

Test(exchange_routes_methods, routes_of_one_path_share_no_method)
{
    static const struct {
        const char *why;
        struct exchange_route a, b;
        enum shunt_status wanted;
    } rows[] = {
        {"both for any", {.methods = NULL}, {.methods = NULL}, SHUNT_EINVAL},
        {"one for any", {.methods = NULL}, {.methods = get}, SHUNT_OK},
        {"different ones", {.methods = post}, {.methods = get}, SHUNT_OK},
        {"the same", {.methods = get}, {.methods = get}, SHUNT_EINVAL},
        {"one of several", {.methods = get_put}, {.methods = get}, SHUNT_EINVAL},
        {"HEAD beside GET", {.methods = get}, {.methods = head}, SHUNT_OK},
        {"a text is for GET", {.has_text = true}, {.methods = get}, SHUNT_EINVAL},
        {"a text is not for HEAD alone", {.has_text = true}, {.methods = head}, SHUNT_OK},
        {"two texts", {.has_text = true}, {.has_text = true}, SHUNT_EINVAL},
        {"a text that has methods",
         {.has_text = true, .methods = post},
         {.methods = get},
         SHUNT_OK},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct exchange_route items[] = {rows[i].a, rows[i].b};
        struct exchange_routes routes;

        items[0].path = shunt_span_of("/{a}");
        items[1].path = shunt_span_of("/{b}");
        cr_expect_eq(exchange_routes_init(&routes, items, 2), rows[i].wanted, "%s", rows[i].why);
        if (rows[i].wanted == SHUNT_OK) {
            exchange_routes_fini(&routes);
        }
    }
}
