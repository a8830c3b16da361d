#include "server/metrics_table.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES_MAX = 64, TEXT_BYTES_MAX = 256, LABELS_MAX = 8, BOUNDS_MAX = 32 };

#define TEXT_EXPECTED "at most 256 bytes of printable ASCII"

struct report {
    char *text;
    size_t size;
};

static enum shunt_status refuse(const struct report *report, const char *metric, const char *what,
                                const char *expected, const char *found)
{
    snprintf(report->text, report->size, "metric %.64s: %s: expected %s, found \"%.80s\"", metric,
             what, expected, found);
    return SHUNT_EINVAL;
}

/* ---- parts ---- */

static bool is_name(const char *text)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    size_t len = strlen(text);

    return len > 0 && len <= NAME_BYTES_MAX && strchr(first, *text) &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == len;
}

static bool ends_in(const char *text, const char *suffix)
{
    size_t len = strlen(text), of = strlen(suffix);

    return len >= of && strcmp(text + len - of, suffix) == 0;
}

static bool has_suffix(const char *name)
{
    static const char *const suffixes[] = {"_total", "_bucket",  "_sum",
                                           "_count", "_created", "_info"};

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        if (ends_in(name, suffixes[i])) {
            return true;
        }
    }
    return false;
}

static bool is_reserved(const char *name)
{
    return strncmp(name, "shunt_", 6) == 0 || strncmp(name, "process_", 8) == 0;
}

/* What is not plain in a line of the exposition is escaped when it is written. */
static bool is_text(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e) {
            return false;
        }
    }
    return len <= TEXT_BYTES_MAX;
}

static enum shunt_status check_labels(const struct shunt_metric *metric,
                                      const struct report *report)
{
    for (size_t i = 0; metric->labels && metric->labels[i]; i += 2) {
        const char *name = metric->labels[i], *value = metric->labels[i + 1];

        if (i / 2 == LABELS_MAX) {
            return refuse(report, metric->name, "labels", "at most 8", name);
        }
        if (!is_name(name) || strncmp(name, "__", 2) == 0 || strcmp(name, "le") == 0 ||
            strcmp(name, "worker") == 0) {
            return refuse(report, metric->name, "labels", "a name that is free", name);
        }
        if (!value || !is_text(value)) {
            return refuse(report, metric->name, "labels", TEXT_EXPECTED, value ? value : "nothing");
        }
        for (size_t k = 0; k < i; k += 2) {
            if (strcmp(metric->labels[k], name) == 0) {
                return refuse(report, metric->name, "labels", "each name once", name);
            }
        }
    }
    return SHUNT_OK;
}

static enum shunt_status check_bounds(const struct shunt_metric *metric,
                                      const struct report *report)
{
    char found[32];

    if (metric->kind != SHUNT_HISTOGRAM) {
        return SHUNT_OK;
    }
    if (!metric->bounds || metric->bound_count < 1 || metric->bound_count > BOUNDS_MAX) {
        snprintf(found, sizeof found, "%zu", metric->bounds ? metric->bound_count : 0);
        return refuse(report, metric->name, "bounds", "1 to 32 of them", found);
    }
    for (size_t i = 0; i < metric->bound_count; i++) {
        if (!isfinite(metric->bounds[i]) || (i > 0 && metric->bounds[i] <= metric->bounds[i - 1])) {
            snprintf(found, sizeof found, "%g", metric->bounds[i]);
            return refuse(report, metric->name, "bounds", "finite ones in rising order", found);
        }
    }
    return SHUNT_OK;
}

/* ---- beside those that are there ---- */

static size_t words_count(const char *const *words)
{
    size_t count = 0;

    while (words && words[count]) {
        count++;
    }
    return count;
}

/* Are the labels the same in each `step`-th word: 2 for the names alone? */
static bool labels_same(const struct metrics_entry *entry, const char *const *labels, size_t step)
{
    size_t count = words_count(labels);

    if (words_count((const char *const *)entry->labels) != count) {
        return false;
    }
    for (size_t i = 0; i < count; i += step) {
        if (strcmp(entry->labels[i], labels[i]) != 0) {
            return false;
        }
    }
    return true;
}

static bool family_same(const struct metrics_entry *entry, const struct shunt_metric *metric)
{
    return entry->kind == metric->kind && strcmp(entry->help, metric->help) == 0 &&
           labels_same(entry, metric->labels, 2) &&
           (entry->kind != SHUNT_HISTOGRAM ||
            (entry->bound_count == metric->bound_count &&
             memcmp(entry->bounds, metric->bounds, metric->bound_count * sizeof(double)) == 0));
}

