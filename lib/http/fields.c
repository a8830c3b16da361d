#include "http/fields.h"

#include "http/framing.h"
#include "http/scan.h"

/*
 * name ":" OWS value OWS CRLF from `*line` on, which moves behind it. A line that starts with white
 * space is a fold: no token, 400. Inlined, because a call for each field makes a head of six fields
 * 8 % dearer.
 */
static inline __attribute__((always_inline)) unsigned parse_field_line(const char **line,
                                                                       const char *end,
                                                                       struct shunt_field *field)
{
    const char *name = *line, *colon = http_scan_token(name, end), *value, *at;

    if (colon == end) {
        return HTTP_MORE;
    }
    if (colon == name || *colon != ':') {
        return 400;
    }
    value = colon + 1;
    while (value < end && http_is_blank(*value)) {
        value++;
    }
    at = http_scan_value(value, end);
    if (at == end) {
        return HTTP_MORE;
    }
    if (*at != '\r') {
        return 400;
    }
    if (at + 1 == end) {
        return HTTP_MORE;
    }
    if (at[1] != '\n') {
        return 400;
    }
    *line = at + 2;
    while (at > value && http_is_blank(at[-1])) {
        at--;
    }
    field->name = (struct shunt_span){name, (size_t)(colon - name)};
    field->value = (struct shunt_span){value, (size_t)(at - value)};
    return HTTP_GO;
}

/* The lengths of the names that http_note_field() looks for; most fields go no further. */
static inline bool may_matter(size_t name_len)
{
    const unsigned lengths = 1u << 4 | 1u << 6 | 1u << 7 | 1u << 10 | 1u << 14 | 1u << 17;

    return name_len < 32 && (lengths >> name_len & 1) != 0;
}

/* The empty line, of which the CR is at `at`. */
static unsigned parse_empty_line(struct http_parse *parse, const char *at)
{
    if (parse->end - at < 2) {
        return HTTP_MORE;
    }
    if (at[1] != '\n') {
        return 400;
    }
    parse->at = at + 2;
    return HTTP_GO;
}

unsigned http_parse_fields(struct http_parse *parse)
{
    const char *at = parse->at, *end = parse->end; /* in registers: half of the parser's time */
    struct shunt_field *first = parse->head.fields, *field = first;
    struct shunt_field *limit = first + parse->limits->fields_max;

    for (;; field++) {
        unsigned verdict;

        if (at == end) {
            return HTTP_MORE;
        }
        if (*at == '\r') {
            parse->head.field_count = (uint32_t)(field - first);
            return parse_empty_line(parse, at);
        }
        if (field == limit) {
            return 431;
        }
        verdict = parse_field_line(&at, end, field);
        if (verdict == HTTP_GO && may_matter(field->name.len)) {
            verdict = http_note_field(parse, field);
        }
        if (verdict != HTTP_GO) {
            return verdict;
        }
    }
}

bool http_field_line_errs(const char *line, const char *end)
{
    struct http_parse alone = {.at = line, .end = end};
    struct shunt_field field;

    return parse_field_line(&line, end, &field) != HTTP_GO ||
           (may_matter(field.name.len) && http_note_field(&alone, &field) != HTTP_GO);
}
