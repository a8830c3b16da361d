/* Field lines (RFC 9112 section 5): name, value, CRLF. What they mean is in framing.c. */
#include "http/parse.h"
#include "http/scan.h"

/* name ":" OWS value OWS CRLF. A line that starts with white space is a fold: no token, 400. */
static inline unsigned parse_field_line(struct http_parse *parse, struct shunt_field *field)
{
    const char *end = parse->end, *name = parse->at, *colon, *value, *at;

    colon = http_scan_token(name, end);
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
    parse->at = at + 2;
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
static unsigned parse_empty_line(struct http_parse *parse)
{
    if (parse->end - parse->at < 2) {
        return HTTP_MORE;
    }
    if (parse->at[1] != '\n') {
        return 400;
    }
    parse->at += 2;
    return HTTP_GO;
}

unsigned http_parse_fields(struct http_parse *parse)
{
    struct http_head *head = &parse->head;

    for (;;) {
        struct shunt_field *field = &head->fields[head->field_count];
        unsigned verdict;

        if (parse->at == parse->end) {
            return HTTP_MORE;
        }
        if (*parse->at == '\r') {
            return parse_empty_line(parse);
        }
        if (head->field_count == parse->limits->fields_max) {
            return 431;
        }
        verdict = parse_field_line(parse, field);
        if (verdict == HTTP_GO && may_matter(field->name.len)) {
            verdict = http_note_field(parse, field);
        }
        if (verdict != HTTP_GO) {
            return verdict;
        }
        head->field_count++;
    }
}
