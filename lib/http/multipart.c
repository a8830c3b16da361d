/*
 * multipart/form-data, streamed (RFC 7578, RFC 2046 section 5.1): the fields of a part are collected
 * in the caller's room, its content passes as runs of the input. Bytes at the end of an input that
 * may begin a delimiter are held back as their number only: they are the delimiter's own, and are
 * handed out from there when it turns out to be none.
 */
#include "http/bytes.h"
#include "http/list.h"
#include "http/parameter.h"

#include <shunt/fields.h>

#define BOUNDARY_BYTES_MAX 70

enum multipart_state {
    MULTIPART_PREAMBLE, /* all zero is the start */
    MULTIPART_CONTENT,
    MULTIPART_DELIMITED, /* behind a delimiter: "--", or white space and the end of the line */
    MULTIPART_DASH,
    MULTIPART_PADDING,
    MULTIPART_LF,
    MULTIPART_HEAD,
    MULTIPART_CLOSED, /* behind the last delimiter: white space, the end of the line or of the body */
    MULTIPART_CLOSED_LF,
    MULTIPART_EPILOGUE,
    MULTIPART_BROKEN,
    MULTIPART_OVER_LIMIT
};

/* bchars (RFC 2046 section 5.1.1). */
static bool is_boundary(struct shunt_span text)
{
    if (text.len == 0 || text.len > BOUNDARY_BYTES_MAX || text.at[text.len - 1] == ' ') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool letter = (text.at[i] | 0x20) >= 'a' && (text.at[i] | 0x20) <= 'z';

        if (!letter && !http_byte_is(text.at[i], HTTP_BYTE_DIGIT) &&
            (text.at[i] == '\0' || !strchr("'()+_,-./:=? ", text.at[i]))) {
            return false;
        }
    }
    return true;
}

enum shunt_status shunt_multipart_init(struct shunt_multipart *multipart,
                                       struct shunt_span content_type, char *room,
                                       size_t room_bytes)
{
    static const struct shunt_span type = {"multipart/form-data", 19};
    const char *semicolon =
        content_type.len > 0 ? memchr(content_type.at, ';', content_type.len) : NULL;
    size_t len = semicolon ? (size_t)(semicolon - content_type.at) : content_type.len;
    struct shunt_span rest = {content_type.at + len, content_type.len - len}, boundary = {NULL, 0};
    struct http_parameter parameter;
    enum shunt_status status;

    if (!shunt_span_equal_nocase(http_trim((struct shunt_span){content_type.at, len}), type)) {
        return SHUNT_ENOTSUP;
    }
    while ((status = http_parameter_next(&rest, &parameter)) == SHUNT_OK) {
        if (shunt_span_equal_nocase(parameter.name, shunt_span_of("boundary"))) {
            if (boundary.at || parameter.escaped) {
                return SHUNT_EPROTO;
            }
            boundary = parameter.value;
        }
    }
    if (status != SHUNT_ENOTFOUND || !is_boundary(boundary)) {
        return SHUNT_EPROTO;
    }
    *multipart = (struct shunt_multipart){.room = room, .room_bytes = room_bytes};
    memcpy(multipart->delimiter, "\r\n--", 4);
    memcpy(multipart->delimiter + 4, boundary.at, boundary.len);
    multipart->delimiter_len = (uint8_t)(4 + boundary.len);
    /* The first delimiter needs no line end in front of it when nothing else is. */
    multipart->matched = multipart->before = 2;
    return SHUNT_OK;
}

/* ---- the fields of a part ---- */

/* Does a quote end the value that a backslash stands in front of? Browsers mean the backslash as a
 * byte, others as an escape, and then they see another value, and other parameters. */
static bool is_ambiguous(struct shunt_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '\\' && (i + 1 == value.len || value.at[i + 1] == '"')) {
            return true;
        }
    }
    return false;
}

/* Content-Disposition (RFC 7578 section 4.2): form-data, one name, at most one filename. */
static bool read_disposition(struct shunt_span value, struct shunt_part *part)
{
    const char *semicolon = value.len > 0 ? memchr(value.at, ';', value.len) : NULL;
    size_t len = semicolon ? (size_t)(semicolon - value.at) : value.len;
    struct shunt_span rest = {value.at + len, value.len - len};
    struct shunt_span name = {NULL, 0}, filename = {NULL, 0}, other;
    struct http_parameter parameter;
    enum shunt_status status;

    if (!shunt_span_equal_nocase(http_trim((struct shunt_span){value.at, len}),
                                 shunt_span_of("form-data"))) {
        return false;
    }
    while ((status = http_parameter_next(&rest, &parameter)) == SHUNT_OK) {
        struct shunt_span *to = &other;

        other.at = NULL;
        if (shunt_span_equal_nocase(parameter.name, shunt_span_of("name"))) {
            to = &name;
        } else if (shunt_span_equal_nocase(parameter.name, shunt_span_of("filename"))) {
            to = &filename;
        } else if (shunt_span_equal_nocase(parameter.name, shunt_span_of("filename*")) ||
                   shunt_span_equal_nocase(parameter.name, shunt_span_of("name*"))) {
            return false; /* "MUST NOT be used", and a reader that honours it sees another name */
        }
        if (to->at || is_ambiguous(parameter.value)) {
            return false;
        }
        *to = parameter.value;
    }
    part->name = name;
    part->filename = filename;
    return status == SHUNT_ENOTFOUND && name.at;
}

