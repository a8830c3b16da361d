/*
 * Runs Criterion's tests one after the other, each in a fork, where Criterion itself cannot: under
 * ThreadSanitizer. What the assertions call (criterion_send_assert and the functions below it) is
 * defined here and so takes the library's place. Parameterized tests and theories are refused.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_SKIPPED      77
#define EXIT_FAILED       78
#define TEST_SECONDS_MOST 60

/* Filled by the macros of criterion/criterion.h; the linker makes the bounds. */
extern struct criterion_test *__start_cr_tst[], *__stop_cr_tst[];
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak));
extern struct criterion_suite *__stop_cr_sts[] __attribute__((weak));

int main(int argc, char **argv);

static const struct criterion_test *current;
static bool failed;

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
        fprintf(stderr, "%s:%u: %s::%s: %s\n", stats->file, (unsigned)stats->line,
                current->category, current->name, stats->message);
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
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
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

/* What a test's process came to, as TAP's words; *ok tells whether it counts as a failure. */
static const char *verdict(int status, bool *ok)
{
    int wanted_signal = current->data->signal, wanted_exit = current->data->exit_code;

    *ok = true;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED) {
        return " # SKIP";
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

static bool run_one(const struct criterion_test *test, FILE *tap)
{
    bool ok = false;
    int status = 0;
    const char *said;
    pid_t child;

    current = test;
    if (test->data->disabled) {
        fprintf(tap, "ok - %s::%s # SKIP disabled\n", test->category, test->name);
        return true;
    }
    fflush(NULL);
    child = fork();
    if (child == 0) {
        alarm(seconds_allowed());
        test->test();
        exit(failed ? EXIT_FAILED : 0);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    said = child > 0 ? verdict(status, &ok) : " no process";
    fprintf(tap, "%s - %s::%s%s\n", ok ? "ok" : "not ok", test->category, test->name, said);
    if (!ok) {
        fprintf(stderr, "FAIL %s::%s%s\n", test->category, test->name, said);
    }
    return ok;
}

int main(int argc, char **argv)
{
    const char *filter = "*";
    FILE *tap = stdout;
    int failures = 0;

    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--tap=", 6) == 0) {
            tap = fopen(argv[i] + 6, "w");
        } else if (strncmp(argv[i], "--filter=", 9) == 0) {
            filter = argv[i] + 9;
        }
    }
    if (!tap) {
        perror("--tap");
        return EXIT_FAILURE;
    }
    for (struct criterion_test **t = __start_cr_tst; t < __stop_cr_tst; t++) {
        char name[512];

        snprintf(name, sizeof name, "%s/%s", (*t)->category, (*t)->name);
        if (fnmatch(filter, name, 0) == 0) {
            failures += !run_one(*t, tap);
        }
    }
    fclose(tap);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
