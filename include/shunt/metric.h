/*
 * Counters, gauges and histograms of a plugin's or a program's own, which the handler `metrics` shows
 * beside the server's (shunt_server_metrics()). They are registered once, at the start, and updated
 * by their number, without a lock: each worker has values of its own, which are added up when they
 * are read.
 */
#ifndef SHUNT_METRIC_H
#define SHUNT_METRIC_H

#include <shunt/abi.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum shunt_metric_kind {
    SHUNT_COUNTER,   /* only ever grows */
    SHUNT_GAUGE,     /* goes up and down; what is shown is the sum over workers */
    SHUNT_HISTOGRAM, /* how many values were not above each of several bounds, and their sum */
};

/* All that it points to is copied. Of one name there may be several, which differ in the values of
 * their labels and in nothing else. */
struct shunt_metric {
    uint32_t size; /* sizeof *this where it was compiled (<shunt/abi.h>) */
    enum shunt_metric_kind kind;
    /* "chat_messages": a letter or '_', then letters, digits and '_', at most 64; not beginning with
     * shunt_ or process_, and without the suffixes that Prometheus adds: _total, _bucket, _sum,
     * _count, _created, _info. */
    const char *name;
    const char *help; /* one line for people, at most 256 bytes of printable ASCII */
    /* name, value, name, value ..., NULL; at most 8; values as `help`. May be NULL. */
    const char *const *labels;
    /* Of a histogram: upper bounds in rising order, 1 to 32. The last bucket, for what is above them
     * all, is there by itself. Times are in seconds. */
    const double *bounds;
    size_t bound_count;
};
#define SHUNT_METRIC_BYTES_1_1 SHUNT_BYTES_WITH(struct shunt_metric, bound_count)

#define SHUNT_METRICS_MAX 256 /* a server, those of all plugins and of the program */

#ifdef __cplusplus
}
#endif

#endif
