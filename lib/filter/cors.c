/*
 * Cross-origin requests of browsers (the Fetch standard, section "CORS protocol"): preflights are
 * answered here, and answers, a 101 too, name the origin that may read them. The check is the
 * browser's: a request of another origin is served like any other.
 */
#include "exchange/amend.h"
#include "filter/builtin.h"
#include "filter/settings.h"
#include "http/list.h"

#include <stdlib.h>

#define METHODS "GET, HEAD, POST, PUT, PATCH, DELETE"

struct cors {
    const char *origins; /* words, in the settings */
    bool any;            /* "*" is one of them */
    bool credentials;
    bool any_header; /* what a preflight asks for is allowed */
    uint64_t max_age_s;
    char *methods, *headers, *expose; /* as fields list them; NULL: none */
};

static struct shunt_span of(const char *text)
{
    return shunt_span_of(text);
}

/* ---- origins ---- */

static bool is_host_part(struct shunt_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.')) {
            return false;
        }
    }
    return text.len > 0 && *text.at != '.';
}

/* Does a pattern stand for it, with at least one label in place of its star? */
static bool pattern_has(struct shunt_span pattern, struct shunt_span origin)
{
    const char *star = memchr(pattern.at, '*', pattern.len);
    size_t before = star ? (size_t)(star - pattern.at) : 0;
    size_t behind = star ? pattern.len - before - 1 : 0;

    if (!star) {
        return shunt_span_equal(pattern, origin);
    }
    return origin.len > before + behind && memcmp(origin.at, pattern.at, before) == 0 &&
           memcmp(origin.at + origin.len - behind, star + 1, behind) == 0 &&
           is_host_part((struct shunt_span){origin.at + before, origin.len - before - behind});
}

static bool allows(const struct cors *own, struct shunt_span origin)
{
    const char *rest = own->origins;
    struct shunt_span word;

    if (own->any) {
        return true;
    }
    while (filter_word_next(&rest, &word)) {
        if (pattern_has(word, origin)) {
            return true;
        }
    }
    return false;
}

/* ---- answers ---- */

static void add(struct shunt_response *response, const char *name, struct shunt_span value)
{
    (void)!exchange_response_field(response, of(name), value);
}

/* What any answer has; without credentials "*" is for all. */
static void add_origin(const struct cors *own, struct shunt_span origin,
                       struct shunt_response *response)
{
    add(response, "Access-Control-Allow-Origin", own->any ? of("*") : origin);
    if (own->credentials) {
        add(response, "Access-Control-Allow-Credentials", of("true"));
    }
}

static enum shunt_filtering preflight(const struct cors *own, const struct shunt_request *request,
                                      struct shunt_span origin, struct shunt_response *response)
{
    const struct shunt_field *asked =
        shunt_request_field(request, "Access-Control-Request-Headers", NULL);
    char age[24];
    struct http_writer digits = {.at = age, .room = sizeof age};

    add(response, "Vary",
        of("Origin, Access-Control-Request-Method, Access-Control-Request-Headers"));
    if (!allows(own, origin)) {
        exchange_response_text(response, 403, of("Forbidden\n"));
        return SHUNT_ANSWERED;
    }
    add_origin(own, origin, response);
    add(response, "Access-Control-Allow-Methods", of(own->methods));
    if (own->any_header && asked) {
        add(response, "Access-Control-Allow-Headers", asked->value);
    } else if (own->headers && !own->any_header) {
        add(response, "Access-Control-Allow-Headers", of(own->headers));
    }
    if (own->max_age_s > 0) {
        http_write_number(&digits, own->max_age_s);
        add(response, "Access-Control-Max-Age", (struct shunt_span){age, digits.len});
    }
    response->status = 204;
    return SHUNT_ANSWERED;
}

static enum shunt_filtering before(void *state, const struct shunt_request *request,
                                   struct shunt_response *response)
{
    const struct cors *own = state;
    const struct shunt_field *origin = shunt_request_field(request, "Origin", NULL);

    if (origin && shunt_span_equal(request->method, of("OPTIONS")) &&
        shunt_request_field(request, "Access-Control-Request-Method", NULL)) {
        return preflight(own, request, origin->value, response);
    }
    if (!own->any) {
        add(response, "Vary", of("Origin"));
    }
    if (origin && allows(own, origin->value)) {
        add_origin(own, origin->value, response);
        if (own->expose) {
            add(response, "Access-Control-Expose-Headers", of(own->expose));
        }
    }
    return SHUNT_GO_ON;
}

