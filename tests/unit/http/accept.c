/* Content negotiation (RFC 9110 sections 12.4.2 and 12.5, RFC 4647 section 3.4). */
#include "support/guard.h"

#include <criterion/criterion.h>
#include <shunt/fields.h>
#include <stdio.h>

typedef int chooser(const struct shunt_request *request, const char *const *offers);

struct row {
    const char *value;
    int want;
};

static void check(chooser *choose, const char *name, const char *const *offers,
                  const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct shunt_field field = {shunt_span_of(name),
                                    guard_page_copy(rows[i].value, strlen(rows[i].value))};
        const struct shunt_request request = {.fields = &field, .field_count = 1};
        int got = choose(&request, offers);

        cr_expect_eq(got, rows[i].want, "%s: %s: %d", name, rows[i].value, got);
        guard_page_free(field.value);
    }
}
#define CHECK(choose, name, offers, rows)                                                          \
    check(choose, name, offers, rows, sizeof(rows) / sizeof *(rows))

static const char *const none[] = {NULL};

Test(shunt_accept_type, is_the_one_of_the_highest_weight_and_the_first_of_equals)
{
    static const char *const offers[] = {"text/html", "application/json", "image/png", NULL};
    static const struct row rows[] = {
        {"", 0},
        {"*/*", 0},
        {"text/html", 0},
        {"application/json", 1},
        {"APPLICATION/Json", 1},
        {"application/*", 1},
        {"text/html;q=0.5, application/json", 1},
        {"text/html;q=0.5, application/json;q=0.501", 1},
        {"text/html;q=0.5, application/json;q=0.5", 0},
        {"text/html; Q=0.5 , application/json ; q=1.000", 1},
        {"text/html;q=0.1,*/*;q=0.2", 1},
        {"*/*, text/html;q=0", 1},
        {"*/*;q=0.1, image/*;q=0.2", 2},
        {"*/*, image/*;q=0, text/html;q=0, application/*;q=0.001", 1},
        {"text/*;q=0.3, text/html;q=0.7, application/json;q=0.5", 0},
        {"text/plain", SHUNT_ACCEPT_NONE},
        {"*/*;q=0", SHUNT_ACCEPT_NONE},
        {"text/html;q=0.000", SHUNT_ACCEPT_NONE},
        {"text/html;level=1", SHUNT_ACCEPT_NONE},
        {"text/html;q=0.5;ext=1, application/json;q=0.4", 0},
        {"text/html;q=0.5;ext=\"a,b;q=0\", application/json;q=0.4", 0},
        {",,application/json,,", 1},
    };

    CHECK(shunt_accept_type, "accept", offers, rows);
    CHECK(shunt_accept_type, "Other", offers, ((const struct row[]){{"image/png", 0}}));
    CHECK(shunt_accept_type, "Accept", none, ((const struct row[]){{"*/*", SHUNT_ACCEPT_NONE}}));
}

Test(shunt_accept_type, the_most_specific_range_decides)
{
    static const char *const offers[] = {"text/html;charset=utf-8", "text/html;level=1",
                                         "text/plain", NULL};
    static const struct row rows[] = {
        /* RFC 9110 section 12.5.1 */
        {"text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/html;level=1;q=0.4, "
         "*/*;q=0",
         2},
        {"text/*;q=0.3, text/html;level=1;q=0.4, */*;q=0", 1},
        {"text/html;level=1", 1},
        {"text/html;level=\"1\"", 1},
        {"text/html;LEVEL=1", 1},
        {"text/html;level=\"\\1\"", SHUNT_ACCEPT_NONE},
        {"text/html;charset=UTF-8", 0},
        {"text/html;charset=utf-8;q=0, text/html", 1},
        {"text/html;level=1;charset=utf-8", SHUNT_ACCEPT_NONE},
        {"text/*;level=1, text/plain;q=0.5", 1},
    };

    CHECK(shunt_accept_type, "Accept", offers, rows);
}

Test(shunt_accept_type, passes_over_what_is_malformed)
{
    static const char *const offers[] = {"text/html", "text/plain", NULL};
    static const char *const elements[] = {
        "text",
        "text/",
        "/html",
        "*/html",
        "text/html/x",
        "text /html",
        "text/html;q",
        "text/html;q=",
        "text/html;q=2",
        "text/html;q=1.1",
        "text/html;q=1.001",
        "text/html;q=0.0001",
        "text/html;q=.5",
        "text/html;q=0,5",
        "text/html;q=-1",
        "text/html;q=a",
        "text/html;q=01",
        "text/html;q=\"1\"",
        "text/html;q=1x",
        "text/html;q =1",
        "text/html;q= 1",
        "text/html;a",
        "text/html;=a",
        "text/html;q=0.a",
        "text/h(tml",
        "text/html a=b",
        "text/html;a=\"b",
        "text/html;q=1 x",
        "te(xt/html",
    };

    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        char value[64];
        const struct row rows[] = {{value, 1}};

        snprintf(value, sizeof value, "text/plain;q=0.1,%s", elements[i]);
        CHECK(shunt_accept_type, "Accept", offers, rows);
    }
    CHECK(shunt_accept_type, "Accept", offers,
          ((const struct row[]){{"text/html;q=0.", SHUNT_ACCEPT_NONE}, {"text/html;q=1.", 0}}));
    CHECK(shunt_accept_type, "Accept", offers, ((const struct row[]){{"malformed", 0}}));
}

