/*
 * The chunked decoder: one state for each place in the grammar, one byte at a time outside the
 * data, which passes as a run. The limits are counted here.
 */
#include "http/chunked.h"
#include "http/bytes.h"

enum chunked_state {
    CHUNKED_SIZE, /* before a chunk; all zero is the start */
    CHUNKED_SIZE_MORE,
    CHUNKED_PART_END, /* white space behind a size or a value: another extension follows */
    CHUNKED_NAME,     /* extensions: before, in and behind a name, before and in a value */
    CHUNKED_NAME_MORE,
    CHUNKED_NAME_END,
    CHUNKED_WORD,
    CHUNKED_WORD_MORE,
    CHUNKED_QUOTED,
    CHUNKED_ESCAPED,
    CHUNKED_QUOTED_END,
    CHUNKED_SIZE_LF,
    CHUNKED_DATA,
    CHUNKED_DATA_CR,
    CHUNKED_DATA_LF,
    CHUNKED_TRAILER, /* before a trailer line */
    CHUNKED_TRAILER_NAME,
    CHUNKED_TRAILER_VALUE,
    CHUNKED_TRAILER_LF,
    CHUNKED_END_LF,
    CHUNKED_DONE,
    CHUNKED_BROKEN,
    CHUNKED_OVER_LIMIT
};

/*
 * Not as trailers (RFC 9110 section 6.5.1). While a name comes in, bit i of chunk_left means that
 * it may still become refused[i]; `digits` counts its bytes.
 */
static const struct {
    const char *name;
    uint8_t len;
} refused[] = {
#define REFUSED(name)                                                                              \
    {                                                                                              \
        name, sizeof name - 1                                                                      \
    }
    REFUSED("content-length"),
    REFUSED("transfer-encoding"),
    REFUSED("host"),
    REFUSED("connection"),
    REFUSED("keep-alive"),
    REFUSED("upgrade"),
    REFUSED("te"),
    REFUSED("trailer"),
    REFUSED("expect"),
    REFUSED("authorization"),
    REFUSED("proxy-authorization"),
    REFUSED("proxy-connection"),
    REFUSED("cookie"),
    REFUSED("content-encoding"),
    REFUSED("content-type"),
    REFUSED("content-range"),
    REFUSED("range"),
    REFUSED("cache-control"),
    REFUSED("max-forwards"),
    REFUSED("http2-settings"),
#undef REFUSED
};
#define REFUSED_COUNT    (sizeof refused / sizeof *refused)
#define REFUSED_NAME_MAX 255 /* `digits` stops there; no refused name is as long */

/* Go to `next` if `allowed`; else the body is broken. */
static void go(struct http_chunked *chunked, enum chunked_state next, bool allowed)
{
    chunked->state = (uint8_t)(allowed ? next : CHUNKED_BROKEN);
}

/* Behind a size, a name or a value: another extension, or the end of the line. */
static void end_part(struct http_chunked *chunked, char byte)
{
    go(chunked, byte == ';' ? CHUNKED_NAME : CHUNKED_SIZE_LF, byte == ';' || byte == '\r');
}

/* The same, or white space before another extension: none stands at the end of a line. */
static void end_value(struct http_chunked *chunked, char byte)
{
    if (http_is_blank(byte)) {
        chunked->state = CHUNKED_PART_END;
    } else {
        end_part(chunked, byte);
    }
}

/* Leading zeros are digits as any others (RFC 9112 section 7.1: 1*HEXDIG); the line bounds them. */
static void take_digit(struct http_chunked *chunked, char byte)
{
    if (!http_byte_is(byte, HTTP_BYTE_HEX) || chunked->chunk_left > (uint64_t)INT64_MAX >> 4) {
        chunked->state = CHUNKED_BROKEN;
        return;
    }
    chunked->chunk_left = chunked->chunk_left << 4 | http_hex_value(byte);
    chunked->state = CHUNKED_SIZE_MORE;
}

static void end_size_line(struct http_chunked *chunked, char byte)
{
    uint64_t paid = chunked->chunk_left / 32;

    go(chunked, chunked->chunk_left ? CHUNKED_DATA : CHUNKED_TRAILER, byte == '\n');
    chunked->extension_bytes -=
        paid < chunked->extension_bytes ? (uint32_t)paid : chunked->extension_bytes;
    chunked->line_bytes = 0;
}

/*
 * One byte of a size line: chunk-size [ chunk-ext ] CRLF (RFC 9112 section 7.1). White space around
 * ";" and "=" is dropped, as section 7.1.1 and RFC 9110 section 5.6.3 demand.
 */
