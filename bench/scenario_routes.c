/* Where requests go, in memory: what finding a route costs among few and among many. */
#include "scenario_run.h"

#include "base/clock.h"
#include "base/histogram.h"
#include "memory/routes.h"
#include "scenario_rows.h"

#include <stdlib.h>

enum { KEY_COUNT = 1000 };

static const struct argp_option list[] = {
    {"count", KEY_COUNT, "N", 0, "Routes (10, 100, 1,000 and 10,000, one after the other)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

struct routes_options {
    struct scenario_rows rows;
    uint64_t count; /* 0: the usual ones */
};

static error_t take(int key, char *text, struct argp_state *state)
{
    struct routes_options *options = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->rows;
        return 0;
    case KEY_COUNT:
        options->count = (uint64_t)options_number(state, "--count", text, 1, 1000000);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "expected no argument, found '%s'", text);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Times are in picoseconds so that nothing is rounded away. */
static bool measure(struct memory_routes *routes, double duration_s, struct histogram *times_ps)
{
    uint64_t until_ns = clock_now_ns() + (uint64_t)(duration_s * 1e9);

    do {
        uint64_t before_ns;

        memory_routes_draw(routes);
        before_ns = clock_now_ns();
        memory_routes_find(routes);
        histogram_record(times_ps, (clock_now_ns() - before_ns) * 1000 / MEMORY_ROUTES_BATCH);
        if (!memory_routes_right(routes)) {
            return false;
        }
    } while (clock_now_ns() < until_ns);
    return true;
}

/* A row of one number of routes; NULL: it could not be measured. */
static json_t *row_of(size_t count, double duration_s, FILE *out)
{
    static struct histogram times_ps;
    struct memory_routes *routes;
    double best, median;
    bool right;

    if (memory_routes_create(&routes, count) != SHUNT_OK) {
        return NULL;
    }
    histogram_reset(&times_ps);
    right = measure(routes, duration_s, &times_ps);
    memory_routes_destroy(routes);
    if (!right) {
        return NULL;
    }
    best = (double)histogram_min(&times_ps) / 1e3;
    median = (double)histogram_quantile(&times_ps, 0.5) / 1e3;
    fprintf(out, "  %7zu routes  p50 %6.1f ns  best %6.1f ns\n", count, median, best);
    return json_pack("{s:I, s:f, s:f}", "routes", (json_int_t)count, "ns_best", best, "ns_median",
                     median);
}

static int run(struct routes_options *options)
{
    static const size_t usual[] = {10, 100, 1000, 10000};
    const size_t one[] = {options->count}, *counts = options->count ? one : usual;
    const size_t total = options->count ? 1 : sizeof usual / sizeof *usual;
    struct scenario_rows *rows = &options->rows;
    int status = BENCH_DONE;

    scenario_rows_begin(rows, "routes");
    fprintf(rows->out, "routes, found in memory for requests drawn at random\n");
    for (size_t i = 0; i < total && !status; i++) {
        json_t *row = row_of(counts[i], rows->duration_s, rows->out);

        if (!row) {
            status = scenario_complain("no memory, or another route was found");
        }
        json_array_append_new(json_object_get(rows->whole, "rows"), row);
    }
    return scenario_rows_end(rows, status);
}

int scenario_routes(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct argp_child children[] = {{&scenario_rows_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = list,
        .parser = take,
        .children = children,
        .doc = "Measure how the server finds the route of a request, in memory, one thread, no "
               "socket: fixed paths, parameters and rests as a large service has them, in an order "
               "that no branch predictor knows."};
    struct routes_options options = {.rows.duration_s = 1};

    (void)whole_argc, (void)whole_argv;
    return argp_parse(&argp, argc, argv, 0, NULL, &options) == 0 ? run(&options) : BENCH_USAGE;
}
