#include "compare/merge.h"

#include "compare/statistics.h"
#include "report/result.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

struct row {
    double low;
    const json_t *high; /* null: it has no end */
    json_int_t count;
};

static int by_low(const void *a, const void *b)
{
    double left = ((const struct row *)a)->low, right = ((const struct row *)b)->low;

    return (left > right) - (left < right);
}

/* What is found in a run at `path`, member by member; NULL where it has none. */
static json_t *member(const json_t *run, const char *path)
{
    const struct result result = {.json = run};

    return run ? (json_t *)(uintptr_t)result_member(&result, path) : NULL;
}

static double number(const json_t *run, const char *path)
{
    const json_t *found = member(run, path);

    return json_is_number(found) ? json_number_value(found) : NAN;
}

/* One entry of a list, a run each: NULL where a run has none. */
static json_t **collect(json_t *const *runs, size_t count, const char *path)
{
    json_t **found = calloc(count + 1, sizeof(json_t *));

    for (size_t i = 0; found && i < count; i++) {
        found[i] = member(runs[i], path);
    }
    return found;
}

/* [[low, high, count], ...] of each; rows of the same start are one. */
static json_t *merge_rows(json_t *const *runs, size_t count, const char *path)
{
    size_t all = 0, kept = 0;

    for (size_t i = 0; i < count; i++) {
        all += json_array_size(member(runs[i], path));
    }
    struct row *rows = calloc(all + 1, sizeof *rows);
    json_t *merged = rows ? json_array() : NULL;

    for (size_t i = 0; rows && i < count; i++) {
        const json_t *array = member(runs[i], path);

        for (size_t at = 0; at < json_array_size(array); at++) {
            const json_t *row = json_array_get(array, at);

            rows[kept++] =
                (struct row){json_number_value(json_array_get(row, 0)), json_array_get(row, 1),
                             json_integer_value(json_array_get(row, 2))};
        }
    }
    if (rows) {
        qsort(rows, kept, sizeof *rows, by_low);
    }
    for (size_t i = 0, next; merged && i < kept; i = next) {
        json_int_t sum = 0;

        for (next = i; next < kept && rows[next].low == rows[i].low; next++) {
            sum += rows[next].count;
        }
        json_array_append_new(merged, json_pack("[f, O?, I]", rows[i].low, rows[i].high, sum));
    }
    free(rows);
    return merged;
}

/* The least, or the most, of what is known; null without any. */
static json_t *extreme(json_t *const *runs, size_t count, const char *path, double sign)
{
    double best = NAN;

    for (size_t i = 0; i < count; i++) {
        double value = number(runs[i], path);

        best = isfinite(value) && !(sign * best >= sign * value) ? value : best;
    }
    return isfinite(best) ? json_real(best) : json_null();
}

/* Of all operations: `weight` is how many a run has. */
static json_t *mean(json_t *const *runs, size_t count, const char *path, const char *weight)
{
    double sum = 0, weights = 0;

    for (size_t i = 0; i < count; i++) {
        double value = number(runs[i], path), share = weight ? number(runs[i], weight) : 1;

        if (isfinite(value) && share > 0) {
            sum += value * share;
            weights += share;
        }
    }
    return weights > 0 ? json_real(sum / weights) : json_null();
}

static json_t *median(json_t *const *runs, size_t count, const char *path)
{
    double *values = calloc(count + 1, sizeof *values), middle = NAN;
    size_t known = 0;

    for (size_t i = 0; values && i < count; i++) {
        double value = number(runs[i], path);

        if (isfinite(value)) {
            values[known++] = value;
        }
    }
    if (values) {
        middle = statistics_median(values, known);
    }
    free(values);
    return isfinite(middle) ? json_real(middle) : json_null();
}

static double sum(json_t *const *runs, size_t count, const char *path)
{
    double total = 0;

    for (size_t i = 0; i < count; i++) {
        double value = number(runs[i], path);

        total += isfinite(value) ? value : 0;
    }
    return total;
}

