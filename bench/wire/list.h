/* Comma-separated lists whose elements are compared byte for byte. Pure. */
#ifndef BENCH_WIRE_LIST_H
#define BENCH_WIRE_LIST_H

#include <shunt/span.h>

/* Does `list` hold `element`? White space around elements does not count. */
bool list_has(struct shunt_span list, struct shunt_span element);

#endif
