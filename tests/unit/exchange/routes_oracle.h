/* Routes drawn at random, and a matcher that is slow and plain: it holds a path against one pattern
 * after the other. */
#ifndef UNIT_EXCHANGE_ROUTES_ORACLE_H
#define UNIT_EXCHANGE_ROUTES_ORACLE_H

#include "exchange/routes.h"

enum { ORACLE_PATH_MAX = 64 };

/* A number below `below`, the next one of `seed`. */
unsigned oracle_draw(uint64_t *seed, unsigned below);
/* A valid path of a few short segments, with parameters where `pattern`. */
void oracle_path(uint64_t *seed, bool pattern, char path[ORACLE_PATH_MAX]);
/* Does `pattern` stand for `path`? */
bool oracle_matches(const char *pattern, const char *path);
/* Is `a` more specific than `b`? Both stand for one path. */
bool oracle_before(const char *a, const char *b);

#endif
