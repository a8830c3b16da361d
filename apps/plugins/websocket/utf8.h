/* UTF-8 (RFC 3629), checked as it comes. */
#ifndef PLUGINS_WEBSOCKET_UTF8_H
#define PLUGINS_WEBSOCKET_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a text stands between two pieces. All zero: at its beginning. */
struct websocket_utf8 {
    uint8_t missing;   /* bytes that the last character still lacks; 0: it is whole */
    uint8_t low, high; /* bounds of the next byte, when `missing` is not 0 */
};

/*
 * Check the next piece. False as soon as no continuation can make the text valid: a byte that never
 * occurs, an overlong form, a surrogate, beyond U+10FFFF. Do not go on after that.
 */
bool websocket_utf8_next(struct websocket_utf8 *text, const uint8_t *bytes, size_t len);

/* True when the text may end here. */
static inline bool websocket_utf8_whole(const struct websocket_utf8 *text)
{
    return text->missing == 0;
}

/* One whole text. */
static inline bool websocket_utf8_valid(const uint8_t *bytes, size_t len)
{
    struct websocket_utf8 text = {0};

    return websocket_utf8_next(&text, bytes, len) && websocket_utf8_whole(&text);
}

#endif
