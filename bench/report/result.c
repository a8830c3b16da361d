#include "report/result.h"

#include "report/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const json_t *result_member(const struct result *result, const char *path)
{
    const json_t *at = result->json;

    while (at) {
        size_t len = strcspn(path, ".");
        char key[64];

        if (len >= sizeof key) {
            return NULL;
        }
        memcpy(key, path, len);
        key[len] = '\0';
        at = json_object_get(at, key);
        if (path[len] == '\0') {
            return at;
        }
        path += len + 1;
    }
    return NULL;
}

double result_number(const struct result *result, const char *path)
{
    const json_t *member = result_member(result, path);

    return json_is_number(member) ? json_number_value(member) : NAN;
}

const char *result_text(const struct result *result, const char *path)
{
    const char *text = json_string_value(result_member(result, path));

    return text ? text : "";
}

/* [[low_us, high_us, count], ...]; what does not look so is left out. */
static size_t read_buckets(const json_t *array, struct result_bucket **buckets)
{
    size_t count = json_array_size(array), kept = 0;

    *buckets = count ? calloc(count, sizeof **buckets) : NULL;
    for (size_t i = 0; *buckets && i < count; i++) {
        const json_t *row = json_array_get(array, i);
        struct result_bucket bucket = {
            .low_us = json_number_value(json_array_get(row, 0)),
            .high_us = json_number_value(json_array_get(row, 1)),
            .count = (uint64_t)json_integer_value(json_array_get(row, 2)),
        };
        /* The last cell of a series has no end: give it one as wide as the cells below it. */
        if (json_is_null(json_array_get(row, 1))) {
            bucket.high_us = bucket.low_us * 1.25;
        }
        bool rising = kept == 0 || bucket.low_us >= (*buckets)[kept - 1].high_us;

        if (json_array_size(row) == 3 && json_integer_value(json_array_get(row, 2)) > 0 &&
            bucket.low_us >= 0 && bucket.high_us >= bucket.low_us && rising) {
            (*buckets)[kept++] = bucket;
        }
    }
    return kept;
}

static double member_number(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);

    return json_is_number(member) ? json_number_value(member) : NAN;
}

static void read_second(const json_t *json, struct result_second *second)
{
    *second = (struct result_second){
        .t_s = member_number(json, "t_s"),
        .rate = member_number(json, "rate"),
        .p50_us = member_number(json, "p50_us"),
        .p99_us = member_number(json, "p99_us"),
        .errors = member_number(json, "errors"),
        .open = member_number(json, "open"),
        .server_cpu_percent = member_number(json, "server_cpu_percent"),
        .server_rss_bytes = member_number(json, "server_rss_bytes"),
        .received_bytes_per_second = member_number(json, "received_bytes_per_second"),
        .sent_bytes_per_second = member_number(json, "sent_bytes_per_second"),
        .connections_closed = member_number(json, "connections_closed"),
    };
    second->cell_count = read_buckets(json_object_get(json, "latency"), &second->cells);
}

/* Seconds without a time, or out of order, are left out. */
static void read_series(struct result *result)
{
    const json_t *series = json_object_get(result->json, "series");
    size_t count = json_array_size(series);

    result->seconds = count ? calloc(count, sizeof *result->seconds) : NULL;
    for (size_t i = 0; result->seconds && i < count; i++) {
        struct result_second *second = &result->seconds[result->second_count];

        read_second(json_array_get(series, i), second);
        if (second->t_s > (result->second_count ? second[-1].t_s : 0)) {
            result->second_count++;
        } else {
            free(second->cells);
            second->cells = NULL;
        }
    }
}

static void read_histogram(struct result *result)
{
    result->bucket_count =
        read_buckets(json_object_get(result->json, "histogram"), &result->buckets);
    for (size_t i = 0; i < result->bucket_count; i++) {
        result->total += result->buckets[i].count;
    }
}

enum shunt_status result_check(const json_t *json, const char *name, struct error *error)
{
    json_int_t schema = json_integer_value(json_object_get(json, "schema"));

    if (!json_is_string(json_object_get(json, "scenario")) || schema == 0) {
        return error_set(error, SHUNT_EINVAL, "%s: this is no result of shunt-bench", name);
    }
    if (schema != REPORT_SCHEMA) {
        return error_set(error, SHUNT_EINVAL, "%s: expected schema %d, found %lld", name,
                         REPORT_SCHEMA, (long long)schema);
    }
    return SHUNT_OK;
}

enum shunt_status result_init(json_t *json, const char *name, struct result *result,
                              struct error *error)
{
    enum shunt_status status = result_check(json, name, error);

    *result = (struct result){0};
    if (status != SHUNT_OK) {
        return status;
    }
    result->name = strdup(name);
    if (!result->name) {
        return error_set(error, SHUNT_ENOMEM, "%s: no memory", name);
    }
    result->json = json_incref(json);
    read_histogram(result);
    read_series(result);
    return SHUNT_OK;
}

bool result_part(const struct result *result, const char *path, const char *name,
                 struct result *out)
{
    json_t *json = (json_t *)(uintptr_t)result_member(result, path);

    *out = (struct result){0};
    if (!json_is_object(json)) {
        return false;
    }
    out->name = strdup(name);
    if (!out->name) {
        return false;
    }
    out->json = json_incref(json);
    read_histogram(out);
    return true;
}

void result_fini(struct result *result)
{
    for (size_t i = 0; i < result->second_count; i++) {
        free(result->seconds[i].cells);
    }
    free(result->seconds);
    free(result->buckets);
    free(result->name);
    json_decref((json_t *)(uintptr_t)result->json);
    *result = (struct result){0};
}

double result_quantile(const struct result *result, double quantile, uint64_t *reached)
{
    double wanted = quantile * (double)result->total;
    uint64_t sum = 0;

    for (size_t i = 0; i < result->bucket_count; i++) {
        sum += result->buckets[i].count;
        if ((double)sum >= wanted || i == result->bucket_count - 1) {
            if (reached) {
                *reached = sum;
            }
            double middle = (result->buckets[i].low_us + result->buckets[i].high_us) / 2;
            double most = result_number(result, "latency_us.max");

            return middle > most ? most : middle;
        }
    }
    return NAN;
}
