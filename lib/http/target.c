#include "http/target.h"

#include "http/authority.h"
#include "http/scan.h"

static bool is_method(const struct http_parse *parse, const char *name)
{
    return shunt_span_equal(parse->head.method, shunt_span_of(name));
}

static struct shunt_span span_between(const char *from, const char *to)
{
    return (struct shunt_span){from, (size_t)(to - from)};
}

/* What `text` has behind "http://" or "https://"; NULL when it starts otherwise. */
static const char *behind_scheme(struct shunt_span text)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct shunt_span scheme = shunt_span_of(schemes[i]);

        if (text.len > scheme.len &&
            shunt_span_equal_nocase((struct shunt_span){text.at, scheme.len}, scheme)) {
            return text.at + scheme.len;
        }
    }
    return NULL;
}

/*
 * scheme "://" authority path-abempty ["?" query]. No user information (RFC 9110 section 4.2.4),
 * no empty host (section 4.2.1), no brackets behind the authority.
 */
static unsigned parse_absolute(struct http_parse *parse)
{
    struct http_head *head = &parse->head;
    const char *end = head->target.at + head->target.len;
    const char *host = behind_scheme(head->target), *at = host;

    if (host == NULL) {
        return 400;
    }
    while (at < end && *at != '/' && *at != '?') {
        at++;
    }
    head->host = span_between(host, at);
    if (head->host.len == 0 || *host == ':' || !http_is_authority(head->host)) {
        return 400;
    }
    if (memchr(at, '[', (size_t)(end - at)) || memchr(at, ']', (size_t)(end - at))) {
        return 400;
    }
    head->path = span_between(at, head->path.at + head->path.len); /* it ends at the query */
    if (head->path.len == 0) {
        head->path = shunt_span_of("/");
    }
    return HTTP_GO;
}

/* uri-host ":" port, the port not left out (RFC 9110 section 9.3.6). What comes behind may be bytes of
 * whoever the client speaks for, so it is no request (RFC 9931): the connection ends. */
static unsigned parse_authority(struct http_parse *parse)
{
    struct http_head *head = &parse->head;
    struct shunt_span port;

    if (*head->target.at == ':' || !http_is_authority(head->target)) {
        return 400;
    }
    port = http_authority_port(head->target);
    if (port.len == 0) {
        return 400;
    }
    head->host = head->target;
    head->path = shunt_span_of("/");
    parse->seen |= HTTP_CONNECTION_CLOSE;
    return HTTP_GO;
}

unsigned http_parse_target(struct http_parse *parse)
{
    struct http_head *head = &parse->head;
    bool connect = is_method(parse, "CONNECT");

    if (connect) {
        return *head->target.at == '/' ? 400 : parse_authority(parse);
    }
    if (*head->target.at == '/') {
        return HTTP_GO;
    }
    if (head->target.len == 1 && *head->target.at == '*') {
        head->path = shunt_span_of("/");
        return is_method(parse, "OPTIONS") ? HTTP_GO : 400;
    }
    return parse_absolute(parse);
}
