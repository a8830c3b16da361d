/* Strict on purpose: the URL goes into a request line, so nothing that could end a line passes. */
#include "wire/url.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

static const char *skip_scheme(const char *text)
{
    static const char *const schemes[] = {"http://", "ws://"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0) {
            return text + strlen(schemes[i]);
        }
    }
    return NULL;
}

/* A request target or a host never holds space, control bytes or what is not ASCII (RFC 3986). */
static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f) {
            return false;
        }
    }
    return true;
}

static bool parse_port(const char *text, uint16_t *port)
{
    char *end;
    unsigned long number;

    if (*text < '0' || *text > '9') {
        return false;
    }
    number = strtoul(text, &end, 10);
    if (*end != '\0' || number == 0 || number > 65535) {
        return false;
    }
    *port = (uint16_t)number;
    return true;
}

/* "HOST", "HOST:PORT", "[ADDRESS]" or "[ADDRESS]:PORT" in `text`, which is cut up. */
static bool parse_authority(char *text, struct url *url)
{
    bool bracketed = *text == '[';
    char *host = text + bracketed;
    char *host_end = bracketed ? strchr(host, ']') : host + strcspn(host, ":");

    if (!host_end || host_end == host) {
        return false;
    }
    char *rest = host_end + bracketed;

    url->port = 80;
    if (*rest != '\0' && (*rest != ':' || !parse_port(rest + 1, &url->port))) {
        return false;
    }
    *host_end = '\0';
    if (strpbrk(host, bracketed ? "[]@" : "[]@:")) {
        return false;
    }
    snprintf(url->host, sizeof url->host, "%.*s", (int)sizeof url->host - 1, host);
    int len = snprintf(url->authority, sizeof url->authority, bracketed ? "[%s]" : "%s", url->host);

    if (url->port != 80) {
        snprintf(url->authority + len, sizeof url->authority - (size_t)len, ":%u", url->port);
    }
    return true;
}

/* unix:SOCKET[:/PATH]: the target starts at the first ":/". */
static enum shunt_status parse_unix(const char *text, struct url *url, struct error *error)
{
    struct url made = {.host = "localhost", .authority = "localhost", .target = "/"};
    const char *path = text + strlen("unix:"), *target = strstr(path, ":/");
    size_t len = target ? (size_t)(target - path) : strlen(path);

    if (len == 0 || len >= sizeof made.unix_path || !is_printable(text) || strchr(text, '#') ||
        (target && strlen(target) > sizeof made.target)) {
        return error_set(error, SHUNT_EINVAL, "'%s': expected unix:SOCKET or unix:SOCKET:/PATH",
                         text);
    }
    memcpy(made.unix_path, path, len);
    if (target) {
        snprintf(made.target, sizeof made.target, "%s", target + 1);
    }
    *url = made;
    return SHUNT_OK;
}

enum shunt_status url_parse(const char *text, struct url *url, struct error *error)
{
    struct url made = {.port = 80};
    char authority[sizeof made.host];
    const char *start = skip_scheme(text);

    if (strncmp(text, "unix:", 5) == 0) {
        return parse_unix(text, url, error);
    }
    if (!start) {
        if (strncasecmp(text, "https://", 8) == 0 || strncasecmp(text, "wss://", 6) == 0) {
            return error_set(error, SHUNT_EINVAL, "'%s': TLS is not measured, use http:// or ws://",
                             text);
        }
        return error_set(error, SHUNT_EINVAL, "'%s': expected http://HOST:PORT/PATH or ws://...",
                         text);
    }
    if (!is_printable(text) || strchr(text, '#')) {
        return error_set(error, SHUNT_EINVAL,
                         "'%s': a space, a control byte, '#' or what is not ASCII", text);
    }
    size_t authority_len = strcspn(start, "/?");
    const char *target = start + authority_len;

    if (authority_len >= sizeof authority ||
        strlen(target) + (*target != '/') >= sizeof made.target) {
        return error_set(error, SHUNT_EINVAL, "the URL is too long");
    }
    memcpy(authority, start, authority_len);
    authority[authority_len] = '\0';
    if (!parse_authority(authority, &made)) {
        return error_set(error, SHUNT_EINVAL,
                         "'%s': expected HOST, HOST:PORT or [ADDRESS]:PORT, found '%.*s'", text,
                         (int)authority_len, start);
    }
    snprintf(made.target, sizeof made.target, "%s%s", *target == '/' ? "" : "/", target);
    *url = made;
    return SHUNT_OK;
}

enum shunt_status url_resolve(const struct url *url,
                              struct url_address addresses[URL_ADDRESSES_MAX], size_t *count,
                              struct error *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *found;
    char port[8];
    size_t n = 0;

    if (url->unix_path[0]) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        memcpy(address.sun_path, url->unix_path, sizeof address.sun_path);
        memcpy(&addresses[0].address, &address, sizeof address);
        addresses[0].len = sizeof address;
        *count = 1;
        return SHUNT_OK;
    }
    snprintf(port, sizeof port, "%u", url->port);
    int result = getaddrinfo(url->host, port, &hints, &found);

    if (result != 0) {
        return error_set(error, SHUNT_ENOTFOUND, "host '%s' is not known: %s", url->host,
                         result == EAI_SYSTEM ? "the resolver failed" : gai_strerror(result));
    }
    for (struct addrinfo *at = found; at && n < URL_ADDRESSES_MAX; at = at->ai_next) {
        memcpy(&addresses[n].address, at->ai_addr, at->ai_addrlen);
        addresses[n++].len = at->ai_addrlen;
    }
    freeaddrinfo(found);
    *count = n;
    return SHUNT_OK;
}

static bool parse_ip(const char *text, struct url_address *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    *address = (struct url_address){.len = sizeof v4};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(&address->address, &v4, sizeof v4);
        return true;
    }
    address->len = sizeof v6;
    memcpy(&address->address, &v6, sizeof v6);
    return inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&address->address)->sin6_addr) == 1;
}

enum shunt_status url_sources(const char *text, struct url_address *addresses, size_t room,
                              size_t *count, struct error *error)
{
    char first[64];
    size_t len = strcspn(text, "-");
    struct url_address at;

    snprintf(first, sizeof first, "%.*s", (int)(len < sizeof first ? len : sizeof first - 1), text);
    bool right = len < sizeof first && parse_ip(first, &at);
    struct sockaddr_in *v4 = (struct sockaddr_in *)&at.address;
    uint32_t from = right ? ntohl(v4->sin_addr.s_addr) & 255 : 0, to = from;

    if (right && text[len] == '-') {
        char *end;
        unsigned long last = strtoul(text + len + 1, &end, 10);

        right = at.address.ss_family == AF_INET && text[len + 1] >= '0' && text[len + 1] <= '9' &&
                *end == '\0' && last >= from && last <= 255;
        to = (uint32_t)last;
    }
    if (!right) {
        return error_set(error, SHUNT_EINVAL,
                         "expected an address or a range like 127.0.0.2-9, found '%s'", text);
    }
    if (to - from + 1 > room - *count) {
        return error_set(error, SHUNT_EINVAL, "more than %zu addresses", room);
    }
    for (uint32_t number = from; number <= to; number++) {
        if (number > from) {
            v4->sin_addr.s_addr = htonl(ntohl(v4->sin_addr.s_addr) + 1);
        }
        addresses[(*count)++] = at;
    }
    return SHUNT_OK;
}
