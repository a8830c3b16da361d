/* Response heads. No locale and no formatting library: both are slow, and one may lie. */
#include "http/response.h"
#include "base/assert.h"
#include "http/reason.h"

#define DECIMAL_BYTES_MAX 20 /* of a uint64_t */

/* Room for `len` more bytes, all or none; NULL when there is not so much. */
static char *reserve(struct http_writer *out, size_t len)
{
    char *at = out->at + out->len;

    if (out->full || out->room - out->len < len) {
        out->full = true;
        return NULL;
    }
    out->len += len;
    return at;
}

static char *put(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

void http_write_bytes(struct http_writer *out, struct shunt_span bytes)
{
    char *at = reserve(out, bytes.len);

    if (at != NULL && bytes.len > 0) {
        put(at, bytes.at, bytes.len);
    }
}

void http_write_status(struct http_writer *out, unsigned status)
{
    struct shunt_span reason = shunt_span_of(http_reason(status));
    char *at;

    ASSERT(status >= 100 && status <= 999);
    at = reserve(out, sizeof "HTTP/1.1 000 \r\n" - 1 + reason.len);
    if (at == NULL) {
        return;
    }
    at = put(at, "HTTP/1.1 ", 9);
    *at++ = (char)('0' + status / 100);
    *at++ = (char)('0' + status / 10 % 10);
    *at++ = (char)('0' + status % 10);
    *at++ = ' ';
    at = put(at, reason.at, reason.len);
    put(at, "\r\n", 2);
}

void http_write_field(struct http_writer *out, struct shunt_span name, struct shunt_span value)
{
    char *at = reserve(out, name.len + 2 + value.len + 2);

    if (at == NULL) {
        return;
    }
    at = put(at, name.at, name.len);
    at = put(at, ": ", 2);
    if (value.len > 0) {
        at = put(at, value.at, value.len);
    }
    put(at, "\r\n", 2);
}

/* The digits of `value`, at the end of `digits`. */
static struct shunt_span decimal(uint64_t value, char digits[DECIMAL_BYTES_MAX])
{
    char *end = digits + DECIMAL_BYTES_MAX, *at = end;

    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    return (struct shunt_span){at, (size_t)(end - at)};
}

void http_write_field_number(struct http_writer *out, struct shunt_span name, uint64_t value)
{
    char digits[DECIMAL_BYTES_MAX];

    http_write_field(out, name, decimal(value, digits));
}

void http_write_number(struct http_writer *out, uint64_t value)
{
    char digits[DECIMAL_BYTES_MAX];

    http_write_bytes(out, decimal(value, digits));
}

void http_write_end(struct http_writer *out)
{
    http_write_bytes(out, (struct shunt_span){"\r\n", 2});
}