static void take_size_line(struct http_chunked *chunked, char byte)
{
    bool token = http_byte_is(byte, HTTP_BYTE_TOKEN), blank = http_is_blank(byte);

    switch ((enum chunked_state)chunked->state) {
    case CHUNKED_SIZE_MORE:
        if (!http_byte_is(byte, HTTP_BYTE_HEX)) {
            end_value(chunked, byte);
            return;
        } /* fallthrough */
    case CHUNKED_SIZE:
        take_digit(chunked, byte);
        return;
    case CHUNKED_PART_END:
        go(chunked, byte == ';' ? CHUNKED_NAME : CHUNKED_PART_END, byte == ';' || blank);
        return;
    case CHUNKED_NAME:
        go(chunked, blank ? CHUNKED_NAME : CHUNKED_NAME_MORE, blank || token);
        return;
    case CHUNKED_NAME_MORE:
        if (blank || byte == '=') {
            chunked->state = blank ? CHUNKED_NAME_END : CHUNKED_WORD;
        } else if (!token) {
            end_part(chunked, byte);
        }
        return;
    case CHUNKED_NAME_END:
        if (byte == '=') {
            chunked->state = CHUNKED_WORD;
        } else {
            go(chunked, blank ? CHUNKED_NAME_END : CHUNKED_NAME, blank || byte == ';');
        }
        return;
    case CHUNKED_WORD:
        if (!blank) {
            go(chunked, byte == '"' ? CHUNKED_QUOTED : CHUNKED_WORD_MORE, byte == '"' || token);
        }
        return;
    case CHUNKED_WORD_MORE:
        if (!token) {
            end_value(chunked, byte);
        }
        return;
    case CHUNKED_QUOTED:
        if (byte == '"' || byte == '\\') {
            chunked->state = byte == '"' ? CHUNKED_QUOTED_END : CHUNKED_ESCAPED;
        } else {
            go(chunked, CHUNKED_QUOTED, http_byte_is(byte, HTTP_BYTE_QUOTED));
        }
        return;
    case CHUNKED_ESCAPED:
        go(chunked, CHUNKED_QUOTED, http_byte_is(byte, HTTP_BYTE_VALUE));
        return;
    case CHUNKED_QUOTED_END:
        end_value(chunked, byte);
        return;
    default: /* CHUNKED_SIZE_LF */
        end_size_line(chunked, byte);
        return;
    }
}

static void take_trailer_name(struct http_chunked *chunked, char byte)
{
    char lower = (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);

    for (size_t i = 0; i < REFUSED_COUNT; i++) {
        bool ends = byte == ':' && chunked->digits == refused[i].len;
        bool goes_on =
            chunked->digits < refused[i].len && refused[i].name[chunked->digits] == lower;

        if (chunked->chunk_left >> i & 1 && ends) {
            chunked->state = CHUNKED_BROKEN;
            return;
        }
        if (!goes_on) {
            chunked->chunk_left &= ~(1ull << i);
        }
    }
    chunked->digits = (uint8_t)(chunked->digits + (chunked->digits < REFUSED_NAME_MAX));
    go(chunked, byte == ':' ? CHUNKED_TRAILER_VALUE : CHUNKED_TRAILER_NAME,
       byte == ':' || http_byte_is(byte, HTTP_BYTE_TOKEN));
}

/* One byte of the trailer section and its empty line: *( field-line CRLF ) CRLF. */
static void take_trailer(struct http_chunked *chunked, char byte)
{
    switch ((enum chunked_state)chunked->state) {
    case CHUNKED_TRAILER:
        if (byte == '\r') {
            chunked->state = CHUNKED_END_LF;
            return;
        }
        chunked->chunk_left = (1ull << REFUSED_COUNT) - 1;
        chunked->digits = 0;
        if (byte == ':') {
            chunked->state = CHUNKED_BROKEN;
            return;
        } /* fallthrough */
    case CHUNKED_TRAILER_NAME:
        take_trailer_name(chunked, byte);
        return;
    case CHUNKED_TRAILER_VALUE:
        go(chunked, byte == '\r' ? CHUNKED_TRAILER_LF : CHUNKED_TRAILER_VALUE,
           byte == '\r' || http_byte_is(byte, HTTP_BYTE_VALUE));
        return;
    case CHUNKED_TRAILER_LF:
        go(chunked, CHUNKED_TRAILER, byte == '\n');
        return;
    default: /* CHUNKED_END_LF */
        go(chunked, CHUNKED_DONE, byte == '\n');
        return;
    }
}

