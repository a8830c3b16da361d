/* Times as people write them on a command line. Pure. */
#ifndef BENCH_DURATION_H
#define BENCH_DURATION_H

#include <stdbool.h>

/* "250ms", "10s", "1.5m", "2h", or a number alone, which is seconds. False: `text` is none;
 * *seconds is written only where it is one. */
bool duration_parse(const char *text, double *seconds);

#endif
