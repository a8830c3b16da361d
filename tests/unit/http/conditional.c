/* Entity tags and conditional requests (RFC 9110 sections 8.8.3 and 13). */
#include "support/guard.h"

#include <criterion/criterion.h>
#include <shunt/fields.h>
#include <stdio.h>

#define DATE     "Sun, 06 Nov 1994 08:49:37 GMT" /* of the representation */
#define EARLIER  "Sun, 06 Nov 1994 08:49:36 GMT"
#define LATER    "Sun, 06 Nov 1994 08:49:38 GMT"
#define DATE_850 "Sunday, 06-Nov-94 08:49:37 GMT"
#define DATE_S   784111777

Test(shunt_etag, is_opaque_bytes_in_quotes_weak_or_not)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {"\"\"", true},       {"\"a\"", true},      {"W/\"a\"", true},      {"W/\"\"", true},
        {"\"a,b\"", true},    {"\"a\\\"", true},    {"\"!#[]~\"", true},    {"\"\200\377\"", true},
        {"", false},          {"a", false},         {"\"", false},          {"\"a", false},
        {"a\"", false},       {"W/", false},        {"W", false},           {"w/\"a\"", false},
        {"W/a", false},       {"W \"a\"", false},   {"\"a b\"", false},     {"\"a\tb\"", false},
        {"\"a\177\"", false}, {"\"a\001\"", false}, {"\"a\"b\"", false},    {" \"a\"", false},
        {"\"a\" ", false},    {"'a'", false},       {"\"a\",\"b\"", false}, {"*", false},
        {"W/\"", false},      {"W/W/\"a\"", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_span text = guard_page_copy(rows[i].text, strlen(rows[i].text));

        cr_expect_eq(shunt_is_etag(text), rows[i].want, "%s", rows[i].text);
        guard_page_free(text);
    }
    cr_expect_not(shunt_is_etag((struct shunt_span){"\"a\0\"", 4}), "NUL");
}

struct row {
    const char *method;
    const char *lines[4][2];
    unsigned want;
};

static const struct shunt_validators usual = {
    .etag = {"\"a\"", 3}, .date = DATE_S, .has_date = true};
static const struct shunt_validators weak = {
    .etag = {"W/\"a\"", 5}, .date = DATE_S, .has_date = true};
static const struct shunt_validators bare;
static const struct shunt_validators dated = {.date = DATE_S, .has_date = true};
static const struct shunt_validators absent = {
    .etag = {"\"a\"", 3}, .date = DATE_S, .has_date = true, .absent = true};

static unsigned ask(const struct row *row, const struct shunt_validators *validators, int64_t now,
                    bool *range)
{
    struct shunt_field fields[4];
    struct shunt_request request = {.method = shunt_span_of(row->method), .fields = fields};
    unsigned got;

    for (; request.field_count < 4 && row->lines[request.field_count][0]; request.field_count++) {
        const char *const *line = row->lines[request.field_count];

        fields[request.field_count] =
            (struct shunt_field){shunt_span_of(line[0]), guard_page_copy(line[1], strlen(line[1]))};
    }
    got = (unsigned)shunt_precondition(&request, validators, now, range);
    for (size_t i = 0; i < request.field_count; i++) {
        guard_page_free(fields[i].value);
    }
    return got;
}

static void check(const struct row *rows, size_t count, const struct shunt_validators *validators)
{
    for (size_t i = 0; i < count; i++) {
        unsigned got = ask(&rows[i], validators, DATE_S + 100, NULL);

        cr_expect_eq(got, rows[i].want, "row %zu: %s, %s: %s: %u", i, rows[i].method,
                     rows[i].lines[0][0], rows[i].lines[0][1], got);
    }
}
#define CHECK(rows, validators) check(rows, sizeof(rows) / sizeof *(rows), validators)

Test(shunt_precondition, if_match_compares_strongly)
{
    static const struct row rows[] = {
        {"GET", {{"If-Match", "\"a\""}}, 0},
        {"PUT", {{"If-Match", "\"a\""}}, 0},
        {"PUT", {{"if-match", "\"b\", \"a\""}}, 0},
        {"PUT", {{"If-Match", "\"b\""}, {"If-Match", "\"a\""}}, 0},
        {"PUT", {{"If-Match", ",, \"b\" ,\t\"a\",,"}}, 0},
        {"PUT", {{"If-Match", "*"}}, 0},
        {"PUT", {{"If-Match", "x y, \"a\""}}, 0},
        {"PUT", {{"If-Match", "W/\"a\""}}, 412},
        {"PUT", {{"If-Match", "\"b\""}}, 412},
        {"GET", {{"If-Match", "\"b\""}}, 412},
        {"PUT", {{"If-Match", "\"A\""}}, 412},
        {"PUT", {{"If-Match", ""}}, 412},
        {"PUT", {{"If-Match", "a"}}, 412},
        {"PUT", {{"If-Match", "\"a"}}, 412},
        {"PUT", {{"If-Match", "\"a\"x"}}, 412},
        {"PUT", {{"If-Match", "\"a\" \"a\""}}, 412},
        {"PUT", {{"If-Match", "\"b,\"a\""}}, 412},
        {"PUT", {{"If-Match", "**"}}, 412},
        {"OPTIONS", {{"If-Match", "\"b\""}}, 0},
        {"CONNECT", {{"If-Match", "\"b\""}}, 0},
        {"TRACE", {{"If-Match", "\"b\""}}, 0},
    };
    static const struct row never[] = {
        {"PUT", {{"If-Match", "W/\"a\""}}, 412},
        {"PUT", {{"If-Match", "\"a\""}}, 412},
        {"PUT", {{"If-Match", "*"}}, 0},
    };

    CHECK(rows, &usual);
    CHECK(never, &weak);
}

