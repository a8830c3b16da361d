/*
 * UTF-8 by three look-ups for each pair of neighbouring bytes: both halves of the first and the high
 * half of the second. Each mistake that such a pair can show has a bit, each entry has the bits of
 * the mistakes that its half does not rule out, and what all three leave is a mistake for certain
 * (J. Keiser and D. Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte", 2021).
 *
 * That a third or fourth byte is a continuation no pair can show: UTF8_PAIR, its bit for two
 * continuations in a row, is right exactly there, and wrong elsewhere.
 */
#ifndef PLUGINS_WEBSOCKET_UTF8_TABLE_H
#define PLUGINS_WEBSOCKET_UTF8_TABLE_H

#include <stdint.h>

enum {
    UTF8_SHORT = 0x01,      /* a lead, and no continuation behind it */
    UTF8_LONG = 0x02,       /* ASCII, and a continuation behind it */
    UTF8_OVERLONG_2 = 0x04, /* C0, C1 */
    UTF8_OVERLONG_3 = 0x08, /* E0 80..9F */
    UTF8_SURROGATE = 0x10,  /* ED A0..BF */
    UTF8_BEYOND = 0x20,     /* F4 90..BF, and F5..FF 90..BF */
    UTF8_OVERLONG_4 = 0x40, /* F0 80..8F */
    UTF8_BEYOND_LOW = 0x40, /* F5..FF 80..8F: the same bit, as F0 is none of these */
    UTF8_PAIR = 0x80,       /* two continuations */
    UTF8_ANY = UTF8_SHORT | UTF8_LONG | UTF8_PAIR, /* whatever the first byte's low half is */
    UTF8_ABOVE = UTF8_ANY | UTF8_BEYOND | UTF8_BEYOND_LOW,
    UTF8_SECOND = UTF8_LONG | UTF8_OVERLONG_2 | UTF8_PAIR, /* of any continuation */
};

_Alignas(16) static const uint8_t utf8_first_high[16] = {
    UTF8_LONG,
    UTF8_LONG,
    UTF8_LONG,
    UTF8_LONG,
    UTF8_LONG,
    UTF8_LONG,
    UTF8_LONG,
    UTF8_LONG,
    UTF8_PAIR,
    UTF8_PAIR,
    UTF8_PAIR,
    UTF8_PAIR,
    UTF8_SHORT | UTF8_OVERLONG_2,
    UTF8_SHORT,
    UTF8_SHORT | UTF8_OVERLONG_3 | UTF8_SURROGATE,
    UTF8_SHORT | UTF8_BEYOND | UTF8_BEYOND_LOW | UTF8_OVERLONG_4,
};

_Alignas(16) static const uint8_t utf8_first_low[16] = {
    UTF8_ANY | UTF8_OVERLONG_2 | UTF8_OVERLONG_3 | UTF8_OVERLONG_4,
    UTF8_ANY | UTF8_OVERLONG_2,
    UTF8_ANY,
    UTF8_ANY,
    UTF8_ANY | UTF8_BEYOND,
    UTF8_ABOVE,
    UTF8_ABOVE,
    UTF8_ABOVE,
    UTF8_ABOVE,
    UTF8_ABOVE,
    UTF8_ABOVE,
    UTF8_ABOVE,
    UTF8_ABOVE,
    UTF8_ABOVE | UTF8_SURROGATE,
    UTF8_ABOVE,
    UTF8_ABOVE,
};

_Alignas(16) static const uint8_t utf8_second_high[16] = {
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SECOND | UTF8_OVERLONG_3 | UTF8_OVERLONG_4 | UTF8_BEYOND_LOW,
    UTF8_SECOND | UTF8_OVERLONG_3 | UTF8_BEYOND,
    UTF8_SECOND | UTF8_SURROGATE | UTF8_BEYOND,
    UTF8_SECOND | UTF8_SURROGATE | UTF8_BEYOND,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
};

#endif
