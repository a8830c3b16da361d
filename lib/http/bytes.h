/* Which bytes may stand where: the character classes of RFC 9110, 9112 and 3986 as one table. */
#ifndef HTTP_BYTES_H
#define HTTP_BYTES_H

#include <stdbool.h>
#include <stdint.h>

enum http_byte_class {
    HTTP_BYTE_TOKEN = 1,   /* tchar (RFC 9110 section 5.6.2) */
    HTTP_BYTE_VALUE = 2,   /* field-vchar, SP and HTAB (RFC 9110 section 5.5) */
    HTTP_BYTE_PATH = 4,    /* pchar and "/" (RFC 3986 section 3.3), but "%" */
    HTTP_BYTE_TARGET = 8,  /* the same and "[" "]", which only an authority may hold */
    HTTP_BYTE_NAME = 16,   /* reg-name (RFC 3986 section 3.2.2), but "%" */
    HTTP_BYTE_QUOTED = 32, /* qdtext (RFC 9110 section 5.6.4) */
    HTTP_BYTE_HEX = 64,
    HTTP_BYTE_DIGIT = 128
};

extern const uint8_t http_byte_classes[256];

/* Is `byte` of one of `classes`, an OR of enum http_byte_class? */
static inline bool http_byte_is(char byte, unsigned classes)
{
    return (http_byte_classes[(unsigned char)byte] & classes) != 0;
}

/* The value of a byte of HTTP_BYTE_HEX. */
static inline unsigned http_hex_value(char byte)
{
    return byte <= '9' ? (unsigned)(byte - '0') : (unsigned)((byte | 0x20) - 'a' + 10);
}

static inline bool http_is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

#endif
