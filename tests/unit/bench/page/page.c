/* The page as text; browser.c has it as Chromium draws it. */
#include "page/page.h"

#include "unit/bench/occurrences.h"
#include "unit/bench/sample_result.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct page page_of(size_t runs)
{
    static const char *const names[] = {"one", "<two> & \"more\"", "three"};
    struct page page = {0};
    char error[256];

    for (size_t i = 0; i < runs; i++) {
        json_t *json = sample_result(1 + (double)i);

        cr_assert_eq(page_add(&page, json, names[i], error, sizeof error), SHUNT_OK);
        json_decref(json);
    }
    return page;
}

static char *page_text(size_t runs)
{
    struct page page = page_of(runs);
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    page_write(&page, out);
    fclose(out);
    page_fini(&page);
    return text;
}

Test(bench_page, fetches_nothing)
{
    static const char *const fetches[] = {"src=",  "href=",  "url(",    "@import",
                                          "<link", "fetch(", "import(", "XMLHttp"};
    char *text = page_text(2);

    for (size_t i = 0; i < sizeof fetches / sizeof *fetches; i++) {
        cr_expect_null(strstr(text, fetches[i]), "%s", fetches[i]);
    }
    free(text);
}

Test(bench_page, escapes_names)
{
    char *text = page_text(2);

    cr_expect_null(strstr(text, "<two>"));
    cr_expect_not_null(strstr(text, "&lt;two&gt; &amp; &quot;more&quot;"));
    cr_expect_not_null(strstr(text, "ws://h/&lt;ws&gt;"));
    free(text);
}

Test(bench_page, warns_of_what_makes_figures_doubtful)
{
    json_t *json = sample_result(1);
    struct page page = {0};
    char *text = NULL, error[256];
    size_t len;
    FILE *out = open_memstream(&text, &len);

    json_object_set_new(json, "interrupted", json_true());
    json_object_set_new(json, "client", json_pack("{s:b}", "limited", 1));
    json_object_set_new(json, "thresholds",
                        json_pack("[{s:s, s:s, s:b}, {s:s, s:s, s:b}]", "expression", "p99>5ms",
                                  "value_text", "6.10 ms", "met", 1, "expression", "errors>9",
                                  "value_text", "7", "met", 0));
    json_object_set_new(json, "schedule", json_pack("{s:[s, s]}", "doubtful", "p50", "p999"));
    cr_assert_eq(page_add(&page, json, "x", error, sizeof error), SHUNT_OK);
    page_write(&page, out);
    fclose(out);
    cr_expect_not_null(strstr(text, "The client was over 90 % busy"));
    cr_expect_not_null(strstr(text, "the client's own lateness in p50, p999</p>"));
    cr_expect_not_null(strstr(text, "ended early"));
    cr_expect_not_null(strstr(text, "Failed, as was asked for if p99&gt;5ms: 6.10 ms</p>"));
    cr_expect_null(strstr(text, "errors&gt;9"));
    cr_expect_not_null(strstr(text, "Errors: 7 reset"));
    page_fini(&page);
    json_decref(json);
    free(text);
}

Test(bench_page, has_no_tile_for_what_is_not_known)
{
    static const char *const members[] = {"server_cpu_us_per_op", "server", "latency_us"};
    json_t *json = sample_result(1);
    struct page page = {0};
    char *text = NULL, error[256];
    size_t len;
    FILE *out = open_memstream(&text, &len);

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_object_set_new(json, members[i], json_null());
    }
    json_object_set_new(json, "received_bytes_per_second", json_real(12345678));
    json_object_set_new(json, "statuses", json_pack("{s:i, s:i}", "200", 1000, "503", 7));
    cr_assert_eq(page_add(&page, json, "x", error, sizeof error), SHUNT_OK);
    page_write(&page, out);
    fclose(out);
    cr_expect_null(strstr(text, "not known"));
    cr_expect_null(strstr(text, "server CPU an operation"));
    cr_expect_null(strstr(text, "latency, p50"));
    cr_expect_not_null(strstr(text, "<b>12.3 MB</b><span>received a second</span>"));
    cr_expect_not_null(strstr(text, "Answers by status: 200 1,000, 503 7</p>"));
    page_fini(&page);
    json_decref(json);
    free(text);
}

Test(bench_page, never_says_nan)
{
    static json_t *(*const samples[])(double factor) = {sample_result, sample_idle, sample_churn,
                                                        sample_search};
    static const char *const members[] = {"series", "histogram",    "phases",   "latency_us",
                                          "server", "errors_total", "client",   "host",
                                          "idle",   "find_max",     "schedule", "connections"};

    for (size_t i = 0; i < sizeof members / sizeof *members * 4; i++) {
        json_t *json = samples[i % 4](1);
        struct page page = {0};
        char *text = NULL, error[256];
        size_t len;
        FILE *out = open_memstream(&text, &len);

        json_object_del(json, members[i / 4]);
        cr_assert_eq(page_add(&page, json, "x", error, sizeof error), SHUNT_OK);
        page_write(&page, out);
        fclose(out);
        cr_expect(!strstr(text, "nan") && !strstr(text, "inf\"") && !strstr(text, "inf "),
                  "%s without %s", json_string_value(json_object_get(json, "scenario")),
                  members[i / 4]);
        page_fini(&page);
        json_decref(json);
        free(text);
    }
}

Test(bench_page, each_comparison_is_a_part_of_its_own)
{
    json_t *run = sample_result(1);
    json_t *comparison =
        json_pack("{s:[{s:s, s:s, s:O}]}", "servers", "name", "a", "command", "c", "result", run);
    json_t *empty = json_pack("{s:[{s:s, s:n}]}", "servers", "name", "a", "result");
    struct page page = {0};
    char error[256];

    cr_expect_eq(page_add(&page, empty, "c", error, sizeof error), SHUNT_EINVAL);
    cr_expect_str_eq(error, "c: no server of this comparison has a result");
    cr_expect_eq(page_add(&page, run, "r", error, sizeof error), SHUNT_OK);
    cr_expect_eq(page_add(&page, run, "s", error, sizeof error), SHUNT_OK);
    cr_expect_eq(page_add(&page, comparison, "c", error, sizeof error), SHUNT_OK);
    cr_expect_eq(page_add(&page, comparison, "d", error, sizeof error), SHUNT_OK);
    cr_expect_eq(page_add(&page, empty, "e", error, sizeof error), SHUNT_EINVAL);
    cr_assert_eq(page.count, 3);
    cr_expect_eq(page.parts[0].count, 2);
    cr_expect_eq(page.parts[1].count, 1);
    page_fini(&page);
    json_decref(run);
    json_decref(comparison);
    json_decref(empty);
}

Test(bench_page, text_has_the_curves_of_a_run_and_its_phases)
{
    char *text = page_text(1);

    /* Percentiles, two phases, rate, errors, CPU and memory, each for two widths. */
    cr_expect_eq(occurrences(text, "class=\"curve"), 14);
    cr_expect_eq(occurrences(text, "<svg"), occurrences(text, "</svg>"));
    cr_expect_eq(occurrences(text, "class=\"over\" data-name=\"p50\""), 2);
    free(text);
}
