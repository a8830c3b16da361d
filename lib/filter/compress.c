/*
 * Answers of text types, compressed by what the client accepts (RFC 9110 sections 8.4 and 12.5.3). Only
 * bodies that lie in memory are: files have compressed versions beside them, and answers in pieces
 * come from handlers that know better.
 */
#include "exchange/amend.h"
#include "filter/builtin.h"
#include "filter/encoder.h"
#include "filter/settings.h"

#include <shunt/fields.h>
#include <stdlib.h>

enum { WORKERS_MAX = 1024, TYPE_BYTES_MAX = 256 };

#define TYPES                                                                                      \
    "text/*, application/json, application/javascript, application/xml, "                          \
    "application/manifest+json, "                                                                  \
    "image/svg+xml"

struct compress {
    const char *types;
    uint64_t bytes_min, bytes_max;
    uint64_t levels[FILTER_CODINGS];
    enum filter_coding codings[FILTER_CODINGS];   /* in order of preference */
    const char *offers[FILTER_CODINGS + 1];       /* their names, ends with NULL */
    struct filter_encoder *encoders[WORKERS_MAX]; /* of each worker, made by itself */
};

/* ---- which answers ---- */

static bool type_is(struct shunt_span pattern, struct shunt_span type)
{
    if (pattern.len > 1 && pattern.at[pattern.len - 1] == '*') {
        pattern.len--;
        type.len = type.len < pattern.len ? type.len : pattern.len;
    }
    return shunt_span_equal_nocase(pattern, type);
}

/* Is it of a type that is compressed? */
static bool has_type(const struct compress *own, const struct shunt_response *response)
{
    struct shunt_span type = shunt_response_field_get(response, "Content-Type"), word;
    const char *semicolon = type.len ? memchr(type.at, ';', type.len) : NULL;
    const char *rest = own->types;

    type.len = semicolon ? (size_t)(semicolon - type.at) : type.len;
    while (type.len > 0 && type.at[type.len - 1] == ' ') {
        type.len--;
    }
    while (type.len > 0 && filter_word_next(&rest, &word)) {
        if (type_is(word, type)) {
            return true;
        }
    }
    return false;
}

/* Cache-Control: no-transform, in any of its lines (RFC 9111 section 5.2.2.6). */
static bool is_final(const struct shunt_response *response)
{
    static const char word[] = "no-transform";
    struct shunt_field field;
    size_t at = 0;

    while (exchange_amend_line(response, at, &field, &at)) {
        for (size_t i = 0; shunt_span_equal_nocase(field.name, shunt_span_of("Cache-Control")) &&
                           i + sizeof word - 1 <= field.value.len;
             i++) {
            if (shunt_span_equal_nocase((struct shunt_span){field.value.at + i, sizeof word - 1},
                                        shunt_span_of(word))) {
                return true;
            }
        }
    }
    return false;
}

/* Statuses without a body, or with a part of one, are left alone. */
static bool may_change(const struct compress *own, const struct shunt_response *response)
{
    unsigned status = response->status;

    return status >= 200 && status != 204 && status != 205 && status != 206 && status != 304 &&
           !shunt_response_field_get(response, "Content-Encoding").at && has_type(own, response) &&
           !is_final(response);
}

/* ---- what becomes of them ---- */

/* The bytes are others now: a strong validator would not hold (RFC 9110 section 8.8.1). */
static void weaken(struct shunt_response *response)
{
    struct shunt_span tag = shunt_response_field_get(response, "ETag");
    char weak[512];

    if (tag.len > 0 && tag.len < sizeof weak - 2 && *tag.at == '"') {
        weak[0] = 'W';
        weak[1] = '/';
        memcpy(weak + 2, tag.at, tag.len);
        (void)!exchange_amend_set(response, shunt_span_of("ETag"),
                                  (struct shunt_span){weak, tag.len + 2});
    }
}

static void replace(struct shunt_response *response, enum filter_coding coding,
                    const uint8_t *bytes, size_t len)
{
    char type[TYPE_BYTES_MAX];
    size_t type_len = response->content_type ? strlen(response->content_type) : 0;
    struct shunt_span name = shunt_span_of("Content-Encoding");

    if (type_len >= sizeof type ||
        exchange_response_field(response, name, shunt_span_of(filter_coding_names[coding])) !=
            SHUNT_OK) {
        return;
    }
    if (type_len > 0) {
        memcpy(type, response->content_type, type_len + 1);
    }
    if (shunt_response_body(response, type_len ? type : NULL, bytes, len) != SHUNT_OK) {
        response->refused = SHUNT_OK; /* it goes out as it is */
        exchange_amend_remove(response, name);
        return;
    }
    weaken(response);
}

