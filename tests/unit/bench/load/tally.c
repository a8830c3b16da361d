#include "load/tally.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

Test(bench_tally, every_errno_has_a_kind)
{
    static const struct {
        int error;
        enum failure want;
    } rows[] = {
        {-ECONNREFUSED, FAILURE_REFUSED}, {-ECONNRESET, FAILURE_RESET},    {-EPIPE, FAILURE_RESET},
        {-ETIMEDOUT, FAILURE_TIMEOUT},    {-EADDRNOTAVAIL, FAILURE_LOCAL}, {EMFILE, FAILURE_LOCAL},
        {-ENETUNREACH, FAILURE_OTHER},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(failure_of_errno(rows[i].error), rows[i].want, "%s",
                     strerror(abs(rows[i].error)));
    }
}

Test(bench_tally, merging_adds_and_keeps_the_first_sample_of_a_kind)
{
    static struct tally a, b, sum;

    histogram_record(&a.latency_ns, 5);
    histogram_record(&b.latency_ns, 7);
    tally_fail(&a, FAILURE_WRONG_STATUS, PHASE_COMPLETE, "first\nline", 10);
    tally_fail(&a, FAILURE_WRONG_STATUS, PHASE_COMPLETE, "second", 6);
    tally_fail(&b, FAILURE_WRONG_STATUS, PHASE_COMPLETE, "third", 5);
    tally_fail(&b, FAILURE_RESET, PHASE_CONNECT, NULL, 0);
    tally_merge(&sum, &a);
    tally_merge(&sum, &b);
    cr_assert_eq(histogram_count(&sum.latency_ns), 2);
    cr_assert_eq(sum.failures[FAILURE_WRONG_STATUS], 3);
    cr_assert_eq(sum.failures[FAILURE_RESET], 1);
    cr_assert_eq(tally_failed(&sum), 4);
    cr_assert_eq(sum.failures_in[PHASE_COMPLETE][FAILURE_WRONG_STATUS], 3);
    cr_assert_eq(sum.failures_in[PHASE_CONNECT][FAILURE_RESET], 1);
    cr_assert_str_eq(sum.samples[FAILURE_WRONG_STATUS], "first?line");
    cr_assert_str_eq(sum.samples[FAILURE_RESET], "");
}
