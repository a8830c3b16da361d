/* What a held connection costs, as bars in a table, and the ping over all of them. */
#include "page/chart.h"
#include "page/figures.h"
#include "page/style.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_BYTES_MIN 32 /* a cache that grew by less for a connection is not worth a bar */
#define CACHES_MAX      16
#define NUMBER_WIDTH    76 /* is left for what is written behind a bar */

static const char kernel[] = "idle.kernel_bytes_per_connection";

struct bars {
    const struct figures *figures;
    double most;
};

void figure_growth_text(char out[TEXT_BYTES], double bytes)
{
    if (bytes < 0.5) {
        snprintf(out, TEXT_BYTES, "no growth");
    } else {
        text_bytes(out, bytes);
    }
}

static void bars_row(const struct bars *bars, const char *path, const char *name, bool part)
{
    FILE *out = bars->figures->out;
    bool any = false;

    for (size_t run = 0; run < bars->figures->count; run++) {
        any = any || isfinite(result_number(&bars->figures->results[run], path));
    }
    if (!any) {
        return;
    }
    fprintf(out, "<tr%s><td>", part ? " class=\"part\"" : "");
    chart_escape(out, name);
    fputs("</td><td class=\"bars\">", out);
    for (size_t run = 0; run < bars->figures->count; run++) {
        double bytes = result_number(&bars->figures->results[run], path);
        char text[TEXT_BYTES] = "";

        if (isfinite(bytes)) {
            figure_growth_text(text, bytes);
        }
        fprintf(out,
                "<span><i class=\"c%zu\" style=\"width:calc((100%% - %dpx)*%.3f)\"></i>%s</span>",
                run % STYLE_COLOURS, NUMBER_WIDTH, bytes > 0 ? bytes / bars->most : 0, text);
    }
    fputs("</td></tr>\n", out);
}

/* The most that any run's caches of this name grew by. */
static double cache_most(const struct figures *figures, const char *name)
{
    double most = 0;

    for (size_t run = 0; run < figures->count; run++) {
        const json_t *kernel_json = result_member(&figures->results[run], kernel);
        double bytes =
            json_number_value(json_object_get(json_object_get(kernel_json, "caches"), name));

        most = bytes > most ? bytes : most;
    }
    return most;
}

struct cache {
    const char *name;
    double bytes;
};

static int by_bytes(const void *a, const void *b)
{
    double left = ((const struct cache *)a)->bytes, right = ((const struct cache *)b)->bytes;

    return left > right ? -1 : left < right;
}

/* Those of the first run that knows any, the largest first. */
static size_t list_caches(const struct figures *figures, struct cache caches[CACHES_MAX])
{
    size_t count = 0;

    for (size_t run = 0; run < figures->count && count == 0; run++) {
        json_t *known = json_object_get(
            (json_t *)(uintptr_t)result_member(&figures->results[run], kernel), "caches");
        const char *name;
        json_t *bytes;

        json_object_foreach(known, name, bytes)
        {
            if (count < CACHES_MAX && cache_most(figures, name) >= CACHE_BYTES_MIN) {
                caches[count++] = (struct cache){name, cache_most(figures, name)};
            }
        }
    }
    qsort(caches, count, sizeof *caches, by_bytes);
    return count;
}

static double most_of(const struct figures *figures, const char *const *paths, size_t count)
{
    double most = 1;

    for (size_t run = 0; run < figures->count; run++) {
        for (size_t i = 0; i < count; i++) {
            double bytes = result_number(&figures->results[run], paths[i]);

            most = bytes > most ? bytes : most;
        }
    }
    return most;
}

static void memory(const struct figures *figures)
{
    static const char *const paths[] = {"idle.server_rss_bytes_per_connection",
                                        "idle.server_pss_bytes_per_connection",
                                        "idle.kernel_ends.server_bytes",
                                        "idle.kernel_ends.client_bytes",
                                        "idle.kernel_bytes_per_connection.slab_bytes",
                                        "idle.kernel_bytes_per_connection.tcp_buffer_bytes"};
    static const char *const names[] = {"the server's user memory, resident",
                                        "the same, shared pages divided",
                                        "the server's end in the kernel, estimated",
                                        "the client's end in the kernel, measured alone",
                                        "kernel slabs of the machine, both ends",
                                        "TCP queues, both ends"};
    const size_t count = sizeof paths / sizeof *paths;
    struct bars bars = {figures, most_of(figures, paths, count)};
    struct cache caches[CACHES_MAX];
    size_t cache_count = list_caches(figures, caches);

    figure_open(
        figures->out, "Memory a connection",
        "What grew while the connections came, divided by how many there are. Server and "
        "client are on one machine where both ends are said. A cache of the kernel may hold what "
        "others use, and bears one name for all that share it.");
    figure_key(figures->out, figures->results, figures->count);
    fputs("<table class=\"held\">\n", figures->out);
    for (size_t i = 0; i < count; i++) {
        bars_row(&bars, paths[i], names[i], false);
    }
    for (size_t i = 0; i < cache_count; i++) {
        char path[128], name[96];

        snprintf(path, sizeof path, "%s.caches.%s", kernel, caches[i].name);
        snprintf(name, sizeof name, "of the slabs: %s", caches[i].name);
        bars_row(&bars, path, name, true);
    }
    fputs("</table>\n", figures->out);
    figure_close(figures->out);
}

static void ping(const struct figures *figures)
{
    struct result *pings = calloc(figures->count, sizeof *pings);
    size_t count = 0;

    for (size_t run = 0; pings && run < figures->count; run++) {
        const struct result *result = &figures->results[run];

        count += result_part(result, "idle.ping", result->name, &pings[count]);
    }
    figure_percentiles(&(struct figures){figures->out, pings, count},
                       "Ping over all, by percentile");
    while (count > 0) {
        result_fini(&pings[--count]);
    }
    free(pings);
}

void figure_held(const struct figures *figures)
{
    bool any = false;

    for (size_t run = 0; run < figures->count; run++) {
        any = any || json_is_object(result_member(&figures->results[run], "idle"));
    }
    if (any) {
        memory(figures);
        ping(figures);
    }
}
