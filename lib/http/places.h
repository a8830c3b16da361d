/* The places of the bits of a mask, four at a time: most blocks of a head have no more. */
#ifndef HTTP_PLACES_H
#define HTTP_PLACES_H

#include <stddef.h>
#include <stdint.h>

/* As walk.h has it. What is written behind the last place is no place. */
static inline __attribute__((always_inline)) size_t http_block_places(uint64_t mask, unsigned base,
                                                                      uint16_t *out)
{
    size_t count = (size_t)__builtin_popcountll(mask);

    for (size_t i = 0; i < count; i += 4) {
        for (size_t j = i; j < i + 4; j++) {
            out[j] = (uint16_t)(base + (unsigned)__builtin_ctzll(mask | 1ull << 63));
            mask &= mask - 1;
        }
    }
    return count;
}

#endif
