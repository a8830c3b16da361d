/* A response keeps its fields as the bytes that go out, so a line is found by its end, and removed by
 * moving up what follows. */
#include "exchange/amend.h"

#define CONTENT_TYPE ((struct shunt_span){"Content-Type", 12})

bool exchange_amend_line(const struct shunt_response *response, size_t at,
                         struct shunt_field *field, size_t *next)
{
    const char *line = response->fields.at + at;
    size_t left = response->fields.len - at;
    const char *colon = left ? memchr(line, ':', left) : NULL;
    const char *end = colon ? memchr(colon, '\r', left - (size_t)(colon - line)) : NULL;

    if (!end) {
        return false;
    }
    *field = (struct shunt_field){{line, (size_t)(colon - line)},
                                  {colon + 2, (size_t)(end - colon) - 2}};
    *next = at + (size_t)(end + 2 - line);
    return true;
}

/* Lines of this name in front of `end`. */
static void lines_remove(struct shunt_response *response, struct shunt_span name, size_t end)
{
    struct http_writer *fields = &response->fields;
    struct shunt_field field;
    size_t at = 0, next;

    while (at < end && exchange_amend_line(response, at, &field, &next)) {
        size_t len = next - at;

        if (!shunt_span_equal_nocase(field.name, name)) {
            at = next;
            continue;
        }
        memmove(fields->at + at, fields->at + next, fields->len - next);
        fields->len -= len;
        end -= len;
        response->kept_bytes -= at < response->kept_bytes ? len : 0;
    }
}

enum shunt_status exchange_amend_set(struct shunt_response *response, struct shunt_span name,
                                     struct shunt_span value)
{
    size_t before = response->fields.len;
    enum shunt_status status = exchange_response_field(response, name, value);

    if (status == SHUNT_OK) {
        lines_remove(response, name, before);
    }
    if (status == SHUNT_OK && shunt_span_equal_nocase(name, CONTENT_TYPE)) {
        response->content_type = NULL;
    }
    return status;
}

void exchange_amend_remove(struct shunt_response *response, struct shunt_span name)
{
    lines_remove(response, name, response->fields.len);
    if (shunt_span_equal_nocase(name, CONTENT_TYPE)) {
        response->content_type = NULL;
    }
}

/* ---- the public calls ---- */

unsigned shunt_response_status_get(const struct shunt_response *response)
{
    return response->status;
}

struct shunt_span shunt_response_field_get(const struct shunt_response *response, const char *name)
{
    struct shunt_span wanted = shunt_span_of(name);
    struct shunt_field field;
    size_t at = 0;

    if (response->content_type && shunt_span_equal_nocase(wanted, CONTENT_TYPE)) {
        return shunt_span_of(response->content_type);
    }
    while (exchange_amend_line(response, at, &field, &at)) {
        if (shunt_span_equal_nocase(field.name, wanted)) {
            return field.value;
        }
    }
    return (struct shunt_span){NULL, 0};
}

enum shunt_status shunt_response_field_set(struct shunt_response *response, const char *name,
                                           const char *value)
{
    return exchange_amend_set(response, shunt_span_of(name), shunt_span_of(value));
}

void shunt_response_field_remove(struct shunt_response *response, const char *name)
{
    exchange_amend_remove(response, shunt_span_of(name));
}

bool shunt_response_body_get(const struct shunt_response *response, struct shunt_span *body)
{
    bool whole = !response->in_pieces && !response->file.file;

    *body = whole ? response->body : (struct shunt_span){NULL, 0};
    return whole;
}
