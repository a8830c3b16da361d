/* Nothing where there is no NEON. */
#include "http/variant.h"

#ifdef __aarch64__

#include "http/block_neon.h"
#include "http/walk.h"

static bool accept(struct shunt_span in, const struct http_limits *limits,
                   struct shunt_field *fields, struct http_head *head, size_t *used)
{
    return http_walk(in, limits, fields, head, used);
}

const struct http_variant http_variant_neon = {"neon", accept};

#endif
