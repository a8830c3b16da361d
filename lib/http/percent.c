/* Percent-decoding, in place where the caller wants it: what is decoded is never longer. */
#include "http/percent.h"

#include "http/bytes.h"

#include <shunt/fields.h>

bool http_percent_byte(struct shunt_span *rest, bool plus, char *byte)
{
    const char *at = rest->at;
    size_t len = 1;

    if (*at == '%') {
        if (rest->len < 3 || !http_byte_is(at[1], HTTP_BYTE_HEX) ||
            !http_byte_is(at[2], HTTP_BYTE_HEX)) {
            return false;
        }
        *byte = (char)(http_hex_value(at[1]) << 4 | http_hex_value(at[2]));
        len = 3;
    } else {
        *byte = plus && *at == '+' ? ' ' : *at;
    }
    rest->at += len;
    rest->len -= len;
    return true;
}

/* Does every byte stand for itself? */
static bool is_plain(struct shunt_span text, bool plus)
{
    return text.len == 0 ||
           (!memchr(text.at, '%', text.len) && !(plus && memchr(text.at, '+', text.len)));
}

enum shunt_status http_percent_decode(struct shunt_span text, bool plus, char *out, size_t room,
                                      struct shunt_span *decoded)
{
    struct shunt_span rest = text;
    size_t len = 0;

    if (is_plain(text, plus)) {
        *decoded = text;
        return SHUNT_OK;
    }
    while (rest.len > 0) {
        char byte;

        if (!http_percent_byte(&rest, plus, &byte)) {
            return SHUNT_EPROTO;
        }
        if (len == room) {
            return SHUNT_ETOOBIG;
        }
        out[len++] = byte;
    }
    *decoded = (struct shunt_span){out, len};
    return SHUNT_OK;
}

enum shunt_status shunt_percent_decode(struct shunt_span text, char *out, size_t room,
                                       struct shunt_span *decoded)
{
    return http_percent_decode(text, false, out, room, decoded);
}
