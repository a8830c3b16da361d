#include "page/page.h"

#include "page/chart.h"
#include "page/comparison.h"
#include "page/figures.h"
#include "page/style.h"
#include "page/words.h"

#include <stdlib.h>
#include <string.h>

static enum shunt_status add_result(struct page *page, json_t *json, const char *name, char *error,
                                    size_t error_size)
{
    struct result *grown = reallocarray(page->results, page->count + 1, sizeof *grown);

    if (!grown) {
        snprintf(error, error_size, "%s: no memory", name);
        return SHUNT_ENOMEM;
    }
    page->results = grown;
    enum shunt_status status =
        result_init(json, name, &page->results[page->count], error, error_size);

    page->count += status == SHUNT_OK;
    return status;
}

/* The servers of a comparison that have a result: one that never ran has none. */
static enum shunt_status add_comparison(struct page *page, json_t *json, const char *name,
                                        char *error, size_t error_size)
{
    const json_t *servers = json_object_get(json, "servers");
    enum shunt_status status = SHUNT_OK;

    for (size_t i = 0; status == SHUNT_OK && i < json_array_size(servers); i++) {
        const json_t *server = json_array_get(servers, i);
        json_t *result = json_object_get(server, "result");
        const char *server_name = json_string_value(json_object_get(server, "name"));

        if (json_is_object(result) && server_name) {
            status = add_result(page, result, server_name, error, error_size);
        }
    }
    if (status == SHUNT_OK && page->count == 0) {
        snprintf(error, error_size, "%s: no server of this comparison has a result", name);
        status = SHUNT_EINVAL;
    }
    if (status == SHUNT_OK) {
        page->comparison = json_incref(json);
    }
    return status;
}

enum shunt_status page_add(struct page *page, json_t *json, const char *name, char *error,
                           size_t error_size)
{
    bool comparison = json_is_array(json_object_get(json, "servers"));

    if (page->comparison || (comparison && page->count > 0)) {
        snprintf(error, error_size, "%s: a comparison stands alone on its page", name);
        return SHUNT_EINVAL;
    }
    return comparison ? add_comparison(page, json, name, error, error_size)
                      : add_result(page, json, name, error, error_size);
}

void page_fini(struct page *page)
{
    while (page->count > 0) {
        result_fini(&page->results[--page->count]);
    }
    free(page->results);
    json_decref(page->comparison);
    *page = (struct page){0};
}

/* "handshake" begins a headline. */
static void scenario(const struct result *result, FILE *out)
{
    char name[64];

    snprintf(name, sizeof name, "%s", result_text(result, "scenario"));
    if (name[0] >= 'a' && name[0] <= 'z') {
        name[0] = (char)(name[0] - 'a' + 'A');
    }
    chart_escape(out, name);
}

static void head(const struct page *page, FILE *out)
{
    const struct result *first = &page->results[0];

    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          out);
    scenario(first, out);
    if (page->count == 1) {
        fputs(": ", out);
        chart_escape(out, result_text(first, "url"));
    } else {
        fprintf(out, ": %zu compared", page->count);
    }
    fprintf(out, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n<main>\n", style_sheet,
            style_charts);
}

/* The scenario and what it was run against, and in one line where and when. */
static void heading(const struct page *page, FILE *out)
{
    const struct result *first = &page->results[0];

    fputs("<h1>", out);
    scenario(first, out);
    if (page->count == 1) {
        fputs(" of ", out);
        chart_escape(out, first->name);
    } else {
        fprintf(out, ": %zu compared", page->count);
    }
    fputs("</h1>\n<p class=\"soft\">", out);
    chart_escape(out, result_text(first, "host.name"));
    fputs(", Linux ", out);
    chart_escape(out, result_text(first, "host.kernel"));
    fputs(", ", out);
    chart_escape(out, result_text(first, "started_at"));
    fputs("</p>\n", out);
}

void page_write(const struct page *page, FILE *out)
{
    struct figures figures = {out, page->results, page->count};

    head(page, out);
    heading(page, out);
    words_warnings(page, out);
    if (page->comparison) {
        comparison_write(page->comparison, out);
    }
    if (page->count == 1) {
        words_tiles(&page->results[0], out);
    } else if (!page->comparison) {
        words_table(page, out);
    }
    figure_percentiles(&figures);
    figure_phases(&figures);
    if (figures_have_time(&figures)) {
        figure_heat(&figures);
        figure_rate(&figures);
        figure_errors(&figures);
        figure_cpu(&figures);
        figure_memory(&figures);
    }
    words_setup(page, out);
    fprintf(out, "</main>\n<script>\n%s</script>\n</body>\n</html>\n", style_script);
}
