/* 64 bytes as bit masks, with AVX2. For files that are compiled for it: walk.h has the calls. */
#ifndef HTTP_BLOCK_AVX2_H
#define HTTP_BLOCK_AVX2_H

#ifdef __AVX2__

#include "http/nibbles.h"
#include "http/places.h"

#include <immintrin.h>
#include <stddef.h>

#define HTTP_BLOCK_LEAST 32 /* an input of fewer bytes cannot be loaded */

struct http_block {
    __m256i low[2], high[2]; /* the bytes, and the bits of their high halves */
    unsigned up, drop;       /* the second half's place, and how many bits in front do not count */
};

static inline __attribute__((always_inline)) __m256i http_nibbles_load(const uint8_t table[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)table));
}

static inline __attribute__((always_inline)) struct http_block http_block_at(const char *first,
                                                                             const char *second,
                                                                             unsigned up,
                                                                             unsigned drop)
{
    struct http_block block = {.up = up, .drop = drop};
    const __m256i bits = http_nibbles_load(http_high_nibbles), half = _mm256_set1_epi8(15);

    block.low[0] = _mm256_loadu_si256((const void *)first);
    block.low[1] = _mm256_loadu_si256((const void *)second);
    for (int i = 0; i < 2; i++) {
        __m256i high = _mm256_and_si256(_mm256_srli_epi16(block.low[i], 4), half);

        block.high[i] = _mm256_shuffle_epi8(bits, high);
    }
    return block;
}

static inline __attribute__((always_inline)) struct http_block http_block_load(const char *at)
{
    return http_block_at(at, at + 32, 32, 0);
}

/* Loads that end at `end` and begin before `at`, but not before `start`. */
static inline __attribute__((always_inline)) struct http_block http_block_load_last(
    const char *start, const char *at, const char *end)
{
    if (end - start >= 64) {
        return http_block_at(end - 64, end - 32, 32, (unsigned)(at + 64 - end));
    }
    return http_block_at(start, end - 32, (unsigned)(end - start) - 32, (unsigned)(at - start));
}

static inline __attribute__((always_inline)) uint64_t http_block_in(const struct http_block *block,
                                                                    const uint8_t table[16])
{
    const __m256i nibbles = http_nibbles_load(table);
    uint64_t mask = 0;

    for (int i = 0; i < 2; i++) {
        __m256i rows = _mm256_shuffle_epi8(nibbles, block->low[i]);
        __m256i in = _mm256_cmpeq_epi8(_mm256_and_si256(rows, block->high[i]), block->high[i]);

        mask |= (uint64_t)(uint32_t)_mm256_movemask_epi8(in) << (i ? block->up : 0);
    }
    return mask >> block->drop;
}

#include "http/block_classes.h"

#endif
#endif
