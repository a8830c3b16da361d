/* Request heads in memory, no socket: what the parser alone costs. */
#include "scenario_run.h"

#include "parse_measure.h"

#include "report/text.h"
#include "scenario_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_VARIANT = 1000 };

static const struct argp_option list[] = {
    {"variant", KEY_VARIANT, "NAME", 0, "This variant of the parser alone (all in turns)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

struct parse_options {
    struct scenario_rows rows;
    struct parse_timing *timings; /* of the variants to measure, the one in use last */
    size_t timing_count;
    struct parse_head *files;
    size_t file_count;
};

static void choose_variant(struct parse_options *options, const char *name,
                           struct argp_state *state)
{
    for (size_t i = 0; i < options->timing_count; i++) {
        if (strcmp(options->timings[i].variant->name, name) == 0) {
            options->timings[0].variant = options->timings[i].variant;
            options->timing_count = 1;
            return;
        }
    }
    argp_error(state, "--variant: this CPU has no '%s'", name);
}

static void add_file(struct parse_options *options, const char *name, struct argp_state *state)
{
    const char *error;

    options->files = reallocarray(options->files, options->file_count + 1, sizeof *options->files);
    if (!options->files) {
        argp_failure(state, BENCH_FAILED, ENOMEM, "%s", name);
        return;
    }
    error = parse_head_read(name, &options->files[options->file_count++]);
    if (error) {
        argp_failure(state, BENCH_USAGE, 0, "%s: %s", name, error);
    }
}

static error_t take(int key, char *text, struct argp_state *state)
{
    struct parse_options *options = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->rows;
        return 0;
    case KEY_VARIANT:
        choose_variant(options, text, state);
        return 0;
    case ARGP_KEY_ARG:
        add_file(options, text, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static double ns_at(const struct parse_timing *timing, double quantile)
{
    return (double)histogram_quantile(&timing->times_ps, quantile) / 1e3;
}

static double ns_best(const struct parse_timing *timing)
{
    return (double)histogram_min(&timing->times_ps) / 1e3;
}

static json_t *row_of(const struct parse_head *head, const struct parse_timing *timing)
{
    return json_pack("{s:s, s:I, s:s, s:f, s:f}", "name", head->name, "bytes",
                     (json_int_t)head->bytes.len, "variant", timing->variant->name, "ns_best",
                     ns_best(timing), "ns_median", ns_at(timing, 0.5));
}

/* The same of the variant in use, and more of it. */
static json_t *head_of(const struct parse_head *head, const struct parse_timing *timing)
{
    double rate = (double)timing->completed / timing->seconds;

    return json_pack("{s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:f}", "head", head->name, "bytes",
                     (json_int_t)head->bytes.len, "completed", (json_int_t)timing->completed,
                     "rate_per_second", rate, "ns_min", ns_best(timing), "ns_p50",
                     ns_at(timing, 0.5), "ns_p99", ns_at(timing, 0.99), "bytes_per_second",
                     rate * (double)head->bytes.len);
}

static void print_row(const struct parse_head *head, const struct parse_timing *timing, FILE *out)
{
    double rate = (double)timing->completed / timing->seconds;
    char text[TEXT_BYTES];

    text_count(text, rate);
    fprintf(out, "  %-16s %4zu B  %-7s %12s/s  p50 %6.1f ns  best %6.1f ns  %5.2f GB/s\n",
            head->name, head->bytes.len, timing->variant->name, text, ns_at(timing, 0.5),
            ns_best(timing), rate * (double)head->bytes.len / 1e9);
}

/* Measure one head with each variant: print, and append to the JSON's lists. */
static bool measure_head(const struct parse_head *head, const struct parse_options *options)
{
    const size_t count = options->timing_count;
    json_t *whole = options->rows.whole;

    if (!parse_measure(head, options->rows.duration_s, options->timings, count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        print_row(head, &options->timings[i], options->rows.out);
        json_array_append_new(json_object_get(whole, "rows"), row_of(head, &options->timings[i]));
    }
    json_array_append_new(json_object_get(whole, "heads"),
                          head_of(head, &options->timings[count - 1]));
    return true;
}

/* The files, or where there are none the heads that are always there. */
static int measure(struct parse_options *options)
{
    const struct parse_head *heads = options->file_count ? options->files : parse_heads;
    size_t count = options->file_count ? options->file_count : parse_head_count;
    int status = BENCH_DONE;

    scenario_rows_begin(&options->rows, "parse");
    json_object_set_new(options->rows.whole, "heads", json_array());
    fprintf(options->rows.out, "parse, request heads in memory\n");
    for (size_t i = 0; i < count && status == BENCH_DONE; i++) {
        if (!measure_head(&heads[i], options)) {
            status = scenario_complain("a head that is right was refused");
        }
    }
    return scenario_rows_end(&options->rows, status);
}

int scenario_parse(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct argp_child children[] = {{&scenario_rows_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = list,
        .parser = take,
        .children = children,
        .args_doc = "[FILE...]",
        .doc = "Measure this program's own request parser in memory, one thread, no socket: each "
               "variant that this CPU has, on some usual heads or on those at the front of the "
               "FILEs. The input does not change, so branches are predicted at their best."};
    struct parse_options options = {.rows.duration_s = 1};
    const struct http_variant *const *variants = http_variants(&options.timing_count);
    int status = BENCH_USAGE;

    (void)whole_argc, (void)whole_argv;
    options.timings = calloc(options.timing_count, sizeof *options.timings);
    if (!options.timings) {
        return scenario_complain("out of memory");
    }
    for (size_t i = 0; i < options.timing_count; i++) {
        options.timings[i].variant = variants[i];
    }
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) == 0) {
        status = measure(&options);
    }
    free(options.timings);
    free(options.files);
    return status;
}