/* Content in a coding would be handed out as if it were in none. */
static bool is_identity(struct shunt_span coding)
{
    return shunt_span_equal_nocase(coding, shunt_span_of("binary")) ||
           shunt_span_equal_nocase(coding, shunt_span_of("8bit")) ||
           shunt_span_equal_nocase(coding, shunt_span_of("7bit"));
}

/* What the field lines of a part have been. */
struct part_seen {
    bool disposition, type, coding;
};

static bool read_field(struct shunt_span line, struct shunt_part *part, struct part_seen *seen)
{
    const char *colon = line.len > 0 ? memchr(line.at, ':', line.len) : NULL;
    struct shunt_span name, value;

    if (!colon) {
        return false;
    }
    name = (struct shunt_span){line.at, (size_t)(colon - line.at)};
    value = http_trim((struct shunt_span){colon + 1, line.len - name.len - 1});
    if (!http_is_token(name) || !http_is_field_value(value)) {
        return false;
    }
    if (shunt_span_equal_nocase(name, shunt_span_of("Content-Disposition"))) {
        bool again = seen->disposition;

        seen->disposition = true;
        return !again && read_disposition(value, part);
    }
    if (shunt_span_equal_nocase(name, shunt_span_of("Content-Type"))) {
        bool again = seen->type;

        seen->type = true;
        part->content_type = value;
        return !again;
    }
    if (shunt_span_equal_nocase(name, shunt_span_of("Content-Transfer-Encoding"))) {
        bool again = seen->coding;

        seen->coding = true;
        return !again && is_identity(value);
    }
    return true;
}

/* The fields in the room, each with its CRLF, and the empty line. */
static bool read_fields(struct shunt_multipart *multipart)
{
    struct shunt_span rest = {multipart->room, multipart->head_len - 2};
    struct part_seen seen = {0};

    multipart->part = (struct shunt_part){{NULL, 0}, {NULL, 0}, {NULL, 0}};
    while (rest.len > 0) {
        const char *end = memchr(rest.at, '\n', rest.len);
        size_t len = (size_t)(end - rest.at) + 1;

        if (len < 2 || end[-1] != '\r' ||
            !read_field((struct shunt_span){rest.at, len - 2}, &multipart->part, &seen)) {
            return false;
        }
        rest.at += len;
        rest.len -= len;
    }
    return seen.disposition;
}

/* Collect the head of a part as far as its next line end. True once it is whole and well-formed. */
static bool collect_head(struct shunt_multipart *multipart, struct shunt_span in, size_t *at)
{
    const char *end = memchr(in.at + *at, '\n', in.len - *at);
    size_t len = end ? (size_t)(end - (in.at + *at)) + 1 : in.len - *at, whole;
    const char *tail;

    if (len > multipart->room_bytes - multipart->head_len) {
        multipart->state = MULTIPART_OVER_LIMIT;
        return false;
    }
    memcpy(multipart->room + multipart->head_len, in.at + *at, len);
    multipart->head_len += len;
    *at += len;
    whole = multipart->head_len;
    tail = multipart->room + whole;
    if (!end || whole < 2 || tail[-2] != '\r' || (whole > 2 && (whole < 4 || tail[-3] != '\n'))) {
        return false;
    }
    multipart->state = read_fields(multipart) ? MULTIPART_CONTENT : MULTIPART_BROKEN;
    /* The empty line ends in what the delimiter of an empty content begins with. */
    multipart->matched = multipart->before = 2;
    return multipart->state == MULTIPART_CONTENT;
}

/* ---- what stands between the delimiters ---- */

/* How many bytes at the front of `text` can be no part of a delimiter that begins among them. */
static size_t plain_len(const struct shunt_multipart *multipart, struct shunt_span text)
{
    const char *at = text.at, *end = text.at + text.len;

    while ((at = memchr(at, '\r', (size_t)(end - at))) != NULL) {
        size_t left = (size_t)(end - at), len = multipart->delimiter_len;

        if (memcmp(at, multipart->delimiter, left < len ? left : len) == 0) {
            return (size_t)(at - text.at);
        }
        if (++at == end) {
            break;
        }
    }
    return text.len;
}

