/* Reading expressions. What the metrics are, and whether one is met, is in threshold_value.c. */
#include "report/threshold_metric.h"

#include "wire/failure.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Where a parse is. */
struct cursor {
    const char *text, *at;
    struct error *error;
};

/* "at 'mz', character 6 of 'p99>5mz': expected ..." */
__attribute__((format(printf, 2, 3))) static enum shunt_status refuse(const struct cursor *cursor,
                                                                      const char *format, ...)
{
    char expected[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(expected, sizeof expected, format, arguments);
    va_end(arguments);
    if (*cursor->at) {
        error_set(cursor->error, SHUNT_EINVAL, "at '%s', character %d of '%s': expected %s",
                  cursor->at, (int)(cursor->at - cursor->text) + 1, cursor->text, expected);
    } else {
        error_set(cursor->error, SHUNT_EINVAL, "at the end of '%s': expected %s", cursor->text,
                  expected);
    }
    return SHUNT_EINVAL;
}

static void skip_blanks(struct cursor *cursor)
{
    cursor->at += strspn(cursor->at, " \t");
}

/* "p99.9" and "p999" are the same: of nines no more than two stand before the point. */
static bool quantile_of(const char *name, size_t len, double *quantile)
{
    char digits[16];
    double percent;

    if (len < 2 || len >= sizeof digits || name[0] != 'p' ||
        strspn(name + 1, "0123456789.") < len - 1) {
        return false;
    }
    memcpy(digits, name + 1, len - 1);
    digits[len - 1] = '\0';
    if (!strchr(digits, '.') && len > 3 && digits[0] == '9') {
        memmove(digits + 3, digits + 2, len - 2);
        digits[2] = '.';
    }
    percent = strtod(digits, NULL);
    *quantile = percent / 100;
    return percent > 0 && percent < 100;
}

static int failure_of(const char *name, size_t len)
{
    for (int i = 0; i < FAILURES; i++) {
        const char *known = failure_name((enum failure)i);

        if (strlen(known) == len && memcmp(known, name, len) == 0) {
            return i;
        }
    }
    return FAILURES;
}

static enum shunt_status parse_metric(struct cursor *cursor, struct threshold *threshold)
{
    size_t len = strspn(cursor->at, "abcdefghijklmnopqrstuvwxyz_0123456789.");
    const struct threshold_metric *found = threshold_metric_named(cursor->at, len);

    threshold->failure = failure_of(cursor->at, len);
    if (!found && threshold->failure < FAILURES) {
        found = &threshold_of_failure;
    } else if (!found && quantile_of(cursor->at, len, &threshold->quantile)) {
        found = &threshold_of_quantile;
    }
    if (!found) {
        return refuse(cursor, "a metric: rate, p50 and the like, min, mean, max, errors, an error "
                              "by its name, timeouts, 4xx, 5xx, closed, received, sent, "
                              "unfinished, client_busy, server_cpu, server_cores, server_memory "
                              "or system_calls");
    }
    threshold->metric = found;
    cursor->at += len;
    skip_blanks(cursor);
    return SHUNT_OK;
}

static enum shunt_status parse_operator(struct cursor *cursor, struct threshold *threshold)
{
    static const struct {
        const char *name;
        int op;
    } operators[] = {{">=", THRESHOLD_MORE_OR_EQUAL},
                     {"<=", THRESHOLD_LESS_OR_EQUAL},
                     {">", THRESHOLD_MORE},
                     {"<", THRESHOLD_LESS}};

    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t len = strlen(operators[i].name);

        if (strncmp(cursor->at, operators[i].name, len) == 0) {
            threshold->op = operators[i].op;
            cursor->at += len;
            skip_blanks(cursor);
            return SHUNT_OK;
        }
    }
    return refuse(cursor, "an operator: >, >=, < or <=");
}

static enum shunt_status parse_limit(struct cursor *cursor, struct threshold *threshold)
{
    const struct threshold_kind *kind = &threshold_kinds[threshold->metric->kind];
    char *end;
    double value = strtod(cursor->at, &end);

    if (*cursor->at < '0' || *cursor->at > '9' || !isfinite(value) ||
        strspn(cursor->at, "0123456789.eE+-") < (size_t)(end - cursor->at)) {
        return refuse(cursor, "a number");
    }
    cursor->at = end;
    skip_blanks(cursor);
    for (size_t i = 0; i < THRESHOLD_UNITS && kind->units[i].name; i++) {
        const char *name = kind->units[i].name;

        if (strcmp(cursor->at, name) == 0) {
            threshold->limit = value * kind->units[i].size;
            threshold->share = strcmp(name, "%") == 0;
            return SHUNT_OK;
        }
    }
    return refuse(cursor, "%s", kind->expected);
}

enum shunt_status threshold_parse(const char *text, struct threshold *threshold,
                                  struct error *error)
{
    struct cursor cursor = {text, text, error};
    struct threshold read = {.text = text};

    skip_blanks(&cursor);
    enum shunt_status status = parse_metric(&cursor, &read);

    if (status == SHUNT_OK) {
        status = parse_operator(&cursor, &read);
    }
    if (status == SHUNT_OK) {
        status = parse_limit(&cursor, &read);
    }
    if (status == SHUNT_OK) {
        *threshold = read;
    }
    return status;
}

bool threshold_needs_pid(const struct threshold *threshold)
{
    return threshold->metric->needs_pid;
}

bool threshold_needs_system_calls(const struct threshold *threshold)
{
    return threshold->metric->needs_system_calls;
}
