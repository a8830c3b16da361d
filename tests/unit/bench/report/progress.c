/* What is shown while a run goes on, on a terminal and elsewhere. */
#include "report/progress.h"

#include <criterion/criterion.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Standard error as a terminal of `columns`, or a pipe when 0, while one line is shown. */
static void shown(unsigned short columns, struct progress *progress, double left_s, char *out,
                  size_t room)
{
    static struct tally since; /* large */
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    int ends[2], before = dup(STDERR_FILENO);

    if (columns && openpty(&ends[0], &ends[1], NULL, NULL, &size) != 0) {
        cr_skip_test("there are no pseudoterminals here");
    }
    if (!columns) {
        cr_assert_eq(pipe(ends), 0);
    }
    for (int i = 0; i < 1000; i++) {
        histogram_record(&since.latency_ns, 2000000);
    }
    setenv("TERM", "xterm", 1);
    dup2(ends[1], STDERR_FILENO);
    bool quiet = progress->quiet;
    char part[sizeof progress->part];

    memcpy(part, progress->part, sizeof part);
    progress_init(progress, 4, quiet);
    memcpy(progress->part, part, sizeof part);
    progress_show(progress, &since, 0.5, left_s, 3);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    size_t len = 0;

    for (ssize_t got; (got = read(ends[0], out + len, room - 1 - len)) > 0;) {
        len += (size_t)got;
    }
    out[len] = '\0';
    close(ends[0]);
    memset(&since, 0, sizeof since);
}

Test(bench_progress, is_a_plain_line_a_second_off_a_terminal)
{
    struct progress progress = {0};
    char line[512];

    shown(0, &progress, 1, line, sizeof line);
    cr_expect_str_eq(line, "3 of 4 s: 2,000/s, p50 2.00 ms, p99 2.00 ms, errors 3\n");
    shown(0, &progress, -1, line, sizeof line);
    cr_expect_str_eq(line, "warming up\n");
}

Test(bench_progress, names_the_part_of_a_search)
{
    struct progress progress = {.part = "try 2 at 4,000/s"};
    char line[512];

    shown(0, &progress, 1, line, sizeof line);
    cr_expect_str_eq(line,
                     "try 2 at 4,000/s: 3 of 4 s: 2,000/s, p50 2.00 ms, p99 2.00 ms, errors 3\n");
    shown(100, &progress, 1, line, sizeof line);
    cr_expect_not_null(strstr(line, "] 1 s left  try 2 at 4,000/s: 2,000/s  p50 2.00 ms"), "%s",
                       line);
}

Test(bench_progress, says_nothing_when_quiet)
{
    struct progress progress = {.quiet = true};
    char line[512];

    shown(0, &progress, 1, line, sizeof line);
    cr_expect_str_empty(line);
    shown(80, &progress, 1, line, sizeof line);
    cr_expect_str_empty(line);
}

Test(bench_progress, colours_errors_on_a_terminal_unless_NO_COLOR_says_not_to)
{
    struct progress progress = {0};
    char line[512];

    shown(80, &progress, 1, line, sizeof line);
    cr_expect_not_null(strstr(line, "\033[31merrors 3\033[0m"), "%s", line);
    setenv("NO_COLOR", "1", 1);
    shown(80, &progress, 1, line, sizeof line);
    cr_expect_null(strstr(line, "\033[31m"), "%s", line);
    cr_expect_not_null(strstr(line, "errors 3"), "%s", line);
}

/* "\r\033[K" is 4 characters that take no room, and one column is left for the cursor. */
Test(bench_progress, has_a_bar_that_does_not_make_its_line_wrap)
{
    static const struct {
        const char *why, *part;
        unsigned short columns;
        size_t cells;
    } rows[] = {
        {"wide", "", 120, 20},
        {"a line of 53 and a bar", "", 80, 20},
        {"the bar gives way", "", 72, 15},
        {"and goes", "try 12 at 123,456/s", 72, 0},
    };

    setenv("NO_COLOR", "1", 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct progress progress = {0};
        char line[512];
        size_t cells = 0;

        snprintf(progress.part, sizeof progress.part, "%s", rows[i].part);
        shown(rows[i].columns, &progress, 2, line, sizeof line);
        for (const char *at = line; *at; at++) {
            cells += *at == '#' || (*at == '.' && (at[1] == '.' || at[1] == ']'));
        }
        cr_expect_eq(cells, rows[i].cells, "%s: %zu cells: %s", rows[i].why, cells, line);
        cr_expect(cells == 0 || strlen(line) - 4 < rows[i].columns, "%s: %zu characters",
                  rows[i].why, strlen(line) - 4);
    }
}
