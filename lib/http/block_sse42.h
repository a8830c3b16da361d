/* 64 bytes as bit masks, with SSE4.2. For files that are compiled for it: walk.h has the calls. */
#ifndef HTTP_BLOCK_SSE42_H
#define HTTP_BLOCK_SSE42_H

#ifdef __SSE4_2__

#include "http/nibbles.h"
#include "http/places.h"

#include <immintrin.h>
#include <stddef.h>

#define HTTP_BLOCK_LEAST 16 /* an input of fewer bytes cannot be loaded */

struct http_block {
    __m128i low[4], high[4]; /* the bytes, and the bits of their high halves */
    unsigned up[4], drop;    /* the place of each, and how many bits in front do not count */
};

static inline __attribute__((always_inline)) __m128i http_nibbles_load(const uint8_t table[16])
{
    return _mm_loadu_si128((const void *)table);
}

/* Part number i of the `len` bytes at `at`. */
static inline __attribute__((always_inline)) void http_part_load(struct http_block *block, int i,
                                                                 const char *at, unsigned len)
{
    const __m128i bits = http_nibbles_load(http_high_nibbles), half = _mm_set1_epi8(15);
    const unsigned usual = 16 * (unsigned)i, up = usual < len - 16 ? usual : len - 16;

    block->up[i] = up;
    block->low[i] = _mm_loadu_si128((const void *)(at + up));
    block->high[i] = _mm_shuffle_epi8(bits, _mm_and_si128(_mm_srli_epi16(block->low[i], 4), half));
}

#include "http/block_parts.h"

static inline __attribute__((always_inline)) uint64_t http_part_in(const struct http_block *block,
                                                                   int i, __m128i nibbles)
{
    __m128i rows = _mm_shuffle_epi8(nibbles, block->low[i]);
    __m128i in = _mm_cmpeq_epi8(_mm_and_si128(rows, block->high[i]), block->high[i]);

    return (uint64_t)(unsigned)_mm_movemask_epi8(in) << block->up[i];
}

static inline __attribute__((always_inline)) uint64_t http_block_in(const struct http_block *block,
                                                                    const uint8_t table[16])
{
    const __m128i nibbles = http_nibbles_load(table);

    return (http_part_in(block, 0, nibbles) | http_part_in(block, 1, nibbles) |
            http_part_in(block, 2, nibbles) | http_part_in(block, 3, nibbles)) >>
           block->drop;
}

#include "http/block_classes.h"

#endif
#endif
