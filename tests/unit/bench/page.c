/* The page as text, and as Chromium builds it. */
#include "page/page.h"

#include "sample_result.h"
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

static size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part)) {
        count++;
    }
    return count;
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
    cr_assert_eq(page_add(&page, json, "x", error, sizeof error), SHUNT_OK);
    page_write(&page, out);
    fclose(out);
    cr_expect_not_null(strstr(text, "The client was over 90 % busy"));
    cr_expect_not_null(strstr(text, "ended early"));
    cr_expect_not_null(strstr(text, "Errors: 7 reset"));
    page_fini(&page);
    json_decref(json);
    free(text);
}

Test(bench_page, never_says_nan)
{
    static const char *const members[] = {"series", "histogram",    "phases", "latency_us",
                                          "server", "errors_total", "client", "host"};

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_t *json = sample_result(1);
        struct page page = {0};
        char *text = NULL, error[256];
        size_t len;
        FILE *out = open_memstream(&text, &len);

        json_object_del(json, members[i]);
        cr_assert_eq(page_add(&page, json, "x", error, sizeof error), SHUNT_OK);
        page_write(&page, out);
        fclose(out);
        cr_expect(!strstr(text, "nan") && !strstr(text, "inf\"") && !strstr(text, "inf "),
                  "without %s", members[i]);
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

/* --- in a browser --- */

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

/* Write the page of `runs` runs, with a script behind it that leaves in the page's title how many
 * curves there are, how long they are together, how many cells, and how far anything sticks out. */
static void write_probed(const char *file, size_t runs)
{
    char *text = page_text(runs);
    FILE *out = fopen(file, "we");

    cr_assert_not_null(out);
    fputs(text, out);
    fputs("<script>var curves=document.querySelectorAll('.curve'),length=0,heat=0;"
          "curves.forEach(function(c){length+=c.getTotalLength()});"
          "document.querySelectorAll('path[class^=h]').forEach(function(c){"
          "heat+=c.getTotalLength()});"
          "document.title='curves='+curves.length+' length='+Math.round(length)+' heat='+"
          "Math.round(heat)+' wide='+document.documentElement.scrollWidth+' tips='+"
          "document.querySelectorAll('[data-tip]').length+' end'</script>",
          out);
    fclose(out);
    free(text);
}

static void dump_dom(const char *chromium, const char *folder, const char *width, char *dom,
                     size_t room)
{
    char command[1024];

    snprintf(command, sizeof command,
             "timeout 60 %s --headless --no-sandbox --disable-gpu --no-first-run "
             "--disable-background-networking --disable-component-update --disable-sync "
             "--user-data-dir=%s/profile --window-size=%s,900 --dump-dom file://%s/page.html "
             "2>/dev/null",
             chromium, folder, width, folder);
    FILE *pipe = popen(command, "re");

    cr_assert_not_null(pipe);
    size_t len = fread(dom, 1, room - 1, pipe);

    dom[len] = '\0';
    pclose(pipe);
}

Test(bench_page, a_browser_draws_the_curves_at_both_widths, .timeout = 150)
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
    write_probed(file, 3);
    for (size_t i = 0; i < 2; i++) {
        int curves = 0, length = 0, heat = 0, wide = 0, tips = 0;

        dump_dom(chromium, folder, widths[i], dom, sizeof dom);
        const char *title = strstr(dom, "<title>curves=");

        cr_assert_not_null(title, "no title of the probe in %zu bytes", strlen(dom));
        cr_assert_eq(sscanf(title, "<title>curves=%d length=%d heat=%d wide=%d tips=%d end",
                            &curves, &length, &heat, &wide, &tips),
                     5);
        /* Three runs in percentiles, rate, errors, CPU and memory, each drawn for two widths. */
        cr_expect_eq(curves, 30);
        cr_expect_gt(length, 3000);
        cr_expect_gt(heat, 300);
        cr_expect_gt(tips, 50);
        cr_expect_leq(wide, atoi(widths[i]), "%s: it sticks out to %d", widths[i], wide);
    }
    snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_expect_eq(system(command), 0);
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
