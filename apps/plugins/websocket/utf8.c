/*
 * Long texts are checked by vectors (vector.h). What these leave is read here byte by byte: short
 * texts, the character that a piece ends in, and what is wrong, to find the byte that decides.
 *
 * Only the second byte of a character has bounds of its own (RFC 3629 section 4): they keep out
 * overlong forms, surrogates and what lies beyond U+10FFFF. Every later byte is 80..BF.
 */
#include "utf8.h"

#include "vector.h"

#include <string.h>

#define HIGH_BITS   UINT64_C(0x8080808080808080)
#define SMALL_BYTES 32  /* below this a call through the table costs more than it saves */
#define ASCII_BYTES 256 /* that much is looked at first: most short messages are nothing else */

/* How many leading bytes are ASCII, counted in steps of 16. */
static size_t ascii_run(const uint8_t *bytes, size_t len)
{
    size_t i = 0;

    for (; len - i >= 16; i += 16) {
        uint64_t words[2];

        memcpy(words, bytes + i, sizeof words);
        if ((words[0] | words[1]) & HIGH_BITS) {
            break;
        }
    }
    return i;
}

static bool lead(struct websocket_utf8 *text, uint8_t byte)
{
    text->low = 0x80;
    text->high = 0xbf;
    if (byte < 0x80) {
        text->missing = 0;
    } else if (byte >= 0xc2 && byte <= 0xdf) {
        text->missing = 1;
    } else if (byte >= 0xe0 && byte <= 0xef) {
        text->missing = 2;
        text->low = byte == 0xe0 ? 0xa0 : 0x80;
        text->high = byte == 0xed ? 0x9f : 0xbf;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
        text->missing = 3;
        text->low = byte == 0xf0 ? 0x90 : 0x80;
        text->high = byte == 0xf4 ? 0x8f : 0xbf;
    } else {
        return false; /* 80..C1 and F5..FF begin nothing */
    }
    return true;
}

/* Whole characters of two and three bytes, which most text beyond ASCII is made of; the rest, and
 * whatever is wrong, is left to the caller. Returns how many bytes they are. */
static size_t short_run(const uint8_t *bytes, size_t len)
{
    size_t i = 0;

    while (len - i >= 3) {
        const uint8_t *at = bytes + i;

        if (at[0] >= 0xc2 && at[0] <= 0xdf && (at[1] & 0xc0) == 0x80) {
            i += 2;
        } else if ((at[0] & 0xf0) == 0xe0 && at[0] != 0xe0 && at[0] != 0xed &&
                   (at[1] & 0xc0) == 0x80 && (at[2] & 0xc0) == 0x80) {
            i += 3;
        } else {
            break;
        }
    }
    return i;
}

/* One byte of a character. */
static bool step(struct websocket_utf8 *text, uint8_t byte)
{
    if (text->missing == 0) {
        return lead(text, byte);
    }
    if (byte < text->low || byte > text->high) {
        return false;
    }
    text->missing--;
    text->low = 0x80;
    text->high = 0xbf;
    return true;
}

bool websocket_utf8_next(struct websocket_utf8 *text, const uint8_t *bytes, size_t len)
{
    size_t i = 0;

    if (len == 0) {
        return true; /* `bytes` may be NULL, to which not even 0 may be added */
    }
    while (i < len && text->missing > 0) {
        if (!step(text, bytes[i++])) {
            return false;
        }
    }
    i += ascii_run(bytes + i, len - i < ASCII_BYTES ? len - i : ASCII_BYTES);
    if (len - i >= SMALL_BYTES && websocket_vector->utf8) {
        i += websocket_vector->utf8(bytes + i, len - i);
    }
    while (i < len) {
        if (text->missing == 0) {
            i += bytes[i] < 0x80 ? ascii_run(bytes + i, len - i) : short_run(bytes + i, len - i);
            if (i == len) {
                break;
            }
        }
        if (!step(text, bytes[i])) {
            return false;
        }
        i++;
    }
    return true;
}
