#include "compare/warnings.h"

#include "compare/metric.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Of a quota: who uses less was not held back by it; more than this is not enforced. Ticks of 10 ms
 * and what runs on past the end of its share are between. */
#define QUOTA_USED    0.9
#define QUOTA_KEPT_TO 1.1

static void __attribute__((format(printf, 2, 3))) say(json_t *sentences, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_array_append_new(sentences, json_string(text));
}

void warnings_errors(const json_t *run, char *text, size_t room)
{
    json_int_t total = json_integer_value(json_object_get(run, "errors_total"));
    const char *kind, *before = ":";
    json_t *count;

    text[0] = '\0';
    if (total > 0) {
        snprintf(text, room, "%lld error%s", (long long)total, total == 1 ? "" : "s");
    }
    json_object_foreach(json_object_get(run, "errors"), kind, count)
    {
        size_t len = strlen(text);

        if (json_integer_value(count) > 0) {
            snprintf(text + len, room - len, "%s %lld %s", before,
                     (long long)json_integer_value(count), kind);
            before = ",";
        }
    }
    for (char *at = text; *at; at++) {
        *at = *at == '_' ? ' ' : *at;
    }
}

static double median_of(const json_t *server, const char *metric)
{
    return metric_member(json_object_get(json_object_get(server, "metrics"), metric), "median");
}

json_t *warnings_quota_reached(const json_t *server)
{
    double used = median_of(server, "quota_used");

    return isfinite(used) ? json_boolean(used >= QUOTA_USED) : json_null();
}

static void say_quota(json_t *sentences, const json_t *server)
{
    double used = median_of(server, "quota_used"), throttled = median_of(server, "quota_throttled");
    char stopped[96] = "";

    if (isfinite(throttled)) {
        snprintf(stopped, sizeof stopped, " (the kernel stopped it in %.0f %% of its periods)",
                 100 * throttled);
    }
    if (used < QUOTA_USED) {
        say(sentences,
            "it used %.0f %% of its quota%s: something else was the limit, and its rate is not "
            "its capacity",
            100 * used, stopped);
    } else if (used > QUOTA_KEPT_TO) {
        say(sentences, "it used %.0f %% of its quota%s: it was not held to it", 100 * used,
            stopped);
    }
}

json_t *warnings_of(const json_t *server)
{
    const json_t *rounds = json_object_get(server, "rounds");
    size_t count = json_array_size(rounds), missing = 0, limited = 0;
    json_t *sentences = json_array();
    char errors[256];

    for (size_t i = 0; i < count; i++) {
        const json_t *round = json_array_get(rounds, i);

        missing += json_is_null(round);
        limited += json_is_true(json_object_get(round, "client_limited"));
    }
    if (missing) {
        say(sentences, "no result in %zu of %zu rounds", missing, count);
    }
    warnings_errors(json_object_get(server, "merged"), errors, sizeof errors);
    if (*errors) {
        say(sentences, "%s", errors);
    }
    if (limited) {
        say(sentences,
            "the client was over 90 %% busy in %zu of %zu rounds, its limit may be what was "
            "measured; --quota, or a smaller one, holds the server instead",
            limited, count);
    }
    say_quota(sentences, server);
    return sentences;
}
