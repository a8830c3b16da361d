#include "compare/metric.h"

#include <math.h>

const struct metric metrics[METRICS] = {
    {"rate_per_second", "rate_per_second", "operations a second (more is better)", true, false,
     METRIC_COUNT},
    {"p50_us", "latency_us.p50", "latency, p50 (less is better)", false, false, METRIC_TIME},
    {"p99_us", "latency_us.p99", "latency, p99 (less is better)", false, false, METRIC_TIME},
    {"server_cpu_us_per_op", "server_cpu_us_per_op", "server CPU an operation (less is better)",
     false, false, METRIC_TIME},
    {"server_system_calls_per_op", "server.system_calls_per_op",
     "system calls of the server an operation (less is better)", false, false, METRIC_FEW},
    {"server_rss_bytes", "server.rss_bytes", "server memory, resident (less is better)", false,
     false, METRIC_BYTES},
    {"quota_used", "quota.used", "of its quota, used", false, true, METRIC_PERCENT},
    {"quota_throttled", "quota.throttled_share", "periods in which the kernel stopped it for that",
     false, true, METRIC_PERCENT},
};

double metric_member(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);

    return json_is_number(member) ? json_number_value(member) : NAN;
}
