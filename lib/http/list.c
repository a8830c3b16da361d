/* Comma-separated lists, tokens and values (RFC 9110 sections 5.5 and 5.6). */
#include "http/list.h"

#include "http/scan.h"

struct shunt_span http_trim(struct shunt_span text)
{
    while (text.len > 0 && http_is_blank(text.at[0])) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && http_is_blank(text.at[text.len - 1])) {
        text.len--;
    }
    return text;
}

bool http_element_next(struct shunt_span *rest, char separator, struct shunt_span *element)
{
    const char *end;
    size_t len;

    if (rest->at == NULL) {
        return false;
    }
    end = rest->len ? memchr(rest->at, separator, rest->len) : NULL;
    len = end ? (size_t)(end - rest->at) : rest->len;
    *element = http_trim((struct shunt_span){rest->at, len});
    *rest = end ? (struct shunt_span){end + 1, rest->len - len - 1} : (struct shunt_span){NULL, 0};
    return true;
}

/* The offset of the first comma at or behind `at` outside quoted strings; the length if none. */
static size_t find_comma(struct shunt_span value, size_t at)
{
    bool quoted = false;

    for (; at < value.len; at++) {
        char byte = value.at[at];

        if (quoted && byte == '\\') {
            at++;
        } else if (byte == '"') {
            quoted = !quoted;
        } else if (byte == ',' && !quoted) {
            return at;
        }
    }
    return value.len;
}

bool http_list_next(const struct shunt_field *fields, size_t field_count, const char *name,
                    struct http_list_cursor *cursor, struct shunt_span *element)
{
    struct shunt_span wanted = shunt_span_of(name);

    for (; cursor->field < field_count; cursor->field++, cursor->offset = 0) {
        const struct shunt_field *field = &fields[cursor->field];

        if (!shunt_span_equal_nocase(field->name, wanted)) {
            continue;
        }
        while (cursor->offset < field->value.len) {
            size_t start = cursor->offset, comma = find_comma(field->value, start);
            struct shunt_span found =
                http_trim((struct shunt_span){field->value.at + start, comma - start});

            cursor->offset = comma + 1;
            if (found.len > 0) {
                *element = found;
                return true;
            }
        }
    }
    return false;
}

bool http_is_token(struct shunt_span text)
{
    return text.len > 0 && http_scan_token(text.at, text.at + text.len) == text.at + text.len;
}

bool http_is_field_value(struct shunt_span text)
{
    if (text.len == 0) {
        return true;
    }
    return !http_is_blank(text.at[0]) && !http_is_blank(text.at[text.len - 1]) &&
           http_scan_value(text.at, text.at + text.len) == text.at + text.len;
}
