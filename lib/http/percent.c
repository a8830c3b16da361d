/* Percent-decoding, in place where the caller wants it, for what is decoded is never longer; and
 * percent-encoding. */
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

/* ---- the other way ---- */

static bool is_reserved(char byte)
{
    return byte != '\0' && strchr(":/?#[]@!$&'()*+,;=", byte);
}

static bool stays(char byte, const char *keep)
{
    return is_reserved(byte) ? strchr(keep, byte) != NULL : http_byte_is(byte, HTTP_BYTE_NAME);
}

/* Where the first byte is that does not stay; the length if none. */
static size_t plain_len(struct shunt_span text, const char *keep)
{
    size_t len = 0;

    while (len < text.len && stays(text.at[len], keep)) {
        len++;
    }
    return len;
}

static size_t put(char *out, char byte, bool plain)
{
    static const char digits[] = "0123456789ABCDEF";

    if (plain) {
        out[0] = byte;
        return 1;
    }
    out[0] = '%';
    out[1] = digits[(unsigned char)byte >> 4];
    out[2] = digits[byte & 15];
    return 3;
}

enum shunt_status shunt_percent_encode(struct shunt_span text, const char *keep, char *out,
                                       size_t room, struct shunt_span *encoded)
{
    size_t len = 0;

    keep = keep ? keep : "";
    for (const char *at = keep; *at; at++) {
        if (!is_reserved(*at)) {
            return SHUNT_EINVAL;
        }
    }
    if (plain_len(text, keep) == text.len) {
        *encoded = text;
        return SHUNT_OK;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool plain = stays(text.at[i], keep);

        if (room - len < (plain ? 1 : 3)) {
            return SHUNT_ETOOBIG;
        }
        len += put(out + len, text.at[i], plain);
    }
    *encoded = (struct shunt_span){out, len};
    return SHUNT_OK;
}
