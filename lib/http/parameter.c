/* Read from the front, so that a caller can go on behind what it has read. */
#include "http/parameter.h"

#include "http/list.h"
#include "http/scan.h"

static struct shunt_span drop(struct shunt_span text, size_t len)
{
    return (struct shunt_span){text.at + len, text.len - len};
}

/* The quoted-string (RFC 9110 section 5.6.4) at the front of `rest`, whose first byte is a quote. */
static bool read_quoted(struct shunt_span *rest, struct http_parameter *parameter)
{
    size_t at = 1;

    for (; at < rest->len && rest->at[at] != '"'; at++) {
        if (rest->at[at] == '\\') {
            parameter->escaped = true;
            at++;
        }
        if (at == rest->len || !http_byte_is(rest->at[at], HTTP_BYTE_VALUE)) {
            return false;
        }
    }
    if (at == rest->len) {
        return false;
    }
    parameter->quoted = true;
    parameter->value = (struct shunt_span){rest->at + 1, at - 1};
    *rest = drop(*rest, at + 1);
    return true;
}

static bool read_token(struct shunt_span *rest, struct shunt_span *token)
{
    size_t len =
        rest->len ? (size_t)(http_scan_token(rest->at, rest->at + rest->len) - rest->at) : 0;

    *token = (struct shunt_span){rest->at, len};
    *rest = drop(*rest, len);
    return len > 0;
}

enum shunt_status http_parameter_read(struct shunt_span *rest, struct http_parameter *parameter)
{
    *parameter = (struct http_parameter){0};
    if (!read_token(rest, &parameter->name) || rest->len == 0 || *rest->at != '=') {
        return SHUNT_EPROTO;
    }
    *rest = drop(*rest, 1);
    if (rest->len > 0 && *rest->at == '"') {
        return read_quoted(rest, parameter) ? SHUNT_OK : SHUNT_EPROTO;
    }
    return read_token(rest, &parameter->value) ? SHUNT_OK : SHUNT_EPROTO;
}

enum shunt_status http_parameter_next(struct shunt_span *rest, struct http_parameter *parameter)
{
    bool separated = false;

    while (rest->len > 0 && (*rest->at == ';' || http_is_blank(*rest->at))) {
        separated |= *rest->at == ';';
        *rest = drop(*rest, 1);
    }
    if (rest->len == 0) {
        return SHUNT_ENOTFOUND;
    }
    return separated ? http_parameter_read(rest, parameter) : SHUNT_EPROTO;
}
