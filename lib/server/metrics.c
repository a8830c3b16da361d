/*
 * All counters in Prometheus' text format. They belong to their workers, who add them in turn: each
 * gets a task that copies its own, and whoever is last writes the answer, which has been deferred
 * until then. So nothing on the data path is shared or atomic for it.
 */
#include "base/log.h"
#include "base/log_queue.h"
#include "server/access_writer.h"
#include "server/counters.h"
#include "server/metrics_text.h"
#include "server/state.h"

#include <inttypes.h>
#include <shunt/fields.h>
#include <stdlib.h>

struct scrape;

struct part {
    struct scrape *scrape;
    struct server_counters counters;
};

/* One answer on its way. Freed by whoever is last. */
struct scrape {
    atomic_uint missing; /* parts that are to come, and one for the handler while it posts */
    const struct shunt_server *server;
    shunt_id exchange;
    bool open_metrics;
    unsigned count;
    struct part parts[];
};

/* What both formats are called, and which of them Accept prefers. */
static const char *const types[] = {
    "text/plain; version=0.0.4; charset=utf-8",
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
    NULL,
};

/* ---- the answer ---- */

static void write_process(FILE *to, bool open_metrics, const struct shunt_server *server)
{
    struct access_writer_counts access = access_writer_counts(server->access);

    metrics_text_write_counter(to, open_metrics, "shunt_log_dropped", log_queue_dropped());
    metrics_text_write_counter(to, open_metrics, "shunt_access_log_lines", access.lines);
    metrics_text_write_counter(to, open_metrics, "shunt_access_log_dropped", access.dropped);
    fprintf(to, "# TYPE shunt_build%s\nshunt_build_info{version=\"%s\",abi=\"%d.%d\"} 1\n",
            open_metrics ? " info" : "_info gauge", shunt_version(), SHUNT_ABI_MAJOR,
            SHUNT_ABI_MINOR);
    metrics_text_write_process(to, open_metrics);
    metrics_text_write(to, open_metrics, &server->metrics, server->cells);
}

/* NULL: no memory. */
static char *text_of(const struct scrape *scrape, size_t *len)
{
    char *text = NULL;
    FILE *to = open_memstream(&text, len);
    struct server_counters *workers = calloc(scrape->count, sizeof *workers);

    for (unsigned i = 0; workers && i < scrape->count; i++) {
        workers[i] = scrape->parts[i].counters;
    }
    if (to && workers) {
        server_counters_write(to, scrape->open_metrics, workers, scrape->count);
        write_process(to, scrape->open_metrics, scrape->server);
        fputs(scrape->open_metrics ? "# EOF\n" : "", to);
    }
    bool good = to && workers && !ferror(to);

    good = to && fclose(to) == 0 && good;
    free(workers);
    if (!good) {
        free(text);
        return NULL;
    }
    return text;
}

static void answer(const struct scrape *scrape)
{
    size_t len = 0;
    char *text = text_of(scrape, &len);
    enum shunt_status status =
        text ? shunt_exchange_answer(scrape->exchange, 200, types[scrape->open_metrics], text, len)
             : shunt_exchange_answer(scrape->exchange, 503, NULL, NULL, 0);

    if (status != SHUNT_OK && status != SHUNT_ENOTFOUND) {
        log_warning("metrics: a request waits for its time-out: %s", shunt_status_name(status));
    }
    free(text);
}

/* So many of what was missing have come, or will not. */
static void parts_done(struct scrape *scrape, unsigned count)
{
    if (atomic_fetch_sub_explicit(&scrape->missing, count, memory_order_acq_rel) == count) {
        answer(scrape);
        free(scrape);
    }
}

/* ---- collecting ---- */

static void collect(struct shunt_worker *worker, void *arg)
{
    struct part *part = arg;

    server_counters_read(worker, &part->counters);
    parts_done(part->scrape, 1);
}

/* The worker ends: its part stays unknown. */
static void missed(void *arg)
{
    struct part *part = arg;

    parts_done(part->scrape, 1);
}

void shunt_server_metrics(void *arg, const struct shunt_request *request,
                          struct shunt_response *response)
{
    struct shunt_server *server = arg;
    unsigned count = shunt_server_worker_count(server), failed = 0;
    struct scrape *scrape = calloc(1, sizeof *scrape + count * sizeof *scrape->parts);

    if (!scrape || shunt_response_field(response, "Cache-Control", "no-store") != SHUNT_OK ||
        shunt_response_defer(response, NULL, NULL, &scrape->exchange) != SHUNT_OK) {
        free(scrape);
        (void)!shunt_response_status(response, 503);
        return;
    }
    scrape->server = server;
    scrape->count = count;
    scrape->open_metrics = shunt_accept_type(request, types) == 1;
    atomic_init(&scrape->missing, count + 1);
    for (unsigned i = 0; i < count; i++) {
        scrape->parts[i].scrape = scrape;
        failed +=
            shunt_server_post_worker(server, i, collect, missed, &scrape->parts[i]) != SHUNT_OK;
    }
    parts_done(scrape, failed + 1);
}

/* ---- a program's own ---- */

enum shunt_status shunt_server_metric(struct shunt_server *server,
                                      const struct shunt_metric *metric, uint32_t *number)
{
    struct shunt_metric read;
    char error[256];
    enum shunt_status status;

    if (server->cells) {
        return error_set(&server->error, SHUNT_ESTATE, "metric: expected before the run");
    }
    if (SHUNT_READ(&read, metric, SHUNT_METRIC_BYTES_1_1) != SHUNT_OK) {
        return error_set(&server->error, SHUNT_EINVAL,
                         "metric: expected a structure of %zu bytes or more, found %u; set its "
                         "`size`",
                         SHUNT_METRIC_BYTES_1_1, metric->size);
    }
    status = metrics_table_add(&server->metrics, &read, false, number, error, sizeof error);
    if (status != SHUNT_OK) {
        return error_set(&server->error, status, "%s", error);
    }
    server->own_metrics = server->shared.count = server->metrics.count;
    return SHUNT_OK;
}

void shunt_metric_add(struct shunt_worker *worker, uint32_t number, int64_t by)
{
    metrics_cells_add(worker->metrics, number, by);
}

void shunt_metric_set(struct shunt_worker *worker, uint32_t number, int64_t value)
{
    metrics_cells_set(worker->metrics, number, value);
}

void shunt_metric_observe(struct shunt_worker *worker, uint32_t number, double value)
{
    metrics_cells_observe(worker->metrics, number, value);
}

void shunt_server_metric_add(struct shunt_server *server, uint32_t number, int64_t by)
{
    metrics_cells_add(&server->shared, number, by);
}

void shunt_server_metric_set(struct shunt_server *server, uint32_t number, int64_t value)
{
    metrics_cells_set(&server->shared, number, value);
}

void shunt_server_metric_observe(struct shunt_server *server, uint32_t number, double value)
{
    metrics_cells_observe(&server->shared, number, value);
}
