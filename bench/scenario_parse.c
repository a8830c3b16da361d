/* Request heads in memory, no socket: what the parser alone costs. */
#include "scenario_run.h"

#include "parse_measure.h"

#include "report/environment.h"
#include "report/text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_DURATION = 'd', KEY_JSON = 1000, KEY_VARIANT };

static const struct argp_option list[] = {
    {"duration", KEY_DURATION, "TIME", 0, "For each kind of head (1s)", 0},
    {"json", KEY_JSON, "FILE", 0, "Write the result as JSON; '-' is standard output", 0},
    {"variant", KEY_VARIANT, "NAME", 0, "This variant of the parser alone (all in turns)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

struct parse_options {
    double duration_s;
    const char *json_file;
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
    case KEY_DURATION:
        options->duration_s = options_seconds(state, "--duration", text, 0.01, 3600);
        return 0;
    case KEY_JSON:
        options->json_file = text;
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

static int write_rows(const struct parse_options *options, json_t *whole)
{
    bool on_stdout = options->json_file && strcmp(options->json_file, "-") == 0;

    if (!options->json_file) {
        return BENCH_DONE;
    }
    return (on_stdout ? json_dumpf(whole, stdout, JSON_INDENT(2))
                      : json_dump_file(whole, options->json_file, JSON_INDENT(2))) == 0
               ? BENCH_DONE
               : scenario_complain("the JSON could not be written");
}

/* Measure one head with each variant: print, and append to the JSON's lists. */
static bool measure_head(const struct parse_head *head, const struct parse_options *options,
                         FILE *out, json_t *whole)
{
    const size_t count = options->timing_count;

    if (!parse_measure(head, options->duration_s, options->timings, count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        print_row(head, &options->timings[i], out);
        json_array_append_new(json_object_get(whole, "rows"), row_of(head, &options->timings[i]));
    }
    json_array_append_new(json_object_get(whole, "heads"),
                          head_of(head, &options->timings[count - 1]));
    return true;
}

/* The files, or where there are none the heads that are always there. */
static int measure(const struct parse_options *options)
{
    bool on_stdout = options->json_file && strcmp(options->json_file, "-") == 0;
    FILE *out = on_stdout ? stderr : stdout;
    const struct parse_head *heads = options->file_count ? options->files : parse_heads;
    size_t count = options->file_count ? options->file_count : parse_head_count;
    json_t *whole = json_pack("{s:i, s:s, s:o, s:[], s:[]}", "schema", REPORT_SCHEMA, "scenario",
                              "parse", "environment", report_environment(), "rows", "heads");
    int status = BENCH_DONE;

    fprintf(out, "parse, request heads in memory\n");
    for (size_t i = 0; i < count && status == BENCH_DONE; i++) {
        if (!measure_head(&heads[i], options, out, whole)) {
            status = scenario_complain("a head that is right was refused");
        }
    }
    if (status == BENCH_DONE) {
        status = write_rows(options, whole);
    }
    json_decref(whole);
    return status;
}

int scenario_parse(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct argp argp = {
        .options = list,
        .parser = take,
        .args_doc = "[FILE...]",
        .doc = "Measure this program's own request parser in memory, one thread, no socket: each "
               "variant that this CPU has, on some usual heads or on those at the front of the "
               "FILEs. The input does not change, so branches are predicted at their best."};
    struct parse_options options = {.duration_s = 1};
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
