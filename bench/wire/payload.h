/* What messages carry: the same in every run, so that runs can be compared. Pure. */
#ifndef BENCH_WIRE_PAYLOAD_H
#define BENCH_WIRE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>

enum payload_kind {
    PAYLOAD_TEXT,   /* words with the frequencies of a language: compresses as chat does */
    PAYLOAD_RANDOM, /* bytes that do not compress */
};

/* "text", "random". */
const char *payload_name(enum payload_kind kind);
/* The kind of that name. False: there is none. */
bool payload_find(const char *name, enum payload_kind *kind);
/* No part of it repeats at a fixed distance, so that a shifted echo is seen. */
void payload_fill(enum payload_kind kind, char *out, size_t len);

#endif
