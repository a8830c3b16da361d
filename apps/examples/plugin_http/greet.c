/*
 * HTTP in a plugin: a handler and a filter, which a configuration uses by their names. Copy it and go on.
 *
 *   GET /greet/Ada HTTP/1.1    ->   HTTP/1.1 200 OK
 *   X-Key: sesame                   Content-Type: application/json
 *
 *                                   {"text":"good morning, Ada","count":1}
 *
 * The functions shunt_...() are those of <shunt/http.h> and <shunt/fields.h>, which a program that
 * embeds a server calls too: this file runs in one unchanged, built with -DSHUNT_PLUGIN_STATIC=NAME.
 */
#include <shunt/plugin.h>
#include <stdio.h>
#include <stdlib.h>

static const struct shunt_host *host; /* logging, timers, sockets and more; init() is handed it */

/* A worker's own: no other thread looks at it, so no lock is needed. */
struct local {
    unsigned long answered;
};

static enum shunt_status greet_init(const struct shunt_host *given,
                                    const struct shunt_settings *settings, void **plugin)
{
    (void)settings, (void)plugin;
    host = given;
    return SHUNT_HAS(host, calls) ? SHUNT_OK : SHUNT_ENOTSUP; /* a server of before 1.1 */
}

static enum shunt_status greet_worker_start(void *plugin, struct shunt_worker *worker, void **local)
{
    (void)plugin, (void)worker;
    *local = calloc(1, sizeof(struct local));
    return *local ? SHUNT_OK : SHUNT_ENOMEM;
}

/* ---- the handler ---- */

/* Once for each route with `handler: greet`, before anybody is served. What is wrong here is found by
 * `shuntd --check`, with file and line; so is a key that is not asked for. */
static enum shunt_status greet_create(void *plugin, const struct shunt_settings *settings,
                                      void **state, char *error, size_t error_size)
{
    const char *text = shunt_setting(settings, "text");

    (void)plugin; /* what init() set */
    if (!text) {
        snprintf(error, error_size, "text: expected a greeting, found none");
        return SHUNT_EINVAL;
    }
    *state = (void *)(uintptr_t)text; /* stays as long as the route */
    return SHUNT_OK;
}

/* Letters only: what comes out stands in JSON as it is. */
static bool is_name(struct shunt_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if ((name.at[i] | 0x20) < 'a' || (name.at[i] | 0x20) > 'z') {
            return false;
        }
    }
    return name.len > 0 && name.len <= 40;
}

/* Must not block: shunt_response_defer() answers later, shunt_response_begin() piece by piece. */
static void greet(void *state, const struct shunt_request *request, struct shunt_response *response)
{
    struct local *local = shunt_response_local(response);
    struct shunt_span name = shunt_request_parameter(request, "name");
    const size_t room = 200 + strlen(state);
    char *text = shunt_request_alloc(request, room); /* gone with the request */
    enum shunt_status status;
    int len;

    if (!text || !is_name(name)) {
        status = shunt_response_status(response, text ? 400 : 503);
    } else {
        len = snprintf(text, room, "{\"text\":\"%s, %.*s\",\"count\":%lu}\n", (const char *)state,
                       (int)name.len, name.at, ++local->answered);
        status = shunt_response_body(response, "application/json", text, (size_t)len);
    }
    if (status != SHUNT_OK) { /* the client gets 500 or 503, whichever it is */
        host->log(SHUNT_LOG_ERROR, "greet: %s", shunt_status_name(status));
    }
}

/* ---- the filter ---- */

static enum shunt_status key_create(void *plugin, const struct shunt_settings *settings,
                                    void **state, char *error, size_t error_size)
{
    const char *value = shunt_setting(settings, "value");

    (void)plugin;
    snprintf(error, error_size, "value: expected the key that clients send, found none");
    *state = (void *)(uintptr_t)value;
    return value ? SHUNT_OK : SHUNT_EINVAL;
}

/* Before any handler, and before an upgrade to another protocol. */
static enum shunt_filtering key_before(void *state, const struct shunt_request *request,
                                       struct shunt_response *response)
{
    const struct shunt_field *key = shunt_request_field(request, "X-Key", NULL);

    if (key && shunt_span_equal(key->value, shunt_span_of(state))) {
        return SHUNT_GO_ON;
    }
    if (shunt_response_status(response, 403) != SHUNT_OK ||
        shunt_response_body(response, "text/plain", "The key?\n", 9) != SHUNT_OK) {
        host->log(SHUNT_LOG_ERROR, "greet: a client without a key is not answered as it should be");
    }
    return SHUNT_ANSWERED;
}

/* ---- what the plugin gives ---- */

static const struct shunt_http_handler handler = {
    .size = sizeof handler, .name = "greet", .handler = greet, .create = greet_create};
static const struct shunt_filter filter = {
    .size = sizeof filter, .name = "key", .before = key_before, .create = key_create};

SHUNT_PLUGIN = {
    SHUNT_PLUGIN_HEAD,
    .name = "greet",
    .version = "1.0",
    .init = greet_init,
    .worker_start = greet_worker_start,
    .worker_stop = free,
    .handlers = (const struct shunt_http_handler *const[]){&handler, NULL},
    .filters = (const struct shunt_filter *const[]){&filter, NULL},
};
