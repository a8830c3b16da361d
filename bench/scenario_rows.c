#include "scenario_rows.h"

#include "options.h"
#include "report/environment.h"
#include "scenario_run.h"

#include <string.h>

enum { KEY_DURATION = 'd', KEY_JSON = 2000 };

static const struct argp_option list[] = {
    {"duration", KEY_DURATION, "TIME", 0, "For each row of the result (1s)", 0},
    {"json", KEY_JSON, "FILE", 0, "Write the result as JSON; '-' is standard output", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t take(int key, char *text, struct argp_state *state)
{
    struct scenario_rows *rows = state->input;

    switch (key) {
    case KEY_DURATION:
        rows->duration_s = options_seconds(state, "--duration", text, 0.01, 3600);
        return 0;
    case KEY_JSON:
        rows->json_file = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp scenario_rows_argp = {.options = list, .parser = take};

static bool on_stdout(const struct scenario_rows *rows)
{
    return rows->json_file && strcmp(rows->json_file, "-") == 0;
}

void scenario_rows_begin(struct scenario_rows *rows, const char *scenario)
{
    rows->out = on_stdout(rows) ? stderr : stdout;
    rows->whole = json_pack("{s:i, s:s, s:o, s:[]}", "schema", REPORT_SCHEMA, "scenario", scenario,
                            "environment", report_environment(), "rows");
}

static int rows_write(const struct scenario_rows *rows)
{
    if (!rows->json_file) {
        return BENCH_DONE;
    }
    return (on_stdout(rows) ? json_dumpf(rows->whole, stdout, JSON_INDENT(2))
                            : json_dump_file(rows->whole, rows->json_file, JSON_INDENT(2))) == 0
               ? BENCH_DONE
               : scenario_complain("the JSON could not be written");
}

int scenario_rows_end(struct scenario_rows *rows, int status)
{
    if (status == BENCH_DONE) {
        status = rows_write(rows);
    }
    json_decref(rows->whole);
    return status;
}
