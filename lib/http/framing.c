#include "http/framing.h"

#include "http/authority.h"
#include "http/list.h"
#include "http/scan.h"

/*
 * Is `name`, of `len` >= 4 bytes, equal to `lower`, letters and dashes? Where no control character
 * can stand, in tokens and field values, only letters change by 32 into these.
 */
static inline bool same_name(const char *name, const char *lower, size_t len)
{
    if (len < 8) {
        uint32_t a, b, first, last;

        memcpy(&a, name, 4);
        memcpy(&b, name + len - 4, 4);
        memcpy(&first, lower, 4);
        memcpy(&last, lower + len - 4, 4);
        return (((a | 0x20202020u) ^ first) | ((b | 0x20202020u) ^ last)) == 0;
    }
    for (size_t i = 0; i + 8 <= len; i += 8) {
        if ((http_load8(name + i) | HTTP_EACH(0x20)) != http_load8(lower + i)) {
            return false;
        }
    }
    return (http_load8(name + len - 8) | HTTP_EACH(0x20)) == http_load8(lower + len - 8);
}

static bool is_word(struct shunt_span text, const char *lower)
{
    return shunt_span_equal_nocase(text, shunt_span_of(lower));
}

/* An empty value is allowed: a client sends it when its URI has no authority (RFC 9112 3.2). */
static unsigned note_host(struct http_parse *parse, struct shunt_span value)
{
    if (parse->seen & HTTP_SEEN_HOST) {
        return 400;
    }
    if (value.len > 0 && (*value.at == ':' || !http_is_authority(value))) {
        return 400;
    }
    parse->seen |= HTTP_SEEN_HOST;
    parse->host_field = value;
    return HTTP_GO;
}

/* 1*DIGIT, once. RFC 9110 section 8.6 lets us refuse a list of equal numbers, and we do. */
static unsigned note_content_length(struct http_parse *parse, struct shunt_span value)
{
    uint64_t length = 0;

    if (parse->seen & HTTP_SEEN_LENGTH || value.len == 0) {
        return 400;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (!http_byte_is(value.at[i], HTTP_BYTE_DIGIT) ||
            __builtin_mul_overflow(length, 10, &length) ||
            __builtin_add_overflow(length, (uint64_t)(value.at[i] - '0'), &length)) {
            return 400;
        }
    }
    parse->seen |= HTTP_SEEN_LENGTH;
    parse->head.content_length = length;
    return HTTP_GO;
}

/* One coding: "chunked" is the only one known, once, last and bare; another well-formed one, 501.
 */
static unsigned note_coding(struct http_parse *parse, struct shunt_span element)
{
    size_t name_len = 0;

    while (name_len < element.len && http_byte_is(element.at[name_len], HTTP_BYTE_TOKEN)) {
        name_len++;
    }
    if (name_len == 0 || parse->seen & HTTP_CODING_CHUNKED) {
        return 400;
    }
    if (is_word((struct shunt_span){element.at, name_len}, "chunked")) {
        parse->seen |= HTTP_CODING_CHUNKED;
        return name_len == element.len ? HTTP_GO : 400;
    }
    if (name_len < element.len && element.at[name_len] != ';' &&
        !http_is_blank(element.at[name_len])) {
        return 400;
    }
    parse->seen |= HTTP_CODING_UNKNOWN;
    return HTTP_GO;
}

static unsigned note_transfer_encoding(struct http_parse *parse, struct shunt_span value)
{
    struct shunt_span rest = value, element;
    unsigned verdict = HTTP_GO;

    parse->seen |= HTTP_SEEN_CODING;
    while (verdict == HTTP_GO && http_element_next(&rest, ',', &element)) {
        verdict = note_coding(parse, element);
    }
    return verdict;
}

static bool note_connection_option(struct http_parse *parse, struct shunt_span option)
{
    if (option.len == 5 && same_name(option.at, "close", 5)) {
        parse->seen |= HTTP_CONNECTION_CLOSE;
    } else if (option.len == 7 && same_name(option.at, "upgrade", 7)) {
        parse->seen |= HTTP_CONNECTION_UPGRADE;
    } else if (option.len == 10 && same_name(option.at, "keep-alive", 10)) {
        parse->seen |= HTTP_CONNECTION_KEEP_ALIVE;
    } else {
        return false;
    }
    return true;
}

/* Most have one option, and then the value is that. */
static unsigned note_connection(struct http_parse *parse, struct shunt_span value)
{
    struct shunt_span rest = value, element;

    if (note_connection_option(parse, value)) {
        return HTTP_GO;
    }
    while (http_element_next(&rest, ',', &element)) {
        (void)note_connection_option(parse, element);
    }
    return HTTP_GO;
}

/* protocol-name ["/" protocol-version], both tokens; a list that is not so offers nothing. */
static unsigned note_upgrade(struct http_parse *parse, struct shunt_span value)
{
    struct shunt_span rest = value, element;

    if (value.len == 9 && same_name(value.at, "websocket", 9)) {
        parse->seen |= HTTP_UPGRADE_OFFERED;
        return HTTP_GO;
    }
    while (http_element_next(&rest, ',', &element)) {
        const char *end = element.at + element.len, *at;

        if (element.len == 0) {
            continue;
        }
        at = http_scan_token(element.at, end);
        if (at > element.at && at < end && *at == '/' && at + 1 < end) {
            at = http_scan_token(at + 1, end);
        }
        parse->seen |= at == end ? HTTP_UPGRADE_OFFERED : HTTP_UPGRADE_MALFORMED;
    }
    return HTTP_GO;
}

static unsigned note_expect(struct http_parse *parse, struct shunt_span value)
{
    struct shunt_span rest = value, element;

    while (http_element_next(&rest, ',', &element)) {
        if (is_word(element, "100-continue")) {
            parse->seen |= HTTP_EXPECT_CONTINUE;
        } else if (element.len > 0) {
            parse->seen |= HTTP_EXPECT_OTHER;
        }
    }
    return HTTP_GO;
}

unsigned http_note_field(struct http_parse *parse, const struct shunt_field *field)
{
    const char *name = field->name.at;

    switch (field->name.len) {
    case 4:
        return same_name(name, "host", 4) ? note_host(parse, field->value) : HTTP_GO;
    case 6:
        return same_name(name, "expect", 6) ? note_expect(parse, field->value) : HTTP_GO;
    case 7:
        return same_name(name, "upgrade", 7) ? note_upgrade(parse, field->value) : HTTP_GO;
    case 10:
        return same_name(name, "connection", 10) ? note_connection(parse, field->value) : HTTP_GO;
    case 14:
        return same_name(name, "content-length", 14) ? note_content_length(parse, field->value)
                                                     : HTTP_GO;
    case 17:
        return same_name(name, "transfer-encoding", 17)
                   ? note_transfer_encoding(parse, field->value)
                   : HTTP_GO;
    default:
        return HTTP_GO;
    }
}
