#include "page/chart.h"

#include <criterion/criterion.h>
#include <math.h>

Test(bench_scale, rounds_outwards_by_1_2_and_5)
{
    static const struct {
        const char *why;
        bool logarithmic;
        double low, high, want_low, want_high;
    } rows[] = {
        {"a range of its own", false, 0, 97, 0, 100},
        {"already round", false, 0, 100, 0, 100},
        {"small", false, 0, 0.013, 0, 0.014},
        {"nothing", false, 0, 0, 0, 1},
        {"decades", true, 3, 7000, 2, 10000},
        {"already round, logarithmic", true, 0.1, 50, 0.1, 50},
        {"one value, logarithmic", true, 20, 20, 20, 200},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scale scale = {
            .logarithmic = rows[i].logarithmic, .low = rows[i].low, .high = rows[i].high};

        scale_round(&scale, 6);
        cr_expect_float_eq(scale.low, rows[i].want_low, 1e-9, "%s: from %g", rows[i].why,
                           scale.low);
        cr_expect_float_eq(scale.high, rows[i].want_high, rows[i].want_high * 1e-9, "%s: to %g",
                           rows[i].why, scale.high);
    }
}

Test(bench_scale, ticks_lie_inside_rise_and_are_a_handful)
{
    for (double high = 0.003; high < 1e9; high *= 1.37) {
        for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
            struct scale scale = {
                .logarithmic = logarithmic, .low = 0.001 * logarithmic, .high = high};
            double ticks[SCALE_TICKS_MAX];

            scale_round(&scale, 6);
            size_t count = scale_ticks(&scale, 6, ticks);

            cr_expect(count >= 2 && count <= 14, "%g: %zu ticks", high, count);
            for (size_t i = 0; i < count; i++) {
                cr_expect(ticks[i] >= scale.low * (1 - 1e-6) &&
                          ticks[i] <= scale.high * (1 + 1e-6));
                cr_expect(i == 0 || ticks[i] > ticks[i - 1]);
            }
        }
    }
}

Test(bench_scale, places_are_in_proportion_and_never_outside)
{
    struct scale linear = {.low = 0, .high = 10, .from = 100, .to = 0};
    struct scale logarithmic = {.logarithmic = true, .low = 1, .high = 100, .from = 0, .to = 10};

    cr_expect_float_eq(scale_at(&linear, 2.5), 75, 1e-9);
    cr_expect_float_eq(scale_at(&linear, 11), 0, 1e-9);
    cr_expect_float_eq(scale_at(&logarithmic, 10), 5, 1e-9);
    cr_expect_float_eq(scale_at(&logarithmic, 0), 0, 1e-9);
}

Test(bench_scale, nines_count_from_the_right)
{
    cr_expect_float_eq(scale_nines(0, 6), 0, 1e-9);
    cr_expect_float_eq(scale_nines(0.9, 6), 1, 1e-9);
    cr_expect_float_eq(scale_nines(0.999, 6), 3, 1e-9);
    cr_expect_eq(scale_nines(1, 6), 6);
}

Test(bench_labels, are_short)
{
    static const struct {
        void (*label)(char out[TEXT_BYTES], double value);
        double value;
        const char *want;
    } rows[] = {
        {chart_label_time, 0, "0 us"},      {chart_label_time, 1000, "1 ms"},
        {chart_label_time, 2500, "2.5 ms"}, {chart_label_time, 1e6, "1 s"},
        {chart_label_count, 20000, "20 k"}, {chart_label_count, 7, "7"},
        {chart_label_bytes, 8e6, "8 MB"},   {chart_label_percent, 12.5, "12.5 %"},
        {chart_label_nines, 0, "0 %"},      {chart_label_nines, 0.30103, "50 %"},
        {chart_label_nines, 1, "90 %"},     {chart_label_nines, 2, "99 %"},
        {chart_label_nines, 3, "99.9 %"},   {chart_label_nines, 5, "99.999 %"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char label[TEXT_BYTES];

        rows[i].label(label, rows[i].value);
        cr_expect_str_eq(label, rows[i].want);
    }
}
