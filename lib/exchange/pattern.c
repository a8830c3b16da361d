#include "exchange/pattern.h"

#include "exchange/tree.h"
#include "http/bytes.h"

static const char absolute[] = "an absolute path such as /ws";
static const char parameter[] = "{name} as a whole segment, or {name...} as the last one";

static bool is_parameter(struct shunt_span segment)
{
    return segment.len > 0 && *segment.at == '{';
}

/* Of a {parameter}; with its dots where it stands for the rest. */
static struct shunt_span inside(struct shunt_span segment)
{
    return (struct shunt_span){segment.at + 1, segment.len - 2};
}

static bool is_rest(struct shunt_span segment)
{
    return is_parameter(segment) && segment.len > 5 && segment.at[segment.len - 2] == '.';
}

/* The segment behind the '/' at the front of *path, which moves on; false: there is none. */
static bool segment_next(struct shunt_span *path, struct shunt_span *segment)
{
    const char *end;

    if (path->len == 0) {
        return false;
    }
    *segment = (struct shunt_span){path->at + 1, path->len - 1};
    end = memchr(segment->at, '/', segment->len);
    segment->len = end ? (size_t)(end - segment->at) : segment->len;
    path->at += segment->len + 1;
    path->len -= segment->len + 1;
    return true;
}

static bool is_letter(char byte)
{
    return byte == '_' || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

/* An identifier, as most languages have them. */
static bool is_name(struct shunt_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!is_letter(name.at[i]) && (i == 0 || !http_byte_is(name.at[i], HTTP_BYTE_DIGIT))) {
            return false;
        }
    }
    return name.len > 0;
}

static bool parameter_valid(struct shunt_span segment, bool last)
{
    struct shunt_span name;

    if (segment.at[segment.len - 1] != '}' || segment.len < 3) {
        return false;
    }
    name = inside(segment);
    if (name.len > 3 && memcmp(name.at + name.len - 3, "...", 3) == 0) {
        name.len -= 3;
        return last && is_name(name);
    }
    return is_name(name);
}

/* A path as a request can have it: RFC 3986 section 3.3, without query or fragment. */
static bool fixed_valid(struct shunt_span segment)
{
    for (size_t i = 0; i < segment.len; i++) {
        const char *at = segment.at + i;
        bool escape = *at == '%' && segment.len - i > 2 && http_byte_is(at[1], HTTP_BYTE_HEX) &&
                      http_byte_is(at[2], HTTP_BYTE_HEX);

        if (!escape && !http_byte_is(*at, HTTP_BYTE_PATH)) {
            return false;
        }
    }
    return true;
}

/* What other servers take for a pattern; here no client would ask for it. */
static bool is_foreign(struct shunt_span segment)
{
    return (segment.len > 0 && *segment.at == ':') || memchr(segment.at, '*', segment.len) ||
           memchr(segment.at, '{', segment.len) || memchr(segment.at, '}', segment.len);
}

/* Is a parameter called as the one of `segment` in what stands before it? */
static bool is_repeated(const char *path, struct shunt_span segment)
{
    struct shunt_span before = {path, (size_t)(segment.at - path) - 1}, earlier, name;

    name = inside(segment);
    name.len -= is_rest(segment) ? 3 : 0;
    while (segment_next(&before, &earlier)) {
        if (is_parameter(earlier) && shunt_span_equal(inside(earlier), name)) {
            return true;
        }
    }
    return false;
}

const char *exchange_pattern_expected(const char *path)
{
    struct shunt_span left = shunt_span_of(path), segment;
    unsigned segments = 0;
    bool parameters = false;

    if (*path != '/') {
        return absolute;
    }
    while (segment_next(&left, &segment)) {
        segments++;
        if (is_parameter(segment)) {
            if (!parameter_valid(segment, left.len == 0)) {
                return parameter;
            }
            if (is_repeated(path, segment)) {
                return "a name for each parameter";
            }
            parameters = true;
        } else if (is_foreign(segment)) {
            return parameter;
        } else if (!fixed_valid(segment)) {
            return absolute;
        }
    }
    return parameters && segments > EXCHANGE_PATTERN_SEGMENTS_MAX
               ? "at most 32 segments beside a parameter"
               : NULL;
}

bool exchange_pattern_same(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++) {
        if (*a == '{') {
            a = strchr(a, '}');
            b = strchr(b, '}');
            if (!a || !b || (a[-1] == '.') != (b[-1] == '.')) {
                return false;
            }
        }
    }
    return *a == *b;
}

/* FNV-1a, in which the name of a parameter does not count. */
uint64_t exchange_pattern_hash(const char *path)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    bool name = false;

    for (; *path; path++) {
        name = name ? *path != '.' && *path != '}' : *path == '{';
        if (!name || *path == '{') {
            hash = (hash ^ (unsigned char)*path) * UINT64_C(0x100000001b3);
        }
    }
    return hash;
}

size_t exchange_pattern_key(struct shunt_span path, char *key)
{
    struct shunt_span segment;
    size_t len = 0;

    while (segment_next(&path, &segment)) {
        key[len++] = '/';
        if (is_parameter(segment)) {
            key[len++] = is_rest(segment) ? EXCHANGE_TREE_REST : EXCHANGE_TREE_SEGMENT;
        } else {
            memcpy(key + len, segment.at, segment.len);
            len += segment.len;
        }
    }
    return len;
}
