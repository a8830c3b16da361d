/* Nothing where the CPU is another one. */
#include "mask.h"
#include "utf8_table.h"
#include "vector.h"

#ifdef __x86_64__

#include <immintrin.h>

#define UTF8_TARGET __attribute__((target("avx2")))
#define UTF8_BYTES  32

typedef __m256i utf8_vector;

#define UTF8_UNIT static inline __attribute__((always_inline)) UTF8_TARGET

UTF8_UNIT utf8_vector utf8_load(const uint8_t *at)
{
    return _mm256_loadu_si256((const void *)at);
}

UTF8_UNIT utf8_vector utf8_or(utf8_vector a, utf8_vector b)
{
    return _mm256_or_si256(a, b);
}

UTF8_UNIT int utf8_ascii(utf8_vector bytes)
{
    return _mm256_movemask_epi8(bytes) == 0;
}

UTF8_UNIT int utf8_any(utf8_vector wrong)
{
    return !_mm256_testz_si256(wrong, wrong);
}

UTF8_UNIT utf8_vector utf8_high(utf8_vector bytes)
{
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
}

UTF8_UNIT utf8_vector utf8_find(const uint8_t table[16], utf8_vector halves)
{
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_load_si128((const void *)table)),
                               halves);
}

UTF8_UNIT utf8_vector utf8_wrong(utf8_vector now, utf8_vector one, utf8_vector two,
                                 utf8_vector three)
{
    utf8_vector by_high = utf8_find(utf8_first_high, utf8_high(one));
    utf8_vector by_low = utf8_find(utf8_first_low, _mm256_and_si256(one, _mm256_set1_epi8(15)));
    utf8_vector by_second = utf8_find(utf8_second_high, utf8_high(now));
    utf8_vector third = _mm256_subs_epu8(two, _mm256_set1_epi8(0xe0 - 0x80));
    utf8_vector fourth = _mm256_subs_epu8(three, _mm256_set1_epi8(0xf0 - 0x80));
    utf8_vector pairs =
        _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)UTF8_PAIR));

    return _mm256_xor_si256(_mm256_and_si256(_mm256_and_si256(by_high, by_low), by_second), pairs);
}

#include "utf8_walk.h"

UTF8_TARGET static size_t utf8(const uint8_t *bytes, size_t len)
{
    return utf8_walk(bytes, len);
}

UTF8_UNIT void unmask_at(uint8_t *at, utf8_vector mask)
{
    _mm256_storeu_si256((void *)at, _mm256_xor_si256(utf8_load(at), mask));
}

UTF8_TARGET static void unmask(uint8_t *bytes, size_t len, uint64_t mask)
{
    const utf8_vector all = _mm256_set1_epi64x((long long)mask);

    for (; len >= 4 * UTF8_BYTES; bytes += 4 * UTF8_BYTES, len -= 4 * UTF8_BYTES) {
        for (size_t j = 0; j < 4; j++) {
            unmask_at(bytes + j * UTF8_BYTES, all);
        }
    }
    for (; len >= UTF8_BYTES; bytes += UTF8_BYTES, len -= UTF8_BYTES) {
        unmask_at(bytes, all);
    }
    websocket_unmask_plain(bytes, len, mask);
}

const struct websocket_vector websocket_vector_avx2 = {"avx2", unmask, utf8};

#endif
