/* Ways to parse a request head that differ in speed and in nothing else. */
#ifndef HTTP_VARIANT_H
#define HTTP_VARIANT_H

#include "http/head.h"

struct http_variant {
    const char *name; /* "scalar", or the vector unit that it needs */
    /*
     * Parse a head that is whole and right: in, fields, head and used as for http_head_parse().
     * False, with nothing written but `fields`: the head is incomplete, wrong or unusual, and the
     * scalar parser has the verdict. NULL: the scalar parser has every verdict.
     */
    bool (*accept)(struct shunt_span in, const struct http_limits *limits,
                   struct shunt_field *fields, struct http_head *head, size_t *used);
};

/* One a file, which is compiled for its vector unit; where no CPU can have that there is nothing. */
extern const struct http_variant http_variant_sse42;
extern const struct http_variant http_variant_avx2;
extern const struct http_variant http_variant_avx512;
extern const struct http_variant http_variant_neon;

/* Those that this CPU can run, the slowest ("scalar") first; static. */
const struct http_variant *const *http_variants(size_t *count);

/* The one that http_head_parse() uses: the fastest, from the start of the program. */
const struct http_variant *http_variant(void);
/* Use another one of http_variants(): for tests and measurements, while nobody parses. */
void http_variant_set(const struct http_variant *variant);

#endif
