/* Each kind of page as Chromium draws it: what is there, and that nothing sticks out. */
#include "page/page.h"

#include "unit/bench/sample_result.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS_MAX 3

/* What a probe counts: drawn for wide and for narrow windows, so most are there twice. */
struct drawn {
    int curves, tries, bounds, bars; /* exactly */
    int length, heat, tips;          /* at least: of the curves and of the heat map's cells */
};

static json_t *comparison(double factor)
{
    json_t *run = sample_result(factor);

    return json_pack(
        "{s:i, s:[], s:[{s:s, s:s, s:O, s:{s:{s:f, s:f, s:f}}, s:[{s:f}, {s:f}]}, {s:s, "
        "s:s, s:o, s:{s:{s:f, s:f, s:f, s:f, s:f, s:f, s:s}}, s:[{s:f}, {s:f}]}]}",
        "rounds", 2, "notes", "servers", "name", "one", "command", "c", "result", run, "metrics",
        "rate_per_second", "median", 100.0, "min", 90.0, "max", 110.0, "rounds", "rate_per_second",
        90.0, "rate_per_second", 110.0, "name", "two", "command", "d", "result", run, "metrics",
        "rate_per_second", "median", 200.0, "min", 190.0, "max", 210.0, "ratio", 2.0, "ratio_low",
        1.9, "ratio_high", 2.1, "verdict", "more", "rounds", "rate_per_second", 190.0,
        "rate_per_second", 210.0);
}

static const struct {
    const char *why;
    json_t *(*sample)(double factor);
    size_t runs;
    struct drawn drawn;
} rows[] = {
    /* Percentiles, two phases, rate, errors, CPU and memory. */
    {"a run", sample_result, 1, {.curves = 14, .length = 3000, .heat = 300, .tips = 50}},
    /* Without phases; percentiles, rate, errors, CPU and memory of each. */
    {"three runs", sample_result, 3, {.curves = 30, .length = 3000, .heat = 300, .tips = 50}},
    /* A run's, and the population. */
    {"churn", sample_churn, 1, {.curves = 16, .length = 3000, .heat = 300, .tips = 50}},
    /* Ping, establishing, two phases; four figures that are known and two caches. */
    {"idle", sample_idle, 1, {.curves = 8, .bars = 6, .length = 3000, .tips = 50}},
    {"three that were idle",
     sample_idle,
     3,
     {.curves = 12, .bars = 18, .length = 3000, .tips = 50}},
    /* A run's, and four crosses, which are curves; the key has one of each mark. */
    {"a search",
     sample_search,
     1,
     {.curves = 14 + 8 + 1, .tries = 12, .bounds = 2, .length = 3000, .heat = 300, .tips = 62}},
    {"two searches",
     sample_search,
     2,
     {.curves = 20 + 16 + 1, .tries = 24, .bounds = 4, .length = 3000, .heat = 300, .tips = 74}},
    {"a comparison of two", comparison, 1, {.curves = 20, .length = 3000, .heat = 300, .tips = 54}},
};

static const char *find_chromium(void)
{
    static const char *const places[] = {"/usr/bin/chromium", "/usr/bin/chromium-browser",
                                         "/usr/bin/google-chrome"};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (access(places[i], X_OK) == 0) {
            return places[i];
        }
    }
    return NULL;
}

/* Write the page of a row, with a script behind it that leaves in the page's title what it finds:
 * only what has a length, a size or a width is counted as a curve, a bar or a cell. */
static void write_probed(const char *file, size_t row, const char *url)
{
    static const char *const names[RUNS_MAX] = {"one", "<two> & \"more\"", "three"};
    struct page page = {0};
    char error[256];
    FILE *out = fopen(file, "we");

    cr_assert_not_null(out);
    for (size_t i = 0; i < rows[row].runs; i++) {
        json_t *json = rows[row].sample(1 + (double)i);

        cr_assert_not_null(json, "%s", rows[row].why);
        if (url) {
            json_object_set_new(json, "url", json_string(url));
            json_object_set_new(json, "command", json_pack("[s, s]", "shunt-bench", url));
        }
        cr_assert_eq(page_add(&page, json, names[i], error, sizeof error), SHUNT_OK);
        json_decref(json);
    }
    page_write(&page, out);
    page_fini(&page);
    fputs("<script>function all(s){return Array.from(document.querySelectorAll(s))}"
          "function sum(s){return Math.round(all(s).reduce(function(n,c){"
          "return n+c.getTotalLength()},0))}"
          "document.title='curves='+all('.curve').filter(function(c){"
          "return c.getTotalLength()>5}).length+' tries='+all('svg .try').length+"
          "' bounds='+all('[data-name=bound]').length+' bars='+all('.bars i').filter(function(b){"
          "return getComputedStyle(b).width!='1px'}).length+' length='+sum('.curve')+"
          "' heat='+sum('path[class^=h]')+' tips='+all('[data-tip]').length+"
          "' wide='+document.documentElement.scrollWidth+' end'</script>",
          out);
    fclose(out);
}

