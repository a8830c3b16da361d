#include "process.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

Test(bench_process, tells_the_cpu_time_that_was_spent)
{
    struct process_cpu before, after;
    struct timespec used = {0, 0};

    prctl(PR_SET_NAME, "a ) b (c"); /* field 2 of the file that is read */
    cr_assert_eq(process_cpu(getpid(), &before), SHUNT_OK);
    while (used.tv_sec == 0 && used.tv_nsec < 150000000) {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    }
    cr_assert_eq(process_cpu(getpid(), &after), SHUNT_OK);
    uint64_t spent_us = after.user_us + after.system_us - before.user_us - before.system_us;

    cr_assert(spent_us >= 50000 && spent_us <= 1000000, "%lu us", (unsigned long)spent_us);
}

Test(bench_process, no_such_process_is_a_status)
{
    struct process_cpu cpu;

    cr_assert_eq(process_cpu(0x7ffffffe, &cpu), SHUNT_ENOTFOUND);
}

Test(bench_process, too_few_descriptors_is_a_sentence_with_both_numbers)
{
    struct rlimit limit;
    char error[256] = "";

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 64;
    limit.rlim_max = limit.rlim_max < 200 ? limit.rlim_max : 200;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_assert_eq(process_descriptors(150, error, sizeof error), SHUNT_OK);
    getrlimit(RLIMIT_NOFILE, &limit);
    cr_assert_eq(limit.rlim_cur, 150);
    cr_assert_eq(process_descriptors(201, error, sizeof error), SHUNT_EFULL);
    cr_assert_not_null(strstr(error, "200"));
    cr_assert_not_null(strstr(error, "201"));
}
