#include "page/page.h"

#include "page/chart.h"
#include "page/comparison.h"
#include "page/figures.h"
#include "page/style.h"
#include "page/words.h"

#include <stdlib.h>
#include <string.h>

static struct page_part *new_part(struct page *page)
{
    struct page_part *grown = reallocarray(page->parts, page->count + 1, sizeof *grown);

    if (!grown) {
        return NULL;
    }
    page->parts = grown;
    page->parts[page->count] = (struct page_part){0};
    return &page->parts[page->count++];
}

static void part_fini(struct page_part *part)
{
    while (part->count > 0) {
        result_fini(&part->results[--part->count]);
    }
    free(part->results);
    json_decref(part->comparison);
}

static enum shunt_status add_result(struct page_part *part, json_t *json, const char *name,
                                    char *error, size_t error_size)
{
    struct result *grown =
        part ? reallocarray(part->results, part->count + 1, sizeof *grown) : NULL;

    if (!grown) {
        snprintf(error, error_size, "%s: no memory", name);
        return SHUNT_ENOMEM;
    }
    part->results = grown;
    enum shunt_status status =
        result_init(json, name, &part->results[part->count], error, error_size);

    part->count += status == SHUNT_OK;
    return status;
}

/* The servers of a comparison that have a result: one that never ran has none. */
static enum shunt_status add_comparison(struct page_part *part, json_t *json, const char *name,
                                        char *error, size_t error_size)
{
    const json_t *servers = json_object_get(json, "servers");
    enum shunt_status status = SHUNT_OK;

    for (size_t i = 0; status == SHUNT_OK && i < json_array_size(servers); i++) {
        const json_t *server = json_array_get(servers, i);
        json_t *run = comparison_run(server);
        const char *server_name = json_string_value(json_object_get(server, "name"));

        if (run && server_name) {
            status = add_result(part, run, server_name, error, error_size);
        }
        json_decref(run);
    }
    if (status == SHUNT_OK && part && part->count == 0) {
        snprintf(error, error_size, "%s: no server of this comparison has a result", name);
        status = SHUNT_EINVAL;
    }
    if (status == SHUNT_OK && part) {
        part->comparison = json_incref(json);
    }
    return status;
}

enum shunt_status page_add(struct page *page, json_t *json, const char *name, char *error,
                           size_t error_size)
{
    bool comparison = json_is_array(json_object_get(json, "servers"));
    struct page_part *last = page->count ? &page->parts[page->count - 1] : NULL;
    bool joins = !comparison && last && !last->comparison;
    struct page_part *part = joins ? last : new_part(page);
    enum shunt_status status = comparison ? add_comparison(part, json, name, error, error_size)
                                          : add_result(part, json, name, error, error_size);

    if (status != SHUNT_OK && part && !joins) {
        part_fini(part);
        page->count--;
    }
    return status;
}

void page_fini(struct page *page)
{
    while (page->count > 0) {
        part_fini(&page->parts[--page->count]);
    }
    free(page->parts);
    *page = (struct page){0};
}

/* "handshake" begins a headline. */
static void scenario(const struct result *result, FILE *out)
{
    char name[64];

    snprintf(name, sizeof name, "%s", result_text(result, "scenario"));
    if (strcmp(name, "http") == 0) {
        strcpy(name, "HTTP");
    } else if (name[0] >= 'a' && name[0] <= 'z') {
        name[0] = (char)(name[0] - 'a' + 'A');
    }
    chart_escape(out, name);
}

static void title(const struct page_part *part, FILE *out)
{
    const struct result *first = &part->results[0];
    const char *url = result_text(first, "url");

    if (!words_one_scenario(part->results, part->count)) {
        fprintf(out, "%zu runs compared", part->count);
        return;
    }
    scenario(first, out);
    if (part->count == 1 && !part->comparison) {
        fputs(" of ", out);
        chart_escape(out, *url ? url : first->name);
    } else {
        fprintf(out, ": %zu compared", part->count);
    }
}

static void head(const struct page *page, FILE *out)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          out);
    title(&page->parts[0], out);
    fprintf(out, "</title>\n<style>\n%s%s%s%s</style>\n</head>\n<body>\n<main>\n", style_colours,
            style_sheet, style_sizes, style_charts);
}

/* The scenario and what it was run against, and in one line where and when. */
static void heading(const struct page_part *part, FILE *out)
{
    const struct result *first = &part->results[0];

    fputs("<h1>", out);
    title(part, out);
    fputs("</h1>\n<p class=\"soft\">", out);
    chart_escape(out, result_text(first, "host.name"));
    fputs(", Linux ", out);
    chart_escape(out, result_text(first, "host.kernel"));
    fputs(", ", out);
    chart_escape(out, result_text(first, "started_at"));
    fputs("</p>\n", out);
}

static bool is_of(const struct page_part *part, const char *scenario)
{
    return strcmp(result_text(&part->results[0], "scenario"), scenario) == 0;
}

static void write_part(const struct page_part *part, FILE *out)
{
    struct figures figures = {out, part->results, part->count};

    heading(part, out);
    if (part->comparison) {
        comparison_write(part->comparison, out);
    } else {
        words_warnings(part, out);
        if (part->count == 1) {
            words_tiles(&part->results[0], out);
        } else {
            words_table(part, out);
        }
    }
    figure_search(&figures);
    figure_held(&figures);
    figure_percentiles(&figures, is_of(part, "idle") ? "Establishing, by percentile"
                                                     : "Latency by percentile");
    figure_phases(&figures);
    if (figures_have_time(&figures)) {
        figure_heat(&figures);
        figure_rate(&figures);
        if (is_of(part, "churn")) {
            figure_population(&figures);
        }
        figure_errors(&figures);
        figure_cpu(&figures);
        figure_memory(&figures);
    }
    words_setup(part, out);
}

void page_write(const struct page *page, FILE *out)
{
    head(page, out);
    for (size_t i = 0; i < page->count; i++) {
        write_part(&page->parts[i], out);
    }
    fprintf(out, "</main>\n<script>\n%s</script>\n</body>\n</html>\n", style_script);
}
