#include "report/thresholds.h"

#include "report/text.h"
#include "report/threshold_metric.h"

#include <math.h>

static bool is_met(const struct threshold *threshold, double value)
{
    if (!isfinite(value)) {
        return true;
    }
    switch (threshold->op) {
    case THRESHOLD_MORE:
        return value > threshold->limit;
    case THRESHOLD_MORE_OR_EQUAL:
        return value >= threshold->limit;
    case THRESHOLD_LESS:
        return value < threshold->limit;
    default:
        return value <= threshold->limit;
    }
}

static void value_text(char out[TEXT_BYTES], const struct threshold *threshold, double value)
{
    if (!isfinite(value)) {
        snprintf(out, TEXT_BYTES, "not known");
    } else if (threshold->share) {
        snprintf(out, TEXT_BYTES, "%.3g %%", 100 * value);
    } else if (threshold->metric->kind == THRESHOLD_TIME) {
        text_time(out, value);
    } else if (threshold->metric->kind == THRESHOLD_BYTES) {
        text_bytes(out, value);
    } else if (value < 100 && value != floor(value)) {
        snprintf(out, TEXT_BYTES, "%.3g", value);
    } else {
        text_count(out, value);
    }
}

bool thresholds_met(const struct report *report)
{
    const struct options *options = report->options;
    bool met = false;

    for (size_t i = 0; i < options->threshold_count; i++) {
        const struct threshold *threshold = &options->thresholds[i];

        met = met || is_met(threshold, threshold_metric_value(threshold, report));
    }
    return met;
}

void thresholds_print(const struct report *report, FILE *out)
{
    const struct options *options = report->options;

    for (size_t i = 0; i < options->threshold_count; i++) {
        const struct threshold *threshold = &options->thresholds[i];
        double value = threshold_metric_value(threshold, report);
        char text[TEXT_BYTES];

        value_text(text, threshold, value);
        if (is_met(threshold, value)) {
            fprintf(out, "  FAILED      %s: %s\n", threshold->text, text);
        } else {
            fprintf(out, "  fails if    %s: no, %s\n", threshold->text, text);
        }
    }
}

json_t *thresholds_json(const struct report *report)
{
    const struct options *options = report->options;
    json_t *rows = json_array();

    for (size_t i = 0; i < options->threshold_count; i++) {
        const struct threshold *threshold = &options->thresholds[i];
        enum threshold_kind_of kind =
            threshold->share ? THRESHOLD_PORTION : threshold->metric->kind;
        double value = threshold_metric_value(threshold, report),
               unit = kind == THRESHOLD_TIME ? 1e3 : 1;
        char text[TEXT_BYTES];

        value_text(text, threshold, value);
        json_array_append_new(
            rows, json_pack("{s:s, s:s, s:f, s:o, s:s, s:b}", "expression", threshold->text, "unit",
                            threshold_kinds[kind].name, "limit", threshold->limit / unit, "value",
                            isfinite(value) ? json_real(value / unit) : json_null(), "value_text",
                            text, "met", is_met(threshold, value)));
    }
    return rows;
}
