/* A browser writes an origin in one way only (RFC 6454 section 6.2), so nothing is normalised. */
#include "origin.h"

#define SCHEME_END "://"

static bool is_host_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '.' || c == '_';
}

/* Behind "://"; NULL: there is none, or nothing in front. */
static const char *host_of(struct shunt_span origin)
{
    const char *at = memmem(origin.at, origin.len, SCHEME_END, strlen(SCHEME_END));

    return at && at > origin.at ? at + strlen(SCHEME_END) : NULL;
}

/* What stands before the * of a pattern; all of it where there is none. */
static size_t before_star(struct shunt_span pattern)
{
    const char *star = memchr(pattern.at, '*', pattern.len);

    return star ? (size_t)(star - pattern.at) : pattern.len;
}

bool websocket_origin_pattern_valid(struct shunt_span pattern)
{
    const char *host = host_of(pattern), *end = pattern.at + pattern.len;
    size_t front = before_star(pattern);

    if (shunt_span_equal_nocase(pattern, shunt_span_of("null"))) {
        return true;
    }
    if (!host || host == end || memchr(host, '/', (size_t)(end - host))) {
        return false;
    }
    return front == pattern.len ||
           (pattern.at + front == host && end - host > 2 && host[1] == '.' &&
            !memchr(host + 1, '*', (size_t)(end - host) - 1));
}

static bool matches(struct shunt_span pattern, struct shunt_span origin)
{
    size_t front = before_star(pattern);
    size_t back = pattern.len - front - (front < pattern.len);
    struct shunt_span labels;

    if (front == pattern.len) {
        return shunt_span_equal_nocase(pattern, origin);
    }
    if (origin.len <= front + back ||
        !shunt_span_equal_nocase((struct shunt_span){pattern.at, front},
                                 (struct shunt_span){origin.at, front}) ||
        !shunt_span_equal_nocase((struct shunt_span){pattern.at + front + 1, back},
                                 (struct shunt_span){origin.at + origin.len - back, back})) {
        return false;
    }
    labels = (struct shunt_span){origin.at + front, origin.len - front - back};
    for (size_t i = 0; i < labels.len; i++) {
        if (!is_host_byte(labels.at[i])) {
            return false;
        }
    }
    return labels.at[0] != '.' && labels.at[labels.len - 1] != '.';
}

bool websocket_origin_allowed(const struct websocket_list *origins, struct shunt_span origin)
{
    for (size_t i = 0; i < origins->count; i++) {
        if (matches(origins->at[i], origin)) {
            return true;
        }
    }
    return false;
}
