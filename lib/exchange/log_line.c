/*
 * Room is shared out beforehand: what has a length of its own always fits, and values of a peer's
 * get what is left, in order. So a line that is cut is still one that its reader can parse.
 */
#include "exchange/log_line.h"

#include "base/assert.h"

#include <time.h>

#define NS_A_SECOND UINT64_C(1000000000)

enum { CUT_BYTES = 3 /* "..." behind a value that was cut */ };

struct writer {
    char *at;
    size_t values_left; /* for values that can be cut */
    const struct exchange_log_format *format;
};

/* ---- what has a length of its own ---- */

static void put(struct writer *out, const char *bytes, size_t len)
{
    memcpy(out->at, bytes, len);
    out->at += len;
}

static void put_text(struct writer *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_number(struct writer *out, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put(out, digits + at, sizeof digits - at);
}

/* With leading zeros. */
static void put_digits(char *to, unsigned number, unsigned count)
{
    while (count > 0) {
        to[--count] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* "." and `count` digits of what is behind the second. */
static void put_fraction(struct writer *out, unsigned number, unsigned count)
{
    *out->at++ = '.';
    put_digits(out->at, number, count);
    out->at += count;
}

static void second_set(struct exchange_log_second *second, uint64_t number)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t seconds = (time_t)number;
    struct tm utc;

    second->number = number;
    gmtime_r(&seconds, &utc);
    memcpy(second->iso, "0000-00-00T00:00:00", sizeof second->iso);
    put_digits(second->iso, (unsigned)utc.tm_year + 1900, 4);
    put_digits(second->iso + 5, (unsigned)utc.tm_mon + 1, 2);
    put_digits(second->iso + 8, (unsigned)utc.tm_mday, 2);
    put_digits(second->iso + 11, (unsigned)utc.tm_hour, 2);
    put_digits(second->iso + 14, (unsigned)utc.tm_min, 2);
    put_digits(second->iso + 17, (unsigned)utc.tm_sec, 2);
    memcpy(second->common, "00/Jan/0000:00:00:00", sizeof second->common);
    memcpy(second->common, second->iso + 8, 2);
    memcpy(second->common + 3, months + (size_t)utc.tm_mon * 3, 3);
    memcpy(second->common + 7, second->iso, 4);
    memcpy(second->common + 12, second->iso + 11, 8);
}

static void put_time(struct writer *out, const struct exchange_log_line *line,
                     enum exchange_log_item_kind kind)
{
    struct exchange_log_second *second = line->second;
    uint64_t number = line->wall_ns / NS_A_SECOND;
    unsigned ms = (unsigned)(line->wall_ns % NS_A_SECOND / 1000000);

    if (second->number != number) {
        second_set(second, number);
    }
    if (kind == EXCHANGE_LOG_TIME) {
        put(out, second->iso, sizeof second->iso - 1);
        put_fraction(out, ms, 3);
        *out->at++ = 'Z';
    } else if (kind == EXCHANGE_LOG_TIME_COMMON) {
        put(out, second->common, sizeof second->common - 1);
        put_text(out, " +0000");
    } else {
        put_number(out, number);
        put_fraction(out, ms, 3);
    }
}

static void put_duration(struct writer *out, uint64_t ns)
{
    put_number(out, ns / NS_A_SECOND);
    put_fraction(out, (unsigned)(ns % NS_A_SECOND / 1000), 6);
}

/* ---- values of a peer's ---- */

/* A part of a value, of which `room` is left. */
static void put_part(struct writer *out, struct shunt_span part, size_t *room)
{
    bool cut = false;
    size_t most = *room > CUT_BYTES ? *room - CUT_BYTES : 0;
    size_t len = exchange_log_escape(out->format->escape, part, out->at, most, &cut);

    out->at += len;
    *room -= len;
    if (cut && *room >= CUT_BYTES) {
        put_text(out, "...");
        *room = 0;
    }
}

static void put_parts(struct writer *out, const struct shunt_span *parts, size_t count)
{
    size_t room = out->values_left < EXCHANGE_LOG_VALUE_BYTES_MAX ? out->values_left
                                                                  : EXCHANGE_LOG_VALUE_BYTES_MAX;
    size_t before = room;

    for (size_t i = 0; i < count; i++) {
        put_part(out, parts[i], &room);
    }
    out->values_left -= before - room;
}

static void put_absent(struct writer *out)
{
    if (out->format->escape == EXCHANGE_LOG_TEXT && out->values_left > 0) {
        *out->at++ = '-';
        out->values_left--;
    }
}

static void put_value(struct writer *out, struct shunt_span value)
{
    if (value.len == 0) {
        put_absent(out);
    } else {
        put_parts(out, &value, 1);
    }
}

/* The bytes of what never became a request up to the end of its first line. */
static struct shunt_span first_line(struct shunt_span bytes)
{
    const char *end = bytes.len ? memchr(bytes.at, '\n', bytes.len) : NULL;

    if (end) {
        bytes.len = (size_t)(end - bytes.at);
    }
    if (bytes.len > 0 && bytes.at[bytes.len - 1] == '\r') {
        bytes.len--;
    }
    return bytes;
}

static struct shunt_span version_of(const struct shunt_request *request)
{
    return request->version_minor ? (struct shunt_span){"HTTP/1.1", 8}
                                  : (struct shunt_span){"HTTP/1.0", 8};
}

/* Method and target stand together where they were received, with one space between them. */
static void put_request(struct writer *out, const struct exchange_done *done)
{
    const struct shunt_request *request = done->request;

    if (request) {
        const char *end = request->target.at + request->target.len;

        put_value(out, (struct shunt_span){request->method.at, (size_t)(end - request->method.at)});
        *out->at++ = ' ';
        put(out, version_of(request).at, version_of(request).len);
    } else {
        put_value(out, first_line(done->bytes));
    }
}

/* ---- fields ---- */

/* Values of one name, in order; more than these are left out. */
struct values {
    struct shunt_span parts[15]; /* with ", " between them */
    size_t count;
};

static void values_add(struct values *values, struct shunt_span value)
{
    if (values->count + 2 > sizeof values->parts / sizeof *values->parts) {
        return;
    }
    if (values->count > 0) {
        values->parts[values->count++] = (struct shunt_span){", ", 2};
    }
    values->parts[values->count++] = value;
}

static void put_values(struct writer *out, const struct values *values)
{
    if (values->count == 0 || (values->count == 1 && values->parts[0].len == 0)) {
        put_absent(out);
    } else {
        put_parts(out, values->parts, values->count);
    }
}

static void put_request_field(struct writer *out, const struct shunt_request *request,
                              struct shunt_span name)
{
    struct values values = {.count = 0};

    for (size_t i = 0; request && i < request->field_count; i++) {
        if (shunt_span_equal_nocase(request->fields[i].name, name)) {
            values_add(&values, request->fields[i].value);
        }
    }
    put_values(out, &values);
}

/* Those of a response are lines already: "Name: value\r\n" each. */
static void put_response_field(struct writer *out, const struct shunt_response *response,
                               struct shunt_span name)
{
    struct values values = {.count = 0};
    struct shunt_span left = {NULL, 0};

    if (response) {
        left = (struct shunt_span){response->fields.at, response->fields.len};
    }
    while (left.len > 0) {
        struct shunt_span line = first_line(left);

        if (line.len > name.len + 1 && line.at[name.len] == ':' &&
            shunt_span_equal_nocase((struct shunt_span){line.at, name.len}, name)) {
            values_add(&values,
                       (struct shunt_span){line.at + name.len + 2, line.len - name.len - 2});
        }
        left.at += line.len + 2;
        left.len -= line.len + 2;
    }
    if (response && response->content_type && values.count == 0 &&
        shunt_span_equal_nocase(name, shunt_span_of("Content-Type"))) {
        values_add(&values, shunt_span_of(response->content_type));
    }
    put_values(out, &values);
}

/* ---- the line ---- */

/* An answer that there was not has the status that nginx logs for it. */
static unsigned status_of(const struct exchange_done *done)
{
    if (done->status) {
        return done->status;
    }
    return done->end == EXCHANGE_LEFT ? 499 : 444;
}

static const char *end_of(const struct exchange_done *done)
{
    static const char *const ends[] = {
        [EXCHANGE_ANSWERED] = "answered", [EXCHANGE_SWITCHED] = "switched",
        [EXCHANGE_REFUSED] = "refused",   [EXCHANGE_CUT] = "cut",
        [EXCHANGE_LEFT] = "left",         [EXCHANGE_DROPPED] = "dropped",
    };

    return ends[done->end];
}

/* Of a request that was not understood nothing is known. */
static struct shunt_span text_of(const struct exchange_log_line *line,
                                 enum exchange_log_item_kind kind)
{
    const struct shunt_request *request = line->done->request;

    if (kind == EXCHANGE_LOG_CLIENT) {
        return line->client;
    }
    if (kind == EXCHANGE_LOG_PEER) {
        return line->peer;
    }
    if (kind == EXCHANGE_LOG_PROTOCOL) {
        return line->done->protocol;
    }
    if (!request) {
        return (struct shunt_span){0};
    }
    switch (kind) {
    case EXCHANGE_LOG_METHOD:
        return request->method;
    case EXCHANGE_LOG_TARGET:
        return request->target;
    case EXCHANGE_LOG_PATH:
        return request->path;
    case EXCHANGE_LOG_QUERY:
        return request->query;
    case EXCHANGE_LOG_VERSION:
        return version_of(request);
    case EXCHANGE_LOG_HOST:
        return request->host;
    default:
        return request->pattern;
    }
}

static uint64_t number_of(const struct exchange_log_line *line, enum exchange_log_item_kind kind)
{
    switch (kind) {
    case EXCHANGE_LOG_PEER_PORT:
        return line->peer_port;
    case EXCHANGE_LOG_STATUS:
        return status_of(line->done);
    case EXCHANGE_LOG_BYTES:
        return line->done->body_bytes;
    case EXCHANGE_LOG_DURATION_US:
        return line->duration_ns / 1000;
    case EXCHANGE_LOG_WORKER:
        return line->worker;
    case EXCHANGE_LOG_CONNECTION:
        return line->done->connection;
    case EXCHANGE_LOG_NUMBER:
        return line->done->number;
    default:
        return line->done->deferred;
    }
}

static void put_item(struct writer *out, const struct exchange_log_line *line,
                     const struct exchange_log_item *item)
{
    switch (item->kind) {
    case EXCHANGE_LOG_LITERAL:
        put(out, item->text.at, item->text.len);
        break;
    case EXCHANGE_LOG_TIME:
    case EXCHANGE_LOG_TIME_COMMON:
    case EXCHANGE_LOG_TIME_S:
        put_time(out, line, item->kind);
        break;
    case EXCHANGE_LOG_DURATION:
        put_duration(out, line->duration_ns);
        break;
    case EXCHANGE_LOG_REQUEST:
        put_request(out, line->done);
        break;
    case EXCHANGE_LOG_REQUEST_FIELD:
        put_request_field(out, line->done->request, item->text);
        break;
    case EXCHANGE_LOG_RESPONSE_FIELD:
        put_response_field(out, line->done->response, item->text);
        break;
    case EXCHANGE_LOG_END:
        put_text(out, end_of(line->done));
        break;
    default:
        if (item->kind < EXCHANGE_LOG_PEER_PORT) {
            put_value(out, text_of(line, item->kind));
        } else {
            put_number(out, number_of(line, item->kind));
        }
    }
}

size_t exchange_log_line_write(const struct exchange_log_format *format,
                               const struct exchange_log_line *line,
                               char out[EXCHANGE_LOG_LINE_BYTES_MAX])
{
    struct writer writer = {
        .at = out,
        .values_left = EXCHANGE_LOG_LINE_BYTES_MAX - 1 - format->fixed,
        .format = format,
    };

    for (size_t i = 0; i < format->count; i++) {
        put_item(&writer, line, &format->items[i]);
    }
    *writer.at++ = '\n';
    ASSERT(writer.at <= out + EXCHANGE_LOG_LINE_BYTES_MAX);
    return (size_t)(writer.at - out);
}
