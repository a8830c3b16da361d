/* Byte ranges (RFC 9110 section 14). */
#include "support/guard.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <shunt/fields.h>
#include <stdio.h>

#define ROOM 8

/* What a GET with `range` is answered with of `size` bytes: "200", "416" or "206 0+10 20+5". */
static const char *answer(const char *range, uint64_t size)
{
    static char text[256];
    struct shunt_field field = {shunt_span_of("range"), guard_page_copy(range, strlen(range))};
    const struct shunt_request request = {.method = {"GET", 3}, .fields = &field, .field_count = 1};
    struct shunt_range unset[ROOM] = {0};
    struct shunt_span memory = guard_page_copy(unset, sizeof unset);
    struct shunt_range *ranges = (struct shunt_range *)(uintptr_t)memory.at;
    size_t count = 0;
    int len = snprintf(text, sizeof text, "%u",
                       (unsigned)shunt_ranges(&request, size, ranges, ROOM, &count));

    for (size_t i = 0; i < count; i++) {
        len += snprintf(text + len, sizeof text - (size_t)len, " %" PRIu64 "+%" PRIu64,
                        ranges[i].first, ranges[i].len);
    }
    guard_page_free(memory);
    guard_page_free(field.value);
    return text;
}

struct row {
    const char *range;
    uint64_t size;
    const char *want;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = answer(rows[i].range, rows[i].size);

        cr_expect_str_eq(got, rows[i].want, "%s of %" PRIu64 ": %s", rows[i].range, rows[i].size,
                         got);
    }
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))

Test(shunt_ranges, one_range_is_cut_to_what_there_is)
{
    static const struct row rows[] = {
        {"bytes=0-0", 1000, "206 0+1"},
        {"bytes=0-499", 1000, "206 0+500"},
        {"bytes=500-", 1000, "206 500+500"},
        {"bytes=-1", 1000, "206 999+1"},
        {"bytes=-1000", 1000, "206 0+1000"},
        {"bytes=-1001", 1000, "206 0+1000"},
        {"bytes=999-", 1000, "206 999+1"},
        {"bytes=999-999", 1000, "206 999+1"},
        {"bytes=0-9999", 1000, "206 0+1000"},
        {"bytes=00-0099", 1000, "206 0+100"},
        {"BYTES=0-0", 1000, "206 0+1"},
        {"bytes=0-18446744073709551615", 1000, "206 0+1000"},
        {"bytes=0-99999999999999999999999999", 1000, "206 0+1000"},
        {"bytes=-99999999999999999999999999", 1000, "206 0+1000"},
        {"bytes=0-", UINT64_MAX, "206 0+18446744073709551615"},
        {"bytes=18446744073709551614-", UINT64_MAX, "206 18446744073709551614+1"},
        {"bytes=-1", UINT64_MAX, "206 18446744073709551614+1"},
    };

    CHECK(rows);
}

Test(shunt_ranges, without_a_byte_are_not_satisfiable)
{
    static const struct row rows[] = {
        {"bytes=1000-", 1000, "416"},
        {"bytes=1000-2000", 1000, "416"},
        {"bytes=-0", 1000, "416"},
        {"bytes=5000-,-0", 1000, "416"},
        {"bytes=99999999999999999999999999-", 1000, "416"},
        {"bytes=18446744073709551615-", UINT64_MAX, "416"},
        {"bytes=1000-,0-0", 1000, "206 0+1"},
        {"bytes=0-0,1000-", 1000, "206 0+1"},
        {"bytes=0-0", 0, "200"},
        {"bytes=-1", 0, "200"},
    };

    CHECK(rows);
}

Test(shunt_ranges, several_are_in_the_order_asked_for_and_those_that_meet_are_one)
{
    static const struct row rows[] = {
        {"bytes=0-9,200-209", 1000, "206 0+10 200+10"},
        {"bytes=200-209, 0-9", 1000, "206 200+10 0+10"},
        {"bytes= 0-9 ,,\t200-209 ,", 1000, "206 0+10 200+10"},
        {"bytes=0-9,-10", 1000, "206 0+10 990+10"},
        {"bytes=0-9,5-14", 1000, "206 0+15"},
        {"bytes=5-14,0-9", 1000, "206 0+15"},
        {"bytes=0-9,10-19", 1000, "206 0+20"},
        {"bytes=0-9,0-9,0-9", 1000, "206 0+10"},
        {"bytes=0-99,10-19", 1000, "206 0+100"},
        {"bytes=0-9,90-99", 1000, "206 0+100"},     /* 80 bytes between */
        {"bytes=0-9,91-99", 1000, "206 0+10 91+9"}, /* 81 bytes between */
        {"bytes=91-99,0-9", 1000, "206 91+9 0+10"},
        {"bytes=0-9,200-209,10-199", 1000, "206 0+210"},
        {"bytes=500-509,0-9,200-209,10-199", 1000, "206 500+10 0+210"},
        {"bytes=0-9,500-509,200-209,10-199", 1000, "206 0+210 500+10"},
        {"bytes=0-,0-,0-,0-,0-,0-,0-,0-", 1000, "206 0+1000"},
        {"bytes=0-0,200-200,400-400,600-600,800-800,1000-1000,1200-1200,1400-1400", 9000,
         "206 0+1 200+1 400+1 600+1 800+1 1000+1 1200+1 1400+1"},
    };

    CHECK(rows);
}

