/* Request heads to parse: some that are always there, and those of files. */
#ifndef BENCH_PARSE_HEADS_H
#define BENCH_PARSE_HEADS_H

#include <shunt/span.h>
#include <stddef.h>

struct parse_head {
    const char *name;
    struct shunt_span bytes; /* the head and nothing behind it */
};

extern const struct parse_head parse_heads[];
extern const size_t parse_head_count;

/*
 * The head at the front of the file `name`, which the result borrows; its bytes stay for the rest
 * of the program. NULL, or why there is none, static.
 */
const char *parse_head_read(const char *name, struct parse_head *head);

#endif
