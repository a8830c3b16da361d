/* What no single value shows: relations between values, and the form of paths. */
#include "server/config_check.h"

#include "exchange/host.h"
#include "exchange/log_format.h"
#include "exchange/methods.h"
#include "exchange/pattern.h"
#include "http/list.h"
#include "server/access_log.h"
#include "server/config_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_listener(const struct config *config, size_t i, struct error *report)
{
    const struct config_listener *one = &config->listeners[i];

    if (!*one->address || strcmp(strrchr(one->address, ':'), ":0") == 0) {
        return; /* the report has it; or it is never the same */
    }
    for (size_t j = 0; j < i; j++) {
        if (strcmp(config->listeners[j].address, one->address) == 0) {
            error_add(report, one->line,
                      "listeners[%zu].address: expected each address once, found %s again", i,
                      one->address);
            return;
        }
    }
}

static void check_plugin(const struct config *config, size_t i, struct error *report)
{
    for (size_t j = 0; j < i && *config->plugins[i].name; j++) {
        if (strcmp(config->plugins[j].name, config->plugins[i].name) == 0) {
            error_add(report, config->plugins[i].line,
                      "plugins[%zu].name: expected each plugin once, found %s again", i,
                      config->plugins[i].name);
            return;
        }
    }
}

/* What a route always answers goes out whole, so it must be allowed to. */
static void check_answer(const struct config *config, size_t i, struct error *report)
{
    const struct config_route *route = &config->routes[i];
    const struct config_limits *limits = &config->limits;
    uint64_t body_most = route->body_bytes_max ? route->body_bytes_max : limits->body_bytes_max;

    if (config_limit_refused(config, "response_bytes_max")) {
        return;
    }
    if (route->text_len > limits->response_bytes_max) {
        error_add(report, route->line,
                  "routes[%zu].text: expected at most limits.response_bytes_max (%" PRIu64
                  " bytes), found %zu",
                  i, limits->response_bytes_max, route->text_len);
    }
    if (route->echo && (route->body_bytes_max || !config_limit_refused(config, "body_bytes_max")) &&
        body_most > limits->response_bytes_max) {
        error_add(report, route->line,
                  "routes[%zu].echo: expected %sbody_bytes_max of at most "
                  "limits.response_bytes_max (%" PRIu64 "), found %" PRIu64,
                  i, route->body_bytes_max ? "" : "limits.", limits->response_bytes_max, body_most);
    }
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* One whole body of a file's route fits into the budget, as limits.body_bytes_max is held to it. */
static void check_body(const struct config *config, size_t i, struct error *report)
{
    const struct config_route *route = &config->routes[i];
    const struct config_limits *limits = &config->limits;
    uint64_t most = less(limits->memory_bytes_max / 2, limits->http.head_bytes_max);

    if (route->line && route->body_bytes_max > most &&
        !config_limit_refused(config, "memory_bytes_max") &&
        !config_limit_refused(config, "head_bytes_max")) {
        error_add(report, route->line,
                  "routes[%zu].body_bytes_max: expected at most limits.memory_bytes_max / 2 less "
                  "limits.head_bytes_max (%" PRIu64 "), found %" PRIu64,
                  i, most, route->body_bytes_max);
    }
}

/* The methods of a route, as exchange/routes.h has it; NULL: any. */
static char **methods_of(const struct config_route *route)
{
    static char get[] = "GET";
    static char *only[] = {get, NULL};

    return !route->methods && route->text && !route->handler && !route->echo && !route->upgrade
               ? only
               : route->methods;
}

static bool methods_meet(const struct config_route *a, const struct config_route *b)
{
    if (!a->methods && !b->methods) {
        return true;
    }
    for (char **one = methods_of(a); one && *one; one++) {
        for (char **other = methods_of(b); other && *other; other++) {
            if (strcmp(*one, *other) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool hosts_meet(const struct config_route *a, const struct config_route *b)
{
    return a->host && b->host
               ? shunt_span_equal_nocase(shunt_span_of(a->host), shunt_span_of(b->host))
               : !a->host && !b->host;
}

/* "GET, POST example.org/a", or "/a" where it is for any method and host. Long ones are cut. */
static const char *name_of(const struct config_route *route, char *text, size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    for (char **method = route->methods; method && *method && len < size / 2; method++) {
        len += (size_t)snprintf(text + len, size - len, "%.64s%s", *method, method[1] ? ", " : " ");
    }
    snprintf(text + len, size - len, "%.100s%.200s", route->host ? route->host : "", route->path);
    return text;
}

/* The two routes of a conflict: one of them where they are spelled alike, and the line of the first
 * where it has one. */
static void refuse_path(const struct config *config, size_t i, size_t earlier, struct error *report)
{
    const struct config_route *route = &config->routes[i], *first = &config->routes[earlier];
    char names[2][600], line[32] = "";
    bool alike;

    alike = strcmp(name_of(route, names[0], sizeof *names),
                   name_of(first, names[1], sizeof *names)) == 0;
    if (first->line) {
        snprintf(line, sizeof line, " (first on line %u)", first->line);
    }
    error_add(report, route->line, "routes[%zu].path: expected each %s once, found %s again%s%s%s",
              i, route->methods || first->methods ? "method of a path" : "path", names[0],
              alike ? "" : ", beside ", alike ? "" : names[1], line);
}

/* Does one of them get what the other is for, as far as that is known? */
static bool routes_meet(const struct config_route *a, const struct config_route *b)
{
    return !a->unclear && !b->unclear && exchange_pattern_same(a->path, b->path) &&
           methods_meet(a, b) && hosts_meet(a, b);
}

static void check_path(const struct config *config, size_t i, struct error *report)
{
    const struct config_route *route = &config->routes[i];
    size_t first = 0;
    const char *expected;

    if (!*route->path) {
        return; /* the report has it */
    }
    expected = exchange_pattern_expected(route->path);
    if (expected) {
        error_add(report, route->line, "routes[%zu].path: expected %s, found \"%.200s\"", i,
                  expected, route->path);
        return;
    }
    for (size_t j = route->earlier; j > 0; j = config->routes[j - 1].earlier) {
        if (config->routes[j - 1].place_hash == route->place_hash &&
            routes_meet(&config->routes[j - 1], route)) {
            first = j; /* the others are earlier still */
        }
    }
    if (first > 0) {
        refuse_path(config, i, first - 1, report);
    }
}

static void check_methods(const struct config *config, size_t i, struct error *report)
{
    const struct config_route *route = &config->routes[i];

    for (char **method = route->methods; method && *method; method++) {
        const char *expected = exchange_method_expected(*method);

        if (expected) {
            error_add(report, route->line, "routes[%zu].methods: expected %s, found \"%.80s\"", i,
                      expected, *method);
        }
    }
}

static enum shunt_status check_route(const struct config *config, size_t i, struct error *report)
{
    const struct config_route *route = &config->routes[i];
    unsigned before = report->count;

    check_path(config, i, report);
    check_methods(config, i, report);
    if (route->host && exchange_host_expected(route->host)) {
        error_add(report, route->line, "routes[%zu].host: expected %s, found \"%.100s\"", i,
                  exchange_host_expected(route->host), route->host);
    }
    if (!http_is_field_value(shunt_span_of(route->content_type)) || !*route->content_type) {
        error_add(report, route->line,
                  "routes[%zu].content_type: expected a media type, found \"%s\"", i,
                  route->content_type);
    }
    for (char **token = route->upgrade; token && *token; token++) {
        if (!http_is_token(shunt_span_of(*token))) {
            error_add(report, route->line,
                      "routes[%zu].upgrade: expected names of protocols (tokens), found \"%s\"", i,
                      *token);
        }
    }
    if (route->upgrade_required && !route->upgrade) {
        error_add(report, route->line,
                  "routes[%zu].upgrade_required: expected an upgrade beside it, found none", i);
    }
    check_answer(config, i, report);
    check_body(config, i, report);
    return report->count > before ? SHUNT_EINVAL : SHUNT_OK;
}

/* Two limits of which one must hold the other. */
struct relation {
    const char *key;   /* of the smaller one, which the sentence is about */
    uint64_t found;    /* its value */
    const char *bound; /* the key whose value it is held to */
    uint64_t most;     /* what it may be at most */
    const char *less;  /* how `most` comes from the bound; "" */
    const char *taken; /* the key whose value is taken off it; "" */
};

/* The line of a key that the file has: of the one or, where that is a default, of the other. */
static unsigned line_of(const struct config *config, const struct relation *relation)
{
    unsigned line = config_limit_line(config, relation->key);

    return line ? line : config_limit_line(config, relation->bound);
}

static void check_limits(const struct config *config, struct error *report)
{
    const struct config_limits *limits = &config->limits;
    const struct relation relations[] = {
        {"target_bytes_max", limits->http.target_bytes_max, "head_bytes_max",
         limits->http.head_bytes_max, "", ""},
        {"queue_high_bytes", limits->queue_high_bytes, "queue_bytes_max", limits->queue_bytes_max,
         "", ""},
        /* A protocol that stops at the high mark may have one buffer of input in hand. */
        {"queue_high_bytes", limits->queue_high_bytes, "queue_bytes_max",
         less(limits->queue_bytes_max, limits->receive_buffer_bytes), " less receive_buffer_bytes",
         "receive_buffer_bytes"},
        /* One of each fits into the budget, whatever else is buffered by the same use. */
        {"body_bytes_max", limits->body_bytes_max, "memory_bytes_max",
         less(limits->memory_bytes_max / 2, limits->http.head_bytes_max),
         " / 2 less head_bytes_max", "head_bytes_max"},
        {"response_bytes_max", limits->response_bytes_max, "memory_bytes_max",
         limits->memory_bytes_max / 2, " / 2", ""},
        {"queue_bytes_max", limits->queue_bytes_max, "memory_bytes_max",
         limits->memory_bytes_max / 2, " / 2", ""},
    };

    if (limits->queue_low_bytes >= limits->queue_high_bytes &&
        !config_limit_refused(config, "queue_low_bytes") &&
        !config_limit_refused(config, "queue_high_bytes")) {
        const struct relation low = {.key = "queue_low_bytes", .bound = "queue_high_bytes"};

        error_add(report, line_of(config, &low),
                  "limits.queue_low_bytes: expected less than queue_high_bytes (%" PRIu32
                  "), found %" PRIu32,
                  limits->queue_high_bytes, limits->queue_low_bytes);
    }
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
        const struct relation *one = &relations[i];

        if (one->found > one->most && !config_limit_refused(config, one->key) &&
            !config_limit_refused(config, one->bound) &&
            !config_limit_refused(config, one->taken)) {
            error_add(report, line_of(config, one),
                      "limits.%s: expected at most %s%s (%" PRIu64 "), found %" PRIu64, one->key,
                      one->bound, one->less, one->most, one->found);
            i += i + 1 < sizeof relations / sizeof *relations &&
                 strcmp(one[1].key, one->key) == 0; /* a key once */
        }
    }
}

/* Of all routes together. */
static void check_method_count(const struct config *config, struct error *report)
{
    struct exchange_methods methods;
    uint64_t set = 0;

    exchange_methods_init(&methods);
    for (size_t i = 0; i < config->route_count; i++) {
        for (char **method = config->routes[i].methods; method && *method; method++) {
            if (exchange_methods_add(&methods, *method, &set) != SHUNT_OK) {
                error_add(report, config->routes[i].line,
                          "routes[%zu].methods: expected at most %d of all routes together, found "
                          "%.80s beyond them",
                          i, EXCHANGE_METHODS_MAX, *method);
                return;
            }
        }
    }
}

static void check_access_format(const struct config *config, struct error *report)
{
    struct exchange_log_format *format;
    char text[256] = "no memory";

    if (exchange_log_format_create(config_access_log_format(config), &format, text, sizeof text) ==
        SHUNT_OK) {
        exchange_log_format_destroy(format);
    } else {
        error_add(report, config->access_log_seen.line[CONFIG_ACCESS_LOG_FORMAT_KEY],
                  "access_log.format: %s", text);
    }
}

static void check_access_log(const struct config *config, struct error *report)
{
    struct access_paths paths;
    size_t route;

    if (!config_seen_refused(&config->access_log_seen, CONFIG_ACCESS_LOG_FORMAT_KEY)) {
        check_access_format(config, report);
    }
    if (access_log_paths(config, &paths, &route) != SHUNT_OK) {
        error_add(report, config->routes[route].line,
                  "routes[%zu].access_log: expected at most %d different files, found \"%.200s\"",
                  route, ACCESS_OUTPUTS_MAX, config->routes[route].access_log);
    }
}

void config_check_relations(const struct config *config, struct error *report)
{
    for (size_t i = 0; i < config->listener_count; i++) {
        check_listener(config, i, report);
    }
    for (size_t i = 0; i < config->plugin_count; i++) {
        check_plugin(config, i, report);
    }
    for (size_t i = 0; i < config->route_count; i++) {
        (void)check_route(config, i, report);
    }
    check_method_count(config, report);
    check_limits(config, report);
    check_access_log(config, report);
}

enum shunt_status config_check(const struct config *config, struct error *report)
{
    unsigned before = report->count;

    if (config->listener_count == 0 && !config->listeners_refused) {
        error_add(report, ERROR_LINE_WHOLE, "listeners: expected at least one, found none");
    }
    if (before == 0) {
        config_check_relations(config, report);
    }
    return report->count > before ? SHUNT_EINVAL : SHUNT_OK;
}

enum shunt_status config_check_last_route(const struct config *config, struct error *error)
{
    return check_route(config, config->route_count - 1, error);
}
