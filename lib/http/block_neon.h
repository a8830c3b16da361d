/* 64 bytes as bit masks, with NEON, which every arm64 CPU has: walk.h has the calls. */
#ifndef HTTP_BLOCK_NEON_H
#define HTTP_BLOCK_NEON_H

#if defined(__aarch64__) && defined(__ARM_NEON)

#include "http/nibbles.h"
#include "http/places.h"

#include <arm_neon.h>
#include <stddef.h>

#define HTTP_BLOCK_LEAST 16 /* an input of fewer bytes cannot be loaded */

struct http_block {
    uint8x16_t low[4], high[4]; /* the bytes, and the bits of their high halves */
    unsigned up[4], drop;       /* the place of each, and how many bits in front do not count */
};

/* Part number i of the `len` bytes at `at`. */
static inline __attribute__((always_inline)) void http_part_load(struct http_block *block, int i,
                                                                 const char *at, unsigned len)
{
    const unsigned usual = 16 * (unsigned)i, up = usual < len - 16 ? usual : len - 16;

    block->up[i] = up;
    block->low[i] = vld1q_u8((const uint8_t *)at + up);
    block->high[i] = vqtbl1q_u8(vld1q_u8(http_high_nibbles), vshrq_n_u8(block->low[i], 4));
}

#include "http/block_parts.h"

/* The byte's bit of eight where it is in the class. A byte that is not ASCII is in none. */
static inline __attribute__((always_inline)) uint8x16_t http_part_in(const struct http_block *block,
                                                                     int i, uint8x16_t nibbles)
{
    static const uint8_t bits[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t rows = vqtbl1q_u8(nibbles, vandq_u8(block->low[i], vdupq_n_u8(0x8f)));

    return vandq_u8(vtstq_u8(rows, block->high[i]), vld1q_u8(bits));
}

static inline __attribute__((always_inline)) uint64_t http_block_in(const struct http_block *block,
                                                                    const uint8_t table[16])
{
    const uint8x16_t nibbles = vld1q_u8(table);
    uint8x16_t front = vpaddq_u8(http_part_in(block, 0, nibbles), http_part_in(block, 1, nibbles));
    uint8x16_t back = vpaddq_u8(http_part_in(block, 2, nibbles), http_part_in(block, 3, nibbles));
    uint8x16_t sum = vpaddq_u8(front, back);
    uint64_t mask = vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);

    if (block->up[3] != 48) { /* the parts overlap */
        mask = (mask & 0xffff) << block->up[0] | (mask >> 16 & 0xffff) << block->up[1] |
               (mask >> 32 & 0xffff) << block->up[2] | mask >> 48 << block->up[3];
    }
    return mask >> block->drop;
}

#include "http/block_classes.h"

#endif
#endif
