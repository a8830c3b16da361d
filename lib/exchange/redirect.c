/*
 * What stood in the path goes into the target as it was sent, so that nothing is decoded or encoded
 * twice. A target that begins with a parameter must not become another site: "//host" is one.
 */
#include "exchange/redirect.h"

#include "exchange/response.h"
#include "http/list.h"

#include <string.h>

enum { TARGET_BYTES_MAX = 2048, NAME_BYTES_MAX = 64 };

/* The name of a parameter at `open`, "{name}"; `end` is behind it. Empty: it is none. */
static struct shunt_span name_at(const char *open, const char **end)
{
    const char *close = strchr(open, '}');
    struct shunt_span name = {open + 1, close ? (size_t)(close - open) - 1 : 0};

    *end = close ? close + 1 : open + strlen(open);
    if (name.len > 3 && memcmp(name.at + name.len - 3, "...", 3) == 0) {
        name.len -= 3;
    }
    return name.len < NAME_BYTES_MAX ? name : (struct shunt_span){open, 0};
}

static bool path_has(const char *path, struct shunt_span wanted)
{
    const char *open = path;

    while ((open = strchr(open, '{')) != NULL) {
        struct shunt_span name = name_at(open, &open);

        if (shunt_span_equal(name, wanted)) {
            return true;
        }
    }
    return false;
}

const char *exchange_redirect_expected(const char *target, const char *path)
{
    const char *open = target;

    if (!*target || *target == '{' || strlen(target) >= TARGET_BYTES_MAX ||
        !http_is_field_value(shunt_span_of(target)) || strpbrk(target, " \t\\")) {
        return "a path, or an address with its scheme";
    }
    while ((open = strchr(open, '{')) != NULL) {
        struct shunt_span name = name_at(open, &open);

        if (name.len == 0 || !path_has(path, name)) {
            return "parameters that its path has";
        }
    }
    return NULL;
}

static void append_parameter(struct http_writer *out, const struct shunt_request *request,
                             struct shunt_span name)
{
    char text[NAME_BYTES_MAX];

    memcpy(text, name.at, name.len);
    text[name.len] = '\0';
    http_write_bytes(out, shunt_request_parameter(request, text));
}

static void write_target(struct http_writer *out, const char *target,
                         const struct shunt_request *request)
{
    const char *at = target, *open;

    while ((open = strchr(at, '{')) != NULL) {
        http_write_bytes(out, (struct shunt_span){at, (size_t)(open - at)});
        append_parameter(out, request, name_at(open, &at));
    }
    http_write_bytes(out, shunt_span_of(at));
    if (request->query.len > 0 && !strchr(target, '?') && !strchr(target, '#')) {
        http_write_bytes(out, (struct shunt_span){"?", 1});
        http_write_bytes(out, request->query);
    }
}

/* Has what a client sent made another site of a path? */
static bool leads_away(const char *target, const struct http_writer *out)
{
    return target[0] == '/' && target[1] != '/' && out->len > 1 &&
           (out->at[1] == '/' || out->at[1] == '\\');
}

void exchange_redirect(void *arg, const struct shunt_request *request,
                       struct shunt_response *response)
{
    const struct exchange_redirect *redirect = arg;
    char text[TARGET_BYTES_MAX + 1024];
    struct http_writer out = {.at = text, .room = sizeof text};

    write_target(&out, redirect->target, request);
    if (out.full) {
        exchange_response_text(response, 414, shunt_span_of("URI Too Long\n"));
        return;
    }
    if (leads_away(redirect->target, &out) ||
        exchange_response_field(response, shunt_span_of("Location"),
                                (struct shunt_span){text, out.len}) != SHUNT_OK) {
        exchange_response_text(response, 404, shunt_span_of("Not Found\n"));
        return;
    }
    response->status = redirect->status;
}
