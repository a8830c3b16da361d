/* Nothing where the CPU is another one. */
#include "http/variant.h"

#ifdef __x86_64__

#include "http/block_avx512.h"
#include "http/walk.h"

static bool accept(struct shunt_span in, const struct http_limits *limits,
                   struct shunt_field *fields, struct http_head *head, size_t *used)
{
    return http_walk(in, limits, fields, head, used);
}

const struct http_variant http_variant_avx512 = {"avx512", accept};

#endif