Test(shunt_precondition, an_entity_tag_holds_commas_and_backslashes)
{
    static const struct shunt_validators odd = {.etag = {"\"a\\\"", 4}};
    static const struct shunt_validators comma = {.etag = {"\"a,b\"", 5}};
    static const struct row rows[] = {
        {"GET", {{"If-None-Match", "\"a\\\""}}, 304},
        {"GET", {{"If-None-Match", "\"a\\\", \"b\""}}, 304},
        {"GET", {{"If-None-Match", "\"b\", \"a\\\""}}, 304},
        {"GET", {{"If-None-Match", "\"a\""}}, 0},
    };
    static const struct row commas[] = {
        {"GET", {{"If-None-Match", "\"a,b\""}}, 304},
        {"GET", {{"If-None-Match", "\"a\",\"b\""}}, 0},
    };

    CHECK(rows, &odd);
    CHECK(commas, &comma);
}

Test(shunt_precondition, if_none_match_compares_weakly)
{
    static const struct row rows[] = {
        {"GET", {{"If-None-Match", "\"a\""}}, 304},
        {"HEAD", {{"If-None-Match", "W/\"a\""}}, 304},
        {"GET", {{"If-None-Match", "\"b\", W/\"a\""}}, 304},
        {"GET", {{"If-None-Match", "*"}}, 304},
        {"GET", {{"If-None-Match", "\"b\", *"}}, 304},
        {"PUT", {{"If-None-Match", "*"}}, 412},
        {"DELETE", {{"If-None-Match", "\"a\""}}, 412},
        {"GET", {{"If-None-Match", "\"b\""}}, 0},
        {"GET", {{"If-None-Match", "a"}}, 0},
        {"GET", {{"If-None-Match", ""}}, 0},
        {"OPTIONS", {{"If-None-Match", "*"}}, 0},
        {"get", {{"If-None-Match", "*"}}, 412},
    };

    CHECK(rows, &usual);
    CHECK(rows, &weak);
}

Test(shunt_precondition, dates_count_when_valid_alone_and_not_beside_tags)
{
    static const struct row rows[] = {
        {"GET", {{"If-Modified-Since", DATE}}, 304},
        {"HEAD", {{"If-Modified-Since", DATE_850}}, 304},
        {"GET", {{"If-Modified-Since", LATER}}, 304},
        {"GET", {{"If-Modified-Since", EARLIER}}, 0},
        {"PUT", {{"If-Modified-Since", DATE}}, 0},
        {"GET", {{"If-Modified-Since", "yesterday"}}, 0},
        {"GET", {{"If-Modified-Since", ""}}, 0},
        {"GET", {{"If-Modified-Since", DATE "; length=1"}}, 0},
        {"GET", {{"If-Modified-Since", DATE}, {"If-Modified-Since", DATE}}, 0},
        {"GET", {{"If-Modified-Since", DATE}, {"If-None-Match", "\"b\""}}, 0},
        {"GET", {{"If-Modified-Since", EARLIER}, {"If-None-Match", "\"a\""}}, 304},
        {"PUT", {{"If-Unmodified-Since", DATE}}, 0},
        {"PUT", {{"If-Unmodified-Since", LATER}}, 0},
        {"PUT", {{"If-Unmodified-Since", EARLIER}}, 412},
        {"GET", {{"If-Unmodified-Since", EARLIER}}, 412},
        {"PUT", {{"If-Unmodified-Since", "0"}}, 0},
        {"PUT", {{"If-Unmodified-Since", EARLIER}, {"If-Unmodified-Since", EARLIER}}, 0},
        {"PUT", {{"If-Unmodified-Since", EARLIER}, {"If-Match", "\"a\""}}, 0},
        {"PUT", {{"If-Unmodified-Since", DATE}, {"If-Match", "\"b\""}}, 412},
        {"OPTIONS", {{"If-Unmodified-Since", EARLIER}}, 0},
    };

    CHECK(rows, &usual);
}

