/* Lists as fields and options have them: "a, b; c=d". Pure. */
#ifndef BENCH_WIRE_LIST_H
#define BENCH_WIRE_LIST_H

#include <shunt/span.h>

/* Without SP and HTAB at both ends. */
struct shunt_span list_trim(struct shunt_span text);
/* The next element, trimmed, maybe empty; a list has one more than separators. False, and rest->at
 * NULL, behind the last one. */
bool list_next(struct shunt_span *rest, char separator, struct shunt_span *element);
/* Does the comma-separated list hold `element`, byte for byte? */
bool list_has(struct shunt_span list, struct shunt_span element);

#endif
