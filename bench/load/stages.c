#include "load/stages.h"

#include "duration.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TIME_BYTES 32

/* Of the rate, from the stage's start to `at_s` behind it. */
static double integral_within(const struct stage *stage, double at_s)
{
    double slope = stage->seconds > 0 ? (stage->rate - stage->from_rate) / stage->seconds : 0;

    return (stage->from_rate + slope * at_s / 2) * at_s;
}

static double operations_after(const struct stage *stage)
{
    return stage->from_operations + integral_within(stage, stage->seconds);
}

/* When the integral within the stage is `operations`, which is less than the whole stage's: the
 * smaller root of a square, in the form that holds for no slope too and loses no digits. */
static double time_within(const struct stage *stage, double operations)
{
    double slope = (stage->rate - stage->from_rate) / stage->seconds;
    double square = stage->from_rate * stage->from_rate + 2 * slope * operations;
    double divisor = stage->from_rate + sqrt(square > 0 ? square : 0);

    return divisor > 0 ? 2 * operations / divisor : 0;
}

/* "10s:100" */
static enum shunt_status parse_one(const char *text, size_t len, struct stage *stage,
                                   struct error *error)
{
    char time[TIME_BYTES], *end = NULL;
    const char *colon = memchr(text, ':', len);
    size_t time_len = colon ? (size_t)(colon - text) : len;

    if (colon && time_len < sizeof time) {
        memcpy(time, text, time_len);
        time[time_len] = '\0';
        stage->rate = strtod(colon + 1, &end);
        if (end == text + len && end > colon + 1 && duration_parse(time, &stage->seconds) &&
            stage->rate >= 0 && stage->rate <= STAGES_RATE_MAX) {
            return SHUNT_OK;
        }
    }
    return error_set(error, SHUNT_EINVAL,
                     "expected TIME:RATE like 30s:1000, the rate from 0 to %g, found '%.*s'",
                     STAGES_RATE_MAX, (int)len, text);
}

static void add(struct stages *stages, struct stage *stage)
{
    if (stages->count) {
        stage->from_rate = stages->each[stages->count - 1].rate;
    }
    stage->from_s = stages->seconds;
    stage->from_operations = stages->operations;
    stages->seconds += stage->seconds;
    stages->operations = operations_after(stage);
    stages->each[stages->count++] = *stage;
}

enum shunt_status stages_parse(const char *text, struct stages *stages, struct error *error)
{
    *stages = (struct stages){.count = 0};
    for (const char *at = text;; at++) {
        struct stage stage = {.seconds = 0};
        size_t len = strcspn(at, ",");

        if (stages->count == STAGES_MAX) {
            return error_set(error, SHUNT_EINVAL, "more than %d stages", STAGES_MAX);
        }
        if (parse_one(at, len, &stage, error) != SHUNT_OK) {
            return SHUNT_EINVAL;
        }
        add(stages, &stage);
        at += len;
        if (*at == '\0') {
            break;
        }
    }
    if (!(stages->seconds >= STAGES_SECONDS_MIN && stages->seconds <= STAGES_SECONDS_MAX)) {
        return error_set(error, SHUNT_EINVAL, "all stages are %gs, expected from %gs to %ds",
                         stages->seconds, STAGES_SECONDS_MIN, STAGES_SECONDS_MAX);
    }
    if (stages->operations <= 0) {
        return error_set(error, SHUNT_EINVAL, "nothing is due, as all rates are 0");
    }
    return SHUNT_OK;
}

double stages_integral(const struct stages *stages, double at_s)
{
    double integral = 0;

    for (uint32_t i = 0; i < stages->count; i++) {
        const struct stage *stage = &stages->each[i];
        double within_s = at_s - stage->from_s;

        if (within_s <= 0) {
            break;
        }
        integral = stage->from_operations +
                   integral_within(stage, within_s < stage->seconds ? within_s : stage->seconds);
    }
    return integral;
}

double stages_due_s(const struct stages *stages, double n, uint32_t *stage)
{
    for (; *stage < stages->count; ++*stage) {
        const struct stage *at = &stages->each[*stage];

        if (operations_after(at) > n) {
            return at->from_s + time_within(at, n - at->from_operations);
        }
    }
    return -1;
}