Test(shunt_ranges, that_are_wrong_or_too_many_are_ignored)
{
    static const struct row rows[] = {
        {"", 1000, "200"},
        {"bytes", 1000, "200"},
        {"bytes=", 1000, "200"},
        {"bytes= , ,", 1000, "200"},
        {"bytes 0-0", 1000, "200"},
        {"bytes =0-0", 1000, "200"},
        {" bytes=0-0", 1000, "200"},
        {"items=0-0", 1000, "200"},
        {"bytes=0", 1000, "200"},
        {"bytes=-", 1000, "200"},
        {"bytes=--1", 1000, "200"},
        {"bytes=0--1", 1000, "200"},
        {"bytes=0-1-2", 1000, "200"},
        {"bytes=1-0", 1000, "200"},
        {"bytes=2000-1000", 1000, "200"},
        {"bytes=a-b", 1000, "200"},
        {"bytes=0x0-0xf", 1000, "200"},
        {"bytes=+0-1", 1000, "200"},
        {"bytes=0 -1", 1000, "200"},
        {"bytes=0- 1", 1000, "200"},
        {"bytes=0.5-1", 1000, "200"},
        {"bytes=0-0;1-1", 1000, "200"},
        {"bytes=0-0,x", 1000, "200"},
        {"bytes=5000-,1-0", 1000, "200"},
        {"bytes=0-0/1000", 1000, "200"},
        {"bytes=*", 1000, "200"},
        {"bytes=0-,0-,0-,0-,0-,0-,0-,0-,0-", 1000, "200"},
        {"bytes=5000-,5000-,5000-,5000-,5000-,5000-,5000-,5000-,5000-", 1000, "200"},
    };

    CHECK(rows);
}

Test(shunt_ranges, count_once_and_for_get_only)
{
    const struct shunt_field fields[] = {
        {shunt_span_of("Range"), shunt_span_of("bytes=0-0")},
        {shunt_span_of("Range"), shunt_span_of("bytes=0-0")},
    };
    struct shunt_request request = {.method = {"GET", 3}, .fields = fields};
    struct shunt_range range;
    size_t count = 7;

    cr_expect_eq(shunt_ranges(&request, 10, &range, 1, &count), SHUNT_RANGE_WHOLE);
    request.field_count = 2;
    cr_expect_eq(shunt_ranges(&request, 10, &range, 1, &count), SHUNT_RANGE_WHOLE);
    request.field_count = 1;
    request.method = shunt_span_of("HEAD");
    cr_expect_eq(shunt_ranges(&request, 10, &range, 1, &count), SHUNT_RANGE_WHOLE);
    request.method = shunt_span_of("GET");
    cr_expect_eq(shunt_ranges(&request, 10, &range, 0, &count), SHUNT_RANGE_WHOLE);
    cr_expect_eq(count, 7);
    cr_expect_eq(shunt_ranges(&request, 10, &range, 1, &count), SHUNT_RANGE_PARTIAL);
    cr_expect_eq(count, 1);
}

Test(shunt_content_range, names_the_part_or_what_there_is)
{
    const struct shunt_range whole = {0, UINT64_MAX}, part = {5, 3}, last = {UINT64_MAX - 1, 1};
    char out[SHUNT_CONTENT_RANGE_BYTES];

    cr_expect_eq(shunt_content_range(&part, 10, out), 12);
    cr_expect_str_eq(out, "bytes 5-7/10");
    cr_expect_eq(shunt_content_range(NULL, 10, out), 10);
    cr_expect_str_eq(out, "bytes */10");
    shunt_content_range(&whole, UINT64_MAX, out);
    cr_expect_str_eq(out, "bytes 0-18446744073709551614/18446744073709551615");
    shunt_content_range(&last, UINT64_MAX, out);
    cr_expect_str_eq(out, "bytes 18446744073709551614-18446744073709551614/18446744073709551615");
}
