/* The time that this program's own parser needs for a head, variant by variant. */
#ifndef BENCH_PARSE_MEASURE_H
#define BENCH_PARSE_MEASURE_H

#include "parse_heads.h"

#include "base/histogram.h"
#include "http/variant.h"
#include <stdbool.h>

struct parse_timing {
    const struct http_variant *variant;
    struct histogram times_ps; /* large; a head's share of each batch, in picoseconds */
    uint64_t completed;        /* heads */
    double seconds;            /* in which they were */
};

/*
 * Parse `head` again and again for `duration_s`, the variants of `timings` in turns, so that what
 * else the machine does meets all of them. The rest of each timing is written. False when a variant
 * refused the head.
 */
bool parse_measure(const struct parse_head *head, double duration_s, struct parse_timing *timings,
                   size_t count);

#endif
