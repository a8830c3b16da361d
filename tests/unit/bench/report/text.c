#include "report/text.h"

#include <criterion/criterion.h>

Test(bench_text, counts_have_their_thousands_apart)
{
    static const struct {
        double number;
        const char *want;
    } rows[] = {
        {0, "0"}, {999, "999"}, {1000, "1,000"}, {123456, "123,456"}, {1234567.8, "1,234,568"},
        {-1, "0"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[TEXT_BYTES];

        text_count(got, rows[i].number);
        cr_expect_str_eq(got, rows[i].want, "got %s", got);
    }
}

Test(bench_text, times_have_three_figures_and_their_unit)
{
    static const struct {
        double ns;
        const char *want;
    } rows[] = {{0, "0 ns"},          {999, "999 ns"},    {1000, "1.00 us"},
                {12345, "12.3 us"},   {512000, "512 us"}, {999999, "1.00 ms"},
                {1.234e6, "1.23 ms"}, {2.05e9, "2.05 s"}, {123.4e9, "123 s"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[TEXT_BYTES];

        text_time(got, rows[i].ns);
        cr_expect_str_eq(got, rows[i].want, "got %s", got);
    }
}

Test(bench_text, bytes_have_one_unit_in_powers_of_a_thousand)
{
    static const struct {
        double bytes;
        const char *want;
    } rows[] = {{0, "0 B"},          {4107, "4,107 B"},     {9999, "9,999 B"},
                {9999.6, "10.0 kB"}, {12345, "12.3 kB"},    {687060, "687 kB"},
                {999600, "1.00 MB"}, {12984320, "13.0 MB"}, {9.21e9, "9.21 GB"},
                {1234e12, "1234 TB"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[TEXT_BYTES];

        text_bytes(got, rows[i].bytes);
        cr_expect_str_eq(got, rows[i].want, "got %s", got);
    }
}