/* ---- settings ---- */

/* The words of a list as a field has them, each a token; NULL: none, or *status is why. */
static char *list_make(const struct shunt_settings *settings, const char *key, const char *initial,
                       const struct filter_error *error, enum shunt_status *status)
{
    const char *text = plugin_setting_get(settings, key), *rest;
    char *list, *end;
    struct shunt_span word;

    rest = text = text ? text : initial;
    list = end = calloc(1, 2 * strlen(text) + 1);
    while (list && *status == SHUNT_OK && filter_word_next(&rest, &word)) {
        if (!http_is_token(word)) {
            *status = filter_expected(error, key, "tokens", word);
        }
        end = stpcpy(end, end > list ? ", " : "");
        memcpy(end, word.at, word.len);
        end += word.len;
    }
    if (!list) {
        *status = SHUNT_ENOMEM;
    } else if (end == list) {
        free(list);
        return NULL;
    }
    return list;
}

/* "*", "null", or SCHEME://HOST[:PORT] with "*." in front of the host at most. */
static bool is_origin(struct shunt_span word)
{
    const char *slashes = memmem(word.at, word.len, "://", 3);
    const char *host = slashes ? slashes + 3 : NULL, *end = word.at + word.len;

    if (shunt_span_equal(word, of("*")) || shunt_span_equal(word, of("null"))) {
        return true;
    }
    if (!host || host == end || slashes == word.at || memchr(host, '/', (size_t)(end - host))) {
        return false;
    }
    host += end - host > 2 && memcmp(host, "*.", 2) == 0 ? 2 : 0;
    return !memchr(host, '*', (size_t)(end - host)) &&
           !memchr(word.at, '*', (size_t)(slashes - word.at));
}

static enum shunt_status read_origins(struct cors *own, const struct shunt_settings *settings,
                                      const struct filter_error *error)
{
    const char *rest = own->origins = plugin_setting_get(settings, "origins");
    struct shunt_span word;
    size_t count = 0;

    for (; filter_word_next(&rest, &word); count++) {
        if (!is_origin(word)) {
            return filter_expected(error, "origins",
                                   "*, or origins such as https://example.org or "
                                   "https://*.example.org",
                                   word);
        }
        own->any |= shunt_span_equal(word, of("*"));
    }
    if (count == 0) {
        return filter_expected(error, "origins", "one or more", of(""));
    }
    if (own->any && own->credentials) {
        return filter_expected(error, "credentials", "no with all origins", of("yes"));
    }
    return SHUNT_OK;
}

static enum shunt_status read_all(struct cors *own, const struct shunt_settings *settings,
                                  const struct filter_error *error)
{
    enum shunt_status status = plugin_setting_bool(settings, "credentials", &own->credentials);

    if (status == SHUNT_OK) {
        status = plugin_setting_number(settings, "max_age_s", 0, 86400, &own->max_age_s);
    }
    if (status == SHUNT_OK) {
        status = read_origins(own, settings, error);
    }
    if (status == SHUNT_OK) {
        own->methods = list_make(settings, "methods", METHODS, error, &status);
    }
    if (status == SHUNT_OK) {
        own->headers = list_make(settings, "headers", "*", error, &status);
        own->any_header = own->headers && strcmp(own->headers, "*") == 0;
    }
    if (status == SHUNT_OK) {
        own->expose = list_make(settings, "expose", "", error, &status);
    }
    return status;
}

static void destroy(void *state)
{
    struct cors *own = state;

    free(own->methods);
    free(own->headers);
    free(own->expose);
    free(own);
}

static enum shunt_status create(void *arg, const struct shunt_settings *settings, void **state,
                                char *error, size_t error_size)
{
    const struct filter_error why = {error, error_size};
    struct cors *own = calloc(1, sizeof *own);
    enum shunt_status status = own ? read_all(own, settings, &why) : SHUNT_ENOMEM;

    (void)arg;
    if (status != SHUNT_OK && own) {
        destroy(own);
        return status;
    }
    *state = own;
    return status;
}

const struct shunt_filter filter_cors = {
    .size = sizeof(struct shunt_filter),
    .name = "cors",
    .before = before,
    .create = create,
    .destroy = destroy,
};
