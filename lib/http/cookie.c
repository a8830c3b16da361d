/* Cookies as a server reads and sends them (RFC 6265 sections 4.1 and 4.2). */
#include "http/bytes.h"
#include "http/date.h"
#include "http/list.h"
#include "http/response.h"

#include <shunt/fields.h>

#define LABEL_BYTES_MAX  63 /* RFC 1034 section 3.1 */
#define DOMAIN_BYTES_MAX 253

/* cookie-octet: visible ASCII but DQUOTE, comma, semicolon and backslash. */
static bool is_cookie_octet(char byte)
{
    return byte > ' ' && byte < 0x7f && byte != '"' && byte != ',' && byte != ';' && byte != '\\';
}

/* cookie-value: octets, all of them in quotes or none. */
static bool is_value(struct shunt_span value)
{
    if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"') {
        value.at++;
        value.len -= 2;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (!is_cookie_octet(value.at[i])) {
            return false;
        }
    }
    return true;
}

/* Split `pair` at its first "=". False when it is no cookie-pair. */
static bool split(struct shunt_span pair, struct shunt_span *name, struct shunt_span *value)
{
    const char *equals = pair.len > 0 ? memchr(pair.at, '=', pair.len) : NULL;
    struct shunt_span front, behind;

    if (!equals) {
        return false;
    }
    front = (struct shunt_span){pair.at, (size_t)(equals - pair.at)};
    behind = (struct shunt_span){equals + 1, pair.len - front.len - 1};
    if (!http_is_token(front) || !is_value(behind)) {
        return false;
    }
    *name = front;
    *value = behind;
    return true;
}

bool shunt_cookie_next(const struct shunt_request *request, struct shunt_cookie_cursor *cursor,
                       struct shunt_span *name, struct shunt_span *value)
{
    static const struct shunt_span cookie = {"Cookie", 6};

    for (; cursor->field < request->field_count; cursor->field++, cursor->offset = 0) {
        const struct shunt_field *field = &request->fields[cursor->field];

        if (!shunt_span_equal_nocase(field->name, cookie)) {
            continue;
        }
        while (cursor->offset < field->value.len) {
            struct shunt_span rest = {field->value.at + cursor->offset,
                                      field->value.len - cursor->offset};
            struct shunt_span pair = {NULL, 0};

            (void)http_element_next(&rest, ';', &pair);
            cursor->offset = field->value.len - rest.len;
            if (split(pair, name, value)) {
                return true;
            }
        }
    }
    return false;
}

bool shunt_cookie_find(const struct shunt_request *request, const char *name,
                       struct shunt_span *value)
{
    struct shunt_cookie_cursor cursor = {0};
    struct shunt_span wanted = shunt_span_of(name), found, has;

    while (shunt_cookie_next(request, &cursor, &found, &has)) {
        if (shunt_span_equal(found, wanted)) {
            *value = has;
            return true;
        }
    }
    return false;
}

static bool is_letter_or_digit(char byte)
{
    return http_byte_is(byte, HTTP_BYTE_DIGIT) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

/* <subdomain> (RFC 1034 section 3.5), its labels as RFC 1123 section 2.1 allows them. */
static bool is_domain(struct shunt_span domain)
{
    struct shunt_span rest = domain, label;

    if (domain.len == 0 || domain.len > DOMAIN_BYTES_MAX) {
        return false;
    }
    while (http_element_next(&rest, '.', &label)) {
        if (label.len == 0 || label.len > LABEL_BYTES_MAX || label.at[0] == '-' ||
            label.at[label.len - 1] == '-') {
            return false;
        }
        for (size_t i = 0; i < label.len; i++) {
            if (label.at[i] != '-' && !is_letter_or_digit(label.at[i])) {
                return false;
            }
        }
    }
    /* http_element_next() trims, and a domain holds no white space. */
    return !memchr(domain.at, ' ', domain.len) && !memchr(domain.at, '\t', domain.len);
}

/* path-value that a user agent does not ignore (section 5.2.4): it starts with a slash. */
static bool is_path(struct shunt_span path)
{
    if (path.len == 0 || path.at[0] != '/') {
        return false;
    }
    for (size_t i = 0; i < path.len; i++) {
        if (path.at[i] < ' ' || path.at[i] == 0x7f || path.at[i] == ';') {
            return false;
        }
    }
    return path.at[path.len - 1] != ' ';
}

static bool starts_with(struct shunt_span text, const char *start)
{
    struct shunt_span wanted = shunt_span_of(start);

    return text.len >= wanted.len &&
           shunt_span_equal_nocase((struct shunt_span){text.at, wanted.len}, wanted);
}

/* What user agents demand beyond the grammar; they drop a cookie without a word. */
static bool is_kept(const struct shunt_cookie *cookie, struct shunt_span name)
{
    bool root = cookie->path && cookie->path[0] == '/' && cookie->path[1] == '\0';

    if (starts_with(name, "__Host-") && !(cookie->secure && root && !cookie->domain)) {
        return false;
    }
    if (starts_with(name, "__Secure-") && !cookie->secure) {
        return false;
    }
    return cookie->same_site != SHUNT_SAME_SITE_NONE || cookie->secure;
}

static bool is_valid(const struct shunt_cookie *cookie)
{
    struct shunt_span name = shunt_span_of(cookie->name);

    return http_is_token(name) && is_value(shunt_span_of(cookie->value)) &&
           (!cookie->domain || is_domain(shunt_span_of(cookie->domain))) &&
           (!cookie->path || is_path(shunt_span_of(cookie->path))) && cookie->max_age_s >= 0 &&
           cookie->expires_s >= 0 && (unsigned)cookie->same_site <= SHUNT_SAME_SITE_NONE &&
           is_kept(cookie, name);
}

static void write_text(struct http_writer *out, const char *before, const char *text)
{
    if (text) {
        http_write_bytes(out, shunt_span_of(before));
        http_write_bytes(out, shunt_span_of(text));
    }
}

enum shunt_status shunt_cookie_write(const struct shunt_cookie *cookie, char *out, size_t room,
                                     size_t *len)
{
    static const char *const same_site[] = {NULL, "Strict", "Lax", "None"};
    struct http_writer writer = {.at = out, .room = room};
    struct shunt_cookie known;
    char date[HTTP_DATE_BYTES];

    if (SHUNT_READ(&known, cookie, SHUNT_COOKIE_BYTES_1_0) != SHUNT_OK || !is_valid(&known)) {
        return SHUNT_EINVAL;
    }
    write_text(&writer, "", known.name);
    write_text(&writer, "=", known.value ? known.value : "");
    if (known.expires_s > 0) {
        http_date_format(known.expires_s, date);
        http_write_bytes(&writer, shunt_span_of("; Expires="));
        http_write_bytes(&writer, (struct shunt_span){date, sizeof date});
    }
    if (known.max_age_s > 0) {
        http_write_bytes(&writer, shunt_span_of("; Max-Age="));
        http_write_number(&writer, (uint64_t)known.max_age_s);
    }
    write_text(&writer, "; Domain=", known.domain);
    write_text(&writer, "; Path=", known.path);
    write_text(&writer, "; SameSite=", same_site[known.same_site]);
    http_write_bytes(&writer, shunt_span_of(known.secure ? "; Secure" : ""));
    http_write_bytes(&writer, shunt_span_of(known.http_only ? "; HttpOnly" : ""));
    http_write_bytes(&writer, (struct shunt_span){"", 1});
    if (writer.full) {
        return SHUNT_ETOOBIG;
    }
    *len = writer.len - 1;
    return SHUNT_OK;
}
