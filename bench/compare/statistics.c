#include "compare/statistics.h"

#include <math.h>
#include <stdlib.h>

#define RESAMPLES 10000

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

double statistics_median(double *values, size_t count)
{
    if (count == 0) {
        return NAN;
    }
    qsort(values, count, sizeof *values, by_value);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014). */
static uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

bool statistics_interval(const double *values, size_t count, uint64_t seed, double *low,
                         double *high)
{
    bool enough = count >= STATISTICS_PAIRS_MIN;
    double *medians = enough ? calloc(RESAMPLES, sizeof *medians) : NULL;
    double *drawn = enough ? calloc(count, sizeof *drawn) : NULL;
    bool room = !enough || (medians && drawn);

    *low = *high = NAN;
    for (size_t i = 0; enough && room && i < RESAMPLES; i++) {
        for (size_t at = 0; at < count; at++) {
            drawn[at] = values[random_next(&seed) % count];
        }
        medians[i] = statistics_median(drawn, count);
    }
    if (enough && room) {
        qsort(medians, RESAMPLES, sizeof *medians, by_value);
        *low = medians[RESAMPLES * 25 / 1000];
        *high = medians[RESAMPLES * 975 / 1000 - 1];
    }
    free(medians);
    free(drawn);
    return room;
}

bool statistics_ratio(const double *ours, const double *base, size_t rounds, uint64_t seed,
                      struct statistics_ratio *out)
{
    double *ratios = calloc(rounds + 1, sizeof *ratios);
    bool enough = ratios != NULL;

    *out = (struct statistics_ratio){.ratio = NAN, .low = NAN, .high = NAN};
    for (size_t i = 0; ratios && i < rounds; i++) {
        if (isfinite(ours[i]) && isfinite(base[i]) && base[i] > 0) {
            ratios[out->pairs++] = ours[i] / base[i];
        }
    }
    if (ratios) {
        enough = statistics_interval(ratios, out->pairs, seed, &out->low, &out->high);
        out->ratio = statistics_median(ratios, out->pairs);
    }
    free(ratios);
    return enough;
}

const char *statistics_verdict(const struct statistics_ratio *ratio, bool more_is_better)
{
    if (ratio->pairs == 0) {
        return "not known";
    }
    if (ratio->pairs < STATISTICS_PAIRS_MIN) {
        return "too few rounds to tell";
    }
    if (ratio->low <= 1 && ratio->high >= 1) {
        return "within the noise";
    }
    return (ratio->low > 1) == more_is_better ? "better" : "worse";
}
