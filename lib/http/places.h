/* The places of the bits of a mask, for units that cannot compress bytes. */
#ifndef HTTP_PLACES_H
#define HTTP_PLACES_H

#include <stddef.h>
#include <stdint.h>

/* The place of the lowest bit, which is taken from `mask`; some place when there is none. */
static inline __attribute__((always_inline)) uint16_t http_place(uint64_t *mask, unsigned base)
{
    unsigned place = (unsigned)__builtin_ctzll(*mask | 1ull << 63);

    *mask &= *mask - 1;
    return (uint16_t)(base + place);
}

/*
 * As walk.h has it. Four are written without a loop, for few blocks of a head have more, two lines;
 * what is written behind the last place costs less than to ask each time whether there is one.
 */
static inline __attribute__((always_inline)) size_t http_block_places(uint64_t mask, unsigned base,
                                                                      uint16_t *out)
{
    const size_t count = (size_t)__builtin_popcountll(mask);

    out[0] = http_place(&mask, base);
    out[1] = http_place(&mask, base);
    out[2] = http_place(&mask, base);
    out[3] = http_place(&mask, base);
    for (size_t i = 4; i < count; i++) {
        out[i] = http_place(&mask, base);
    }
    return count;
}

#endif
