#include "report/hgrm.h"

#include "base/histogram.h"

#include <math.h>

#define STEPS_PER_HALVING 5
#define SUB_BUCKETS       128

static double deviation_us(const struct result *result, double mean_us)
{
    double sum = 0;

    for (size_t i = 0; i < result->bucket_count; i++) {
        const struct result_bucket *bucket = &result->buckets[i];
        double from_mean = (bucket->low_us + bucket->high_us) / 2 - mean_us;

        sum += from_mean * from_mean * (double)bucket->count;
    }
    return result->total ? sqrt(sum / (double)result->total) : 0;
}

/* The next share to be printed: the steps halve each time the distance to 1 has halved. */
static double next_share(double share)
{
    double halvings = floor(log2(1 / (1 - share))) + 1;

    return share + 1 / (STEPS_PER_HALVING * exp2(halvings));
}

void report_hgrm(const struct result *result, FILE *out)
{
    double max_us = result_number(result, "latency_us.max");
    double mean_us = result_number(result, "latency_us.mean");
    uint64_t reached = 0;

    fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
            "1/(1-Percentile)");
    for (double share = 0; result->total; share = next_share(share)) {
        double value_us = result_quantile(result, share, &reached);

        if (reached == result->total) {
            break;
        }
        fprintf(out, "%12.6f %2.12f %10llu %14.2f\n", value_us / 1e3, share,
                (unsigned long long)reached, 1 / (1 - share));
    }
    if (result->total) {
        fprintf(out, "%12.6f %2.12f %10llu\n", max_us / 1e3, 1.0,
                (unsigned long long)result->total);
    } else {
        max_us = mean_us = 0;
    }
    fprintf(out, "#[Mean    = %12.6f, StdDeviation   = %12.6f]\n", mean_us / 1e3,
            deviation_us(result, mean_us) / 1e3);
    fprintf(out, "#[Max     = %12.6f, Total count    = %12llu]\n", max_us / 1e3,
            (unsigned long long)result->total);
    fprintf(out, "#[Buckets = %12d, SubBuckets     = %12d]\n", HISTOGRAM_BUCKETS / SUB_BUCKETS,
            SUB_BUCKETS);
}
