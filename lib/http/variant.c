/* Which variants this CPU can run, found out once, before main(). */
#include "http/variant.h"

static const struct http_variant scalar = {"scalar", NULL};

static const struct http_variant *able[1];
static size_t able_count;
static const struct http_variant *current = &scalar;

__attribute__((constructor)) static void choose(void)
{
    able[able_count++] = &scalar;
    current = able[able_count - 1];
}

const struct http_variant *const *http_variants(size_t *count)
{
    *count = able_count;
    return able;
}

const struct http_variant *http_variant(void)
{
    return current;
}

void http_variant_set(const struct http_variant *variant)
{
    current = variant;
}
