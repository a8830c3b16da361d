/* What the tests of scenarios share: one is run against a chat_server, its JSON looked at. */
#ifndef UNIT_BENCH_SCENARIO_RESULT_H
#define UNIT_BENCH_SCENARIO_RESULT_H

#include "unit/bench/chat_server.h"

#include <jansson.h>

typedef int scenario_main(int argc, char **argv, int whole_argc, char **whole_argv);

/* Run a scenario for 0.3 s on `url` with more words, up to a NULL; gives its JSON. A busy machine
 * may give so short a time to nobody here: then it is run again. */
json_t *result_of(scenario_main *scenario, const char *url, const char *const *more, int want);
void url_of(const struct chat_server *server, char url[96]);
/* The member `key` as a whole number. */
long long whole(json_t *json, const char *key);
/* How many errors of `kind` there were in `phase`. */
long long error_count(json_t *json, const char *phase, const char *kind);

#endif
