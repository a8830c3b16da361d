#include "load/choice.h"

#include <criterion/criterion.h>
#include <math.h>

/* Chi-square of `draws` draws against the weights. */
static double misfit(const uint32_t *weights, uint32_t count, unsigned draws, uint64_t random)
{
    struct choice choice;
    unsigned seen[64] = {0};
    double sum = 0, whole = 0;

    cr_assert_eq(choice_init(&choice, weights, count), SHUNT_OK);
    for (uint32_t i = 0; i < count; i++) {
        whole += weights[i];
    }
    for (unsigned i = 0; i < draws; i++) {
        uint32_t drawn = choice_draw(&choice, &random);

        cr_assert_lt(drawn, count);
        seen[drawn]++;
    }
    for (uint32_t i = 0; i < count; i++) {
        double want = draws * (weights[i] / whole);

        sum += (seen[i] - want) * (seen[i] - want) / want;
    }
    choice_fini(&choice);
    return sum;
}

/* The bounds are passed by one honest generator in 10,000 or fewer; the seeds are fixed. */
Test(bench_choice, each_is_drawn_as_often_as_its_weight_asks)
{
    static const uint32_t even[7] = {1, 1, 1, 1, 1, 1, 1}, nine_to_one[2] = {9, 1},
                          far[3] = {1000000, 1, 1000}, first[4] = {5, 1, 2, 3};

    cr_expect_lt(misfit(even, 7, 700000, 1), 27.9);
    cr_expect_lt(misfit(nine_to_one, 2, 100000, 2), 15.1);
    cr_expect_lt(misfit(far, 3, 3000000, 3), 18.4);
    cr_expect_lt(misfit(first, 4, 110000, 4), 21.1);
}

/* With a sum of two thirds of what is drawn from, the upper half of a product alone would give
 * every second one twice as often. */
Test(bench_choice, a_sum_that_does_not_divide_what_is_drawn_prefers_none)
{
    static uint32_t weights[64];

    for (unsigned i = 0; i < 64; i++) {
        weights[i] = i % 2 ? 1 : 2863311530u / 32 - 1;
    }
    struct choice choice;
    uint64_t random = 5;
    unsigned upper = 0;

    cr_assert_eq(choice_init(&choice, weights, 64), SHUNT_OK);
    for (unsigned i = 0; i < 200000; i++) {
        upper += choice_draw(&choice, &random) >= 32;
    }
    cr_expect(fabs(upper - 100000.0) < 1500, "%u", upper);
    cr_expect_eq(choice.refused, 0u - choice.whole); /* a third is drawn again */
    choice_fini(&choice);
}

Test(bench_choice, one_alone_is_always_drawn)
{
    static const uint32_t weight = 3;
    struct choice choice;
    uint64_t random = 0;

    cr_assert_eq(choice_init(&choice, &weight, 1), SHUNT_OK);
    for (int i = 0; i < 100; i++) {
        cr_expect_eq(choice_draw(&choice, &random), 0);
    }
    choice_fini(&choice);
}
