/* Upgrades, and the routes that they are made on. */
#include "support/fake_host.h"

#include <stdio.h>
#include <stdlib.h>

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

void fake_routes_free(struct shunt_worker *worker)
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
    stream = fake_stream_create(upgrade->worker, upgrade->protocol, upgrade->plugin->local);
    stream->user = upgrade->user;
    memcpy(stream->state, upgrade->state, sizeof stream->state);
    upgrade->stream = stream;
    stream->request = &upgrade->request;
    stream->protocol->open(stream->local, stream);
    stream->request = NULL;
    fake_turn(stream->worker);
    return stream;
}

/* ---- the host's functions ---- */

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

void fake_upgrade_functions(struct shunt_host *host)
{
    host->upgrade_offer = host_upgrade_offer;
    host->upgrade_settings = host_upgrade_settings;
    host->upgrade_request = host_upgrade_request;
    host->upgrade_worker = host_upgrade_worker;
    host->upgrade_early_bytes = host_upgrade_early_bytes;
    host->upgrade_field = host_upgrade_field;
    host->upgrade_refuse = host_upgrade_refuse;
    host->upgrade_state = host_upgrade_state;
    host->upgrade_user = host_upgrade_user;
    host->upgrade_set_user = host_upgrade_set_user;
    host->upgrade_id = host_upgrade_id;
    host->upgrade_settle = host_upgrade_settle;
}
