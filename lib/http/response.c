/* Response heads and dates. No locale and no formatting library: both are slow, and one may lie. */
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

struct date {
    unsigned year, month, day; /* month from 0, day from 1 */
};

/*
 * The Gregorian date `days` after 1970-01-01. Counted in years that begin on 1 March, so that the
 * leap day is the last of its year and the months before it follow a fixed pattern.
 */
static struct date date_of_days(unsigned days)
{
    unsigned since = days + 719468; /* since 0000-03-01 */
    unsigned era = since / 146097, of_era = since % 146097;
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153; /* 0 is March */

    return (struct date){
        .year = year + era * 400 + (month >= 10),
        .month = (month + 2) % 12,
        .day = of_year - (153 * month + 2) / 5 + 1,
    };
}

static char *put_two(char *at, unsigned value)
{
    at[0] = (char)('0' + value / 10);
    at[1] = (char)('0' + value % 10);
    return at + 2;
}

void http_date_format(int64_t seconds, char out[HTTP_DATE_BYTES])
{
    static const char day_names[] = "ThuFriSatSunMonTueWed"; /* the epoch was a Thursday */
    static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const int64_t last = 253402300799; /* 9999-12-31 23:59:59 */
    int64_t within = seconds < 0 ? 0 : seconds > last ? last : seconds;
    unsigned days = (unsigned)(within / 86400), of_day = (unsigned)(within % 86400);
    struct date date = date_of_days(days);
    char *at = put(out, day_names + days % 7 * 3, 3);

    at = put(at, ", ", 2);
    at = put_two(at, date.day);
    *at++ = ' ';
    at = put(at, month_names + date.month * 3, 3);
    *at++ = ' ';
    at = put_two(put_two(at, date.year / 100), date.year % 100);
    *at++ = ' ';
    at = put_two(at, of_day / 3600);
    *at++ = ':';
    at = put_two(at, of_day / 60 % 60);
    *at++ = ':';
    at = put_two(at, of_day % 60);
    put(at, " GMT", 4);
}
