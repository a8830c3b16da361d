#include "parse_measure.h"

#include "base/clock.h"

#define BATCH 256 /* heads between two looks at the clock */

static bool parse_batch(struct shunt_span head)
{
    static const struct http_limits limits = {
        .head_bytes_max = 1 << 20, .target_bytes_max = 1 << 20, .fields_max = HTTP_FIELDS_MAX};
    static struct shunt_field fields[HTTP_FIELDS_MAX];
    bool right = true;

    for (int i = 0; i < BATCH; i++) {
        struct http_head parsed;
        unsigned answer;
        size_t used;

        /* The compiler must not know that the bytes are always the same. */
        __asm__ volatile("" : "+r"(head.at) : : "memory");
        right &= http_head_parse(head, 0, &limits, fields, &parsed, &used, &answer) == SHUNT_OK &&
                 used == head.len;
    }
    return right;
}

/* One batch with one variant. Times are in picoseconds so that nothing is rounded away. */
static bool time_batch(const struct parse_head *head, struct parse_timing *timing)
{
    uint64_t before_ns, ns;

    http_variant_set(timing->variant);
    before_ns = clock_now_ns();
    if (!parse_batch(head->bytes)) {
        return false;
    }
    ns = clock_now_ns() - before_ns;
    histogram_record(&timing->times_ps, ns * 1000 / BATCH);
    timing->seconds += (double)ns / 1e9;
    timing->completed += BATCH;
    return true;
}

bool parse_measure(const struct parse_head *head, double duration_s, struct parse_timing *timings,
                   size_t count)
{
    const struct http_variant *usual = http_variant();
    uint64_t until_ns = clock_now_ns() + (uint64_t)(duration_s * 1e9);
    bool right = true;

    for (size_t i = 0; i < count; i++) {
        histogram_reset(&timings[i].times_ps);
        timings[i].completed = 0;
        timings[i].seconds = 0;
    }
    do {
        for (size_t i = 0; i < count && right; i++) {
            right = time_batch(head, &timings[i]);
        }
    } while (right && clock_now_ns() < until_ns);
    http_variant_set(usual);
    return right;
}
