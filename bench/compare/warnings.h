/* What to know of a server before its figures are believed. */
#ifndef BENCH_COMPARE_WARNINGS_H
#define BENCH_COMPARE_WARNINGS_H

#include <jansson.h>

/* Sentences, from the server's part of a comparison. A new reference, NULL without memory. */
json_t *warnings_of(const json_t *server);
/* "412 errors: 400 reset, 12 wrong status", or "", of a run or what looks like one. */
void warnings_errors(const json_t *run, char *text, size_t room);
/* Did it use what its quota gave it? JSON's null when that is not known. */
json_t *warnings_quota_reached(const json_t *server);

#endif
