/* Drawings that stand alone, as text. */
#include "page/svg.h"

#include "unit/bench/occurrences.h"
#include "unit/bench/sample_result.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static json_t *figure(double median, double low, double high)
{
    json_t *json = json_pack("{s:f, s:f, s:f, s:f}", "median", median, "min", low, "max", high,
                             "ratio", median / 20);

    if (high > low) {
        json_object_set_new(json, "median_low", json_real(low));
        json_object_set_new(json, "median_high", json_real(high));
    }
    return json;
}

static json_t *server(const char *name, double cpu, double low, double high)
{
    return json_pack("{s:s, s:s, s:b, s:{s:o, s:o}, s:o}", "name", name, "command", "c",
                     "quota_reached", cpu < 30, "metrics", "server_cpu_us_per_op",
                     figure(cpu, low, high), "rate_per_second", figure(1e6 / cpu, 0, 0), "result",
                     sample_result(1));
}

/* Three servers, of which the last one never answered. */
static struct page comparison(void)
{
    json_t *json = json_pack("{s:i, s:{s:f}, s:[o, o, {s:s, s:n}]}", "rounds", 7, "quota", "share",
                             0.3, "servers", server("one", 20, 19, 21), server("<two>", 40, 30, 60),
                             "name", "gone", "result");
    struct page page = {0};
    char error[256];

    cr_assert_not_null(json);
    cr_assert_eq(page_add(&page, json, "x", error, sizeof error), SHUNT_OK, "%s", error);
    json_decref(json);
    return page;
}

static struct page runs(size_t count)
{
    struct page page = {0};
    char error[256];

    for (size_t i = 0; i < count; i++) {
        json_t *json = sample_result(1 + (double)i);

        cr_assert_eq(page_add(&page, json, i ? "after" : "before", error, sizeof error), SHUNT_OK);
        json_decref(json);
    }
    return page;
}

/* The drawing of `page`, which is released. */
static char *draw(struct page page, const char *chart)
{
    const struct svg svg = {&page, chart};
    char *text = NULL, error[256];
    size_t len;
    FILE *out = open_memstream(&text, &len);

    cr_assert_eq(svg_check(&svg, error, sizeof error), SHUNT_OK, "%s", error);
    svg_write(&svg, out);
    fclose(out);
    page_fini(&page);
    return text;
}

static void expect(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "no '%s' in %s", part, text);
}

Test(bench_svg, stands_alone_in_light_and_dark)
{
    static const char *const foreign[] = {"<script", "href", "url(",      "@import",
                                          "<html",   "nan",  "max-width", "<i "};
    char *texts[] = {draw(comparison(), NULL), draw(runs(2), NULL)};

    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(strncmp(texts[i], "<svg xmlns=\"http://www.w3.org/2000/svg\"", 38), 0);
        expect(texts[i], "@media (prefers-color-scheme:dark)");
        cr_expect_eq(occurrences(texts[i], "<svg"), occurrences(texts[i], "</svg>"));
        for (size_t at = 0; at < sizeof foreign / sizeof *foreign; at++) {
            cr_expect_null(strstr(texts[i], foreign[at]), "%s", foreign[at]);
        }
        free(texts[i]);
    }
}

Test(bench_svg, has_name_figure_and_whisker_at_each_bar)
{
    char *text = draw(comparison(), NULL);

    expect(text, "<title>Server CPU time a handshake</title>");
    cr_expect_eq(occurrences(text, "<rect class=\"bar\""), 2);
    cr_expect_eq(occurrences(text, "<path class=\"over\""), 2);
    expect(text, ">one</text>");
    expect(text, ">&lt;two&gt;</text>");
    expect(text, ">20.0 us</text>");
    expect(text, ">40.0 us<tspan class=\"ratio\" dx=\"8\">2.00 x</tspan>");
    expect(text, ">no result</text>");
    expect(text, "Less is better. Median of 7 interleaved rounds; whiskers: its 95 % interval. "
                 "Ratios within rounds, to one.");
    expect(text, "handshake, 64 connections, closed loop, rounds of 4 s; each server held to 30 % "
                 "of a CPU");
    free(text);
}

Test(bench_svg, a_rate_that_is_no_capacity_is_marked)
{
    char *text = draw(comparison(), "rate");

    expect(text, "<title>Handshakes a second</title>");
    expect(text, ">50,000</text>");
    expect(text, ">25,000 *<tspan");
    expect(text, "* It did not use its quota");
    expect(text, "whiskers: least and most");
    free(text);
    text = draw(comparison(), "cpu");
    cr_expect_null(strstr(text, " *"), "the CPU time an operation holds");
    free(text);
}

Test(bench_svg, of_runs_is_latency_by_percentile)
{
    char *one = draw(runs(1), NULL), *two = draw(runs(2), "latency");

    expect(one, "<title>Latency by percentile: handshake</title>");
    cr_expect_eq(occurrences(one, "class=\"curve c"), 1);
    cr_expect_eq(occurrences(two, "class=\"curve c"), 4, "two of them in the key");
    expect(two, ">after</text>");
    free(one);
    free(two);
}

Test(bench_svg, of_a_comparison_may_be_latency_too)
{
    char *text = draw(comparison(), "latency");

    cr_expect_eq(occurrences(text, "data-name=\"one\""), 1);
    cr_expect_eq(occurrences(text, "data-name=\"&lt;two&gt;\""), 1);
    free(text);
}

Test(bench_svg, says_what_cannot_be_drawn)
{
    struct page page = runs(1), two = comparison();
    struct svg svg = {&page, "rate"};
    char error[256];

    cr_expect_eq(svg_check(&svg, error, sizeof error), SHUNT_EINVAL);
    cr_expect_str_eq(error, "--chart rate is of a comparison: found runs");
    svg = (struct svg){&two, "memory"};
    cr_expect_eq(svg_check(&svg, error, sizeof error), SHUNT_EINVAL);
    cr_expect_str_eq(error, "--svg: no server of this comparison has what --chart asks for");
    json_t *json = sample_result(1);

    cr_assert_eq(page_add(&two, json, "y", error, sizeof error), SHUNT_OK);
    cr_expect_eq(svg_check(&svg, error, sizeof error), SHUNT_EINVAL);
    cr_expect_str_eq(error, "--svg draws one comparison, or runs: found 2 parts");
    cr_expect(svg_chart_known("latency") && svg_chart_known("p99") && !svg_chart_known("pie"));
    json_decref(json);
    page_fini(&page);
    page_fini(&two);
}
