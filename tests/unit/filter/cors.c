/* Origins that may read answers, and preflights. */
#include "unit/filter/filter_fixture.h"

#include <stdio.h>

TestSuite(filter_cors, .init = fixture_init, .fini = fixture_fini);

#define ALLOW "Access-Control-Allow-"

Test(filter_cors, an_origin_is_named_exactly_or_by_its_subdomains)
{
    static const char *const settings[] = {
        "origins", "https://a.example, https://*.b.example http://c.example:8080 null", NULL};
    static const struct {
        const char *origin;
        bool allowed;
    } rows[] = {
        {"https://a.example", true},        {"http://a.example", false},
        {"https://a.example:443", false},   {"https://xa.example", false},
        {"https://x.b.example", true},      {"https://x.y.b.example", true},
        {"https://b.example", false},       {"https://.b.example", false},
        {"https://evil/.b.example", false}, {"https://evil:1.b.example", false},
        {"https://xb.example", false},      {"https://x.b.example.evil", false},
        {"http://c.example:8080", true},    {"null", true},
        {"http://c.example", false},        {"https://x@.b.example", false},
    };

    cr_assert_eq(fixture_create(&filter_cors, settings), SHUNT_OK, "%s", fixture_error);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char request[100];

        snprintf(request, sizeof request, "GET /\nOrigin: %s", rows[i].origin);
        fixture_serve(request, "text/plain", "x");
        fixture_expect_field(ALLOW "Origin", rows[i].allowed ? rows[i].origin : NULL);
        fixture_expect_field("Vary", "Origin");
        cr_expect_eq(fixture_exchange->response.status, 200);
    }
    fixture_serve("GET /", NULL, "x");
    fixture_expect_field(ALLOW "Origin", NULL);
    fixture_expect_field("Vary", "Origin");
}

Test(filter_cors, a_preflight_is_answered)
{
    static const char *const settings[] = {
        "origins", "https://a.example", "methods", "PUT",       "headers", "X-A, X-B", "expose",
        "X-C",     "credentials",       "yes",     "max_age_s", "600",     NULL};

    cr_assert_eq(fixture_create(&filter_cors, settings), SHUNT_OK, "%s", fixture_error);
    fixture_request("OPTIONS /\nOrigin: https://a.example\nAccess-Control-Request-Method: PUT");
    cr_expect_not(fixture_ask());
    cr_expect_eq(fixture_answer()->status, 204);
    fixture_expect_field(ALLOW "Origin", "https://a.example");
    fixture_expect_field(ALLOW "Methods", "PUT");
    fixture_expect_field(ALLOW "Headers", "X-A, X-B");
    fixture_expect_field(ALLOW "Credentials", "true");
    fixture_expect_field("Access-Control-Max-Age", "600");
    fixture_expect_field("Access-Control-Expose-Headers", NULL);
    fixture_expect_field("Vary",
                         "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");

    fixture_request("OPTIONS /\nOrigin: https://b.example\nAccess-Control-Request-Method: PUT");
    cr_expect_not(fixture_ask());
    cr_expect_eq(fixture_answer()->status, 403);
    fixture_expect_field(ALLOW "Origin", NULL);

    fixture_request("OPTIONS /\nOrigin: https://a.example");
    cr_expect(fixture_ask(), "no preflight");
    fixture_answer();
    fixture_expect_field("Access-Control-Expose-Headers", "X-C");
}

Test(filter_cors, all_origins_without_credentials_are_a_star)
{
    static const char *const settings[] = {"origins", "*", NULL};

    cr_assert_eq(fixture_create(&filter_cors, settings), SHUNT_OK);
    fixture_serve("GET /\nOrigin: https://b.example", NULL, "x");
    fixture_expect_field(ALLOW "Origin", "*");
    fixture_expect_field("Vary", NULL);
    fixture_request("OPTIONS /\nOrigin: https://a.example\nAccess-Control-Request-Method: PUT\n"
                    "Access-Control-Request-Headers: x-y, x-z");
    cr_expect_not(fixture_ask());
    fixture_answer();
    fixture_expect_field(ALLOW "Headers", "x-y, x-z");
    fixture_expect_field(ALLOW "Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
}

Test(filter_cors, mistakes_are_refused)
{
    static const char *const both[] = {"origins", "*", "credentials", "true", NULL};
    static const char *const wrong[] = {"a.example",          "https://",        "https://a/",
                                        "https://*a.example", "https://a.*.org", "*://a.example"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        fixture_expect_refused(&filter_cors, "origins", wrong[i],
                               "origins: expected *, or origins");
    }
    fixture_expect_refused(&filter_cors, "max_age_s", "1", "origins: expected one or more");
    cr_expect_eq(fixture_create(&filter_cors, both), SHUNT_EINVAL);
    cr_expect(strstr(fixture_error, "credentials: expected no with all origins"));
}
