/* The headline figures of runs: as tiles for one, as a table for several. */
#include "page/words.h"

#include "page/chart.h"
#include "page/figures.h"
#include "page/style.h"

#include <math.h>
#include <string.h>

static void write_few(char out[TEXT_BYTES], double number)
{
    snprintf(out, TEXT_BYTES, "%.3g", number);
}

static void write_us(char out[TEXT_BYTES], double us)
{
    text_time(out, us * 1e3);
}

static void write_seconds(char out[TEXT_BYTES], double seconds)
{
    text_time(out, seconds * 1e9);
}

/* One figure: the tile's words, the column's, and how it is written. */
struct headline {
    const char *path, *divisor; /* of the result; divisor NULL: by nothing */
    const char *tile, *column;  /* NULL: not there */
    void (*write)(char out[TEXT_BYTES], double value);
    bool ratio; /* a column more, to the first run */
};

static const struct headline of_any[] = {
    {"rate_per_second", NULL, "operations a second", "operations/s", text_count, true},
    {"latency_us.p50", NULL, "latency, p50", "p50", write_us, false},
    {"latency_us.p99", NULL, "latency, p99", "p99", write_us, false},
    {"latency_us.p999", NULL, "latency, p99.9", "p99.9", write_us, false},
    {"latency_us.max", NULL, "latency, the slowest", "slowest", write_us, false},
    {"server_cpu_us_per_op", NULL, "server CPU an operation", "server CPU/op", write_us, true},
    {"server.system_calls_per_op", NULL, "system calls of the server an operation", NULL, write_few,
     false},
    {"completed", NULL, "completed", NULL, text_count, false},
    {"errors_total", NULL, "errors", "errors", text_count, false},
    {"received_bytes_per_second", NULL, "received a second", "received/s", text_bytes, false},
    {"sent_bytes_per_second", NULL, "sent a second", "sent/s", text_bytes, false},
    {"connections_closed", NULL, "connections closed by the server", "closed", text_count, false},
};

static const struct headline of_churn[] = {
    {"connections", NULL, "connections held", "held", text_count, false},
    {"rate_per_second", NULL, "arrivals a second", "arrivals/s", text_count, false},
    {"connections", "schedule.rate", "mean lifetime", "mean lifetime", write_seconds, false},
    {"latency_us.p50", NULL, "latency, p50", "p50", write_us, false},
    {"latency_us.p99", NULL, "latency, p99", "p99", write_us, false},
    {"latency_us.max", NULL, "latency, the slowest", "slowest", write_us, false},
    {"server_cpu_us_per_op", NULL, "server CPU an arrival", "server CPU/arrival", write_us, true},
    {"errors_total", NULL, "errors", "errors", text_count, false},
};

static const struct headline of_idle[] = {
    {"idle.held", NULL, "connections held", "held", text_count, false},
    {"idle.establish_s", NULL, "to establish them all", "after", write_seconds, false},
    {"idle.server_rss_bytes_per_connection", NULL, "server memory a connection, user", "user, each",
     figure_growth_text, true},
    {"idle.kernel_ends.server_bytes", NULL, "server memory a connection, kernel, estimated",
     "kernel, each", figure_growth_text, true},
    {"idle.ping.latency_us.p50", NULL, "ping over all, p50", "ping p50", write_us, false},
    {"idle.ping.latency_us.p99", NULL, "ping over all, p99", "ping p99", write_us, false},
    {"idle.ping.latency_us.max", NULL, "ping over all, the slowest", "slowest", write_us, false},
    {"errors_total", NULL, "errors", "errors", text_count, false},
};

struct headlines {
    const struct headline *list;
    size_t count;
};

/* Those of the runs' scenario, or where they are of several what all have. */
static struct headlines headlines_of(const struct result *results, size_t count)
{
    static const struct {
        const char *scenario;
        struct headlines headlines;
    } own[] = {{"churn", {of_churn, sizeof of_churn / sizeof *of_churn}},
               {"idle", {of_idle, sizeof of_idle / sizeof *of_idle}}};

