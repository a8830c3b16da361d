/* 64 bytes as bit masks, with AVX-512 VBMI2. For files that are compiled for it: walk.h has the calls. */
#ifndef HTTP_BLOCK_AVX512_H
#define HTTP_BLOCK_AVX512_H

#ifdef __AVX512VBMI2__

#include "http/bytes.h"

#include <immintrin.h>
#include <stddef.h>

#define HTTP_BLOCK_LEAST 1

struct http_block {
    __m512i classes; /* of enum http_byte_class, wrong where the byte is not ASCII */
    __mmask64 ascii;
};

static inline __attribute__((always_inline)) struct http_block http_block_of(__m512i bytes,
                                                                             __mmask64 there)
{
    const __m512i low = _mm512_loadu_si512(http_byte_classes);
    const __m512i high = _mm512_loadu_si512(http_byte_classes + 64);
    struct http_block block = {
        .classes = _mm512_permutex2var_epi8(low, bytes, high),
        .ascii = _mm512_mask_testn_epi8_mask(there, bytes, _mm512_set1_epi8((char)0x80)),
    };

    return block;
}

static inline __attribute__((always_inline)) struct http_block http_block_load(const char *at)
{
    return http_block_of(_mm512_loadu_si512(at), ~(__mmask64)0);
}

static inline __attribute__((always_inline)) struct http_block http_block_load_last(
    const char *start, const char *at, const char *end)
{
    __mmask64 there = _bzhi_u64(~0ull, (unsigned)(end - at));

    (void)start;
    return http_block_of(_mm512_maskz_loadu_epi8(there, at), there);
}

/* A mask among the integers: left to itself gcc goes on in the mask registers, which have no add. */
static inline __attribute__((always_inline)) uint64_t http_block_bits(__mmask64 mask)
{
    uint64_t bits = mask;

    __asm__("" : "+r"(bits));
    return bits;
}

static inline __attribute__((always_inline)) uint64_t http_block_in(const struct http_block *block,
                                                                    enum http_byte_class class)
{
    return http_block_bits(
        _mm512_mask_test_epi8_mask(block->ascii, block->classes, _mm512_set1_epi8((char)class)));
}

static inline __attribute__((always_inline)) uint64_t http_block_tokens(
    const struct http_block *block)
{
    return http_block_in(block, HTTP_BYTE_TOKEN);
}

static inline __attribute__((always_inline)) uint64_t http_block_controls(
    const struct http_block *block)
{
    return http_block_bits(_mm512_mask_testn_epi8_mask(block->ascii, block->classes,
                                                       _mm512_set1_epi8(HTTP_BYTE_VALUE)));
}

static inline __attribute__((always_inline)) uint64_t http_block_paths(
    const struct http_block *block)
{
    return http_block_in(block, HTTP_BYTE_PATH);
}

static inline __attribute__((always_inline)) uint64_t http_block_names(
    const struct http_block *block)
{
    return http_block_in(block, HTTP_BYTE_NAME);
}

/* 32 at once; no block of a head that is right has more, for a line has two in 4 bytes or more. */
static inline __attribute__((always_inline)) size_t http_block_places(uint64_t mask, unsigned base,
                                                                      uint16_t *out)
{
    const __m512i numbers = _mm512_set_epi8(
        63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41,
        40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18,
        17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i front = _mm512_set1_epi16((short)base);
    const size_t count = (size_t)__builtin_popcountll(mask);
    __m512i packed = _mm512_maskz_compress_epi8(mask, numbers);
    __m512i places = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(packed));

    _mm512_storeu_si512(out, _mm512_add_epi16(places, front));
    if (count > 32) {
        places = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(packed, 1));
        _mm512_storeu_si512(out + 32, _mm512_add_epi16(places, front));
    }
    return count;
}

static inline __attribute__((always_inline)) uint64_t http_block_digits(
    const struct http_block *block)
{
    return http_block_in(block, HTTP_BYTE_DIGIT);
}

#endif
#endif
