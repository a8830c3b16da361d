/*
 * A character class as a table that a byte shuffle looks up: for the low half of a byte, the set of
 * high halves, as bits, with which the byte is in the class. ASCII only.
 */
#ifndef HTTP_NIBBLES_H
#define HTTP_NIBBLES_H

#include "http/classes.h"

#include <stdint.h>

#define HTTP_NIBBLE(CLASS, n)                                                                      \
    (uint8_t)((CLASS(n) ? 1 : 0) | (CLASS((n) + 16) ? 2 : 0) | (CLASS((n) + 32) ? 4 : 0) |         \
              (CLASS((n) + 48) ? 8 : 0) | (CLASS((n) + 64) ? 16 : 0) |                             \
              (CLASS((n) + 80) ? 32 : 0) | (CLASS((n) + 96) ? 64 : 0) |                            \
              (CLASS((n) + 112) ? 128 : 0))
#define HTTP_NIBBLES_4(CLASS, n)                                                                   \
    HTTP_NIBBLE(CLASS, n), HTTP_NIBBLE(CLASS, (n) + 1), HTTP_NIBBLE(CLASS, (n) + 2),               \
        HTTP_NIBBLE(CLASS, (n) + 3)
#define HTTP_NIBBLES(CLASS)                                                                        \
    HTTP_NIBBLES_4(CLASS, 0), HTTP_NIBBLES_4(CLASS, 4), HTTP_NIBBLES_4(CLASS, 8),                  \
        HTTP_NIBBLES_4(CLASS, 12)

#define HTTP_CONTROL(c) (!HTTP_VALUE(c))

static const uint8_t http_token_nibbles[16] = {HTTP_NIBBLES(HTTP_TOKEN)};
static const uint8_t http_control_nibbles[16] = {HTTP_NIBBLES(HTTP_CONTROL)};
static const uint8_t http_path_nibbles[16] = {HTTP_NIBBLES(HTTP_PATH)};
static const uint8_t http_name_nibbles[16] = {HTTP_NIBBLES(HTTP_NAME)};
static const uint8_t http_digit_nibbles[16] = {HTTP_NIBBLES(HTTP_DIGIT)};
/* The bit of each high half. A byte that is not ASCII has bits that no table's answer equals. */
static const uint8_t http_high_nibbles[16] = {1,    2,    4,    8,    16,   32,   64,   128,
                                              0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

#endif
