/* Content negotiation by the client's weights (RFC 9110 sections 12.4.2 and 12.5, RFC 4647). */
#include "http/bytes.h"
#include "http/list.h"
#include "http/parameter.h"

#include <shunt/fields.h>

/* One element of a list with weights. */
struct weighted {
    struct shunt_span name;       /* what stands in front of the parameters */
    struct shunt_span parameters; /* from the first semicolon to the weight */
    unsigned weight;              /* in thousandths; 1000 when there is none */
};

/* qvalue: 0 or 1 with at most three decimals, and no more than 1. */
static bool read_weight(const struct http_parameter *parameter, unsigned *weight)
{
    struct shunt_span text = parameter->value;
    unsigned value, unit = 100;

    if (parameter->quoted || text.len > 5 || (text.at[0] != '0' && text.at[0] != '1') ||
        (text.len > 1 && text.at[1] != '.')) {
        return false;
    }
    value = text.at[0] == '1' ? 1000 : 0;
    for (size_t i = 2; i < text.len; i++, unit /= 10) {
        if (!http_byte_is(text.at[i], HTTP_BYTE_DIGIT)) {
            return false;
        }
        value += (unsigned)(text.at[i] - '0') * unit;
    }
    *weight = value;
    return value <= 1000;
}

/* Split `element` into its parts. False: it is malformed. What follows the weight is checked and dropped. */
static bool read_weighted(struct shunt_span element, struct weighted *out)
{
    const char *semicolon = memchr(element.at, ';', element.len);
    size_t len = semicolon ? (size_t)(semicolon - element.at) : element.len;
    struct shunt_span rest = {element.at + len, element.len - len}, behind = rest;
    struct http_parameter parameter;
    enum shunt_status status;
    bool weighted = false;

    *out = (struct weighted){http_trim((struct shunt_span){element.at, len}), rest, 1000};
    while ((status = http_parameter_next(&rest, &parameter)) == SHUNT_OK) {
        if (!weighted && shunt_span_equal_nocase(parameter.name, shunt_span_of("q"))) {
            if (!read_weight(&parameter, &out->weight)) {
                return false;
            }
            out->parameters.len = (size_t)(behind.at - out->parameters.at);
            weighted = true;
        }
        behind = rest;
    }
    return status == SHUNT_ENOTFOUND;
}

/* The next well-formed element; others are skipped. */
static bool next_weighted(const struct shunt_request *request, const char *field,
                          struct http_list_cursor *cursor, struct weighted *out)
{
    struct shunt_span element;

    while (http_list_next(request->fields, request->field_count, field, cursor, &element)) {
        if (read_weighted(element, out)) {
            return true;
        }
    }
    return false;
}

/* ---- types ---- */

/* Split "type/subtype". False: it is none. */
static bool split_type(struct shunt_span name, struct shunt_span *type, struct shunt_span *subtype)
{
    const char *slash = name.len > 0 ? memchr(name.at, '/', name.len) : NULL;

    if (!slash) {
        return false;
    }
    *type = (struct shunt_span){name.at, (size_t)(slash - name.at)};
    *subtype = (struct shunt_span){slash + 1, name.len - type->len - 1};
    return http_is_token(*type) && http_is_token(*subtype);
}

static bool is_any(struct shunt_span text)
{
    return text.len == 1 && *text.at == '*';
}

/* Has a list of parameters this one? Values are compared without case. */
static bool has_parameter(struct shunt_span list, const struct http_parameter *wanted)
{
    struct http_parameter found;

    while (http_parameter_next(&list, &found) == SHUNT_OK) {
        if (shunt_span_equal_nocase(found.name, wanted->name) && !found.escaped &&
            !wanted->escaped && shunt_span_equal_nocase(found.value, wanted->value)) {
            return true;
        }
    }
    return false;
}

/*
 * How closely a media range fits an offer: 0 not at all; 1 any type, 2 any subtype, 3 the type, and
 * one more for each parameter (RFC 9110 section 12.5.1). `valid` is set when it is a media range.
 */
static unsigned type_fit(const struct weighted *range, const struct weighted *offer, bool *valid)
{
    struct shunt_span type, subtype, offered, suboffered, rest = range->parameters;
    struct http_parameter parameter;
    unsigned fit = 3;

    if (!split_type(range->name, &type, &subtype) || (is_any(type) && !is_any(subtype))) {
        return 0;
    }
    *valid = true;
    if (!split_type(offer->name, &offered, &suboffered)) {
        return 0;
    }
    if (is_any(type)) {
        fit = 1;
    } else if (!shunt_span_equal_nocase(type, offered)) {
        return 0;
    } else if (is_any(subtype)) {
        fit = 2;
    } else if (!shunt_span_equal_nocase(subtype, suboffered)) {
        return 0;
    }
    while (http_parameter_next(&rest, &parameter) == SHUNT_OK) {
        if (!has_parameter(offer->parameters, &parameter)) {
            return 0;
        }
        fit++;
    }
    return fit;
}

/* The weight of the range that fits `offer` best, the first of several; 1000 without any range. */
static unsigned type_weight(const struct shunt_request *request, const char *offer)
{
    struct http_list_cursor cursor = {0};
    struct weighted range, offered;
    unsigned best = 0, weight = 0;
    bool valid = false;

    if (!read_weighted(shunt_span_of(offer), &offered)) {
        return 0;
    }
    while (next_weighted(request, "Accept", &cursor, &range)) {
        unsigned fit = type_fit(&range, &offered, &valid);

        if (fit > best) {
            best = fit;
            weight = range.weight;
        }
    }
    return valid ? weight : 1000;
}

