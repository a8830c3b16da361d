#include "wire/plain.h"

#include "http/list.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *plain_method(const struct plain *plain)
{
    return plain->method ? plain->method : "GET";
}

bool plain_is_head(const struct plain *plain)
{
    return strcmp(plain_method(plain), "HEAD") == 0;
}

enum shunt_status plain_method_set(struct plain *plain, const char *method, struct error *error)
{
    if (!http_is_token(shunt_span_of(method)) || strlen(method) > PLAIN_METHOD_BYTES_MAX) {
        return error_set(error, SHUNT_EINVAL, "expected a method like POST, found '%s'", method);
    }
    if (strcmp(method, "CONNECT") == 0) {
        return error_set(error, SHUNT_EINVAL, "CONNECT asks for a tunnel, which is not measured");
    }
    plain->method = method;
    return SHUNT_OK;
}

enum shunt_status plain_body_set(struct plain *plain, struct shunt_span body, struct error *error)
{
    if (plain->has_body) {
        return error_set(error, SHUNT_EINVAL, "one body is enough");
    }
    if (body.len > PLAIN_BODY_BYTES_MAX) {
        return error_set(error, SHUNT_EINVAL, "more than %d bytes", PLAIN_BODY_BYTES_MAX);
    }
    plain->body = body;
    plain->has_body = true;
    return SHUNT_OK;
}

enum shunt_status plain_check(const struct plain *plain, struct error *error)
{
    if (plain->has_body && strcmp(plain_method(plain), "TRACE") == 0) {
        return error_set(error, SHUNT_EINVAL,
                         "a TRACE must not have a body (RFC 9110 section 9.3.8)");
    }
    return SHUNT_OK;
}

/* Servers expect a length from these, though it is 0 (RFC 9110 section 8.6). */
static bool has_length(const struct plain *plain)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH"};
    bool is = plain->has_body;

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        is = is || strcmp(plain_method(plain), methods[i]) == 0;
    }
    return is;
}

enum shunt_status plain_write(const struct plain *plain, const struct url *url,
                              const struct requests_extra *extra, char **request, size_t *len)
{
    char fields[128] = "";
    size_t at = 0, room = REQUESTS_BYTES_MAX + plain->body.len;
    char *out = malloc(room);

    if (!out) {
        return SHUNT_ENOMEM;
    }
    if (plain->has_body && !requests_extra_has(extra, "Content-Type")) {
        at = (size_t)snprintf(fields, sizeof fields, "Content-Type: " PLAIN_CONTENT_TYPE "\r\n");
    }
    if (has_length(plain)) {
        snprintf(fields + at, sizeof fields - at, "Content-Length: %zu\r\n", plain->body.len);
    }
    *len = (size_t)snprintf(
        out, room, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: shunt-bench\r\n%s%s%.*s\r\n",
        plain_method(plain), url->target, url->authority,
        plain->close ? "Connection: close\r\n" : "", fields, (int)extra->len, extra->text);
    if (plain->body.len) {
        memcpy(out + *len, plain->body.at, plain->body.len);
        *len += plain->body.len;
    }
    *request = out;
    return SHUNT_OK;
}
