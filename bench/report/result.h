/* A run's JSON, for what writes it in another form. */
#ifndef BENCH_REPORT_RESULT_H
#define BENCH_REPORT_RESULT_H

#include "base/error.h"

#include <jansson.h>
#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct result_bucket {
    double low_us, high_us; /* a value v counts where low <= v < high */
    uint64_t count;
};

/* One entry of `series`. NAN: not known. */
struct result_second {
    double t_s; /* the end of the second, from the start of what was measured */
    double rate, p50_us, p99_us, errors, open, server_cpu_percent, server_rss_bytes;
    double received_bytes_per_second, sent_bytes_per_second, connections_closed;
    struct result_bucket *cells; /* coarser than the whole run's buckets */
    size_t cell_count;
};

struct result {
    const json_t *json; /* a reference of its own */
    char *name;
    struct result_bucket *buckets; /* rising, none empty */
    size_t bucket_count;
    uint64_t total; /* of the buckets */
    struct result_second *seconds;
    size_t second_count;
};

/* Is `json` that of a whole run, in this schema? SHUNT_OK, or SHUNT_EINVAL with a sentence. */
enum shunt_status result_check(const json_t *json, const char *name,
                               struct error *error) SHUNT_MUST_USE;

/* Take up `json`, that of a whole run. SHUNT_OK, or SHUNT_EINVAL or SHUNT_ENOMEM with a sentence in
 * `error`. */
enum shunt_status result_init(json_t *json, const char *name, struct result *result,
                              struct error *error) SHUNT_MUST_USE;
void result_fini(struct result *result);

/* A member with a histogram ("phases.connect", "idle.ping") as a run of its own, with buckets and
 * no seconds; false: the run does not have it, or there is no memory. */
bool result_part(const struct result *result, const char *path, const char *name,
                 struct result *out);

/* Members of members are joined with dots: "latency_us.p99". NAN, or "", where it has none. */
double result_number(const struct result *result, const char *path);
const char *result_text(const struct result *result, const char *path);
/* NULL where it has none. */
const json_t *result_member(const struct result *result, const char *path);

/* The value that a share of `quantile` (0 to 1) is not above, the middle of its bucket; NAN without
 * buckets. `reached` may be NULL: how many are in that bucket and below. */
double result_quantile(const struct result *result, double quantile, uint64_t *reached);

#endif