/* Read content as far as it is one run, or the delimiter behind it. True when that was reached. */
static bool read_content(struct shunt_multipart *multipart, struct shunt_span in, size_t *at,
                         struct shunt_span *data)
{
    while (*at < in.len) {
        if (multipart->matched == 0) {
            data->at = in.at + *at;
            data->len = plain_len(multipart, (struct shunt_span){data->at, in.len - *at});
            *at += data->len;
            if (data->len > 0) {
                return false;
            }
        }
        if (in.at[*at] == multipart->delimiter[multipart->matched]) {
            ++*at;
            if (++multipart->matched == multipart->delimiter_len) {
                return true;
            }
            continue;
        }
        /* No delimiter after all, and no byte of it but the first can begin another. */
        *data = (struct shunt_span){multipart->delimiter + multipart->before,
                                    (size_t)(multipart->matched - multipart->before)};
        multipart->matched = multipart->before = 0;
        if (data->len > 0) {
            return false;
        }
    }
    return false;
}

static void go(struct shunt_multipart *multipart, enum multipart_state next, bool allowed)
{
    multipart->state = (uint8_t)(allowed ? next : MULTIPART_BROKEN);
}

/* One byte of the line that a delimiter begins (RFC 2046 section 5.1.1). */
static void read_delimiter_line(struct shunt_multipart *multipart, char byte)
{
    bool blank = http_is_blank(byte);

    switch ((enum multipart_state)multipart->state) {
    case MULTIPART_DELIMITED:
        if (byte == '-') {
            multipart->state = MULTIPART_DASH;
            return;
        } /* fallthrough */
    case MULTIPART_PADDING:
        go(multipart, blank ? MULTIPART_PADDING : MULTIPART_LF, blank || byte == '\r');
        return;
    case MULTIPART_LF:
        go(multipart, MULTIPART_HEAD, byte == '\n');
        multipart->head_len = 0;
        return;
    case MULTIPART_DASH:
        go(multipart, MULTIPART_CLOSED, byte == '-');
        return;
    case MULTIPART_CLOSED:
        go(multipart, blank ? MULTIPART_CLOSED : MULTIPART_CLOSED_LF, blank || byte == '\r');
        return;
    default: /* MULTIPART_CLOSED_LF */
        go(multipart, MULTIPART_EPILOGUE, byte == '\n');
        return;
    }
}

/* One step of at least a byte, or of a change of state. SHUNT_MULTIPART_NONE: go on. */
static enum shunt_multipart_event step(struct shunt_multipart *multipart, struct shunt_span in,
                                       size_t *at, struct shunt_span *data)
{
    bool content = multipart->state == MULTIPART_CONTENT;

    switch ((enum multipart_state)multipart->state) {
    case MULTIPART_PREAMBLE:
    case MULTIPART_CONTENT:
        if (read_content(multipart, in, at, data)) {
            multipart->state = MULTIPART_DELIMITED;
            return content ? SHUNT_MULTIPART_PART_END : SHUNT_MULTIPART_NONE;
        }
        return content && data->len > 0 ? SHUNT_MULTIPART_DATA : SHUNT_MULTIPART_NONE;
    case MULTIPART_HEAD:
        return collect_head(multipart, in, at) ? SHUNT_MULTIPART_PART : SHUNT_MULTIPART_NONE;
    case MULTIPART_EPILOGUE:
        *at = in.len;
        return SHUNT_MULTIPART_NONE;
    default:
        read_delimiter_line(multipart, in.at[(*at)++]);
        return SHUNT_MULTIPART_NONE;
    }
}

enum shunt_status shunt_multipart_next(struct shunt_multipart *multipart, struct shunt_span in,
                                       size_t *used, enum shunt_multipart_event *event,
                                       struct shunt_span *data)
{
    enum shunt_multipart_event found = SHUNT_MULTIPART_NONE;
    size_t at = 0;

    while (at < in.len && multipart->state < MULTIPART_BROKEN && found == SHUNT_MULTIPART_NONE) {
        *data = (struct shunt_span){in.at + at, 0};
        found = step(multipart, in, &at, data);
    }
    *used = at;
    *event = found;
    if (multipart->state == MULTIPART_BROKEN) {
        return SHUNT_EPROTO;
    }
    if (multipart->state == MULTIPART_OVER_LIMIT) {
        return SHUNT_ETOOBIG;
    }
    return found == SHUNT_MULTIPART_NONE ? SHUNT_AGAIN : SHUNT_OK;
}

bool shunt_multipart_complete(const struct shunt_multipart *multipart)
{
    return multipart->state == MULTIPART_CLOSED || multipart->state == MULTIPART_EPILOGUE;
}