/* Count a byte that is about to be read. False when it is one too many. */
static bool within_limits(struct http_chunked *chunked)
{
    unsigned state = chunked->state;

    if (state >= CHUNKED_TRAILER) {
        return ++chunked->line_bytes <= HTTP_TRAILER_BYTES_MAX;
    }
    chunked->extension_bytes += state >= CHUNKED_PART_END && state <= CHUNKED_QUOTED_END;
    return ++chunked->line_bytes <= HTTP_CHUNK_LINE_BYTES_MAX &&
           chunked->extension_bytes <= HTTP_CHUNK_EXTENSION_BYTES_MAX;
}

/* One byte that is not data. */
static void take_byte(struct http_chunked *chunked, char byte)
{
    if (chunked->state == CHUNKED_DATA_CR) {
        go(chunked, CHUNKED_DATA_LF, byte == '\r');
    } else if (chunked->state == CHUNKED_DATA_LF) {
        go(chunked, CHUNKED_SIZE, byte == '\n');
    } else if (!within_limits(chunked)) {
        chunked->state = CHUNKED_OVER_LIMIT;
    } else if (chunked->state >= CHUNKED_TRAILER) {
        take_trailer(chunked, byte);
    } else {
        take_size_line(chunked, byte);
    }
}

static enum shunt_status result(const struct http_chunked *chunked)
{
    switch ((enum chunked_state)chunked->state) {
    case CHUNKED_DONE:
        return SHUNT_OK;
    case CHUNKED_BROKEN:
        return SHUNT_EPROTO;
    case CHUNKED_OVER_LIMIT:
        return SHUNT_ETOOBIG;
    default:
        return SHUNT_AGAIN;
    }
}

enum shunt_status http_chunked_decode(struct http_chunked *chunked, struct shunt_span in,
                                      size_t *used, struct shunt_span *data)
{
    bool trailers = http_chunked_in_trailers(chunked);
    size_t at = 0;

    *data = (struct shunt_span){in.at, 0};
    while (at < in.len && chunked->state < CHUNKED_DONE) {
        if (chunked->state != CHUNKED_DATA) {
            take_byte(chunked, in.at[at++]);
            if (chunked->state == CHUNKED_TRAILER && !trailers && at < in.len &&
                in.at[at] != '\r') {
                break; /* a trailer section begins a call */
            }
            continue;
        }
        if (data->len > 0) {
            break; /* one run a call */
        }
        *data = (struct shunt_span){in.at + at, in.len - at};
        if (data->len >= chunked->chunk_left) {
            data->len = (size_t)chunked->chunk_left;
            chunked->state = CHUNKED_DATA_CR;
        }
        chunked->chunk_left -= data->len;
        at += data->len;
    }
    *used = at;
    return result(chunked);
}

bool http_chunked_in_trailers(const struct http_chunked *chunked)
{
    return chunked->state >= CHUNKED_TRAILER && chunked->state < CHUNKED_DONE;
}

/* The decoder has checked all of it: token ":" value CRLF. */
bool http_chunked_trailer_next(struct shunt_span *rest, struct shunt_field *field)
{
    const char *at = rest->at, *end = at + rest->len, *colon, *line_end;

    if (rest->len == 0 || *at == '\r' || *at == '\n') {
        return false;
    }
    colon = memchr(at, ':', rest->len);
    line_end = colon ? memchr(colon, '\r', (size_t)(end - colon)) : NULL;
    if (!line_end || end - line_end < 2) {
        return false;
    }
    field->name = (struct shunt_span){at, (size_t)(colon - at)};
    field->value = (struct shunt_span){colon + 1, (size_t)(line_end - colon - 1)};
    while (field->value.len > 0 && http_is_blank(*field->value.at)) {
        field->value.at++;
        field->value.len--;
    }
    while (field->value.len > 0 && http_is_blank(field->value.at[field->value.len - 1])) {
        field->value.len--;
    }
    *rest = (struct shunt_span){line_end + 2, (size_t)(end - line_end - 2)};
    return true;
}

bool http_chunked_trailer_allowed(struct shunt_span name)
{
    static const struct shunt_span late[] = {
        {"Age", 3},
        {"Date", 4},
        {"Expires", 7},
        {"Location", 8},
        {"Retry-After", 11},
        {"Set-Cookie", 10},
        {"Vary", 4},
        {"WWW-Authenticate", 16},
        {"Allow", 5},
        {"Accept-Ranges", 13},
        {"Proxy-Authenticate", 18},
    };

    for (size_t i = 0; i < REFUSED_COUNT; i++) {
        if (shunt_span_equal_nocase(name, (struct shunt_span){refused[i].name, refused[i].len})) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
        if (shunt_span_equal_nocase(name, late[i])) {
            return false;
        }
    }
    return true;
}

uint64_t http_chunked_left(const struct http_chunked *chunked)
{
    return chunked->state == CHUNKED_DATA ? chunked->chunk_left : 0;
}