static enum shunt_status check_beside(const struct metrics_table *table,
                                      const struct shunt_metric *metric,
                                      const struct report *report)
{
    for (unsigned i = 0; i < table->count; i++) {
        const struct metrics_entry *entry = &table->entries[i];

        if (strcmp(entry->name, metric->name) != 0) {
            continue;
        }
        if (!family_same(entry, metric)) {
            return refuse(report, metric->name, "name",
                          "kind, help, bounds and names of labels as before", metric->name);
        }
        if (labels_same(entry, metric->labels, 1)) {
            return refuse(report, metric->name, "labels", "each metric once", metric->name);
        }
    }
    return SHUNT_OK;
}

static enum shunt_status check(const struct metrics_table *table, const struct shunt_metric *metric,
                               bool own, const struct report *report)
{
    enum shunt_status status;

    if (!metric->name || !is_name(metric->name) || has_suffix(metric->name) ||
        (!own && is_reserved(metric->name))) {
        return refuse(report, metric->name ? metric->name : "", "name",
                      "letters, digits and _, without shunt_, process_ and _total",
                      metric->name ? metric->name : "nothing");
    }
    if (!metric->help || !is_text(metric->help)) {
        return refuse(report, metric->name, "help", TEXT_EXPECTED,
                      metric->help ? metric->help : "nothing");
    }
    status = check_labels(metric, report);
    if (status == SHUNT_OK) {
        status = check_bounds(metric, report);
    }
    return status == SHUNT_OK ? check_beside(table, metric, report) : status;
}

/* ---- add and cut ---- */

static void entry_fini(struct metrics_entry *entry)
{
    for (char **word = entry->labels; word && *word; word++) {
        free(*word);
    }
    free(entry->labels);
    free(entry->name);
    free(entry->help);
    free(entry->bounds);
    *entry = (struct metrics_entry){.kind = SHUNT_COUNTER};
}

static bool entry_copy(struct metrics_entry *entry, const struct shunt_metric *metric)
{
    size_t labels = words_count(metric->labels);

    entry->kind = metric->kind;
    entry->name = strdup(metric->name);
    entry->help = strdup(metric->help);
    entry->labels = calloc(labels + 1, sizeof *entry->labels);
    for (size_t i = 0; entry->labels && i < labels; i++) {
        entry->labels[i] = strdup(metric->labels[i]);
        if (!entry->labels[i]) {
            return false;
        }
    }
    if (metric->kind == SHUNT_HISTOGRAM) {
        entry->bound_count = (unsigned)metric->bound_count;
        entry->bounds = malloc(metric->bound_count * sizeof(double));
        if (entry->bounds) {
            memcpy(entry->bounds, metric->bounds, metric->bound_count * sizeof(double));
        }
    }
    return entry->name && entry->help && entry->labels &&
           (entry->bounds || metric->kind != SHUNT_HISTOGRAM);
}

enum shunt_status metrics_table_add(struct metrics_table *table, const struct shunt_metric *metric,
                                    bool own, unsigned *number, char *error, size_t size)
{
    const struct report report = {error, size};
    enum shunt_status status = check(table, metric, own, &report);
    unsigned cells = metric->kind == SHUNT_HISTOGRAM ? (unsigned)metric->bound_count + 2 : 1;
    struct metrics_entry *entry = &table->entries[table->count];

    if (status != SHUNT_OK) {
        return status;
    }
    if (table->count == SHUNT_METRICS_MAX || table->cells + cells > METRICS_CELLS_MAX) {
        snprintf(error, size, "metric %.64s: expected at most %d metrics and %d values, found more",
                 metric->name, SHUNT_METRICS_MAX, METRICS_CELLS_MAX);
        return SHUNT_EFULL;
    }
    if (!entry_copy(entry, metric)) {
        entry_fini(entry);
        snprintf(error, size, "metric %.64s: no memory", metric->name);
        return SHUNT_ENOMEM;
    }
    entry->cell = table->cells;
    table->cells += cells;
    *number = table->count++;
    return SHUNT_OK;
}

void metrics_table_cut(struct metrics_table *table, unsigned count)
{
    while (table->count > count) {
        struct metrics_entry *last = &table->entries[--table->count];

        table->cells = last->cell;
        entry_fini(last);
    }
}
