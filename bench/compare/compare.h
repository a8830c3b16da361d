/* shunt-bench compare: servers measured in turns, so that what drifts hits all of them. */
#ifndef BENCH_COMPARE_COMPARE_H
#define BENCH_COMPARE_COMPARE_H

#include "compare/outcome.h"
#include "report/outputs.h"
#include "scenario.h"

#include <stdbool.h>

struct compare_options {
    struct outcome_server *servers; /* their rounds are empty */
    size_t server_count;
    char **scenario; /* what follows "--", ends with NULL */
    uint32_t rounds;
    double quota, wait_s; /* 0: no quota */
    uint64_t seed;
    const char *json_file; /* NULL: none; "-" is standard output, and the table on standard error */
    struct report_outputs outputs;
    bool pin, quiet;
};

/* The command line; wrong ones end the program with BENCH_USAGE. False: no memory. */
bool compare_options_parse(int argc, char **argv, struct compare_options *options);
void compare_options_fini(struct compare_options *options);

/* `shunt-bench compare`: argv[0] is the name for messages. The result is the exit status. */
int command_compare(int argc, char **argv, int whole_argc, char **whole_argv);

#endif
