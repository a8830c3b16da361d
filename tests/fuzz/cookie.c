/*
 * Any bytes as Cookie lines, which a LF separates, and as the parts of a cookie to set. What is
 * looked for, beside what the sanitizers find: a span outside the input or out of order, a cookie
 * that cannot be set as it was read or reads back otherwise, and a Set-Cookie value with a byte
 * that ends the line or with an attribute that nobody asked for.
 */
#include <shunt/fields.h>
#include <stdlib.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define LINES_MAX        8

static void check_written(const struct shunt_cookie *cookie, unsigned attributes, size_t room)
{
    char *out = malloc(room);
    size_t len = 0;
    unsigned found = 0;

    CHECK(out);
    if (shunt_cookie_write(cookie, out, room, &len) == SHUNT_OK) {
        CHECK(len < room && out[len] == '\0' && strlen(out) == len);
        for (size_t i = 0; i < len; i++) {
            CHECK(out[i] >= ' ' && out[i] < 0x7f);
            found += out[i] == ';';
        }
        CHECK(found == attributes);
    }
    free(out);
}

static char *text_of(struct shunt_span span)
{
    char *text = malloc(span.len + 1);

    CHECK(text);
    if (span.len > 0) {
        memcpy(text, span.at, span.len);
    }
    text[span.len] = '\0';
    return text;
}

/* Set the cookie as it was read, and read that. */
static void check_round_trip(struct shunt_span name, struct shunt_span value)
{
    char *named = text_of(name), *valued = text_of(value), *out = malloc(name.len + value.len + 2);
    struct shunt_cookie cookie = {.size = sizeof cookie, .name = named, .value = valued};
    struct shunt_field field = {{"Cookie", 6}, {NULL, 0}};
    struct shunt_request request = {.fields = &field, .field_count = 1};
    struct shunt_span again;

    CHECK(out);
    cookie.secure = strncasecmp(named, "__", 2) == 0;
    cookie.path = cookie.secure ? "/" : NULL;
    if (!cookie.secure) {
        CHECK(shunt_cookie_write(&cookie, out, name.len + value.len + 2, &field.value.len) ==
              SHUNT_OK);
        field.value.at = out;
        CHECK(shunt_cookie_find(&request, named, &again) && shunt_span_equal(again, value));
    }
    free(named);
    free(valued);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct shunt_span all = {(const char *)data, size}, rest = all, name, value;
    struct shunt_field fields[LINES_MAX];
    struct shunt_request request = {.fields = fields};
    struct shunt_cookie_cursor cursor = {0};
    const char *behind = all.at;

    while (request.field_count < LINES_MAX && rest.len > 0) {
        const char *end = memchr(rest.at, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.at) : rest.len;

        fields[request.field_count++] = (struct shunt_field){{"cookie", 6}, {rest.at, len}};
        rest.at += len + (end != NULL);
        rest.len -= len + (end != NULL);
    }
    while (shunt_cookie_next(&request, &cursor, &name, &value)) {
        CHECK(name.len > 0 && name.at >= behind && name.at + name.len + 1 == value.at);
        behind = value.at + value.len;
        CHECK(behind <= all.at + all.len);
        check_round_trip(name, value);
    }
    if (request.field_count == 4) {
        char *parts[4];

        for (size_t i = 0; i < 4; i++) {
            parts[i] = text_of(fields[i].value);
        }
        check_written(&(struct shunt_cookie){.size = sizeof(struct shunt_cookie),
                                             .name = parts[0],
                                             .value = parts[1],
                                             .path = parts[2],
                                             .domain = parts[3],
                                             .max_age_s = (int64_t)size},
                      3, size % 64 + 1);
        for (size_t i = 0; i < 4; i++) {
            free(parts[i]);
        }
    }
    return 0;
}
