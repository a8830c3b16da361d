#include "report/by_url.h"

#include "report/curves.h"
#include "report/text.h"

#define ROWS_MAX 24 /* of the table; the JSON has all */

json_t *report_by_url(const struct report *report)
{
    const struct target_tallies *tallies = report->result->by_request;
    json_t *rows = tallies ? json_array() : json_null();

    for (uint32_t i = 0; tallies && i < tallies->count; i++) {
        const struct target *target = &report->options->targets.each[i];
        const struct target_tally *tally = &tallies->each[i];
        uint64_t completed = histogram_count(&tally->latency_ns);

        json_array_append_new(
            rows, json_pack("{s:s, s:i, s:I, s:I, s:o}", "url", target->text, "weight",
                            (int)target->weight, "completed", (json_int_t)completed, "errors",
                            (json_int_t)tally->failures, "latency_us",
                            completed ? report_latency(&tally->latency_ns) : json_null()));
    }
    return rows;
}

static void print_row(const struct target *target, const struct target_tally *tally, FILE *out)
{
    char completed[TEXT_BYTES], errors[TEXT_BYTES], p50[TEXT_BYTES] = "-", p99[TEXT_BYTES] = "-";

    text_count(completed, (double)histogram_count(&tally->latency_ns));
    text_count(errors, (double)tally->failures);
    if (histogram_count(&tally->latency_ns)) {
        text_time(p50, (double)histogram_quantile(&tally->latency_ns, 0.5));
        text_time(p99, (double)histogram_quantile(&tally->latency_ns, 0.99));
    }
    fprintf(out, "              %11s %8s %7s %7s %7u  %s\n", completed, errors, p50, p99,
            target->weight, target->url.target);
}

void report_print_by_url(const struct report *report, FILE *out)
{
    const struct target_tallies *tallies = report->result->by_request;

    if (!tallies) {
        return;
    }
    fprintf(out, "  by URL      %11s %8s %7s %7s %7s  %s\n", "completed", "errors", "p50", "p99",
            "weight", "target");
    for (uint32_t i = 0; i < tallies->count && i < ROWS_MAX; i++) {
        print_row(&report->options->targets.each[i], &tallies->each[i], out);
    }
    if (tallies->count > ROWS_MAX) {
        fprintf(out, "              and %u more, which the JSON has\n", tallies->count - ROWS_MAX);
    }
}