int shunt_accept_type(const struct shunt_request *request, const char *const *offers)
{
    int chosen = SHUNT_ACCEPT_NONE;
    unsigned best = 0;

    for (int i = 0; offers[i]; i++) {
        unsigned weight = type_weight(request, offers[i]);

        if (weight > best) {
            best = weight;
            chosen = i;
        }
    }
    return chosen;
}

/* ---- codings ---- */

/* "x-gzip" and "x-compress" are names of old (section 8.4.1). */
static struct shunt_span coding_name(struct shunt_span name)
{
    if (shunt_span_equal_nocase(name, shunt_span_of("x-gzip")) ||
        shunt_span_equal_nocase(name, shunt_span_of("x-compress"))) {
        name.at += 2;
        name.len -= 2;
    }
    return name;
}

/* The weight of a coding by its name, else by "*", else `otherwise`. */
static unsigned coding_weight(const struct shunt_request *request, struct shunt_span coding,
                              unsigned otherwise)
{
    struct http_list_cursor cursor = {0};
    struct weighted listed;
    bool any = false;

    while (next_weighted(request, "Accept-Encoding", &cursor, &listed)) {
        if (http_trim(listed.parameters).len > 0) {
            continue; /* a coding has a weight and nothing else */
        }
        if (shunt_span_equal_nocase(coding_name(listed.name), coding)) {
            return listed.weight;
        }
        if (!any && is_any(listed.name)) {
            any = true;
            otherwise = listed.weight;
        }
    }
    return otherwise;
}

int shunt_accept_coding(const struct shunt_request *request, const char *const *offers)
{
    /* Acceptable where it is not mentioned, and behind whatever is. */
    unsigned identity = coding_weight(request, shunt_span_of("identity"), 1), best = 0;
    int chosen = SHUNT_ACCEPT_NONE;

    if (!shunt_request_field(request, "Accept-Encoding", NULL)) {
        return SHUNT_ACCEPT_IDENTITY;
    }
    for (int i = 0; offers[i]; i++) {
        unsigned weight = coding_weight(request, coding_name(shunt_span_of(offers[i])), 0);

        if (weight > best) {
            best = weight;
            chosen = i;
        }
    }
    if (identity > best || (identity > 0 && chosen < 0)) {
        return SHUNT_ACCEPT_IDENTITY;
    }
    return chosen;
}

/* ---- languages ---- */

/* language-range (RFC 4647 section 2.1): subtags of 1 to 8 letters, and digits but in the first. */
static bool is_language(struct shunt_span text)
{
    struct shunt_span rest = text, subtag;
    bool first = true;

    while (http_element_next(&rest, '-', &subtag)) {
        if (subtag.len == 0 || subtag.len > 8) {
            return false;
        }
        for (size_t i = 0; i < subtag.len; i++) {
            bool letter = (subtag.at[i] | 0x20) >= 'a' && (subtag.at[i] | 0x20) <= 'z';

            if (!letter && (first || !http_byte_is(subtag.at[i], HTTP_BYTE_DIGIT))) {
                return false;
            }
        }
        first = false;
    }
    return http_is_token(text);
}

/* Is `tag` `prefix`, or does it go on behind it with another subtag? */
static bool begins_with(struct shunt_span tag, struct shunt_span prefix)
{
    return tag.len >= prefix.len && (tag.len == prefix.len || tag.at[prefix.len] == '-') &&
           shunt_span_equal_nocase((struct shunt_span){tag.at, prefix.len}, prefix);
}

/* What the ranges make of one offer: the weight and the place of the range that leads to it. */
struct language {
    unsigned weight, place;
    size_t len; /* of the offer; 0 when only "*" leads to it */
};

/*
 * A range leads to an offer that is the range, or the range with subtags cut off its end (lookup,
 * RFC 4647 section 3.4). A weight of 0 excludes the offers that are the range or go on behind it
 * (section 3.3.1), unless a longer range has another weight.
 */
static struct language find_language(const struct shunt_request *request, struct shunt_span offer)
{
    struct http_list_cursor cursor = {0};
    struct language found = {0, 0, 0}, any = {0, 0, 0};
    struct weighted range;
    size_t closest = 0;
    bool excluded = false;

    for (unsigned place = 0; next_weighted(request, "Accept-Language", &cursor, &range); place++) {
        if (http_trim(range.parameters).len > 0) {
            continue;
        }
        if (is_any(range.name)) {
            any = any.weight ? any : (struct language){range.weight, place, 0};
            continue;
        }
        if (!is_language(range.name)) {
            continue;
        }
        if (begins_with(offer, range.name) && range.name.len > closest) {
            closest = range.name.len;
            excluded = range.weight == 0;
        }
        if (begins_with(range.name, offer) && range.weight > found.weight) {
            found = (struct language){range.weight, place, offer.len};
        }
    }
    if (excluded) {
        return (struct language){0, 0, 0};
    }
    return found.weight ? found : any;
}

static bool is_better(const struct language *a, const struct language *b)
{
    if (a->weight != b->weight) {
        return a->weight > b->weight;
    }
    if (a->place != b->place) {
        return a->place < b->place;
    }
    return a->len > b->len;
}

int shunt_accept_language(const struct shunt_request *request, const char *const *offers)
{
    int chosen = SHUNT_ACCEPT_NONE;
    struct language best = {0, 0, 0};

    if (!shunt_request_field(request, "Accept-Language", NULL)) {
        return offers[0] ? 0 : SHUNT_ACCEPT_NONE;
    }
    for (int i = 0; offers[i]; i++) {
        struct language found = find_language(request, shunt_span_of(offers[i]));

        if (found.weight > 0 && (chosen < 0 || is_better(&found, &best))) {
            best = found;
            chosen = i;
        }
    }
    return chosen;
}
