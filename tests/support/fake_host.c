/* The worker, its plugins and upgrades. Streams are in fake_stream.c. */
#include "support/fake_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

unsigned fake_log_count;
char fake_log_last[512];

void fake_broken(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "fake host: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    abort();
}

static char *text_copy(struct shunt_span text)
{
    char *copy = malloc(text.len + 1);

    if (!copy) {
        fake_broken("no memory");
    }
    if (text.len > 0) {
        memcpy(copy, text.at, text.len);
    }
    copy[text.len] = '\0';
    return copy;
}

/* ---- upgrades ---- */

static void find_protocol(struct shunt_upgrade *upgrade)
{
    const char *slash = memchr(upgrade->offer.at, '/', upgrade->offer.len);
    struct shunt_span name = {upgrade->offer.at,
                              slash ? (size_t)(slash - upgrade->offer.at) : upgrade->offer.len};

    for (size_t i = 0; i < upgrade->worker->plugin_count; i++) {
        const struct fake_plugin *plugin = &upgrade->worker->plugins[i];
        const struct shunt_protocol *const *protocol = plugin->plugin->protocols;

        for (; protocol && *protocol; protocol++) {
            if (shunt_span_equal_nocase(name, shunt_span_of((*protocol)->token))) {
                upgrade->plugin = plugin;
                upgrade->protocol = *protocol;
                return;
            }
        }
    }
    fake_broken("no plugin has the protocol %.*s", (int)name.len, name.at);
}

static void request_fill(struct shunt_request *request, const struct fake_offer *offer)
{
    size_t count = 0;
    struct shunt_field *fields;

    while (offer->fields && offer->fields[2 * count]) {
        count++;
    }
    fields = calloc(count + 1, sizeof *fields);
    if (!fields) {
        fake_broken("no memory");
    }
    for (size_t i = 0; i < count; i++) {
        fields[i].name = shunt_span_of(offer->fields[2 * i]);
        fields[i].value = shunt_span_of(offer->fields[2 * i + 1]);
    }
    *request = (struct shunt_request){
        .size = sizeof *request,
        .version_minor = 1,
        .method = shunt_span_of(offer->method ? offer->method : "GET"),
        .target = shunt_span_of(offer->path ? offer->path : "/"),
        .path = shunt_span_of(offer->path ? offer->path : "/"),
        .host = shunt_span_of("localhost"),
        .fields = fields,
        .field_count = count,
        .body = shunt_span_of(offer->body),
    };
}

/* ---- routes ---- */

static bool pairs_equal(const char *const *a, const char *const *b)
{
    size_t i = 0;

    for (; a && b && a[i] && b[i]; i++) {
        if (strcmp(a[i], b[i]) != 0) {
            return false;
        }
    }
    return !(a && a[i]) && !(b && b[i]);
}

static const struct shunt_settings *route_settings(struct shunt_worker *worker,
                                                   const char *const *pairs)
{
    struct fake_route *route = worker->routes;
    const char **copy;
    size_t count = 0;

    while (route && !pairs_equal(route->settings.pairs, pairs)) {
        route = route->next;
    }
    if (route) {
        return &route->settings;
    }
    while (pairs && pairs[count]) {
        count++;
    }
    route = calloc(1, sizeof *route);
    copy = calloc(count + 1, sizeof *copy);
    if (!route || !copy) {
        fake_broken("no memory");
    }
    for (size_t i = 0; i < count; i++) {
        copy[i] = text_copy(shunt_span_of(pairs[i]));
    }
    route->settings.pairs = copy;
    route->next = worker->routes;
    worker->routes = route;
    return &route->settings;
}

static void routes_free(struct shunt_worker *worker)
{
    while (worker->routes) {
        struct fake_route *route = worker->routes;

        worker->routes = route->next;
        for (size_t i = 0; route->settings.pairs[i]; i++) {
            free((void *)(uintptr_t)route->settings.pairs[i]);
        }
        free((void *)(uintptr_t)route->settings.pairs);
        free(route);
    }
}

struct shunt_upgrade *fake_upgrade(struct shunt_worker *worker, const struct fake_offer *offer)
{
    struct shunt_upgrade *upgrade = calloc(1, sizeof *upgrade);

    if (!upgrade) {
        fake_broken("no memory");
    }
    upgrade->worker = worker;
    upgrade->offer = shunt_span_of(offer->offer);
    upgrade->settings = route_settings(worker, offer->settings);
    upgrade->status = 403;
    upgrade->id = ++worker->last_id;
    request_fill(&upgrade->request, offer);
    find_protocol(upgrade);
    upgrade->verdict = SHUNT_ACCEPT;
    if (upgrade->protocol->negotiate) {
        upgrade->verdict =
            upgrade->protocol->negotiate(upgrade->plugin->local, &upgrade->request, upgrade);
    }
    return upgrade;
}

