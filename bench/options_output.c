#include "options_output.h"

#include <string.h>

enum { KEY_QUIET = 'q', KEY_JSON = 2000, KEY_CSV, KEY_HGRM, KEY_HTML, KEY_FAIL_IF };

static const struct argp_option list[] = {
    {NULL, 0, NULL, 0, "Output:", 4},
    {"json", KEY_JSON, "FILE", 0,
     "Write the result as JSON; '-' is standard output, and the table goes to standard error", 4},
    {"csv", KEY_CSV, "FILE", 0, "Write a row a second and one for the whole", 4},
    {"hgrm", KEY_HGRM, "FILE", 0, "Write percentiles as HdrHistogram's plotters read them", 4},
    {"html", KEY_HTML, "FILE", 0, "Write a page with the curves, one file that fetches nothing", 4},
    {"fail-if", KEY_FAIL_IF, "EXPRESSION", 0,
     "End with status 1 where 'METRIC OPERATOR VALUE' holds, as 'p99>5ms' or 'errors>0.1%'; may be "
     "given several times. " THRESHOLD_HELP,
     4},
    {"quiet", KEY_QUIET, NULL, 0, "No progress while it runs, and no histogram in the table", 4},
    {NULL, 0, NULL, 0, NULL, 0},
};

const char *options_file(struct argp_state *state, const char *name, const char *text)
{
    if (strcmp(text, "-") == 0) {
        argp_error(state, "%s: expected a file, found '-': the table is on standard output", name);
    }
    return text;
}

void options_threshold(struct argp_state *state, struct options *options, const char *text)
{
    char words[1024];
    struct error error = {.text = words, .size = sizeof words};

    if (options->threshold_count == THRESHOLDS_MAX) {
        argp_error(state, "--fail-if: no more than %d of them", THRESHOLDS_MAX);
    } else if (threshold_parse(text, &options->thresholds[options->threshold_count], &error) !=
               SHUNT_OK) {
        argp_error(state, "--fail-if: %s", words);
    } else {
        options->threshold_count++;
    }
}

void options_check_thresholds(struct argp_state *state, const struct options *options)
{
    for (size_t i = 0; i < options->threshold_count; i++) {
        const struct threshold *threshold = &options->thresholds[i];

        if (threshold_needs_pid(threshold) && !options->pid) {
            argp_error(state, "--fail-if '%s' is of --pid, which is not given", threshold->text);
        }
        if (threshold_needs_system_calls(threshold) && !options->system_calls) {
            argp_error(state, "--fail-if '%s' is of --system-calls, which is not given",
                       threshold->text);
        }
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_JSON:
        options->json_file = text;
        break;
    case KEY_CSV:
        options->outputs.csv = options_file(state, "--csv", text);
        break;
    case KEY_HGRM:
        options->outputs.hgrm = options_file(state, "--hgrm", text);
        break;
    case KEY_HTML:
        options->outputs.html = options_file(state, "--html", text);
        break;
    case KEY_FAIL_IF:
        options_threshold(state, options, text);
        break;
    case KEY_QUIET:
        options->quiet = true;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

const struct argp options_output_argp = {.options = list, .parser = parse};
