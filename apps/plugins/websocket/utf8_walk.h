/*
 * The walk over a text, for the files that each define it for one vector unit. Before it they define
 *
 *   UTF8_TARGET   attributes of a function that is compiled for the unit
 *   UTF8_BYTES    of a vector
 *   utf8_vector   its type
 *   utf8_load(at), utf8_or(a, b), utf8_ascii(v): no byte has its top bit
 *   utf8_wrong(now, one, two, three): the mistakes of the bytes `now`, by those one, two and three
 *                 places before them; utf8_any(v): is there one?
 *
 * A vector's neighbours are loaded, not shuffled together: loads are the cheaper ones. Where there
 * is nothing in front or behind, the edge is copied between zeros.
 */
#ifndef PLUGINS_WEBSOCKET_UTF8_WALK_H
#define PLUGINS_WEBSOCKET_UTF8_WALK_H

#ifdef UTF8_TARGET

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define UTF8_WALK static inline __attribute__((always_inline)) UTF8_TARGET

enum { UTF8_GROUP = 4, UTF8_BACK = 3 };

UTF8_WALK utf8_vector utf8_wrong_at(const uint8_t *at)
{
    return utf8_wrong(utf8_load(at), utf8_load(at - 1), utf8_load(at - 2), utf8_load(at - 3));
}

/* `len` bytes, less than a vector or the first ones, behind at most three of `before` others. */
UTF8_WALK utf8_vector utf8_wrong_edge(const uint8_t *at, size_t len, size_t before)
{
    uint8_t edge[UTF8_BACK + UTF8_BYTES] = {0};
    size_t back = before < UTF8_BACK ? before : UTF8_BACK;

    memcpy(edge + UTF8_BACK - back, at - back, back + len);
    return utf8_wrong_at(edge + UTF8_BACK);
}

/* Where the last character begins, if the text ends within it. */
UTF8_WALK size_t utf8_cut(const uint8_t *bytes, size_t len)
{
    for (size_t back = 1; back <= UTF8_BACK && back <= len; back++) {
        uint8_t byte = bytes[len - back];

        if (byte >= 0xc0) { /* a lead: of how many bytes? */
            return (byte >= 0xf0 ? 4u : byte >= 0xe0 ? 3u : 2u) > back ? len - back : len;
        }
        if (byte < 0x80) {
            return len;
        }
    }
    return len;
}

/* Groups of vectors from `i` on, whose neighbours are there. Returns behind the last right one. */
UTF8_WALK size_t utf8_groups(const uint8_t *bytes, size_t i, size_t len)
{
    bool whole = false; /* the byte before is known to end a character */

    for (; len - i >= UTF8_GROUP * UTF8_BYTES; i += UTF8_GROUP * UTF8_BYTES) {
        const uint8_t *at = bytes + i;
        utf8_vector all =
            utf8_or(utf8_or(utf8_load(at), utf8_load(at + UTF8_BYTES)),
                    utf8_or(utf8_load(at + 2 * UTF8_BYTES), utf8_load(at + 3 * UTF8_BYTES)));
        bool ascii = utf8_ascii(all);

        if (!(ascii && whole)) {
            utf8_vector wrong = utf8_wrong_at(at);

            for (size_t j = 1; j < UTF8_GROUP && !ascii; j++) {
                wrong = utf8_or(wrong, utf8_wrong_at(at + j * UTF8_BYTES));
            }
            if (utf8_any(wrong)) {
                break;
            }
        }
        whole = ascii;
    }
    return i;
}

/* `utf8` of struct websocket_vector. What precedes `i` is right, but may end within a character. */
UTF8_WALK size_t utf8_walk(const uint8_t *bytes, size_t len)
{
    size_t end = utf8_cut(bytes, len), i = end < UTF8_BYTES ? end : UTF8_BYTES;

    if (utf8_any(utf8_wrong_edge(bytes, i, 0))) {
        return 0;
    }
    i = utf8_groups(bytes, i, end);
    while (end - i >= UTF8_BYTES && !utf8_any(utf8_wrong_at(bytes + i))) {
        i += UTF8_BYTES;
    }
    if (end - i < UTF8_BYTES && !utf8_any(utf8_wrong_edge(bytes + i, end - i, i))) {
        return end;
    }
    return utf8_cut(bytes, i);
}

#endif /* UTF8_TARGET */
#endif
