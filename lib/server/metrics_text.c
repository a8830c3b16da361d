#include "server/metrics_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- numbers ---- */

/* The shortest digits that read back as the same number, as OpenMetrics wants those of `le`: 1.0,
 * 0.005, 2.5e-05, 1e+06. */
static void number_write(char text[40], double value)
{
    int digits = 1, exponent;

    if (!isfinite(value)) {
        snprintf(text, 40, "%s", isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
        return;
    }
    do {
        snprintf(text, 40, "%.*e", digits - 1, value);
    } while (strtod(text, NULL) != value && ++digits < 18);
    exponent = atoi(strchr(text, 'e') + 1);
    if (exponent >= -4 && exponent < 6) {
        snprintf(text, 40, "%.*f", digits - 1 > exponent ? digits - 1 - exponent : 1, value);
    }
}

/* ---- names ---- */

static void escape(FILE *to, const char *text, bool quoted)
{
    for (; *text; text++) {
        if (*text == '\\' || (quoted && *text == '"')) {
            fputc('\\', to);
        }
        fputc(*text, to);
    }
}

/* name{a="b",le="0.5"}; `le` may be NULL. */
static void write_name(FILE *to, const struct metrics_entry *entry, const char *suffix,
                       const char *le)
{
    const char *before = "{";

    fprintf(to, "%s%s", entry->name, suffix);
    for (char **label = entry->labels; *label; label += 2) {
        fprintf(to, "%s%s=\"", before, label[0]);
        escape(to, label[1], true);
        fputc('"', to);
        before = ",";
    }
    if (le) {
        fprintf(to, "%sle=\"%s\"", before, le);
        before = ",";
    }
    fputs(*before == ',' ? "} " : " ", to);
}

static void write_head(FILE *to, bool open_metrics, const struct metrics_entry *entry)
{
    static const char *const kinds[] = {
        [SHUNT_COUNTER] = "counter", [SHUNT_GAUGE] = "gauge", [SHUNT_HISTOGRAM] = "histogram"};
    const char *suffix = entry->kind == SHUNT_COUNTER && !open_metrics ? "_total" : "";

    fprintf(to, "# HELP %s%s ", entry->name, suffix);
    escape(to, entry->help, open_metrics);
    fprintf(to, "\n# TYPE %s%s %s\n", entry->name, suffix, kinds[entry->kind]);
}

/* ---- values ---- */

/* The count is that of the last bucket, so that the two agree whatever is counted meanwhile. */
static void write_histogram(FILE *to, const struct metrics_entry *entry,
                            const struct metrics_cells *cells)
{
    uint64_t all = 0;
    char text[40];

    for (unsigned i = 0; i <= entry->bound_count; i++) {
        number_write(text, i < entry->bound_count ? entry->bounds[i] : INFINITY);
        all += metrics_cells_count(cells, entry->cell + i);
        write_name(to, entry, "_bucket", text);
        fprintf(to, "%" PRIu64 "\n", all);
    }
    number_write(text, metrics_cells_sum(cells, entry->cell + entry->bound_count + 1));
    write_name(to, entry, "_sum", NULL);
    fprintf(to, "%s\n", text);
    write_name(to, entry, "_count", NULL);
    fprintf(to, "%" PRIu64 "\n", all);
}

static void write_entry(FILE *to, const struct metrics_entry *entry,
                        const struct metrics_cells *cells)
{
    switch (entry->kind) {
    case SHUNT_COUNTER:
        write_name(to, entry, "_total", NULL);
        fprintf(to, "%" PRIu64 "\n", metrics_cells_count(cells, entry->cell));
        break;
    case SHUNT_GAUGE:
        write_name(to, entry, "", NULL);
        fprintf(to, "%" PRId64 "\n", (int64_t)metrics_cells_count(cells, entry->cell));
        break;
    case SHUNT_HISTOGRAM:
        write_histogram(to, entry, cells);
        break;
    }
}

static bool is_first(const struct metrics_table *table, unsigned number)
{
    for (unsigned i = 0; i < number; i++) {
        if (strcmp(table->entries[i].name, table->entries[number].name) == 0) {
            return false;
        }
    }
    return true;
}

void metrics_text_write(FILE *to, bool open_metrics, const struct metrics_table *table,
                        const struct metrics_cells *cells)
{
    for (unsigned i = 0; i < table->count; i++) {
        if (!is_first(table, i)) {
            continue;
        }
        write_head(to, open_metrics, &table->entries[i]);
        for (unsigned k = i; k < table->count; k++) {
            if (strcmp(table->entries[k].name, table->entries[i].name) == 0) {
                write_entry(to, &table->entries[k], cells);
            }
        }
    }
}

void metrics_text_write_counter(FILE *to, bool open_metrics, const char *name, uint64_t value)
{
    fprintf(to, "# TYPE %s%s counter\n%s_total %" PRIu64 "\n", name, open_metrics ? "" : "_total",
            name, value);
}

/* ---- the process ---- */

static void write_gauge(FILE *to, const char *name, double value)
{
    char text[40];

    number_write(text, value);
    fprintf(to, "# TYPE process_%s gauge\nprocess_%s %s\n", name, name, text);
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void write_cpu(FILE *to, bool open_metrics)
{
    struct rusage usage;
    char text[40];

    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        number_write(text, seconds(usage.ru_utime) + seconds(usage.ru_stime));
        fprintf(to, "# TYPE process_cpu_seconds%s counter\nprocess_cpu_seconds_total %s\n",
                open_metrics ? "" : "_total", text);
    }
}

static void write_memory(FILE *to)
{
    FILE *statm = fopen("/proc/self/statm", "re");
    unsigned long all, resident;

    if (statm) {
        if (fscanf(statm, "%lu %lu", &all, &resident) == 2) {
            write_gauge(to, "resident_memory_bytes",
                        (double)resident * (double)sysconf(_SC_PAGESIZE));
        }
        fclose(statm);
    }
}

/* The kernel counts them from 6.2 on; going over them would take long where they are many. */
static void write_descriptors(FILE *to)
{
    struct stat about;
    struct rlimit limit;

    if (stat("/proc/self/fd", &about) == 0 && about.st_size > 0) {
        write_gauge(to, "open_fds", (double)about.st_size);
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        write_gauge(to, "max_fds", (double)limit.rlim_cur);
    }
}

/* Field 22 of /proc/self/stat, in ticks since the machine has started. */
static void write_start(FILE *to)
{
    FILE *stat = fopen("/proc/self/stat", "re");
    char line[1024];
    const char *at = stat && fgets(line, sizeof line, stat) ? strrchr(line, ')') : NULL;
    struct timespec wall, up;

    for (unsigned i = 2; at && i < 22; i++) {
        at = strchr(at + 1, ' ');
    }
    if (at && clock_gettime(CLOCK_REALTIME, &wall) == 0 &&
        clock_gettime(CLOCK_BOOTTIME, &up) == 0) {
        double booted =
            (double)(wall.tv_sec - up.tv_sec) + (double)(wall.tv_nsec - up.tv_nsec) / 1e9;

        double since = strtod(at, NULL) / (double)sysconf(_SC_CLK_TCK);

        write_gauge(to, "start_time_seconds", (double)(int64_t)(100 * (booted + since)) / 100);
    }
    if (stat) {
        fclose(stat);
    }
}

void metrics_text_write_process(FILE *to, bool open_metrics)
{
    write_cpu(to, open_metrics);
    write_memory(to);
    write_descriptors(to);
    write_start(to);
}
