/*
 * The path of a route: "/users/{id}/files/{rest...}". A segment is fixed bytes or a {parameter},
 * which stands for any segment that is not empty; the last one may be {the_rest...}, which stands
 * for all that is left, slashes and nothing at all included.
 */
#ifndef EXCHANGE_PATTERN_H
#define EXCHANGE_PATTERN_H

#include <shunt/span.h>
#include <stdint.h>

/* Segments of a path that has parameters. */
#define EXCHANGE_PATTERN_SEGMENTS_MAX 32

/* What was expected where `path` is none of a route; NULL: it is one. */
const char *exchange_pattern_expected(const char *path);

/* Do two paths stand for the same, whatever their parameters are called? */
bool exchange_pattern_same(const char *a, const char *b);

/* Equal for paths that are the same, and hardly ever for others: so that many are compared fast. */
uint64_t exchange_pattern_hash(const char *path);

/* Write the key of a valid path (exchange/tree.h): path.len bytes at most. Returns how many. */
size_t exchange_pattern_key(struct shunt_span path, char *key);

#endif