void fake_upgrade_free(struct shunt_upgrade *upgrade)
{
    free((void *)upgrade->request.fields);
    free(upgrade);
}

const char *fake_upgrade_field(const struct shunt_upgrade *upgrade, const char *name)
{
    for (size_t i = 0; i < upgrade->field_count; i++) {
        if (shunt_span_equal_nocase(shunt_span_of(upgrade->fields[i].name), shunt_span_of(name))) {
            return upgrade->fields[i].value;
        }
    }
    return NULL;
}

void fake_upgrade_cancel(struct shunt_upgrade *upgrade)
{
    if (upgrade->verdict != SHUNT_DEFER || upgrade->settled) {
        fake_broken("only what is deferred can be cancelled");
    }
    if (upgrade->protocol->cancel) {
        upgrade->protocol->cancel(upgrade->plugin->local, upgrade);
    }
}

struct shunt_stream *fake_open(struct shunt_upgrade *upgrade)
{
    struct shunt_stream *stream;

    if (upgrade->verdict != SHUNT_ACCEPT) {
        fake_broken("the upgrade was not accepted: verdict %d, status %u: %s",
                    (int)upgrade->verdict, upgrade->status, upgrade->body);
    }
    stream = fake_stream_create(upgrade);
    upgrade->stream = stream;
    stream->request = &upgrade->request;
    stream->protocol->open(stream->local, stream);
    stream->request = NULL;
    fake_turn(stream->worker);
    return stream;
}

/* ---- the host's functions ---- */

__attribute__((format(printf, 2, 3))) static void host_log(enum shunt_log_level level,
                                                           const char *format, ...)
{
    va_list args;

    (void)level;
    va_start(args, format);
    vsnprintf(fake_log_last, sizeof fake_log_last, format, args);
    va_end(args);
    fake_log_count++;
}

static const char *host_setting(const struct shunt_settings *settings, const char *key)
{
    const char *const *pair = settings->pairs;

    for (; pair && *pair; pair += 2) {
        if (strcmp(pair[0], key) == 0) {
            return pair[1];
        }
    }
    return NULL;
}

static enum shunt_status host_setting_number(const struct shunt_settings *settings, const char *key,
                                             uint64_t min, uint64_t max, uint64_t *value)
{
    const char *text = host_setting(settings, key);
    char *end;
    uint64_t number;

    if (!text) {
        return SHUNT_OK;
    }
    number = strtoull(text, &end, 10);
    if (*end || end == text || number < min || number > max) {
        return SHUNT_EINVAL;
    }
    *value = number;
    return SHUNT_OK;
}

static enum shunt_status host_setting_bool(const struct shunt_settings *settings, const char *key,
                                           bool *value)
{
    const char *text = host_setting(settings, key);

    if (text && strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return SHUNT_EINVAL;
    }
    *value = text ? strcmp(text, "true") == 0 : *value;
    return SHUNT_OK;
}

static enum shunt_status host_service_find(struct shunt_worker *worker, const char *interface,
                                           const char *name, uint32_t version,
                                           struct shunt_service_ref *found)
{
    for (size_t i = 0; i < worker->plugin_count; i++) {
        const struct shunt_service *const *service = worker->plugins[i].plugin->services;

        for (; service && *service; service++) {
            if (strcmp((*service)->interface, interface) == 0 &&
                strcmp((*service)->name, name) == 0 && (*service)->version >= version) {
                *found = (struct shunt_service_ref){*service, worker->plugins[i].local};
                return SHUNT_OK;
            }
        }
    }
    return SHUNT_ENOTFOUND;
}

static uint64_t host_now_ms(struct shunt_worker *worker)
{
    return worker->now_ms;
}

static struct shunt_span host_upgrade_offer(const struct shunt_upgrade *upgrade)
{
    return upgrade->offer;
}

static const struct shunt_settings *host_upgrade_settings(const struct shunt_upgrade *upgrade)
{
    return upgrade->settings;
}

static const struct shunt_request *host_upgrade_request(const struct shunt_upgrade *upgrade)
{
    return &upgrade->request;
}

static struct shunt_worker *host_upgrade_worker(const struct shunt_upgrade *upgrade)
{
    return upgrade->worker;
}

static size_t host_upgrade_early_bytes(const struct shunt_upgrade *upgrade)
{
    return upgrade->early_bytes;
}

static enum shunt_status host_upgrade_field(struct shunt_upgrade *upgrade, struct shunt_span name,
                                            struct shunt_span value)
{
    struct fake_field *field = &upgrade->fields[upgrade->field_count];

