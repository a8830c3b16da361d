#include "report/csv.h"

#include <math.h>

static void field(FILE *out, const char *format, double value)
{
    fputc(',', out);
    if (isfinite(value)) {
        fprintf(out, format, value);
    }
}

/* "200:29126 404:3" */
static void statuses(const struct result *result, FILE *out)
{
    json_t *counts = (json_t *)(uintptr_t)result_member(result, "statuses"), *count;
    const char *status, *between = ",";

    json_object_foreach(counts, status, count)
    {
        fprintf(out, "%s%s:%lld", between, status, (long long)json_integer_value(count));
        between = " ";
    }
    if (*between == ',') {
        fputc(',', out);
    }
}

static void second_row(const struct result_second *second, FILE *out)
{
    fprintf(out, "second,%.3f", second->t_s);
    field(out, "%.1f", second->rate);
    field(out, "%.3f", second->p50_us);
    fputc(',', out); /* p90_us */
    field(out, "%.3f", second->p99_us);
    fputs(",,", out); /* p999_us, max_us */
    field(out, "%.0f", second->errors);
    field(out, "%.1f", second->server_cpu_percent);
    field(out, "%.0f", second->server_rss_bytes);
    fputs(",,,", out); /* completed and what is an operation's */
    field(out, "%.0f", second->received_bytes_per_second);
    field(out, "%.0f", second->sent_bytes_per_second);
    field(out, "%.0f", second->connections_closed);
    fputs(",\n", out); /* statuses */
}

void report_csv(const struct result *result, FILE *out)
{
    fputs("row,t_s,rate_per_second,p50_us,p90_us,p99_us,p999_us,max_us,errors,"
          "server_cpu_percent,server_rss_bytes,completed,server_cpu_us_per_op,"
          "server_system_calls_per_op,received_bytes_per_second,sent_bytes_per_second,"
          "connections_closed,statuses\n",
          out);
    for (size_t i = 0; i < result->second_count; i++) {
        second_row(&result->seconds[i], out);
    }
    fputs("whole", out);
    field(out, "%.3f", result_number(result, "duration_s"));
    field(out, "%.1f", result_number(result, "rate_per_second"));
    field(out, "%.3f", result_number(result, "latency_us.p50"));
    field(out, "%.3f", result_number(result, "latency_us.p90"));
    field(out, "%.3f", result_number(result, "latency_us.p99"));
    field(out, "%.3f", result_number(result, "latency_us.p999"));
    field(out, "%.3f", result_number(result, "latency_us.max"));
    field(out, "%.0f", result_number(result, "errors_total"));
    field(out, "%.1f", 100 * result_number(result, "server.cores"));
    fputc(',', out); /* server_rss_bytes */
    field(out, "%.0f", result_number(result, "completed"));
    field(out, "%.3f", result_number(result, "server_cpu_us_per_op"));
    field(out, "%.3f", result_number(result, "server.system_calls_per_op"));
    field(out, "%.0f", result_number(result, "received_bytes_per_second"));
    field(out, "%.0f", result_number(result, "sent_bytes_per_second"));
    field(out, "%.0f", result_number(result, "connections_closed"));
    statuses(result, out);
    fputc('\n', out);
}