Test(shunt_accept_coding, prefers_what_is_listed_and_falls_back_to_identity)
{
    static const char *const offers[] = {"br", "gzip", NULL};
    enum { NONE = SHUNT_ACCEPT_NONE, IDENTITY = SHUNT_ACCEPT_IDENTITY };
    static const struct row rows[] = {
        {"", IDENTITY},
        {"gzip", 1},
        {"GZIP", 1},
        {"x-gzip", 1},
        {"gzip, br", 0},
        {"br;q=0.5, gzip", 1},
        {"br;q=0, gzip;q=0.001", 1},
        {"*", 0},
        {"*, br;q=0", 1},
        {"br;q=0.5, *;q=0.6", 1},
        {"gzip;q=0.2, *;q=0.5", 0},
        {"deflate", IDENTITY},
        {"gzip;q=0", IDENTITY},
        {"gzip;q=0.5, identity", IDENTITY},
        {"gzip;q=0.5, identity;q=0.5", 1},
        {"gzip;q=0.5, identity;q=0.4", 1},
        {"identity", IDENTITY},
        {"identity;q=0", NONE},
        {"identity;q=0, gzip", 1},
        {"identity;q=0, deflate", NONE},
        {"*;q=0", NONE},
        {"*;q=0, gzip", 1},
        {"*;q=0, identity", IDENTITY},
        {"*;q=0, identity;q=0.5", IDENTITY},
        {"gzip;q=2", IDENTITY},
        {"gzip;level=9", IDENTITY},
        {"gzip;q=0.001", 1},
        {"gzip;q=0, gzip", IDENTITY},
        {"gz ip", IDENTITY},
    };

    CHECK(shunt_accept_coding, "Accept-Encoding", offers, rows);
    CHECK(shunt_accept_coding, "Other", offers, ((const struct row[]){{"gzip", IDENTITY}}));
    CHECK(shunt_accept_coding, "Accept-Encoding", none,
          ((const struct row[]){{"gzip", IDENTITY}, {"*", IDENTITY}, {"*;q=0", NONE}}));
    CHECK(shunt_accept_coding, "Accept-Encoding", ((const char *const[]){"x-gzip", NULL}),
          ((const struct row[]){{"gzip", 0}}));
}

Test(shunt_accept_language, is_looked_up_from_the_range_down)
{
    static const char *const offers[] = {"en", "de", "de-CH", "zh-Hant", NULL};
    enum { NONE = SHUNT_ACCEPT_NONE };
    static const struct row rows[] = {
        {"de", 1},
        {"DE", 1},
        {"de-CH", 2},
        {"de-ch", 2},
        {"de-AT", 1},
        {"de-CH-1996", 2},
        {"zh-Hant-CN-x-private1-private2", 3},
        {"zh", NONE},
        {"de-", NONE},
        {"deu", NONE},
        {"d", NONE},
        {"fr", NONE},
        {"fr, de;q=0.1", 1},
        {"en;q=0.5, de", 1},
        {"en;q=0.5, de;q=0.5", 0},
        {"de;q=0.5, en;q=0.5", 1},
        {"de-CH, de", 2},
        {"de, de-CH", 1},
        {"*", 0},
        {"*, de;q=0.5", 0},
        {"de, *;q=0.5", 1},
        {"fr, *;q=0.1", 0},
        {"en;q=0, *", 1},
        {"de;q=0, *;q=0.5, en;q=0.1", 3},
        {"de;q=0, de-CH;q=0.5, en;q=0.1", 2},
        {"de-CH;q=0.5, de;q=0", 2},
        {"de-AT, de;q=0", NONE},
        {"en;q=0", NONE},
        {"*;q=0", NONE},
        {"", NONE},
        {"de;x=y", NONE},
        {"de;q=7, en", 0},
        {"de_CH", NONE},
        {"toolongasubtag", NONE},
        {"d3, en", 0},
        {"de--CH, en", 0},
    };

    CHECK(shunt_accept_language, "Accept-Language", offers, rows);
    CHECK(shunt_accept_language, "Other", offers, ((const struct row[]){{"de", 0}}));
    CHECK(shunt_accept_language, "Other", none, ((const struct row[]){{"de", NONE}}));
    CHECK(shunt_accept_language, "Accept-Language", none, ((const struct row[]){{"*", NONE}}));
}
