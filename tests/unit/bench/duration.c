#include "duration.h"

#include <criterion/criterion.h>

Test(bench_duration, is_a_number_with_a_unit_or_seconds)
{
    static const struct {
        const char *text;
        double seconds; /* below 0: no time */
    } rows[] = {
        {"10", 10},   {"0.5", 0.5}, {"10s", 10},   {"250ms", 0.25}, {"2m", 120},   {"1.5m", 90},
        {"1h", 3600}, {"0", 0},     {"0ms", 0},    {"1e1s", 10},    {"", -1},      {"s", -1},
        {"10 s", -1}, {" 10", -1},  {"10sec", -1}, {"10S", -1},     {"10us", -1},  {"1h30m", -1},
        {"0x10", -1}, {"inf", -1},  {"nan", -1},   {"+3", -1},      {"1e999", -1},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double seconds = -1;
        bool found = duration_parse(rows[i].text, &seconds);

        cr_expect_eq(found, rows[i].seconds >= 0, "'%s'", rows[i].text);
        cr_expect_float_eq(seconds, rows[i].seconds, 1e-9, "'%s': %g", rows[i].text, seconds);
    }
}
