/* Pages in place of the server's words. */
#include "support/files.h"
#include "unit/filter/filter_fixture.h"

#include <stdlib.h>

static void init(void)
{
    files_make();
    fixture_init();
}

static void fini(void)
{
    fixture_fini();
    files_remove();
}

TestSuite(filter_error_pages, .init = init, .fini = fini);

static void expect_body(const char *text)
{
    cr_expect(shunt_span_equal(fixture_exchange->response.body, shunt_span_of(text)), "%.*s",
              (int)fixture_exchange->response.body.len, fixture_exchange->response.body.at);
}

static void answer_text(unsigned status)
{
    fixture_request("GET /");
    cr_assert(fixture_ask());
    exchange_response_text(&fixture_exchange->response, status, shunt_span_of("words\n"));
    fixture_answer();
}

static void answer_handler(unsigned status)
{
    fixture_request("GET /");
    cr_assert(fixture_ask());
    cr_assert_eq(shunt_response_status(&fixture_exchange->response, status), SHUNT_OK);
    cr_assert_eq(shunt_response_body(&fixture_exchange->response, "application/json", "{}", 2),
                 SHUNT_OK);
    fixture_answer();
}

Test(filter_error_pages, the_servers_own_words_are_replaced)
{
    char *page = strdup(files_write_text("404.html", "not found"));
    char *other = strdup(files_write_text("5xx.html", "broken"));
    const char *const settings[] = {"404", page, "5xx", other, NULL};

    cr_assert_eq(fixture_create(&filter_error_pages, settings), SHUNT_OK, "%s", fixture_error);
    answer_text(404);
    expect_body("not found");
    cr_expect_eq(fixture_exchange->response.status, 404);
    fixture_expect_field("Content-Type", "text/html; charset=utf-8");
    answer_text(403);
    expect_body("words\n");
    answer_text(503);
    expect_body("broken");
    answer_text(200);
    expect_body("words\n");
    answer_handler(404);
    expect_body("{}");
    fixture_expect_field("Content-Type", "application/json");
    free(page);
    free(other);
}

Test(filter_error_pages, those_of_handlers_only_where_that_is_set)
{
    const char *const settings[] = {
        "4xx", files_write_text("4xx", "<x/>"), "handlers", "yes", "content_type", "text/x", NULL};

    cr_assert_eq(fixture_create(&filter_error_pages, settings), SHUNT_OK, "%s", fixture_error);
    answer_handler(409);
    expect_body("<x/>");
    fixture_expect_field("Content-Type", "text/x");
    answer_handler(500);
    expect_body("{}");
}

Test(filter_error_pages, a_file_that_is_not_there_is_refused)
{
    fixture_expect_refused(&filter_error_pages, "404", "/none", "404: expected a readable file");
    fixture_expect_refused(&filter_error_pages, "5xx", "/none", "5xx: expected a readable file");
}
