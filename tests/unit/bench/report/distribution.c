#include "report/distribution.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct histogram latency;

/* What is printed, to be freed. */
static char *printed(void)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    distribution_print(&latency, out);
    fclose(out);
    return text;
}

static void record(uint64_t ns, int count)
{
    for (int i = 0; i < count; i++) {
        histogram_record(&latency, ns);
    }
}

Test(bench_distribution, rows_are_spaced_logarithmically_and_bars_are_in_proportion)
{
    record(110000, 10);
    record(130000, 240);
    record(160000, 120);
    record(230000, 3);
    record(300000, 1);
    char *text = printed();

    cr_expect_str_eq(
        text,
        "  histogram    100 us to  120 us  #                                 10   2.7 %\n"
        "               120 us to  150 us  ########################         240  64.2 %\n"
        "               150 us to  180 us  ############                     120  32.1 %\n"
        "               180 us to  220 us                                     0   0.0 %\n"
        "               220 us to  270 us  .                                  3   0.8 %\n"
        "               270 us to  330 us  .                                  1   0.3 %\n",
        "%s", text);
    free(text);
}

/* From how far apart the fastest and the slowest are, how many rows there are. */
Test(bench_distribution, it_fits_whatever_is_between_the_fastest_and_the_slowest)
{
    static const uint64_t spans[][2] = {{0, 0},       {0, HISTOGRAM_VALUE_MAX}, {1, UINT64_MAX},
                                        {999, 1001},  {68000, 1000000},         {68000, 1600000},
                                        {5, 5000000}, {100000, 990000000}};

    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        unsigned rows = 0;
        unsigned long long sum = 0;

        histogram_reset(&latency);
        record(spans[i][0], 2000000);
        record(spans[i][1], 1);
        char *text = printed(), *rest = text;

        for (char *line; (line = strsep(&rest, "\n")) && *line; rows++) {
            char count[16] = "";
            unsigned at = 0;

            cr_expect_leq(strlen(line), DISTRIBUTION_COLUMNS, "%s", line);
            for (const char *digit = line + 58; digit < line + 70; digit++) {
                if (*digit >= '0' && *digit <= '9') {
                    count[at++] = *digit;
                }
            }
            sum += strtoull(count, NULL, 10);
        }
        cr_expect(rows >= 1 && rows <= DISTRIBUTION_ROWS_MAX, "%zu: %u rows", i, rows);
        cr_expect_eq(sum, 2000001, "%zu: %llu\n%s", i, sum, text);
        free(text);
    }
}

Test(bench_distribution, nothing_recorded_is_nothing_printed)
{
    char *text = printed();

    cr_expect_str_eq(text, "");
    free(text);
}
