/*
 * All counters in Prometheus' text format. They belong to their workers, who add them in turn: each
 * gets a task that copies its own, and whoever is last writes the answer, which has been deferred
 * until then. So nothing on the data path is shared or atomic for it.
 */
#include "base/log.h"
#include "base/log_queue.h"
#include "server/access_writer.h"
#include "server/counters.h"
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

static void write_counter(FILE *to, bool open_metrics, const char *name, uint64_t value)
{
    fprintf(to, "# TYPE shunt_%s%s counter\nshunt_%s_total %" PRIu64 "\n", name,
            open_metrics ? "" : "_total", name, value);
}

static void write_process(FILE *to, bool open_metrics, const struct shunt_server *server)
{
    struct access_writer_counts access = access_writer_counts(server->access);

    write_counter(to, open_metrics, "log_dropped", log_queue_dropped());
    write_counter(to, open_metrics, "access_log_lines", access.lines);
    write_counter(to, open_metrics, "access_log_dropped", access.dropped);
    fprintf(to, "# TYPE shunt_build%s\nshunt_build_info{version=\"%s\",abi=\"%d.%d\"} 1\n",
            open_metrics ? " info" : "_info gauge", shunt_version(), SHUNT_ABI_MAJOR,
            SHUNT_ABI_MINOR);
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
