#include "wire/plain.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct url url = {.authority = "h:81", .target = "/a?q", .port = 81};

/* The request as text, to be freed; a body has no NUL in these tests. */
static char *written(const struct plain *plain, const struct requests_extra *extra)
{
    char *request, *text;
    size_t len;

    cr_assert_eq(plain_write(plain, &url, extra, &request, &len), SHUNT_OK);
    text = strndup(request, len);
    cr_assert_eq(strlen(text), len);
    free(request);
    return text;
}

Test(bench_plain, a_request_has_its_method_its_fields_and_its_content)
{
    static const struct {
        const char *why, *method, *body;
        bool close;
        const char *want;
    } rows[] = {
        {"a GET", NULL, NULL, false,
         "GET /a?q HTTP/1.1\r\nHost: h:81\r\nUser-Agent: shunt-bench\r\n\r\n"},
        {"one a connection", NULL, NULL, true,
         "GET /a?q HTTP/1.1\r\nHost: h:81\r\nUser-Agent: shunt-bench\r\n"
         "Connection: close\r\n\r\n"},
        {"a method of its own", "report", NULL, false,
         "report /a?q HTTP/1.1\r\nHost: h:81\r\nUser-Agent: shunt-bench\r\n\r\n"},
        {"a POST without content", "POST", NULL, false,
         "POST /a?q HTTP/1.1\r\nHost: h:81\r\nUser-Agent: shunt-bench\r\n"
         "Content-Length: 0\r\n\r\n"},
        {"an empty content", "DELETE", "", false,
         "DELETE /a?q HTTP/1.1\r\nHost: h:81\r\nUser-Agent: shunt-bench\r\n"
         "Content-Type: application/octet-stream\r\nContent-Length: 0\r\n\r\n"},
        {"content", "PUT", "abc\r\n", false,
         "PUT /a?q HTTP/1.1\r\nHost: h:81\r\nUser-Agent: shunt-bench\r\n"
         "Content-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\nabc\r\n"},
    };
    static const struct requests_extra none;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plain plain = {.method = rows[i].method, .close = rows[i].close};

        if (rows[i].body) {
            cr_assert_eq(plain_body_set(&plain, shunt_span_of(rows[i].body), NULL), SHUNT_OK);
        }
        char *text = written(&plain, &none);

        cr_expect_str_eq(text, rows[i].want, "%s: %s", rows[i].why, text);
        free(text);
    }
}

Test(bench_plain, a_content_type_of_the_user_is_the_only_one)
{
    static struct requests_extra extra;
    struct plain plain = {.method = "POST"};
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_eq(requests_extra_add(&extra, NULL, "X-Key:  a b", &error), SHUNT_OK);
    cr_assert_eq(requests_extra_add(&extra, NULL, "content-type: text/csv", &error), SHUNT_OK);
    cr_assert_eq(plain_body_set(&plain, shunt_span_of("1,2"), &error), SHUNT_OK);
    char *text = written(&plain, &extra);

    cr_expect_str_eq(text, "POST /a?q HTTP/1.1\r\nHost: h:81\r\nUser-Agent: shunt-bench\r\n"
                           "Content-Length: 3\r\nX-Key: a b\r\ncontent-type: text/csv\r\n\r\n1,2");
    free(text);
}

static const char long_one[] = "M2345678901234567890123456789012345678901234567890123456789012345";

Test(bench_plain, what_is_no_method_is_refused)
{
    static const char *const methods[] = {"", "GET /", "G\r\nX: y", "CONNECT", "A(", long_one};
    struct plain plain = {.method = NULL};
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        cr_expect_eq(plain_method_set(&plain, methods[i], &error), SHUNT_EINVAL, "%s", methods[i]);
    }
    cr_expect_str_eq(plain_method(&plain), "GET");
    cr_expect_eq(plain_method_set(&plain, "HEAD", &error), SHUNT_OK);
    cr_expect(plain_is_head(&plain));
}

Test(bench_plain, a_second_body_and_a_trace_with_one_are_refused)
{
    struct plain plain = {.method = "TRACE"};
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    cr_expect_eq(plain_check(&plain, &error), SHUNT_OK);
    cr_assert_eq(plain_body_set(&plain, shunt_span_of("a"), &error), SHUNT_OK);
    cr_expect_eq(plain_check(&plain, &error), SHUNT_EINVAL);
    cr_expect_eq(plain_body_set(&plain, shunt_span_of("b"), &error), SHUNT_EINVAL);
}
