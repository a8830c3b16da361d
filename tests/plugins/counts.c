/* A protocol that counts how often it is offered, in a counter, a gauge and a histogram of its own,
 * and declines. Its setting `name` is that of the counter. */
#include <shunt/plugin.h>

static const struct shunt_host *host;
static uint32_t offers[2], last, lengths;

static enum shunt_status add(const struct shunt_settings *settings, enum shunt_metric_kind kind,
                             const char *name, const char *first, uint32_t *number)
{
    static const double bounds[] = {10, 100};
    const char *const labels[] = {"first", first, NULL};
    const struct shunt_metric metric = {.size = sizeof metric,
                                        .kind = kind,
                                        .name = name,
                                        .help = "What the plugin \"counts\" counts.",
                                        .labels = first ? labels : NULL,
                                        .bounds = bounds,
                                        .bound_count = 2};

    return host->metric(settings, &metric, number);
}

static enum shunt_status on_init(const struct shunt_host *with,
                                 const struct shunt_settings *settings, void **plugin)
{
    const char *name = with->setting(settings, "name");

    (void)plugin;
    host = with;
    if (add(settings, SHUNT_COUNTER, name ? name : "counts_offers", "yes", &offers[1]) ||
        add(settings, SHUNT_COUNTER, name ? name : "counts_offers", "no", &offers[0]) ||
        add(settings, SHUNT_GAUGE, "counts_last_length", NULL, &last) ||
        add(settings, SHUNT_HISTOGRAM, "counts_path_length", NULL, &lengths)) {
        return SHUNT_EINVAL;
    }
    return SHUNT_OK;
}

static enum shunt_verdict on_negotiate(void *local, const struct shunt_request *request,
                                       struct shunt_upgrade *upgrade)
{
    struct shunt_worker *worker = host->upgrade_worker(upgrade);

    (void)local;
    host->metric_add(worker, offers[host->upgrade_offer(upgrade).len == 6], 1);
    host->metric_set(worker, last, (int64_t)request->path.len);
    host->metric_observe(worker, lengths, (double)request->path.len);
    return SHUNT_DECLINE;
}

static void on_open(void *local, struct shunt_stream *stream)
{
    (void)local;
    (void)stream;
}

static void on_data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    (void)stream;
    (void)bytes;
    (void)len;
}

static const struct shunt_protocol protocol = {.size = sizeof protocol,
                                               .token = "counts",
                                               .negotiate = on_negotiate,
                                               .open = on_open,
                                               .data = on_data};

SHUNT_PLUGIN = {SHUNT_PLUGIN_HEAD, .name = "counts", .version = "1.0", .init = on_init,
                .protocols = (const struct shunt_protocol *const[]){&protocol, NULL}};
