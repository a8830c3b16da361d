#include "load/threads.h"

#include "base/clock.h"
#include "base/cpus.h"

#include <criterion/criterion.h>

struct asked {
    struct threads_share shares[2];
};

static enum shunt_status create(const void *context, const struct threads_share *share,
                                struct tally *tally, void **worker, struct error *error)
{
    struct asked *asked = *(struct asked *const *)context;

    (void)tally, (void)worker, (void)error;
    asked->shares[share->number] = *share;
    return SHUNT_OK;
}

static enum shunt_status turn(void *worker)
{
    (void)worker;
    return SHUNT_OK;
}

static uint64_t now_ns(const void *worker)
{
    (void)worker;
    return clock_now_ns();
}

static struct asked shares(uint32_t connections, uint32_t count)
{
    struct asked asked = {.shares = {{.count = 0}}}, *to = &asked;
    const struct threads_job job = {
        .context = &to, .create = create, .turn = turn, .now_ns = now_ns};
    struct threads *threads;
    char words[200];
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_eq(threads_create(&job, connections, count, &threads, &error), SHUNT_OK);
    threads_destroy(threads);
    return asked;
}

Test(bench_threads, share_out_the_connections)
{
    struct asked asked = shares(7, 2);

    cr_expect_eq(asked.shares[0].connections, 4);
    cr_expect_eq(asked.shares[1].connections, 3);
    cr_expect_eq(asked.shares[1].count, 2);
}

/* Each thread is pinned before it is asked to create its worker, and sees one CPU then. */
Test(bench_threads, know_whether_the_process_has_a_cpu_to_spare)
{
    bool beside_one = cpus_usable() > 1, beside_two = cpus_usable() > 2;

    cr_expect_eq(shares(1, 1).shares[0].cpu_to_spare, beside_one);
    cr_expect_eq(shares(2, 2).shares[1].cpu_to_spare, beside_two);
}
