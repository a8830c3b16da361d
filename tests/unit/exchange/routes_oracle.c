#include "unit/exchange/routes_oracle.h"

#include <stdio.h>
#include <string.h>

unsigned oracle_draw(uint64_t *seed, unsigned below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33) % below;
}

/* Few different ones, so that patterns meet; some begin alike, and some are empty. */
static const char *segment(uint64_t *seed)
{
    static const char *const segments[] = {"a", "ab", "abc", "b", "", "a%2Fb", "..", "~"};

    return segments[oracle_draw(seed, sizeof segments / sizeof *segments)];
}

void oracle_path(uint64_t *seed, bool pattern, char path[ORACLE_PATH_MAX])
{
    unsigned segments = 1 + oracle_draw(seed, 5);
    char *at = path;

    for (unsigned i = 0; i < segments; i++) {
        bool parameter = pattern && oracle_draw(seed, 3) == 0;

        if (parameter && i + 1 == segments && oracle_draw(seed, 2)) {
            at += sprintf(at, "/{p%u...}", i);
        } else if (parameter) {
            at += sprintf(at, "/{p%u}", i);
        } else {
            at += sprintf(at, "/%s", segment(seed));
        }
    }
}

bool oracle_matches(const char *pattern, const char *path)
{
    while (*pattern == '/' && *path == '/') {
        size_t want = strcspn(++pattern, "/"), have = strcspn(++path, "/");

        if (*pattern == '{' && pattern[want - 2] == '.') {
            return true;
        }
        if (*pattern == '{' ? have == 0 : want != have || strncmp(pattern, path, want) != 0) {
            return false;
        }
        pattern += want;
        path += have;
    }
    return !*pattern && !*path;
}

/* 0: fixed, 1: a parameter, 2: the rest. */
static unsigned kind(const char *segment, size_t len)
{
    return *segment != '{' ? 0 : segment[len - 2] == '.' ? 2 : 1;
}

bool oracle_before(const char *a, const char *b)
{
    while (*a == '/' && *b == '/') {
        size_t a_len = strcspn(++a, "/"), b_len = strcspn(++b, "/");

        if (kind(a, a_len) != kind(b, b_len)) {
            return kind(a, a_len) < kind(b, b_len);
        }
        a += a_len;
        b += b_len;
    }
    return false;
}
