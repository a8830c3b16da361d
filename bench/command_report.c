/* shunt-bench report: pages and tables from results that were kept. */
#include "command_report.h"

#include "page/drawing.h"
#include "page/page.h"
#include "report/outputs.h"
#include "scenario.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

enum key { KEY_HTML = 256, KEY_CSV, KEY_HGRM, KEY_SVG, KEY_CHART };

static const char doc[] =
    "Draw results that --json wrote. Several runs are drawn on the same axes, the first one is "
    "what ratios are to; each comparison is a part of its own.\v"
    "Example:\n  shunt-bench report before.json after.json --html change.html";

static const struct argp_option list[] = {
    {"html", KEY_HTML, "FILE", 0, "One page that fetches nothing; '-' is standard output", 1},
    {"csv", KEY_CSV, "FILE", 0, "A row a second and one for the whole (one result only)", 1},
    {"hgrm", KEY_HGRM, "FILE", 0,
     "Percentiles as HdrHistogram's plotters read them (one result only)", 1},
    {"svg", KEY_SVG, "FILE", 0,
     "One drawing that stands alone, for a README, in light and dark; '-' is standard output", 1},
    {"chart", KEY_CHART, "KIND", 0,
     "What --svg draws: latency, by percentile, or of a comparison, as bars, " DRAWING_CHARTS
     " (latency, of a comparison cpu)",
     1},
    {NULL, 0, NULL, 0, NULL, 0},
};

struct request {
    struct report_outputs outputs;
    char **files; /* room for all arguments */
    size_t count;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct request *request = state->input;

    switch (key) {
    case KEY_HTML:
        request->outputs.html = text;
        break;
    case KEY_CSV:
        request->outputs.csv = text;
        break;
    case KEY_HGRM:
        request->outputs.hgrm = text;
        break;
    case KEY_SVG:
        request->outputs.svg = text;
        break;
    case KEY_CHART:
        if (!drawing_known(text)) {
            argp_error(state, "--chart: expected latency, " DRAWING_CHARTS ", found '%s'", text);
        }
        request->outputs.chart = text;
        break;
    case ARGP_KEY_ARG:
        request->files[request->count++] = text;
        break;
    case ARGP_KEY_END:
        if (request->count == 0) {
            argp_error(state, "the result's file is missing");
        }
        if (!request->outputs.html && !request->outputs.csv && !request->outputs.hgrm &&
            !request->outputs.svg) {
            argp_error(state, "nothing to write: give --html, --svg, --csv or --hgrm");
        }
        if (request->outputs.chart && !request->outputs.svg) {
            argp_error(state, "--chart is of --svg, which is not given");
        }
        if (request->count > 1 && (request->outputs.csv || request->outputs.hgrm)) {
            argp_error(state, "--csv and --hgrm take one result, found %zu", request->count);
        }
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static int complain(const char *sentence)
{
    fprintf(stderr, "shunt-bench: %s\n", sentence);
    return BENCH_FAILED;
}

/* "results/epoll.json" is "epoll". */
static void name_of(const char *file, char *name, size_t room)
{
    const char *slash = strrchr(file, '/'), *from = slash ? slash + 1 : file;
    const char *dot = strrchr(from, '.');
    size_t len = dot && dot != from ? (size_t)(dot - from) : strlen(from);

    snprintf(name, room, "%.*s", (int)len, from);
}

static json_t *load(const char *file, struct error *error)
{
    json_error_t why;
    json_t *json = json_load_file(file, 0, &why);

    if (!json) {
        error_set(error, SHUNT_EINVAL, "%s:%d: %s", file, why.line, why.text);
    }
    return json;
}

static int run(const struct request *request, struct page *page)
{
    char words[512], name[256];
    struct error error = {.text = words, .size = sizeof words};

    for (size_t i = 0; i < request->count; i++) {
        json_t *json = load(request->files[i], &error);

        if (!json) {
            return complain(words);
        }
        name_of(request->files[i], name, sizeof name);
        enum shunt_status status = page_add(page, json, name, &error);

        json_decref(json);
        if (status != SHUNT_OK) {
            return complain(words);
        }
    }
    if (report_outputs_write_page(&request->outputs, page, &error) != 0) {
        return complain(words);
    }
    return BENCH_DONE;
}

int command_report(int argc, char **argv, int whole_argc, char **whole_argv)
{
    const struct argp argp = {
        .options = list, .parser = parse, .args_doc = "FILE.json...", .doc = doc};
    struct request request = {.files = calloc((size_t)argc, sizeof *request.files)};
    struct page page = {0};
    int status = BENCH_USAGE;

    (void)whole_argc;
    (void)whole_argv;
    if (request.files && argp_parse(&argp, argc, argv, 0, NULL, &request) == 0) {
        status = run(&request, &page);
    }
    page_fini(&page);
    free(request.files);
    return status;
}
