/* Dates (RFC 9110 section 5.6.7). */
#include "http/date.h"
#include "support/guard.h"

#include <criterion/criterion.h>
#include <shunt/fields.h>
#include <time.h>

Test(http_date, is_an_imf_fixdate)
{
    static const struct {
        int64_t seconds;
        const char *date;
    } rows[] = {
        {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},
        {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
        {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"},
        {2147483648, "Tue, 19 Jan 2038 03:14:08 GMT"},
        {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
        {253402300800, "Fri, 31 Dec 9999 23:59:59 GMT"},
        {INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT"},
        {-1, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {INT64_MIN, "Thu, 01 Jan 1970 00:00:00 GMT"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static const char blank[HTTP_DATE_BYTES];
        struct shunt_span room = guard_page_copy(blank, sizeof blank);

        http_date_format(rows[i].seconds, (char *)(uintptr_t)room.at);
        cr_expect(shunt_span_equal(room, shunt_span_of(rows[i].date)), "%s: %.29s", rows[i].date,
                  room.at);
        guard_page_free(room);
    }
}

/* Every day of 8000 years, each at another time of the day. */
Test(http_date, agrees_with_the_c_library)
{
    for (int64_t day = 0; day < 2932896; day++) {
        int64_t seconds = day * 86400 + day * 7919 % 86400, again;
        char want[40], got[HTTP_DATE_BYTES];
        time_t time = (time_t)seconds;
        struct tm tm;

        gmtime_r(&time, &tm);
        strftime(want, sizeof want, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        http_date_format(seconds, got);
        cr_assert_eq(memcmp(got, want, HTTP_DATE_BYTES), 0, "%s: %.29s", want, got);
        cr_assert_eq(shunt_date_parse((struct shunt_span){got, HTTP_DATE_BYTES}, 0, &again),
                     SHUNT_OK);
        cr_assert_eq(again, seconds, "%s", want);
    }
}

Test(shunt_date, is_written_with_a_nul_behind_it)
{
    char out[SHUNT_DATE_BYTES];

    shunt_date_format(784111777, out);
    cr_expect_str_eq(out, "Sun, 06 Nov 1994 08:49:37 GMT");
}

#define NOW INT64_C(1764288000) /* 2025-11-28 00:00:00 */

Test(shunt_date, is_read_in_its_three_forms)
{
    static const struct {
        const char *date;
        int64_t want;
    } rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Wed Nov 16 08:49:37 1994", 784975777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
        {"Tue, 29 Feb 2000 00:00:00 GMT", 951782400},
        {"Sat, 01 Jan 0000 00:00:00 GMT", -62167219200},
        {"Sat, 29 Feb 0000 00:00:00 GMT", -62162121600},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
        {"Monday, 01-Jan-24 00:00:00 GMT", 1704067200},
        {"Tuesday, 01-Jan-24 00:00:00 GMT", 1704067200},
        {"Wednesday, 01-Jan-24 00:00:00 GMT", 1704067200},
        {"Thursday, 01-Jan-24 00:00:00 GMT", 1704067200},
        {"Friday, 01-Jan-24 00:00:00 GMT", 1704067200},
        {"Saturday, 01-Jan-24 00:00:00 GMT", 1704067200},
        {"Sun, 01 Jan 2024 00:00:00 GMT", 1704067200}, /* it was a Monday */
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_span date = guard_page_copy(rows[i].date, strlen(rows[i].date));
        int64_t got = 77;

        cr_expect_eq(shunt_date_parse(date, NOW, &got), SHUNT_OK, "%s", rows[i].date);
        cr_expect_eq(got, rows[i].want, "%s: %lld", rows[i].date, (long long)got);
        /* No part of a date is a date. */
        for (size_t len = 0; len < date.len; len++) {
            struct shunt_span part = guard_page_copy(date.at, len);

            cr_expect_eq(shunt_date_parse(part, NOW, &got), SHUNT_EPROTO, "%.*s", (int)len,
                         date.at);
            guard_page_free(part);
        }
        guard_page_free(date);
    }
}

Test(shunt_date, with_two_digits_of_a_year_is_at_most_50_years_ahead)
{
    static const struct {
        int64_t now;
        const char *date;
        int64_t want;
    } rows[] = {
        {NOW, "Friday, 28-Nov-75 00:00:00 GMT", NOW + 1577836800}, /* to the second */
        {NOW, "Friday, 28-Nov-75 00:00:01 GMT", NOW - 1577923200 + 1},
        {NOW, "Friday, 29-Nov-75 00:00:00 GMT", NOW - 1577923200 + 86400},
        {NOW, "Friday, 27-Nov-75 00:00:00 GMT", NOW + 1577836800 - 86400},
        {NOW, "Saturday, 01-Jan-00 00:00:00 GMT", 946684800},
        {NOW, "Friday, 31-Dec-99 23:59:59 GMT", 946684799},
        {946684799, "Saturday, 01-Jan-00 00:00:00 GMT", 946684800},
        {946684799, "Saturday, 01-Jan-49 00:00:00 GMT", 2493072000},
        {0, "Thursday, 01-Jan-20 00:00:00 GMT", 1577836800},
        {0, "Thursday, 02-Jan-20 00:00:00 GMT", -1577836800},
        {INT64_MIN, "Thursday, 01-Jan-70 00:00:00 GMT", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t got = 77;

        cr_expect_eq(shunt_date_parse(shunt_span_of(rows[i].date), rows[i].now, &got), SHUNT_OK);
        cr_expect_eq(got, rows[i].want, "row %zu, %s: %lld", i, rows[i].date, (long long)got);
    }
}

Test(shunt_date, is_refused_where_a_byte_is_not_as_the_grammar_has_it)
{
    static const char *const rows[] = {
        "",
        "0",
        "784111777",
        "1994-11-06T08:49:37Z",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "SUN, 06 NOV 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT; length=1",
        "Sun,06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun, 06  Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 01994 08:49:37 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 32 Dec 1994 08:49:37 GMT",
        "Wed, 29 Feb 2023 00:00:00 GMT",
        "Mon, 29 Feb 1900 00:00:00 GMT",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Xyz 1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunda, 06-Nov-94 08:49:37 GMT",
        "Sunrsday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 06 08:49:37 94",
        "Sun Nov  66 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun  Nov  6 08:49:37 1994",
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_span date = guard_page_copy(rows[i], strlen(rows[i]));
        int64_t got = 77;

        cr_expect_eq(shunt_date_parse(date, NOW, &got), SHUNT_EPROTO, "%s", rows[i]);
        cr_expect_eq(got, 77);
        guard_page_free(date);
    }
    cr_expect_eq(shunt_date_parse((struct shunt_span){"Sun, 06 Nov 1994 08:49:37\0GMT", 29}, NOW,
                                  &(int64_t){0}),
                 SHUNT_EPROTO);
}
