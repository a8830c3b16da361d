/* Where a redirect leads. */
#include "exchange/redirect.h"

#include "exchange/amend.h"

#include <criterion/criterion.h>

static struct shunt_response response;

static void redirect(const char *target, const char *pattern, const char *path, const char *query)
{
    static const struct exchange_context context;
    struct exchange_redirect to = {(char *)(uintptr_t)target, 308};
    const struct shunt_request request = {.size = sizeof request,
                                          .method = {"GET", 3},
                                          .path = shunt_span_of(path),
                                          .query = shunt_span_of(query),
                                          .pattern = shunt_span_of(pattern)};

    exchange_response_init(&context, &response);
    exchange_redirect(&to, &request, &response);
}

Test(exchange_redirect, parameters_and_the_query_go_along)
{
    static const struct {
        const char *target, *pattern, *path, *query, *location; /* NULL: 404 */
    } rows[] = {
        {"/new", "/old", "/old", "", "/new"},
        {"/new", "/old", "/old", "a=b", "/new?a=b"},
        {"/new?x", "/old", "/old", "a=b", "/new?x"},
        {"/new#x", "/old", "/old", "a=b", "/new#x"},
        {"https://b.example/{id}/{id}", "/u/{id}", "/u/7%20", "", "https://b.example/7%20/7%20"},
        {"/{b}/{a}.html", "/{a}/{b}", "/1/2", "", "/2/1.html"},
        {"https://b.example/{rest...}", "/{rest...}", "/x/y/", "q", "https://b.example/x/y/?q"},
        {"https://b.example/{rest}", "/{rest...}", "/", "", "https://b.example/"},
        {"/{rest}", "/old/{rest...}", "/old/a", "", "/a"},
        {"/{rest}", "/old/{rest...}", "/old//evil.example", "", NULL},
        {"/{rest}", "/old/{rest...}", "/old/\\evil.example", "", NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        redirect(rows[i].target, rows[i].pattern, rows[i].path, rows[i].query);
        cr_expect_eq(response.status, rows[i].location ? 308 : 404, "%s", rows[i].path);
        cr_expect(shunt_span_equal(shunt_response_field_get(&response, "Location"),
                                   shunt_span_of(rows[i].location)),
                  "%s", rows[i].path);
    }
}

Test(exchange_redirect, what_is_too_long_is_414)
{
    static char path[4000] = "/";

    memset(path + 1, 'x', sizeof path - 2);
    redirect("/{x}", "/{x}", path, "");
    cr_expect_eq(response.status, 414);
}

Test(exchange_redirect, a_target_has_the_parameters_of_its_path)
{
    static const struct {
        const char *target, *path;
        bool fits;
    } rows[] = {{"/b", "/a", true},
                {"/b/{id}", "/a/{id}", true},
                {"/b/{rest...}", "/a/{rest...}", true},
                {"/b/{rest}", "/a/{rest...}", true},
                {"https://x/{a}{b}", "/{b}/{a}", true},
                {"/b/{id}", "/a", false},
                {"/b/{i}", "/a/{id}", false},
                {"/b/{id", "/a/{id}", false},
                {"/b/{}", "/a/{id}", false},
                {"{id}", "/a/{id}", false},
                {"", "/a", false},
                {"/a b", "/a", false},
                {"/a\n", "/a", false},
                {"/\\x", "/a", false}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(exchange_redirect_expected(rows[i].target, rows[i].path) == NULL, rows[i].fits,
                     "%s", rows[i].target);
    }
}
