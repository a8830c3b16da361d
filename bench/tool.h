/* The tools of shunt-bench that are Python: installed beside it, started as git starts its own. */
#ifndef BENCH_TOOL_H
#define BENCH_TOOL_H

#include "base/error.h"

#include <stddef.h>

/* Become the tool `name`: its arguments are this program's own file and `words`, which a NULL
 * ends. It returns only when that fails, with a sentence in `error`. */
void tool_become(const char *name, const char *const *words, struct error *error);

/* Run it, with the descriptor `input` as standard input. 0, or -1 with a sentence in `error`:
 * where it failed the last line that it wrote to standard error. */
int tool_run(const char *name, const char *const *words, int input, struct error *error);

#endif
