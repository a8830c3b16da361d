/* Reports as a user asks for them, in this process. */
#include "command_report.h"
#include "scenario.h"

#include "support/files.h"
#include "unit/bench/sample_result.h"
#include <argp.h>
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

TestSuite(bench_command_report, .init = files_make, .fini = files_remove);

static int report(const char *a, const char *b, const char *c, const char *d)
{
    char *argv[] = {(char *)(uintptr_t) "report", (char *)(uintptr_t)a, (char *)(uintptr_t)b,
                    (char *)(uintptr_t)c,         (char *)(uintptr_t)d, NULL};

    argp_err_exit_status = BENCH_USAGE;
    return command_report(1 + !!a + !!b + !!c + !!d, argv, 0, NULL);
}

static const char *keep(const char *name, double factor)
{
    json_t *json = sample_result(factor);
    const char *file = files_path(name);

    cr_assert_eq(json_dump_file(json, file, 0), 0);
    json_decref(json);
    return file;
}

static void expect_error(const char *part)
{
    static char text[4096];

    fflush(stderr);
    size_t len = fread(text, 1, sizeof text - 1, cr_get_redirected_stderr());

    text[len] = '\0';
    cr_expect_not_null(strstr(text, part), "'%s' is not in '%s'", part, text);
}

Test(bench_command_report, draws_two_runs_on_one_page)
{
    const char *one = keep("before.json", 1), *two = keep("after.json", 2);
    const char *page = files_path("page.html");
    size_t len;

    cr_assert_eq(report(one, two, "--html", page), BENCH_DONE);
    char *text = files_read(page, &len);

    for (int i = 0; i < 2; i++) {
        const char *part = i ? "{\"name\":\"after\",\"json\":{" : "{\"name\":\"before\",\"json\":{";

        cr_expect_not_null(memmem(text, len, part, strlen(part)), "%s", part);
    }
    free(text);
}

Test(bench_command_report, names_file_and_line_of_what_is_no_json)
{
    cr_redirect_stderr();
    cr_expect_eq(report(files_write_text("x.json", "{\n\"a\": }"), "--html", "-", NULL),
                 BENCH_FAILED);
    expect_error("x.json:2:");
}

Test(bench_command_report, says_when_a_file_cannot_be_written)
{
    cr_redirect_stderr();
    cr_expect_eq(report(keep("a.json", 1), "--hgrm", "/nowhere/a.hgrm", NULL), BENCH_FAILED);
    expect_error("--hgrm /nowhere/a.hgrm: No such file or directory");
}

Test(bench_command_report, several_results_have_no_csv, .exit_code = BENCH_USAGE)
{
    cr_redirect_stderr();
    report(keep("a.json", 1), keep("b.json", 1), "--csv", "-");
}

Test(bench_command_report, a_chart_must_be_one, .exit_code = BENCH_USAGE)
{
    cr_redirect_stderr();
    report("x.json", "--svg=-", "--chart=pie", NULL);
}

Test(bench_command_report, a_chart_is_of_an_svg, .exit_code = BENCH_USAGE)
{
    cr_redirect_stderr();
    report("x.json", "--html=-", "--chart=cpu", NULL);
}

Test(bench_command_report, nothing_to_write_is_a_usage_error, .exit_code = BENCH_USAGE)
{
    cr_redirect_stderr();
    report(keep("a.json", 1), NULL, NULL, NULL);
}
