/* What a comparison has found: rounds of figures, and what they allow to say. */
#ifndef BENCH_COMPARE_OUTCOME_H
#define BENCH_COMPARE_OUTCOME_H

#include "compare/quota.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct outcome_server {
    const char *name, *command;
    /* A run's result each, NULL where it gave none. Beside its own members one has `turn`, its
     * place in its round from 1, and `quota` (turn.h). */
    json_t **rounds;
};

struct outcome {
    const struct outcome_server *servers;
    size_t server_count;
    size_t rounds;
    uint64_t seed;
    char *const *scenario;     /* its words, which end with NULL */
    json_t *notes;             /* sentences about the set-up; borrowed */
    const struct quota *quota; /* NULL: none */
};

/* The comparison; schema: bench/compare/README.md. A new reference, NULL without memory. */
json_t *outcome_json(const struct outcome *outcome);
/* For people, from what outcome_json() made. */
void outcome_table(const json_t *comparison, FILE *out);

#endif