Test(shunt_precondition, goes_on_to_none_match_when_match_holds)
{
    static const struct row rows[] = {
        {"GET", {{"If-None-Match", "\"a\""}, {"If-Match", "\"a\""}}, 304},
        {"PUT", {{"If-None-Match", "*"}, {"If-Match", "\"a\""}}, 412},
        {"GET", {{"If-None-Match", "\"a\""}, {"If-Match", "\"b\""}}, 412},
        {"GET", {{"If-Unmodified-Since", DATE}, {"If-Modified-Since", DATE}}, 304},
        {"GET", {{"If-Unmodified-Since", EARLIER}, {"If-None-Match", "\"a\""}}, 412},
        {"GET", {{"Accept", "*"}}, 0},
    };

    CHECK(rows, &usual);
}

Test(shunt_precondition, without_tag_or_date_only_an_asterisk_matches)
{
    static const struct row rows[] = {
        {"GET", {{"If-Match", "*"}}, 0},
        {"GET", {{"If-Match", "\"\""}}, 412},
        {"GET", {{"If-None-Match", "*"}}, 304},
        {"GET", {{"If-None-Match", "\"\""}}, 0},
        {"GET", {{"If-Modified-Since", LATER}}, 0},
        {"GET", {{"If-Unmodified-Since", EARLIER}}, 0},
    };

    CHECK(rows, &bare);
}

Test(shunt_precondition, nothing_matches_where_there_is_no_representation)
{
    static const struct row rows[] = {
        {"PUT", {{"If-None-Match", "*"}}, 0},
        {"PUT", {{"If-None-Match", "\"a\""}}, 0},
        {"PUT", {{"If-Match", "*"}}, 412},
        {"PUT", {{"If-Match", "\"a\""}}, 412},
        {"PUT", {{"If-Unmodified-Since", EARLIER}}, 0},
        {"GET", {{"If-Modified-Since", LATER}}, 0},
    };

    CHECK(rows, &absent);
}

Test(shunt_precondition, if_range_holds_for_the_very_representation)
{
    static const struct {
        const struct shunt_validators *validators;
        const char *lines[3][2];
        bool want;
    } rows[] = {
        {&usual, {{"Range", "bytes=0-"}}, true},
        {&usual, {{"Range", "bytes=0-"}, {"If-Range", "\"a\""}}, true},
        {&usual, {{"Range", "bytes=0-"}, {"If-Range", DATE}}, true},
        {&usual, {{"Range", "bytes=0-"}, {"If-Range", DATE_850}}, true},
        {&dated, {{"Range", "bytes=0-"}, {"If-Range", DATE}}, true},
        {&usual, {{"If-Range", "\"a\""}}, false},
        {&usual, {{"Range", "bytes=0-"}, {"If-Range", "\"b\""}}, false},
        {&usual, {{"Range", "bytes=0-"}, {"If-Range", "W/\"a\""}}, false},
        {&weak, {{"Range", "bytes=0-"}, {"If-Range", "W/\"a\""}}, false},
        {&usual, {{"Range", "bytes=0-"}, {"If-Range", LATER}}, false},
        {&usual, {{"Range", "bytes=0-"}, {"If-Range", EARLIER}}, false},
        {&usual, {{"Range", "bytes=0-"}, {"If-Range", "*"}}, false},
        {&usual, {{"Range", "bytes=0-"}, {"If-Range", ""}}, false},
        {&usual, {{"Range", "bytes=0-"}, {"If-Range", "\"a\", \"b\""}}, false},
        {&usual, {{"Range", "bytes=0-"}, {"If-Range", "\"a\""}, {"If-Range", "\"a\""}}, false},
        {&bare, {{"Range", "bytes=0-"}}, true},
        {&bare, {{"Range", "bytes=0-"}, {"If-Range", "\"\""}}, false},
        {&bare, {{"Range", "bytes=0-"}, {"If-Range", DATE}}, false},
        {&dated, {{"Range", "bytes=0-"}, {"If-Range", "\"a\""}}, false},
        {&absent, {{"Range", "bytes=0-"}}, false},
        {&usual, {{"Range", "bytes=0-"}, {"If-None-Match", "\"a\""}}, false},
        {&usual, {{"Range", "bytes=0-"}, {"If-Match", "\"b\""}}, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct row row = {.method = "GET"};
        bool range = !rows[i].want;

        memcpy(row.lines, rows[i].lines, sizeof rows[i].lines);
        (void)ask(&row, rows[i].validators, DATE_S + 1, &range);
        cr_expect_eq(range, rows[i].want, "row %zu: %s", i, row.lines[1][1]);
        row.method = "HEAD";
        (void)ask(&row, rows[i].validators, DATE_S + 1, &range);
        cr_expect_not(range, "row %zu with HEAD", i);
    }
}

Test(shunt_precondition, a_date_of_the_second_that_runs_is_no_strong_validator)
{
    const struct row row = {"GET", {{"Range", "bytes=0-"}, {"If-Range", DATE}}, 0};
    bool range = true;

    cr_expect_eq(ask(&row, &usual, DATE_S, &range), 0);
    cr_expect_not(range);
    cr_expect_eq(ask(&row, &usual, DATE_S + 1, &range), 0);
    cr_expect(range);
}
