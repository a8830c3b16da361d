/*
 * Runs Criterion's tests, each in a fork, where Criterion itself cannot, under ThreadSanitizer, or
 * is too slow, on an emulated processor. What the assertions call (criterion_send_assert and the
 * functions below it) is defined here and so takes the library's place. Parameterized tests and
 * theories are refused.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_SKIPPED      77
#define EXIT_FAILED       78
#define TEST_SECONDS_MOST 60
#define JOBS_MOST         16
#define REASON_BYTES      128

/* Filled by the macros of criterion/criterion.h; the linker makes the bounds. */
extern struct criterion_test *__start_cr_tst[], *__stop_cr_tst[];
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak));
extern struct criterion_suite *__stop_cr_sts[] __attribute__((weak));

int main(int argc, char **argv);

/* A test in its own process. */
struct running {
    const struct criterion_test *test; /* NULL: this slot is free */
    pid_t process;
    char *reason; /* why it skips itself; REASON_BYTES that its process shares */
};

static const struct criterion_test *current; /* in a test's process */
static char *reason;
static bool failed;
static FILE *report; /* standard error as it was: a test may put something else there */

/* The options of the test's suite, or NULL. */
static const struct criterion_test_extra_data *suite_of(const struct criterion_test *test)
{
    for (struct criterion_suite **s = __start_cr_sts; s < __stop_cr_sts; s++) {
        if (strcmp((*s)->name, test->category) == 0) {
            return (*s)->data;
        }
    }
    return NULL;
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
    if (!stats->passed) {
        failed = true;
        fprintf(report, "%s:%u: %s::%s: %s\n", stats->file, (unsigned)stats->line,
                current->category, current->name, stats->message);
        fflush(report);
    }
}

void criterion_abort_test(void)
{
    _exit(EXIT_FAILED);
}

void criterion_continue_test(void)
{
}

void cri_asserts_passed_incr(void)
{
}

void criterion_skip_test(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(reason, REASON_BYTES, format, args);
    va_end(args);
    fprintf(stderr, "%s\n", reason);
    _exit(EXIT_SKIPPED);
}

void criterion_test_die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    _exit(EXIT_FAILED);
}

void criterion_internal_test_setup(void)
{
    const struct criterion_test_extra_data *suite = suite_of(current);

    if (suite && suite->init) {
        suite->init();
    }
    if (current->data->init) {
        current->data->init();
    }
}

void criterion_internal_test_main(void (*body)(void))
{
    body();
}

void criterion_internal_test_teardown(void)
{
    const struct criterion_test_extra_data *suite = suite_of(current);

    if (current->data->fini) {
        current->data->fini();
    }
    if (suite && suite->fini) {
        suite->fini();
    }
}

/* What a test's process came to, as TAP's words; *ok: it does not count as a failure. */
static const char *verdict(const struct criterion_test *test, int status, bool *ok)
{
    int wanted_signal = test->data->signal, wanted_exit = test->data->exit_code;

    *ok = true;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED) {
        return " # SKIP ";
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM && wanted_signal != SIGALRM) {
        *ok = false;
        return " timed out";
    }
    *ok = wanted_signal ? WIFSIGNALED(status) && WTERMSIG(status) == wanted_signal
                        : WIFEXITED(status) && WEXITSTATUS(status) == wanted_exit;
    return *ok ? "" : WIFSIGNALED(status) ? " unexpected signal" : " failed";
}

static unsigned seconds_allowed(void)
{
    const struct criterion_test_extra_data *suite = suite_of(current);
    double seconds = current->data->timeout;

    if (seconds <= 0 && suite) {
        seconds = suite->timeout;
    }
    /* Sanitizers are slower than what the test's author measured. */
    return seconds > 0 ? (unsigned)(seconds * 3) + 1 : TEST_SECONDS_MOST;
}

static void start(struct running *slot, const struct criterion_test *test)
{
    fflush(NULL);
    slot->test = test;
    slot->reason[0] = '\0';
    slot->process = fork();
    if (slot->process == 0) {
        current = test;
        reason = slot->reason;
        alarm(seconds_allowed());
        test->test();
        exit(failed ? EXIT_FAILED : 0);
    }
}