static struct filter_encoder *encoder_of(struct compress *own, const struct shunt_worker *loop)
{
    struct filter_encoder **one = &own->encoders[loop->post.number % WORKERS_MAX];

    if (!*one) {
        *one = filter_encoder_create();
    }
    return *one;
}

static void compress(struct compress *own, enum filter_coding coding,
                     struct shunt_response *response)
{
    struct filter_encoder *encoder = encoder_of(own, response->loop);
    size_t room = response->body.len - 1, len; /* else it is not worth it */
    uint8_t *out = encoder ? malloc(room) : NULL;

    len = out ? filter_encode(encoder, coding, (int)own->levels[coding], response->body, out, room)
              : 0;
    if (len > 0) {
        replace(response, coding, out, len);
        response->body_stays = false;
    }
    free(out);
}

static void after(void *state, const struct shunt_request *request, struct shunt_response *response)
{
    struct compress *own = state;
    struct shunt_span body;
    int chosen;

    if (!may_change(own, response)) {
        return;
    }
    (void)!exchange_response_field(response, shunt_span_of("Vary"),
                                   shunt_span_of("Accept-Encoding"));
    if (!shunt_response_body_get(response, &body) || body.len < own->bytes_min ||
        body.len > own->bytes_max) {
        return;
    }
    chosen = shunt_accept_coding(request, own->offers);
    if (chosen >= 0) {
        compress(own, own->codings[chosen], response);
    }
}

/* ---- settings ---- */

static enum shunt_status read_codings(struct compress *own, const char *text,
                                      const struct filter_error *error)
{
    struct shunt_span word;
    size_t count = 0;

    text = text ? text : "br, gzip";
    while (filter_word_next(&text, &word)) {
        size_t i = 0;

        while (i < FILTER_CODINGS &&
               !shunt_span_equal(word, shunt_span_of(filter_coding_names[i]))) {
            i++;
        }
        if (i == FILTER_CODINGS || count == FILTER_CODINGS) {
            return filter_expected(error, "codings", "br and gzip, or one of them", word);
        }
        own->offers[count] = filter_coding_names[i];
        own->codings[count++] = (enum filter_coding)i;
    }
    return count ? SHUNT_OK : filter_expected(error, "codings", "one or two", word);
}

static enum shunt_status read_types(const char *text, const struct filter_error *error)
{
    struct shunt_span word;

    while (filter_word_next(&text, &word)) {
        const char *slash = memchr(word.at, '/', word.len);

        if (!slash || slash == word.at || slash + 1 == word.at + word.len) {
            return filter_expected(error, "types", "media types such as text/html or text/*", word);
        }
    }
    return SHUNT_OK;
}

static enum shunt_status read_numbers(struct compress *own, const struct shunt_settings *settings)
{
    const struct filter_number rows[] = {{"bytes_min", 16, 1u << 30, &own->bytes_min},
                                         {"bytes_max", 16, 1u << 30, &own->bytes_max},
                                         {"gzip_level", 1, 9, &own->levels[FILTER_GZIP]},
                                         {"brotli_level", 0, 11, &own->levels[FILTER_BROTLI]}};

    return filter_numbers(settings, rows, sizeof rows / sizeof *rows);
}

static void destroy(void *state)
{
    struct compress *own = state;

    for (unsigned i = 0; i < WORKERS_MAX; i++) {
        filter_encoder_destroy(own->encoders[i]);
    }
    free(own);
}

static enum shunt_status create(void *arg, const struct shunt_settings *settings, void **state,
                                char *error, size_t error_size)
{
    const struct filter_error why = {error, error_size};
    const char *types = plugin_setting_get(settings, "types");
    struct compress *own = calloc(1, sizeof *own);
    enum shunt_status status;

    (void)arg;
    if (!own) {
        return SHUNT_ENOMEM;
    }
    own->types = types ? types : TYPES;
    own->bytes_min = 1024;
    own->bytes_max = 1u << 20;
    own->levels[FILTER_GZIP] = own->levels[FILTER_BROTLI] = 5;
    status = read_numbers(own, settings);
    if (status == SHUNT_OK) {
        status = read_codings(own, plugin_setting_get(settings, "codings"), &why);
    }
    if (status == SHUNT_OK) {
        status = read_types(own->types, &why);
    }
    if (status != SHUNT_OK) {
        free(own);
        return status;
    }
    *state = own;
    return SHUNT_OK;
}

const struct shunt_filter filter_compress = {
    .size = sizeof(struct shunt_filter),
    .name = "compress",
    .after = after,
    .create = create,
    .destroy = destroy,
};
