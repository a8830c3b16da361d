#include "http/authority.h"

#include "http/bytes.h"

/* dec-octet "." dec-octet "." dec-octet "." dec-octet, no leading zeros. */
static bool is_ipv4(const char *at, const char *end)
{
    for (int octet = 0; octet < 4; octet++) {
        const char *start = at;
        unsigned value = 0;

        if (octet > 0 && (at == end || *at++ != '.')) {
            return false;
        }
        start = at;
        while (at < end && at - start < 3 && http_byte_is(*at, HTTP_BYTE_DIGIT)) {
            value = value * 10 + (unsigned)(*at++ - '0');
        }
        if (at == start || value > 255 || (*start == '0' && at - start > 1)) {
            return false;
        }
    }
    return at == end;
}

/* Eight groups of one to four hexadecimal digits; "::" once for one or more; IPv4 for two. */
static bool is_ipv6(const char *at, const char *end)
{
    int groups = 0;
    bool gap = false;

    if (end - at >= 2 && at[0] == ':' && at[1] == ':') {
        gap = true;
        at += 2;
    }
    while (at < end) {
        const char *start = at;

        while (at < end && at - start < 4 && http_byte_is(*at, HTTP_BYTE_HEX)) {
            at++;
        }
        if (at < end && *at == '.') {
            groups += 2;
            return is_ipv4(start, end) && (gap ? groups < 8 : groups == 8);
        }
        if (at == start || ++groups > 8) {
            return false;
        }
        if (at == end) {
            break;
        }
        if (*at++ != ':' || at == end) {
            return false;
        }
        if (*at == ':') {
            if (gap) {
                return false;
            }
            gap = true;
            at++;
        }
    }
    return gap ? groups < 8 : groups == 8;
}

bool http_is_ipv4(struct shunt_span text)
{
    return is_ipv4(text.at, text.at + text.len);
}

bool http_is_ipv6(struct shunt_span text)
{
    return is_ipv6(text.at, text.at + text.len);
}

/* "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) */
static bool is_ip_future(const char *at, const char *end)
{
    const char *start = ++at;

    while (at < end && http_byte_is(*at, HTTP_BYTE_HEX)) {
        at++;
    }
    if (at == start || at == end || *at++ != '.' || at == end) {
        return false;
    }
    while (at < end && (*at == ':' || http_byte_is(*at, HTTP_BYTE_NAME))) {
        at++;
    }
    return at == end;
}

/* The end of a uri-host at the front; NULL when there is none. A reg-name may be empty. */
static const char *skip_host(const char *at, const char *end)
{
    if (at < end && *at == '[') {
        const char *close = memchr(at, ']', (size_t)(end - at));

        if (close == NULL || close - at < 2) {
            return NULL;
        }
        at++;
        return ((*at | 0x20) == 'v' ? is_ip_future(at, close) : is_ipv6(at, close)) ? close + 1
                                                                                    : NULL;
    }
    for (; at < end; at++) {
        if (http_byte_is(*at, HTTP_BYTE_NAME)) {
            continue;
        }
        if (*at != '%') {
            break;
        }
        if (end - at < 3 || !http_byte_is(at[1], HTTP_BYTE_HEX) ||
            !http_byte_is(at[2], HTTP_BYTE_HEX)) {
            return NULL;
        }
        at += 2;
    }
    return at;
}

/* RFC 3986 sets no bound to a port, but TCP has none above 65535. */
bool http_is_authority(struct shunt_span text)
{
    const char *end = text.at + text.len;
    const char *at = skip_host(text.at, end);
    unsigned port = 0;

    if (at == NULL) {
        return false;
    }
    if (at == end) {
        return true;
    }
    if (*at++ != ':') {
        return false;
    }
    for (; at < end; at++) {
        if (!http_byte_is(*at, HTTP_BYTE_DIGIT)) {
            return false;
        }
        port = port * 10 + (unsigned)(*at - '0');
        if (port > 65535) {
            return false;
        }
    }
    return true;
}

struct shunt_span http_authority_port(struct shunt_span authority)
{
    const char *end = authority.at + authority.len, *at = end;

    while (at > authority.at && http_byte_is(at[-1], HTTP_BYTE_DIGIT)) {
        at--;
    }
    if (at == authority.at || at[-1] != ':') {
        at = end;
    }
    return (struct shunt_span){at, (size_t)(end - at)};
}
