#include "observe/process.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

Test(bench_process, tells_the_cpu_time_that_was_spent)
{
    struct process_usage before, after;
    struct timespec used = {0, 0};

    prctl(PR_SET_NAME, "a ) b (c"); /* field 2 of the file that is read */
    cr_assert_eq(process_usage(getpid(), &before), SHUNT_OK);
    while (used.tv_sec == 0 && used.tv_nsec < 150000000) {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    }
    cr_assert_eq(process_usage(getpid(), &after), SHUNT_OK);
    uint64_t spent_us = after.user_us + after.system_us - before.user_us - before.system_us;

    cr_assert(spent_us >= 50000 && spent_us <= 1000000, "%lu us", (unsigned long)spent_us);
}

Test(bench_process, memory_threads_and_switches_are_reported)
{
    struct process_usage usage;
    uint64_t pss;

    poll(NULL, 0, 1); /* a process that has just begun may not have been switched yet */
    cr_assert_eq(process_usage(getpid(), &usage), SHUNT_OK);
    cr_expect_geq(usage.threads, 1);
    cr_expect_eq(usage.processes, 1);
    cr_expect_gt(usage.rss_bytes, 100000);
    cr_expect_gt(usage.voluntary + usage.involuntary, 0);
    cr_assert_eq(process_pss(getpid(), &pss), SHUNT_OK);
    cr_expect(pss > 0 && pss <= usage.rss_bytes, "PSS %lu of RSS %lu", (unsigned long)pss,
              (unsigned long)usage.rss_bytes);
}

Test(bench_process, children_and_theirs_are_counted)
{
    struct process_usage usage;
    int ready[2];
    char byte;

    cr_assert_eq(pipe(ready), 0);
    pid_t child = fork();

    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pid_t grandchild = fork();

        prctl(PR_SET_PDEATHSIG, SIGKILL);

        if (grandchild == 0 && write(ready[1], "", 1) != 1) {
            _exit(1);
        }
        for (;;) {
            pause();
        }
    }
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    cr_assert_eq(process_usage(getpid(), &usage), SHUNT_OK);
    cr_expect_eq(usage.processes, 3);
    cr_assert_eq(process_usage(child, &usage), SHUNT_OK);
    cr_expect_eq(usage.processes, 2);
    kill(child, SIGKILL);
}

Test(bench_process, what_was_used_is_never_negative)
{
    struct process_usage earlier = {.user_us = 50, .system_us = 10, .rss_bytes = 9};
    struct process_usage later = {.user_us = 40, .system_us = 30, .rss_bytes = 5};
    struct process_usage since = process_usage_since(&later, &earlier);

    cr_expect_eq(since.user_us, 0);
    cr_expect_eq(since.system_us, 20);
    cr_expect_eq(since.rss_bytes, 5);
}

Test(bench_process, no_such_process_is_a_status)
{
    struct process_usage usage;

    cr_assert_eq(process_usage(0x7ffffffe, &usage), SHUNT_ENOTFOUND);
}

Test(bench_process, too_few_descriptors_is_a_sentence_with_both_numbers)
{
    struct rlimit limit;
    char words[256] = "";
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 64;
    limit.rlim_max = limit.rlim_max < 200 ? limit.rlim_max : 200;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_assert_eq(process_descriptors(150, &error), SHUNT_OK);
    getrlimit(RLIMIT_NOFILE, &limit);
    cr_assert_eq(limit.rlim_cur, 150);
    cr_assert_eq(process_descriptors(201, &error), SHUNT_EFULL);
    cr_assert_not_null(strstr(words, "200"));
    cr_assert_not_null(strstr(words, "201"));
}
