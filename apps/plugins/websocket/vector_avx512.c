/* Nothing where the CPU is another one. */
#include "mask.h"
#include "utf8_table.h"
#include "vector.h"

#ifdef __x86_64__

#include <immintrin.h>

#define UTF8_TARGET __attribute__((target("avx512f,avx512bw")))
#define UTF8_BYTES  64

typedef __m512i utf8_vector;

#define UTF8_UNIT static inline __attribute__((always_inline)) UTF8_TARGET

UTF8_UNIT utf8_vector utf8_load(const uint8_t *at)
{
    return _mm512_loadu_si512(at);
}

UTF8_UNIT utf8_vector utf8_or(utf8_vector a, utf8_vector b)
{
    return _mm512_or_si512(a, b);
}

UTF8_UNIT int utf8_ascii(utf8_vector bytes)
{
    return _mm512_movepi8_mask(bytes) == 0;
}

UTF8_UNIT int utf8_any(utf8_vector wrong)
{
    return _mm512_test_epi8_mask(wrong, wrong) != 0;
}

UTF8_UNIT utf8_vector utf8_high(utf8_vector bytes)
{
    return _mm512_and_si512(_mm512_srli_epi16(bytes, 4), _mm512_set1_epi8(15));
}

UTF8_UNIT utf8_vector utf8_find(const uint8_t table[16], utf8_vector halves)
{
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_load_si128((const void *)table)), halves);
}

UTF8_UNIT utf8_vector utf8_wrong(utf8_vector now, utf8_vector one, utf8_vector two,
                                 utf8_vector three)
{
    utf8_vector by_high = utf8_find(utf8_first_high, utf8_high(one));
    utf8_vector by_low = utf8_find(utf8_first_low, _mm512_and_si512(one, _mm512_set1_epi8(15)));
    utf8_vector by_second = utf8_find(utf8_second_high, utf8_high(now));
    utf8_vector third = _mm512_subs_epu8(two, _mm512_set1_epi8(0xe0 - 0x80));
    utf8_vector fourth = _mm512_subs_epu8(three, _mm512_set1_epi8(0xf0 - 0x80));
    utf8_vector pairs =
        _mm512_and_si512(_mm512_or_si512(third, fourth), _mm512_set1_epi8((char)UTF8_PAIR));

    return _mm512_xor_si512(_mm512_and_si512(_mm512_and_si512(by_high, by_low), by_second), pairs);
}

#include "utf8_walk.h"

UTF8_TARGET static size_t utf8(const uint8_t *bytes, size_t len)
{
    return utf8_walk(bytes, len);
}

UTF8_UNIT void unmask_at(uint8_t *at, utf8_vector mask, __mmask64 there)
{
    _mm512_mask_storeu_epi8(at, there, _mm512_xor_si512(_mm512_maskz_loadu_epi8(there, at), mask));
}

/* Stores that cross a cache line cost twice, so whole vectors begin at the first line. */
UTF8_TARGET static void unmask(uint8_t *bytes, size_t len, uint64_t mask)
{
    size_t front = -(uintptr_t)bytes & (UTF8_BYTES - 1);
    utf8_vector all = _mm512_set1_epi64((long long)mask);

    front = front < len ? front : len;
    unmask_at(bytes, all, ((__mmask64)1 << front) - 1);
    bytes += front;
    len -= front;
    mask = mask >> (front % 4 * 8) | mask << ((8 - front % 4) % 8 * 8);
    all = _mm512_set1_epi64((long long)mask);
    for (; len >= UTF8_BYTES; bytes += UTF8_BYTES, len -= UTF8_BYTES) {
        _mm512_store_si512(bytes, _mm512_xor_si512(_mm512_load_si512(bytes), all));
    }
    unmask_at(bytes, all, ((__mmask64)1 << len) - 1);
}

const struct websocket_vector websocket_vector_avx512 = {"avx512", unmask, utf8};

#endif
