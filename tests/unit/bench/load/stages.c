#include "load/stages.h"

#include "load/schedule.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static struct stages stages;

static void parse(const char *text)
{
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_eq(stages_parse(text, &stages, &error), SHUNT_OK, "%s: %s", text, words);
}

Test(bench_stages, the_integral_is_the_area_under_the_lines)
{
    static const struct {
        const char *text;
        double at_s, want;
    } rows[] = {
        {"10s:100", 0, 0},
        {"10s:100", 5, 125},
        {"10s:100", 10, 500},
        {"10s:100", 99, 500},
        {"10s:100,30s:1000", 40, 17000},
        {"0s:100,10s:100", 2.5, 250},
        {"0s:100,10s:0,5s:0,0s:50,2s:50", 10, 500},
        {"0s:100,10s:0,5s:0,0s:50,2s:50", 14, 500},
        {"0s:100,10s:0,5s:0,0s:50,2s:50", 16, 550},
        {"500ms:4,1m:4", 60.5, 241},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        parse(rows[i].text);
        double got = stages_integral(&stages, rows[i].at_s);

        cr_expect(fabs(got - rows[i].want) < 1e-9, "%s at %g: %g", rows[i].text, rows[i].at_s, got);
    }
}

/* Up, held, a jump down, to nothing, nothing, up again. */
Test(bench_stages, each_operation_is_due_when_the_integral_passes_its_number)
{
    uint32_t stage = 0;
    double before_s = -1, n = 0;

    parse("3s:700,2s:700,0s:33.3,1s:33.3,2s:0,4s:0,1s:1000");
    for (double due_s; (due_s = stages_due_s(&stages, n, &stage)) >= 0; n++) {
        cr_expect(fabs(stages_integral(&stages, due_s) - n) < 1e-6, "%g: %.9g", n, due_s);
        cr_expect_gt(due_s, before_s);
        before_s = due_s;
    }
    cr_expect_eq(n, ceil(stages.operations), "%g of %g", n, stages.operations);
    cr_expect_lt(before_s, stages.seconds);
}

Test(bench_stages, where_the_rate_is_0_nothing_is_due)
{
    uint32_t stage = 0;

    parse("2s:0,0s:10,1s:10,5s:0,3s:0,0s:10,1s:10");
    cr_expect_eq(stages_due_s(&stages, 0, &stage), 2);
    cr_expect_eq(stages_due_s(&stages, 35, &stage), 11, "behind what comes to 0 at 35");
}

Test(bench_stages, schedules_that_share_them_have_each_operation_once)
{
    const double count = 3;
    double whole = 0;

    parse("1s:1000,1s:0");
    for (uint32_t share = 0; share < count; share++) {
        struct schedule schedule;
        uint32_t stage = 0;

        schedule_init_stages(&schedule, &stages, share, (uint32_t)count, false, 5000000000);
        for (double n = share; schedule_next_ns(&schedule) != UINT64_MAX; n += count, whole++) {
            double due_s = stages_due_s(&stages, n, &stage);
            double at_s = (double)(schedule_next_ns(&schedule) - 5000000000) / 1e9;

            cr_expect(fabs(at_s - due_s) < 1e-6, "%g: %g", n, at_s);
            schedule_take(&schedule);
        }
    }
    cr_expect_eq(whole, 1000);
}

Test(bench_stages, poisson_arrivals_have_the_rate_of_their_time)
{
    unsigned halves[2] = {0};

    parse("100s:1000");
    for (uint32_t share = 0; share < 2; share++) {
        struct schedule schedule;

        schedule_init_stages(&schedule, &stages, share, 2, true, 0);
        for (uint64_t at_ns; (at_ns = schedule_next_ns(&schedule)) != UINT64_MAX;) {
            halves[at_ns >= 50000000000]++;
            schedule_take(&schedule);
        }
    }
    cr_expect(halves[0] > 12000 && halves[0] < 13000, "%u of 12,500", halves[0]);
    cr_expect(halves[1] > 36700 && halves[1] < 38300, "%u of 37,500", halves[1]);
}

Test(bench_stages, what_is_due_and_not_taken_is_behind)
{
    struct schedule schedule;

    parse("0s:100,10s:100,5s:0,5s:0");
    schedule_init_stages(&schedule, &stages, 1, 2, false, 1000000000);
    cr_expect_eq(schedule_behind(&schedule, 1005000000), 0, "the first is the other one's");
    cr_expect_eq(schedule_behind(&schedule, 1015000000), 1);
    cr_expect_eq(schedule_behind(&schedule, 2005000000), 50);
    schedule_take(&schedule);
    cr_expect_eq(schedule_behind(&schedule, 2005000000), 49);
    cr_expect_eq(schedule_behind(&schedule, 18000000000), 624, "half of 1,250");
    cr_expect_eq(schedule_behind(&schedule, 99000000000), 624);
}

Test(bench_stages, what_are_no_stages_is_a_sentence)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", "expected TIME:RATE like 30s:1000, the rate from 0 to 1e+08, found ''"},
        {"10s", "found '10s'"},
        {"10s:", "found '10s:'"},
        {":5", "found ':5'"},
        {"10s:5,", "found ''"},
        {"10s:5,,1s:3", "found ''"},
        {"10s:5x", "found '10s:5x'"},
        {"10d:5", "found '10d:5'"},
        {"10s:-5", "found '10s:-5'"},
        {"10s:1e9", "found '10s:1e9'"},
        {"10s:nan", "found '10s:nan'"},
        {"50ms:5", "all stages are 0.05s, expected from 0.1s to 86400s"},
        {"20h:5,20h:5", "all stages are 144000s, expected from 0.1s to 86400s"},
        {"10s:0,3s:0,0s:5", "nothing is due, as all rates are 0"},
    };
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(stages_parse(rows[i].text, &stages, &error), SHUNT_EINVAL, "%s", rows[i].text);
        cr_expect(strstr(words, rows[i].want) != NULL, "%s: %s", rows[i].text, words);
    }
}

Test(bench_stages, more_than_there_is_room_for_are_refused)
{
    char text[16 * STAGES_MAX], words[256];
    struct error error = {.text = words, .size = sizeof words};
    size_t len = 0;

    for (int i = 0; i <= STAGES_MAX; i++) {
        if (i == STAGES_MAX) {
            cr_expect_eq(stages_parse(text, &stages, &error), SHUNT_OK);
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "%s1s:5", i ? "," : "");
    }
    cr_expect_eq(stages_parse(text, &stages, &error), SHUNT_EINVAL);
    cr_expect_str_eq(words, "more than 64 stages");
}
