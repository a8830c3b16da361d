/* Which variants this CPU can run, found out once, before main(). */
#include "http/variant.h"

static const struct http_variant scalar = {"scalar", NULL};

static const struct http_variant *able[4];
static size_t able_count;
static const struct http_variant *current = &scalar;

static void add(const struct http_variant *variant)
{
    able[able_count++] = variant;
    current = variant;
}

#ifdef __x86_64__

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vbmi2");
}

#endif

__attribute__((constructor)) static void choose(void)
{
    add(&scalar);
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")) {
        add(&http_variant_sse42);
    }
    if (has_avx2()) {
        add(&http_variant_avx2);
    }
    if (has_avx512()) {
        add(&http_variant_avx512);
    }
#endif
#ifdef __aarch64__
    add(&http_variant_neon);
#endif
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
