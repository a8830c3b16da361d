/* A run of bytes that belongs to somebody else. Never NUL-terminated. */
#ifndef SHUNT_SPAN_H
#define SHUNT_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `at` may be NULL only when `len` is 0. The giver states how long it is valid. Never
 * grows. */
struct shunt_span {
    const char *at;
    size_t len;
};

/* A C string as a span, without its NUL; it borrows `text`. */
static inline struct shunt_span shunt_span_of(const char *text)
{
    struct shunt_span span = {text, text ? strlen(text) : 0};

    return span;
}

/* Byte for byte equal. */
static inline bool shunt_span_equal(struct shunt_span a, struct shunt_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Equal when ASCII letters are compared without case, whatever the locale. */
static inline bool shunt_span_equal_nocase(struct shunt_span a, struct shunt_span b)
{
    if (shunt_span_equal(a, b)) {
        return true; /* most names come as their registries spell them */
    }
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        unsigned char x = (unsigned char)a.at[i], y = (unsigned char)b.at[i];

        if (x != y) {
            x |= 0x20;
            if (x != (y | 0x20) || x < 'a' || x > 'z') {
                return false;
            }
        }
    }
    return true;
}

#ifdef __cplusplus
}
#endif

#endif