    if (upgrade->field_count == FAKE_FIELDS_MAX) {
        return SHUNT_ETOOBIG;
    }
    if (name.len == 0 || name.len >= sizeof field->name || value.len >= sizeof field->value ||
        memchr(value.at, '\n', value.len) || memchr(value.at, '\0', value.len)) {
        fake_broken("a plugin adds an impossible field");
    }
    memcpy(field->name, name.at, name.len);
    memcpy(field->value, value.at, value.len);
    upgrade->field_count++;
    return SHUNT_OK;
}

static enum shunt_status host_upgrade_refuse(struct shunt_upgrade *upgrade, unsigned status,
                                             const char *content_type, struct shunt_span body)
{
    char *text = text_copy(body);

    if (status < 200 || status > 599 || (body.len > 0 && !content_type)) {
        fake_broken("a plugin refuses with status %u", status);
    }
    upgrade->status = status;
    snprintf(upgrade->body, sizeof upgrade->body, "%s", text);
    free(text);
    return SHUNT_OK;
}

static void *host_upgrade_state(struct shunt_upgrade *upgrade)
{
    return upgrade->state;
}

static void *host_upgrade_user(const struct shunt_upgrade *upgrade)
{
    return upgrade->user;
}

static void host_upgrade_set_user(struct shunt_upgrade *upgrade, void *user)
{
    upgrade->user = user;
}

static shunt_id host_upgrade_id(const struct shunt_upgrade *upgrade)
{
    return upgrade->id;
}

static void host_upgrade_settle(struct shunt_upgrade *upgrade, enum shunt_verdict verdict)
{
    if (upgrade->verdict != SHUNT_DEFER || upgrade->settled || verdict == SHUNT_DEFER) {
        fake_broken("upgrade_settle() is only for what was deferred, and once");
    }
    upgrade->settled = true;
    upgrade->verdict = verdict;
    if (verdict == SHUNT_ACCEPT) {
        fake_open(upgrade);
    }
}

static const struct shunt_host *host_table(void)
{
    static struct shunt_host host = {
        .size = sizeof host,
        .abi_major = SHUNT_ABI_MAJOR,
        .abi_minor = SHUNT_ABI_MINOR,
        .log = host_log,
        .setting = host_setting,
        .setting_number = host_setting_number,
        .setting_bool = host_setting_bool,
        .service_find = host_service_find,
        .now_ms = host_now_ms,
        .upgrade_offer = host_upgrade_offer,
        .upgrade_settings = host_upgrade_settings,
        .upgrade_request = host_upgrade_request,
        .upgrade_worker = host_upgrade_worker,
        .upgrade_early_bytes = host_upgrade_early_bytes,
        .upgrade_field = host_upgrade_field,
        .upgrade_refuse = host_upgrade_refuse,
        .upgrade_state = host_upgrade_state,
        .upgrade_user = host_upgrade_user,
        .upgrade_set_user = host_upgrade_set_user,
        .upgrade_id = host_upgrade_id,
        .upgrade_settle = host_upgrade_settle,
    };

    fake_stream_functions(&host);
    return &host;
}

/* ---- the worker ---- */

struct shunt_worker *fake_worker_create(void)
{
    struct shunt_worker *worker = calloc(1, sizeof *worker);

    if (!worker) {
        fake_broken("no memory");
    }
    worker->now_ms = 1000;
    return worker;
}

enum shunt_status fake_plugin_start(struct shunt_worker *worker, const struct shunt_plugin *plugin,
                                    const char *const *settings)
{
    struct fake_plugin *added = &worker->plugins[worker->plugin_count];
    enum shunt_status status = SHUNT_OK;

    if (worker->plugin_count == FAKE_PLUGINS_MAX) {
        fake_broken("too many plugins");
    }
    *added = (struct fake_plugin){.plugin = plugin, .settings = {settings}};
    if (plugin->init) {
        status = plugin->init(host_table(), &added->settings, &added->instance);
    }
    if (status == SHUNT_OK && plugin->worker_start) {
        status = plugin->worker_start(added->instance, worker, &added->local);
    }
    worker->plugin_count += status == SHUNT_OK;
    return status;
}

void fake_worker_destroy(struct shunt_worker *worker)
{
    if (worker->streams) {
        fake_broken("a stream was not freed");
    }
    for (size_t i = 0; i < worker->plugin_count; i++) {
        const struct fake_plugin *plugin = &worker->plugins[i];

        if (plugin->plugin->worker_stop) {
            plugin->plugin->worker_stop(plugin->local);
        }
        if (plugin->plugin->fini) {
            plugin->plugin->fini(plugin->instance);
        }
    }
    routes_free(worker);
    free(worker);
}