/* `histogram` and `latency_us` of runs, or of one phase of each; `weight` names its operations. */
static void merge_latency(json_t *into, json_t *const *runs, size_t count, const char *weight)
{
    static const struct {
        const char *name;
        double quantile;
    } quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
    json_t *latency = json_pack("{s:o, s:o, s:o}", "max", extreme(runs, count, "latency_us.max", 1),
                                "min", extreme(runs, count, "latency_us.min", -1), "mean",
                                mean(runs, count, "latency_us.mean", weight));
    json_t *holder = json_pack("{s:O}", "all", into);
    const struct result whole = {.json = holder};
    struct result result;

    json_object_set_new(into, "histogram", merge_rows(runs, count, "histogram"));
    json_object_set_new(into, "latency_us", latency);
    if (result_part(&whole, "all", "all", &result)) {
        for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
            double value = result_quantile(&result, quantiles[i].quantile, NULL);

            json_object_set_new(latency, quantiles[i].name,
                                isfinite(value) ? json_real(value) : json_null());
        }
        result_fini(&result);
    }
    json_decref(holder);
}

static json_t *merge_phase(json_t *const *phases, size_t count)
{
    double operations = sum(phases, count, "count");
    json_t *merged = operations > 0 ? json_object() : json_null();

    if (operations > 0) {
        json_object_set_new(merged, "count", json_integer((json_int_t)operations));
        merge_latency(merged, phases, count, "count");
    }
    return merged;
}

/* Runs have the same phases; the first run names them. */
static json_t *merge_phases(json_t *const *runs, size_t count, const json_t *first)
{
    json_t *merged = json_object(), *phase;
    const char *name;

    json_object_foreach(member(first, "phases"), name, phase)
    {
        char path[64];

        snprintf(path, sizeof path, "phases.%s", name);
        json_t **phases = collect(runs, count, path);

        json_object_set_new(merged, name, phases ? merge_phase(phases, count) : json_null());
        free(phases);
    }
    return merged;
}

static json_t *merge_second(json_t *const *seconds, size_t count)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "t_s", mean(seconds, count, "t_s", NULL),
        "seconds", mean(seconds, count, "seconds", NULL), "rate",
        mean(seconds, count, "rate", "seconds"), "p50_us", median(seconds, count, "p50_us"),
        "p99_us", median(seconds, count, "p99_us"), "errors", mean(seconds, count, "errors", NULL),
        "server_cpu_percent", mean(seconds, count, "server_cpu_percent", "seconds"),
        "server_rss_bytes", mean(seconds, count, "server_rss_bytes", NULL), "latency",
        merge_rows(seconds, count, "latency"));
}

static json_t *merge_series(json_t *const *runs, size_t count)
{
    json_t *merged = json_array(), **seconds = calloc(count + 1, sizeof(json_t *));
    size_t longest = 0;

    for (size_t i = 0; i < count; i++) {
        size_t size = json_array_size(member(runs[i], "series"));

        longest = size > longest ? size : longest;
    }
    for (size_t second = 0; seconds && second < longest; second++) {
        for (size_t i = 0; i < count; i++) {
            seconds[i] = json_array_get(member(runs[i], "series"), second);
        }
        json_array_append_new(merged, merge_second(seconds, count));
    }
    free(seconds);
    return merged;
}

static json_t *merge_errors(json_t *const *runs, size_t count, const json_t *first)
{
    json_t *merged = json_object(), *unused;
    const char *kind;

    json_object_foreach(member(first, "errors"), kind, unused)
    {
        char path[64];

        snprintf(path, sizeof path, "errors.%s", kind);
        json_object_set_new(merged, kind, json_integer((json_int_t)sum(runs, count, path)));
    }
    return merged;
}

json_t *merge_runs(json_t *const *runs, size_t count)
{
    const json_t *first = NULL;
    size_t known = 0;

    for (size_t i = 0; i < count; i++) {
        first = first ? first : runs[i];
        known += runs[i] != NULL;
    }
    if (!first) {
        return json_null();
    }
    json_t *merged = json_pack(
        "{s:I, s:I, s:f, s:I, s:o, s:o, s:o}", "runs", (json_int_t)known, "completed",
        (json_int_t)sum(runs, count, "completed"), "measured_s", sum(runs, count, "duration_s"),
        "errors_total", (json_int_t)sum(runs, count, "errors_total"), "errors",
        merge_errors(runs, count, first), "phases", merge_phases(runs, count, first), "series",
        merge_series(runs, count));

    if (merged) {
        merge_latency(merged, runs, count, "completed");
    }
    return merged;
}
