/* What scenarios with a server have in common: options, a plan, a run, the report. */
#ifndef BENCH_SCENARIO_RUN_H
#define BENCH_SCENARIO_RUN_H

#include "load/load.h"
#include "report/report.h"
#include "scenario.h"

struct scenario {
    const char *name, *operation; /* for people: "handshake", "request" */
    const char *doc;              /* of argp: what it does, a vertical tab, what else to know */
    enum client_way way;
    bool upgrades;
    bool several_urls;              /* of one server, each with a weight */
    const struct argp_option *list; /* its own options, NULL: none */
    /* Take one of them, or ARGP_KEY_END to check the whole. May be NULL without `list`. */
    void (*take)(struct options *options, int key, char *text, struct argp_state *state);
    /* The messages of connections. NULL, or *talks false: nothing. */
    enum shunt_status (*talk)(const struct options *options, struct talk *talk, bool *talks);
    /* Instead of the measured window: NULL. As scenario_measure() below. */
    int (*measure)(const struct scenario *scenario, const struct options *options,
                   const struct client_plan *plan, FILE *json_file);
};

/* The result is the exit status of the program. */
int scenario_run(const struct scenario *scenario, int argc, char **argv, int whole_argc,
                 char **whole_argv);

/* For `measure`. */
int scenario_complain(const char *sentence);
/* One run of the load and its report. */
int scenario_measure(const struct scenario *scenario, const struct options *options,
                     const struct client_plan *plan, FILE *json_file);
/* `measure` of the scenario, or scenario_measure(), with the files that `options` name. */
typedef int scenario_step(const struct scenario *scenario, const struct options *options,
                          struct client_plan *plan);
scenario_step scenario_measure_into_files;
/* Make the requests that `options` ask for, give them to the plan, and go on with `then`. */
int scenario_with_requests(const struct scenario *scenario, const struct options *options,
                           struct client_plan *plan, scenario_step *then);
/* The table and the files. `more`, maybe NULL, are members to add to the JSON; it is released. */
int scenario_print(const struct report *report, json_t *more, FILE *json_file);
/* A report of `result`, in open loop when the plan has a rate. */
void scenario_report(const struct scenario *scenario, const struct options *options,
                     const struct client_plan *plan, const struct load_result *result,
                     struct report *report);

#endif
