#include "http/request_line.h"

#include "http/scan.h"
#include "http/target.h"

static unsigned parse_method(struct http_parse *parse)
{
    const char *start = parse->at, *at = start;

    while (at < parse->end && http_byte_is(*at, HTTP_BYTE_TOKEN)) {
        at++;
    }
    if (at - start > HTTP_METHOD_BYTES_MAX) {
        return 501;
    }
    if (at == parse->end) {
        return HTTP_MORE;
    }
    if (at == start || *at != ' ') {
        return 400;
    }
    parse->head.method = (struct shunt_span){start, (size_t)(at - start)};
    parse->at = at + 1;
    return HTTP_GO;
}

/* "%" and two hexadecimal digits at `at`. */
static unsigned check_escape(const char *at, const char *end)
{
    for (int i = 1; i <= 2; i++) {
        if (at + i == end) {
            return HTTP_MORE;
        }
        if (!http_byte_is(at[i], HTTP_BYTE_HEX)) {
            return 400;
        }
    }
    return HTTP_GO;
}

/*
 * The bytes of a target. Brackets stand only in the authority of the forms that have one, so the
 * usual form, which starts with "/", is wholly checked here; the others go on in target.c.
 */
static unsigned parse_target_bytes(struct http_parse *parse)
{
    const char *start = parse->at, *at = start, *query = NULL;
    unsigned class;

    if (at == parse->end) {
        return HTTP_MORE;
    }
    class = *at == '/' ? HTTP_BYTE_PATH : HTTP_BYTE_TARGET;
    for (;;) {
        while (at < parse->end && http_byte_is(*at, class)) {
            at++;
        }
        if ((size_t)(at - start) > parse->limits->target_bytes_max) {
            return 414;
        }
        if (at == parse->end) {
            return HTTP_MORE;
        }
        if (*at == '%') {
            unsigned verdict = check_escape(at, parse->end);

            if (verdict != HTTP_GO) {
                return verdict;
            }
        } else if (*at != '?') {
            break;
        } else if (query == NULL) {
            query = at;
        }
        at++;
    }
    if (at == start || *at != ' ') {
        return 400;
    }
    parse->head.target = (struct shunt_span){start, (size_t)(at - start)};
    parse->head.path = (struct shunt_span){start, (size_t)((query ? query : at) - start)};
    parse->head.query = (struct shunt_span){query ? query + 1 : at, 0};
    parse->head.query.len = (size_t)(at - parse->head.query.at);
    parse->at = at + 1;
    return HTTP_GO;
}

/* "HTTP/" DIGIT "." DIGIT CRLF; another major version is 505 (RFC 9110 section 15.6.6). */
static unsigned parse_version(struct http_parse *parse)
{
    static const char form[] = "HTTP/d.d\r\n"; /* d: any digit */
    const char *at = parse->at;

    if (parse->end - at >= 10 && memcmp(at, "HTTP/1.1\r\n", 10) == 0) {
        parse->head.version_minor = 1;
        parse->at = at + 10;
        return HTTP_GO;
    }
    for (size_t i = 0; i < sizeof form - 1; i++) {
        if (at + i == parse->end) {
            return HTTP_MORE;
        }
        if (form[i] == 'd' ? !http_byte_is(at[i], HTTP_BYTE_DIGIT) : at[i] != form[i]) {
            return 400;
        }
    }
    if (at[5] != '1') {
        return 505;
    }
    parse->head.version_minor = at[7] != '0';
    parse->at = at + sizeof form - 1;
    return HTTP_GO;
}

unsigned http_parse_request_line(struct http_parse *parse)
{
    unsigned verdict = parse_method(parse);

    if (verdict == HTTP_GO) {
        verdict = parse_target_bytes(parse);
    }
    if (verdict == HTTP_GO) {
        verdict = parse_version(parse);
    }
    return verdict == HTTP_GO ? http_parse_target(parse) : verdict;
}
