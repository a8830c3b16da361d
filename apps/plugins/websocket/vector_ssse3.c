/* Nothing where the CPU is another one. */
#include "mask.h"
#include "utf8_table.h"
#include "vector.h"

#ifdef __x86_64__

#include <immintrin.h>

#define UTF8_TARGET __attribute__((target("ssse3")))
#define UTF8_BYTES  16

typedef __m128i utf8_vector;

#define UTF8_UNIT static inline __attribute__((always_inline)) UTF8_TARGET

UTF8_UNIT utf8_vector utf8_load(const uint8_t *at)
{
    return _mm_loadu_si128((const void *)at);
}

UTF8_UNIT utf8_vector utf8_or(utf8_vector a, utf8_vector b)
{
    return _mm_or_si128(a, b);
}

UTF8_UNIT int utf8_ascii(utf8_vector bytes)
{
    return _mm_movemask_epi8(bytes) == 0;
}

UTF8_UNIT int utf8_any(utf8_vector wrong)
{
    return _mm_movemask_epi8(_mm_cmpeq_epi8(wrong, _mm_setzero_si128())) != 0xffff;
}

UTF8_UNIT utf8_vector utf8_high(utf8_vector bytes)
{
    return _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(15));
}

UTF8_UNIT utf8_vector utf8_wrong(utf8_vector now, utf8_vector one, utf8_vector two,
                                 utf8_vector three)
{
    utf8_vector by_high = _mm_shuffle_epi8(utf8_load(utf8_first_high), utf8_high(one));
    utf8_vector by_low =
        _mm_shuffle_epi8(utf8_load(utf8_first_low), _mm_and_si128(one, _mm_set1_epi8(15)));
    utf8_vector by_second = _mm_shuffle_epi8(utf8_load(utf8_second_high), utf8_high(now));
    utf8_vector third = _mm_subs_epu8(two, _mm_set1_epi8(0xe0 - 0x80));
    utf8_vector fourth = _mm_subs_epu8(three, _mm_set1_epi8(0xf0 - 0x80));
    utf8_vector pairs = _mm_and_si128(_mm_or_si128(third, fourth), _mm_set1_epi8((char)UTF8_PAIR));

    return _mm_xor_si128(_mm_and_si128(_mm_and_si128(by_high, by_low), by_second), pairs);
}

#include "utf8_walk.h"

UTF8_TARGET static size_t utf8(const uint8_t *bytes, size_t len)
{
    return utf8_walk(bytes, len);
}

const struct websocket_vector websocket_vector_ssse3 = {"ssse3", websocket_unmask_plain, utf8};

#endif
