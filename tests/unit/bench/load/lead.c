#include "load/lead.h"

#include <criterion/criterion.h>

/* Alarms that are late by 1 to 100 units, in an order that repeats: each as often as any other. */
static uint64_t learnt(uint64_t unit_ns)
{
    struct lead lead = {.ns = 0};

    for (uint64_t i = 0; i < 200000; i++) {
        lead_learn(&lead, (i * 37 % 100 + 1) * unit_ns);
    }
    return lead.ns;
}

Test(bench_lead, is_what_199_in_200_alarms_are_not_later_than)
{
    uint64_t ns = learnt(500);

    cr_expect(ns >= 47500 && ns <= 50500, "%lu ns of 49,750", (unsigned long)ns);
    ns = learnt(100);
    cr_expect(ns >= 8000 && ns <= 11000, "%lu ns of 9,950", (unsigned long)ns);
}

Test(bench_lead, learns_nothing_from_an_alarm_that_another_process_kept_back)
{
    struct lead lead = {.ns = 0};

    for (int i = 0; i < 1000; i++) {
        lead_learn(&lead, i % 20 == 0 ? 50000000 : 5000);
    }
    cr_expect(lead.ns >= 4000 && lead.ns <= 7000, "%lu ns", (unsigned long)lead.ns);
}

Test(bench_lead, is_never_more_than_a_timer_can_be_late)
{
    struct lead lead = {.ns = 0};
    uint64_t most_ns = 0;

    for (int i = 0; i < 1000; i++) {
        lead_learn(&lead, LEAD_NS_MAX);
        most_ns = lead.ns > most_ns ? lead.ns : most_ns;
    }
    cr_expect_eq(most_ns, LEAD_NS_MAX);
    cr_expect_eq(learnt(0), 0);
}