/* Wait for any test to end and report it: 1 when it failed. Its slot is free again. */
static int finish_one(struct running *slots, unsigned count, FILE *tap)
{
    int status;
    pid_t process = wait(&status);

    for (struct running *slot = slots; slot < slots + count; slot++) {
        if (slot->test && (slot->process == process || process < 0)) {
            const struct criterion_test *test = slot->test;
            bool ok = false;
            const char *words = process > 0 ? verdict(test, status, &ok) : " no process";

            slot->test = NULL;
            fprintf(tap, "%s - %s::%s%s%s\n", ok ? "ok" : "not ok", test->category, test->name,
                    words, slot->reason);
            if (!ok) {
                fprintf(stderr, "FAIL %s::%s%s\n", test->category, test->name, words);
            }
            return !ok;
        }
    }
    return 0;
}

static struct running *free_slot(struct running *slots, unsigned count)
{
    for (struct running *slot = slots; slot < slots + count; slot++) {
        if (!slot->test) {
            return slot;
        }
    }
    return NULL;
}

static bool matches(const struct criterion_test *test, const char *filter)
{
    char name[512];

    snprintf(name, sizeof name, "%s/%s", test->category, test->name);
    return fnmatch(filter, name, 0) == 0;
}

/* TAP's plan: how many results follow. */
static void plan(const char *filter, FILE *tap)
{
    unsigned count = 0;

    for (struct criterion_test **t = __start_cr_tst; t < __stop_cr_tst; t++) {
        count += matches(*t, filter);
    }
    fprintf(tap, "1..%u\n", count);
}

static bool wanted(const struct criterion_test *test, const char *filter, FILE *tap)
{
    if (!matches(test, filter)) {
        return false;
    }
    if (test->data->disabled) {
        fprintf(tap, "ok - %s::%s # SKIP disabled\n", test->category, test->name);
    }
    return !test->data->disabled;
}

/* Empty slots, with the memory for their reasons; false without any. */
static bool slots_init(struct running *slots, unsigned count)
{
    char *reasons = mmap(NULL, (size_t)count * REASON_BYTES, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    for (unsigned i = 0; i < count && reasons != MAP_FAILED; i++) {
        slots[i] = (struct running){.reason = reasons + (size_t)i * REASON_BYTES};
    }
    return reasons != MAP_FAILED;
}

/* Run what `filter` names, at most `jobs` at a time; how many failed. `fail_fast` starts none after
 * the first that failed, and waits for none. */
static int run_all(const char *filter, unsigned jobs, bool fail_fast, FILE *tap)
{
    struct running slots[JOBS_MOST];
    int failures = 0;
    unsigned busy = 0;

    if (!slots_init(slots, jobs)) {
        perror("mmap");
        return 1;
    }
    plan(filter, tap);
    for (struct criterion_test **t = __start_cr_tst; t < __stop_cr_tst; t++) {
        if (!wanted(*t, filter, tap)) {
            continue;
        }
        if (fail_fast && failures > 0) {
            return failures;
        }
        if (busy == jobs) {
            failures += finish_one(slots, jobs, tap);
            busy--;
        }
        start(free_slot(slots, jobs), *t);
        busy++;
    }
    for (; busy > 0; busy--) {
        failures += finish_one(slots, jobs, tap);
    }
    return failures;
}

int main(int argc, char **argv)
{
    const char *filter = "*";
    FILE *tap = stdout;
    unsigned jobs = 1;
    bool fail_fast = false;
    int failures;

    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--tap=", 6) == 0) {
            tap = fopen(argv[i] + 6, "w");
        } else if (strncmp(argv[i], "--filter=", 9) == 0) {
            filter = argv[i] + 9;
        } else if (strncmp(argv[i], "--jobs=", 7) == 0) {
            jobs = (unsigned)strtoul(argv[i] + 7, NULL, 10);
        } else if (strcmp(argv[i], "--fail-fast") == 0) {
            fail_fast = true;
        }
    }
    report = fdopen(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), "w");
    if (!tap || !report) {
        perror(tap ? "standard error" : "--tap");
        return EXIT_FAILURE;
    }
    failures = run_all(filter, jobs < 1 ? 1 : jobs > JOBS_MOST ? JOBS_MOST : jobs, fail_fast, tap);
    fclose(tap);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
