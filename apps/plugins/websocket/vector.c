/* Which vector units this CPU has, found out once, when the plugin is loaded. */
#include "vector.h"

#include "mask.h"

static const struct websocket_vector scalar = {"scalar", websocket_unmask_plain, NULL};

static const struct websocket_vector *able[4];
static size_t able_count;
const struct websocket_vector *websocket_vector = &scalar;

static void add(const struct websocket_vector *vector)
{
    able[able_count++] = vector;
    websocket_vector = vector;
}

__attribute__((constructor)) static void choose(void)
{
    add(&scalar);
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("ssse3")) {
        add(&websocket_vector_ssse3);
    }
    if (__builtin_cpu_supports("avx2")) {
        add(&websocket_vector_avx2);
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
        add(&websocket_vector_avx512);
    }
#endif
#ifdef __aarch64__
    add(&websocket_vector_neon);
#endif
}

const struct websocket_vector *const *websocket_vectors(size_t *count)
{
    *count = able_count;
    return able;
}

void websocket_vector_set(const struct websocket_vector *vector)
{
    websocket_vector = vector;
}
