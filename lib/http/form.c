/* Queries and urlencoded forms, pair by pair (URL standard section 5.1). */
#include "http/percent.h"

#include <shunt/fields.h>

bool shunt_form_next(struct shunt_span *rest, struct shunt_span *name, struct shunt_span *value)
{
    while (rest->len > 0) {
        const char *at = rest->at, *end = memchr(at, '&', rest->len), *equals;
        size_t len = end ? (size_t)(end - at) : rest->len, behind = len + (end != NULL);

        rest->at += behind;
        rest->len -= behind;
        if (len == 0) {
            continue;
        }
        equals = memchr(at, '=', len);
        *name = (struct shunt_span){at, equals ? (size_t)(equals - at) : len};
        *value = equals ? (struct shunt_span){equals + 1, len - name->len - 1}
                        : (struct shunt_span){NULL, 0};
        return true;
    }
    return false;
}

enum shunt_status shunt_form_decode(struct shunt_span text, char *out, size_t room,
                                    struct shunt_span *decoded)
{
    return http_percent_decode(text, true, out, room, decoded);
}

/* Is `wanted` what `name` decodes to? SHUNT_OK, SHUNT_ENOTFOUND, or SHUNT_EPROTO: `name` is badly
 * encoded. All of it is looked at, so that the answer does not depend on what is looked for. */
static enum shunt_status compare(struct shunt_span name, struct shunt_span wanted)
{
    size_t len = 0;
    bool equal = true;

    for (; name.len > 0; len++) {
        char byte;

        if (!http_percent_byte(&name, true, &byte)) {
            return SHUNT_EPROTO;
        }
        equal = equal && len < wanted.len && wanted.at[len] == byte;
    }
    return equal && len == wanted.len ? SHUNT_OK : SHUNT_ENOTFOUND;
}

enum shunt_status shunt_form_find(struct shunt_span *rest, const char *name, char *out, size_t room,
                                  struct shunt_span *value)
{
    struct shunt_span wanted = shunt_span_of(name), found, raw;

    while (shunt_form_next(rest, &found, &raw)) {
        enum shunt_status status = compare(found, wanted);

        if (status == SHUNT_OK) {
            return shunt_form_decode(raw, out, room, value);
        }
        if (status != SHUNT_ENOTFOUND) {
            return status;
        }
    }
    return SHUNT_ENOTFOUND;
}
