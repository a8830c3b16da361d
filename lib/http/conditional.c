/* Entity tags and the five conditional fields, in the order of RFC 9110 section 13.2.2. */
#include "http/bytes.h"
#include "http/list.h"

#include <shunt/fields.h>

static bool is_etag_byte(char byte)
{
    return byte != '"' && byte != ' ' && http_byte_is(byte, HTTP_BYTE_VALUE) && byte != '\t';
}

/* The length of the entity tag (section 8.8.3) at the front of `text`; 0 when there is none. */
static size_t etag_len(struct shunt_span text)
{
    size_t at = text.len >= 2 && text.at[0] == 'W' && text.at[1] == '/' ? 2 : 0;

    if (at == text.len || text.at[at++] != '"') {
        return 0;
    }
    while (at < text.len && is_etag_byte(text.at[at])) {
        at++;
    }
    return at < text.len && text.at[at] == '"' ? at + 1 : 0;
}

bool shunt_is_etag(struct shunt_span text)
{
    return text.len > 0 && etag_len(text) == text.len;
}

/* The strong comparison of section 8.8.3.2, or the weak one. Both are entity tags. */
static bool etags_match(struct shunt_span a, struct shunt_span b, bool strong)
{
    bool weak = a.at[0] == 'W' || b.at[0] == 'W';
    size_t skip_a = a.at[0] == 'W' ? 2 : 0, skip_b = b.at[0] == 'W' ? 2 : 0;

    return !(strong && weak) &&
           shunt_span_equal((struct shunt_span){a.at + skip_a, a.len - skip_a},
                            (struct shunt_span){b.at + skip_b, b.len - skip_b});
}

/*
 * The next element of a list of entity tags, which may hold commas and backslashes as any other
 * byte, so that lists with quoted strings are something else. What is no entity tag ends at the
 * next comma. False at the end.
 */
static bool next_tag(struct shunt_span *rest, struct shunt_span *element)
{
    size_t len;

    while (rest->len > 0 && (*rest->at == ',' || http_is_blank(*rest->at))) {
        rest->at++;
        rest->len--;
    }
    if (rest->len == 0) {
        return false;
    }
    len = etag_len(*rest);
    while (len < rest->len && rest->at[len] != ',') {
        len++;
    }
    *element = http_trim((struct shunt_span){rest->at, len});
    rest->at += len;
    rest->len -= len;
    return true;
}

/* What the lines called `name` come to: is there one, and does one of their elements match? */
static bool is_listed(const struct shunt_request *request, const char *name,
                      const struct shunt_validators *now, bool strong, bool *present)
{
    const struct shunt_field *field = NULL;
    bool found = false;

    while ((field = shunt_request_field(request, name, field))) {
        struct shunt_span rest = field->value, element;

        *present = true;
        while (next_tag(&rest, &element)) {
            found |= element.len == 1 && *element.at == '*' && !now->absent;
            found |= !now->absent && shunt_is_etag(element) && shunt_is_etag(now->etag) &&
                     etags_match(element, now->etag, strong);
        }
    }
    return found;
}

/* The only line called `name`; NULL when there is none or several. */
static const struct shunt_field *only_line(const struct shunt_request *request, const char *name)
{
    const struct shunt_field *field = shunt_request_field(request, name, NULL);

    return field && !shunt_request_field(request, name, field) ? field : NULL;
}

/* Is there one valid date called `name`, and a date of the representation to hold against it? */
static bool read_date(const struct shunt_request *request, const char *name,
                      const struct shunt_validators *validators, int64_t now, int64_t *seconds)
{
    const struct shunt_field *field;

    if (!validators->has_date || validators->absent) {
        return false;
    }
    field = only_line(request, name);
    return field && shunt_date_parse(field->value, now, seconds) == SHUNT_OK;
}

static bool method_is(const struct shunt_request *request, const char *name)
{
    return shunt_span_equal(request->method, shunt_span_of(name));
}

/* Section 13.1.5: one line, with a tag that matches strongly, or the date to the second, which is
 * strong when that second is over. */
static bool if_range_holds(const struct shunt_request *request,
                           const struct shunt_validators *validators, int64_t now)
{
    const struct shunt_field *field = only_line(request, "If-Range");
    int64_t seconds;

    if (!field) {
        return !shunt_request_field(request, "If-Range", NULL);
    }
    if (shunt_is_etag(field->value)) {
        return shunt_is_etag(validators->etag) && etags_match(field->value, validators->etag, true);
    }
    return read_date(request, "If-Range", validators, now, &seconds) &&
           seconds == validators->date && seconds < now;
}

/* Steps 1 and 2 of section 13.2.2: is the representation still the one that the client means? */
static bool is_expected(const struct shunt_request *request,
                        const struct shunt_validators *validators, int64_t now)
{
    bool present = false, match = is_listed(request, "If-Match", validators, true, &present);
    int64_t seconds;

    if (present) {
        return match;
    }
    return !read_date(request, "If-Unmodified-Since", validators, now, &seconds) ||
           validators->date <= seconds;
}

/* Steps 3 and 4: is the representation another than those that the client knows? */
static bool is_news(const struct shunt_request *request, const struct shunt_validators *validators,
                    int64_t now, bool reads)
{
    bool present = false, match = is_listed(request, "If-None-Match", validators, false, &present);
    int64_t seconds;

    if (present) {
        return !match;
    }
    return !reads || !read_date(request, "If-Modified-Since", validators, now, &seconds) ||
           validators->date > seconds;
}

/* Does any name begin with "If-"? Few requests have one, and one pass is enough for the others. */
static bool has_condition(const struct shunt_request *request)
{
    for (size_t i = 0; i < request->field_count; i++) {
        struct shunt_span name = request->fields[i].name;

        if (name.len > 3 && (name.at[0] | 0x20) == 'i' && (name.at[1] | 0x20) == 'f' &&
            name.at[2] == '-') {
            return true;
        }
    }
    return false;
}

/* Steps 1 to 4. */
static enum shunt_precondition outcome(const struct shunt_request *request,
                                       const struct shunt_validators *validators, int64_t now)
{
    bool reads = method_is(request, "GET") || method_is(request, "HEAD");

    if (!has_condition(request)) {
        return SHUNT_PROCEED;
    }
    /* They select no representation (section 13.2.1). */
    if (method_is(request, "CONNECT") || method_is(request, "OPTIONS") ||
        method_is(request, "TRACE")) {
        return SHUNT_PROCEED;
    }
    if (!is_expected(request, validators, now)) {
        return SHUNT_PRECONDITION_FAILED;
    }
    if (!is_news(request, validators, now, reads)) {
        return reads ? SHUNT_NOT_MODIFIED : SHUNT_PRECONDITION_FAILED;
    }
    return SHUNT_PROCEED;
}

enum shunt_precondition shunt_precondition(const struct shunt_request *request,
                                           const struct shunt_validators *validators, int64_t now,
                                           bool *range)
{
    enum shunt_precondition result = outcome(request, validators, now);

    if (range) {
        *range = result == SHUNT_PROCEED && method_is(request, "GET") && !validators->absent &&
                 shunt_request_field(request, "Range", NULL) &&
                 if_range_holds(request, validators, now);
    }
    return result;
}
