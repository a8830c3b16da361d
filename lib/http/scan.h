/*
 * Finding the first byte that does not belong, eight bytes at a time. Nothing before `at` or from
 * `end` on is read. Exact: the byte found is the first one, whatever stands behind it.
 */
#ifndef HTTP_SCAN_H
#define HTTP_SCAN_H

#include "http/bytes.h"

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HTTP_EACH(byte) (0x0101010101010101ull * (byte))
#define HTTP_HIGH_BITS  HTTP_EACH(0x80)

/* Eight bytes with the first one lowest, so that counting trailing zeros finds the first. */
static inline uint64_t http_load8(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

/* The first byte that may not stand in a field value; `end` when all may. */
static inline const char *http_scan_value(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t word = http_load8(at);
        /* A borrow makes only bytes behind a true find look odd, and the lowest one counts. */
        uint64_t odd = ((word - HTTP_EACH(0x20)) | ((word ^ HTTP_EACH(0x7f)) - HTTP_EACH(1))) &
                       ~word & HTTP_HIGH_BITS;

        if (odd == 0) {
            at += 8;
            continue;
        }
        at += __builtin_ctzll(odd) >> 3;
        if (*at != '\t') {
            return at;
        }
        at++;
    }
    while (at < end && http_byte_is(*at, HTTP_BYTE_VALUE)) {
        at++;
    }
    return at;
}

/* The high bit of every byte of `low7` (each at most 0x7f) that lies in low..high. No carries. */
static inline uint64_t http_bytes_within(uint64_t low7, unsigned low, unsigned high)
{
    return (low7 + HTTP_EACH(0x80 - low)) & ~(low7 + HTTP_EACH(0x7f - high)) & HTTP_HIGH_BITS;
}

/* The first byte that may not stand in a token; `end` when all may. Letters and "-" go fast. */
static inline const char *http_scan_token(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t word = http_load8(at);
        uint64_t low7 = word & ~HTTP_HIGH_BITS;
        uint64_t usual = (http_bytes_within(low7 | HTTP_EACH(0x20), 'a', 'z') |
                          http_bytes_within(low7, '-', '-')) &
                         ~word;
        uint64_t other = usual ^ HTTP_HIGH_BITS;

        if (other == 0) {
            at += 8;
            continue;
        }
        at += __builtin_ctzll(other) >> 3;
        if (!http_byte_is(*at, HTTP_BYTE_TOKEN)) {
            return at;
        }
        at++;
    }
    while (at < end && http_byte_is(*at, HTTP_BYTE_TOKEN)) {
        at++;
    }
    return at;
}

#endif
