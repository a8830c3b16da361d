#include "observe/system_calls.h"

#include "support/files.h"
#include <criterion/criterion.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS  10000
#define BESIDE 200 /* what else these tests and the library may call in between */

static void make_calls(void)
{
    for (int i = 0; i < CALLS; i++) {
        (void)syscall(SYS_getppid);
    }
}

/* A counter on `pid`; skips the test where the kernel does not allow one. */
static struct system_calls *open_or_skip(pid_t pid)
{
    struct system_calls *calls;
    char words[256] = "";
    struct error why = {.text = words, .size = sizeof words};
    enum shunt_status status = system_calls_open(pid, &calls, &why);

    if (status == SHUNT_ENOTSUP) {
        cr_skip_test("system calls cannot be counted here: %s", words);
    }
    cr_assert_eq(status, SHUNT_OK, "%s: %s", shunt_status_name(status), words);
    return calls;
}

static void expect_calls(const struct system_calls *calls, uint64_t before, uint64_t want)
{
    uint64_t got = system_calls_count(calls) - before;

    cr_expect(got >= want && got <= want + BESIDE, "%lu calls, expected %lu", (unsigned long)got,
              (unsigned long)want);
}

Test(bench_system_calls, each_call_counts_once)
{
    struct system_calls *calls = open_or_skip(getpid());
    uint64_t before = system_calls_count(calls);

    make_calls();
    expect_calls(calls, before, CALLS);
    system_calls_close(calls);
}

static void *call_in_thread(void *unused)
{
    make_calls();
    return unused;
}

Test(bench_system_calls, threads_that_start_later_are_counted_also_after_their_end)
{
    struct system_calls *calls = open_or_skip(getpid());
    uint64_t before = system_calls_count(calls);
    pthread_t thread;

    cr_assert_eq(pthread_create(&thread, NULL, call_in_thread, NULL), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    expect_calls(calls, before, CALLS);
    system_calls_close(calls);
}

/* Told to by a byte, make calls and answer with one, once; then be there until killed. */
static void call_when_told(int told, int done)
{
    char byte;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (read(told, &byte, 1) == 1) {
        make_calls();
        (void)!write(done, &byte, 1);
    }
    for (;;) {
        pause();
    }
}

Test(bench_system_calls, a_child_that_is_there_and_one_of_its_own_that_comes_are_counted)
{
    int told[2], done[2];
    char byte = 0;

    cr_assert(pipe(told) == 0 && pipe(done) == 0);
    pid_t child = fork();

    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (read(told[0], &byte, 1) != 1 || write(done[1], &byte, 1) != 1 ||
            read(told[0], &byte, 1) != 1) {
            _exit(1);
        }
        if (fork() == 0) {
            make_calls();
            _exit(0);
        }
        wait(NULL);
        call_when_told(told[0], done[1]);
    }
    cr_assert(write(told[1], &byte, 1) == 1 && read(done[0], &byte, 1) == 1);
    struct system_calls *calls = open_or_skip(getpid());
    uint64_t before = system_calls_count(calls);

    cr_assert(write(told[1], "xx", 2) == 2 && read(done[0], &byte, 1) == 1);
    expect_calls(calls, before, 2 * CALLS);
    system_calls_close(calls);
    kill(child, SIGKILL);
}

Test(bench_system_calls, no_such_process_is_a_status)
{
    struct system_calls *calls = open_or_skip(getpid());
    char words[256] = "";
    struct error why = {.text = words, .size = sizeof words};

    system_calls_close(calls);
    cr_expect_eq(system_calls_open(0x7ffffffe, &calls, &why), SHUNT_ENOTFOUND);
}

/* --- where it is not allowed --- */

static void remove_tree(void)
{
    char command[600];

    snprintf(command, sizeof command, "rm -rf '%s'", files_folder());
    cr_expect_eq(system(command), 0);
}

TestSuite(bench_system_calls_refused, .init = files_make, .fini = remove_tree);

static void expect_reason(const char *want)
{
    struct system_calls *calls;
    char words[256] = "";
    struct error why = {.text = words, .size = sizeof words};

    cr_expect_eq(system_calls_open_below(files_folder(), getpid(), &calls, &why), SHUNT_ENOTSUP);
    cr_expect_not_null(strstr(words, want), "'%s' does not have '%s'", words, want);
}

static void make_folders(const char *const *names)
{
    for (; *names; names++) {
        cr_assert(mkdir(files_path(*names), 0755) == 0, "%s", *names);
    }
}

Test(bench_system_calls_refused, an_empty_mount_point_is_told_as_not_mounted)
{
    make_folders((const char *const[]){"sys", "sys/kernel", "sys/kernel/tracing", NULL});
    expect_reason("tracefs is not mounted");
}

Test(bench_system_calls_refused, a_kernel_without_the_tracepoint_is_told)
{
    make_folders((const char *const[]){"sys", "sys/kernel", "sys/kernel/tracing",
                                       "sys/kernel/tracing/events", NULL});
    expect_reason("no tracepoint raw_syscalls:sys_enter");
}

Test(bench_system_calls_refused, the_older_place_is_looked_at_too_and_nonsense_in_it_is_told)
{
    make_folders((const char *const[]){
        "sys", "sys/kernel", "sys/kernel/debug", "sys/kernel/debug/tracing",
        "sys/kernel/debug/tracing/events", "sys/kernel/debug/tracing/events/raw_syscalls",
        "sys/kernel/debug/tracing/events/raw_syscalls/sys_enter", NULL});
    files_write_text("sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id", "none\n");
    expect_reason("holds no number");
}

Test(bench_system_calls_refused, a_tracepoint_that_the_kernel_does_not_open_is_told)
{
    make_folders((const char *const[]){"sys", "sys/kernel", "sys/kernel/tracing",
                                       "sys/kernel/tracing/events",
                                       "sys/kernel/tracing/events/raw_syscalls",
                                       "sys/kernel/tracing/events/raw_syscalls/sys_enter", NULL});
    files_write_text("sys/kernel/tracing/events/raw_syscalls/sys_enter/id", "4294967295\n");
    expect_reason("perf_event_open");
}