    for (size_t i = 0; i < sizeof own / sizeof *own && words_one_scenario(results, count); i++) {
        if (strcmp(result_text(&results[0], "scenario"), own[i].scenario) == 0) {
            return own[i].headlines;
        }
    }
    return (struct headlines){of_any, sizeof of_any / sizeof *of_any};
}

static double value_of(const struct headline *headline, const struct result *result)
{
    double value = result_number(result, headline->path);

    return headline->divisor ? value / result_number(result, headline->divisor) : value;
}

static void value_text(char out[TEXT_BYTES], const struct headline *headline, double value)
{
    if (isfinite(value)) {
        headline->write(out, value);
    } else {
        out[0] = '\0';
    }
}

bool words_one_scenario(const struct result *results, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (strcmp(result_text(&results[i], "scenario"), result_text(&results[0], "scenario")) !=
            0) {
            return false;
        }
    }
    return true;
}

/* "Answers by status: 200 29,126, 404 3." */
static void statuses(const struct result *result, FILE *out)
{
    json_t *counts = (json_t *)(uintptr_t)result_member(result, "statuses"), *count;
    const char *status, *between = "<p class=\"soft\">Answers by status: ";
    char text[TEXT_BYTES];

    json_object_foreach(counts, status, count)
    {
        text_count(text, json_number_value(count));
        fputs(between, out);
        chart_escape(out, status);
        fprintf(out, " %s", text);
        between = ", ";
    }
    if (json_object_size(counts)) {
        fputs("</p>\n", out);
    }
}

void words_tiles(const struct result *result, FILE *out)
{
    struct headlines headlines = headlines_of(result, 1);

    fputs("<div class=\"tiles\">\n", out);
    for (size_t i = 0; i < headlines.count; i++) {
        const struct headline *headline = &headlines.list[i];
        double value = value_of(headline, result);
        char text[TEXT_BYTES];

        if (isfinite(value)) {
            value_text(text, headline, value);
            fprintf(out, "<div><b>%s</b><span>%s</span></div>\n", text, headline->tile);
        }
    }
    fputs("</div>\n", out);
    statuses(result, out);
}

/* A column where any run has its figure. */
static bool is_column(const struct headline *headline, const struct page_part *part)
{
    bool any = false;

    for (size_t i = 0; headline->column && i < part->count; i++) {
        any = any || isfinite(value_of(headline, &part->results[i]));
    }
    return any;
}

static void table_row(const struct headlines *headlines, const struct page_part *part, size_t run,
                      FILE *out)
{
    fprintf(out, "<tr><td><i class=\"c%zu\"></i>", run % STYLE_COLOURS);
    chart_escape(out, part->results[run].name);
    fputs("</td>", out);
    for (size_t i = 0; i < headlines->count; i++) {
        const struct headline *headline = &headlines->list[i];
        double value = value_of(headline, &part->results[run]);
        double first = value_of(headline, &part->results[0]);
        char text[TEXT_BYTES];

        if (!is_column(headline, part)) {
            continue;
        }
        value_text(text, headline, value);
        fprintf(out, "<td>%s</td>", text);
        if (headline->ratio && isfinite(value) && first > 0) {
            fprintf(out, "<td>%.2f</td>", value / first);
        } else if (headline->ratio) {
            fputs("<td></td>", out);
        }
    }
    fputs("</tr>\n", out);
}

void words_table(const struct page_part *part, FILE *out)
{
    struct headlines headlines = headlines_of(part->results, part->count);

    fputs("<section>\n<h2>Figures</h2>\n<p class=\"soft\">Ratios are to the first row.</p>\n"
          "<div class=\"scroll\"><table>\n<tr><th></th>",
          out);
    for (size_t i = 0; i < headlines.count; i++) {
        if (is_column(&headlines.list[i], part)) {
            fprintf(out, "<th>%s</th>%s", headlines.list[i].column,
                    headlines.list[i].ratio ? "<th>ratio</th>" : "");
        }
    }
    fputs("</tr>\n", out);
    for (size_t i = 0; i < part->count; i++) {
        table_row(&headlines, part, i, out);
    }
    fputs("</table></div>\n</section>\n", out);
}