static void dump_dom(const char *chromium, const char *folder, const char *name, const char *width,
                     char *dom, size_t room)
{
    char command[1024];

    snprintf(command, sizeof command,
             "timeout 60 %s --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
             "--disable-background-networking --disable-component-update --disable-sync "
             "--user-data-dir=%s/profile --allow-file-access-from-files --window-size=%s,900 "
             "--dump-dom file://%s/%s "
             "2>/dev/null",
             chromium, folder, width, folder, name);
    FILE *pipe = popen(command, "re");

    cr_assert_not_null(pipe);
    size_t len = fread(dom, 1, room - 1, pipe);

    dom[len] = '\0';
    pclose(pipe);
}

static void check(size_t row, const char *dom, int width)
{
    const struct drawn *want = &rows[row].drawn;
    const char *why = rows[row].why, *title = strstr(dom, "<title>curves=");
    struct drawn got = {0};
    int wide = 0;

    cr_assert_not_null(title, "%s: no title of the probe in %zu bytes", why, strlen(dom));
    cr_assert_eq(sscanf(title,
                        "<title>curves=%d tries=%d bounds=%d bars=%d length=%d heat=%d tips=%d "
                        "wide=%d end",
                        &got.curves, &got.tries, &got.bounds, &got.bars, &got.length, &got.heat,
                        &got.tips, &wide),
                 8, "%s: %.200s", why, title);
    cr_expect_eq(got.curves, want->curves, "%s: %d curves", why, got.curves);
    cr_expect_eq(got.tries, want->tries, "%s: %d tries", why, got.tries);
    cr_expect_eq(got.bounds, want->bounds, "%s: %d bounds", why, got.bounds);
    cr_expect_eq(got.bars, want->bars, "%s: %d bars", why, got.bars);
    cr_expect_geq(got.length, want->length, "%s: curves of %d", why, got.length);
    cr_expect_geq(got.heat, want->heat, "%s: cells of %d", why, got.heat);
    cr_expect_geq(got.tips, want->tips, "%s: %d tips", why, got.tips);
    cr_expect_leq(wide, width, "%s: of %d it sticks out to %d", why, width, wide);
}

Test(bench_page_browser, draws_each_kind_at_both_widths, .timeout = 600)
{
    static char dom[4 << 20];
    static const char *const widths[] = {"1200", "500"};
    char folder[] = "/tmp/bench_page_XXXXXX", file[64], command[96];
    const char *chromium = find_chromium();

    if (!chromium) {
        cr_skip_test("chromium is not installed: the page was not opened");
    }
    cr_assert_not_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/page.html", folder);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        write_probed(file, row, NULL);
        for (size_t i = 0; i < 2; i++) {
            dump_dom(chromium, folder, "page.html", widths[i], dom, sizeof dom);
            check(row, dom, atoi(widths[i]));
        }
    }
    snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_expect_eq(system(command), 0);
}

/* A window of Chromium is 500 pixels wide or more, a frame in it may be as narrow as a telephone.
 */
Test(bench_page_browser, keeps_a_long_url_inside_a_page_of_360_pixels, .timeout = 600)
{
    static char dom[4 << 20], url[400] = "http://127.0.0.1:8101/";
    char folder[] = "/tmp/bench_page_XXXXXX", file[64], command[96];
    const char *chromium = find_chromium();

    if (!chromium) {
        cr_skip_test("chromium is not installed: the page was not opened");
    }
    cr_assert_not_null(mkdtemp(folder));
    memset(url + strlen(url), 'a', sizeof url - strlen(url) - 1);
    snprintf(file, sizeof file, "%s/page.html", folder);
    write_probed(file, 0, url);
    snprintf(file, sizeof file, "%s/frame.html", folder);
    FILE *frame = fopen(file, "we");

    cr_assert_not_null(frame);
    fputs("<!DOCTYPE html><title></title><iframe src=page.html width=360 height=900 "
          "style='border:0' onload='document.title=this.contentDocument.title'></iframe>",
          frame);
    fclose(frame);
    dump_dom(chromium, folder, "frame.html", "1200", dom, sizeof dom);
    check(0, dom, 360);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_expect_eq(system(command), 0);
}
