#include "progress.h"

#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BAR_CELLS 20

void progress_init(struct progress *progress, double duration_s, bool quiet)
{
    const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");

    progress->quiet = quiet;
    progress->terminal = isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
    progress->colour = progress->terminal && !(no_colour && *no_colour);
    progress->duration_s = duration_s;
}

static void write_bar(char *out, double share)
{
    int full = (int)(share * BAR_CELLS);

    for (int i = 0; i < BAR_CELLS; i++) {
        out[i] = i < full ? '#' : '.';
    }
    out[BAR_CELLS] = '\0';
}

void progress_show(void *context, const struct tally *since, double since_s, double left_s,
                   uint64_t failed_so_far)
{
    const struct progress *progress = context;
    char bar[BAR_CELLS + 1], rate[TEXT_BYTES], p50[TEXT_BYTES], p99[TEXT_BYTES];
    const char *red = progress->colour && failed_so_far ? "\033[31m" : "";
    const char *plain = *red ? "\033[0m" : "";

    if (progress->quiet) {
        return;
    }
    if (left_s < 0) {
        fprintf(stderr, progress->terminal ? "\r\033[Kwarming up" : "warming up\n");
        return;
    }
    double done_s = progress->duration_s - left_s;

    text_count(rate, since_s > 0 ? (double)histogram_count(&since->latency_ns) / since_s : 0);
    text_time(p50, (double)histogram_quantile(&since->latency_ns, 0.5));
    text_time(p99, (double)histogram_quantile(&since->latency_ns, 0.99));
    if (progress->terminal) {
        write_bar(bar, done_s / progress->duration_s);
        fprintf(stderr, "\r\033[K[%s] %.0f s left  %s/s  p50 %s  p99 %s  %serrors %llu%s", bar,
                left_s, rate, p50, p99, red, (unsigned long long)failed_so_far, plain);
    } else {
        fprintf(stderr, "%.0f of %.0f s: %s/s, p50 %s, p99 %s, errors %llu\n", done_s,
                progress->duration_s, rate, p50, p99, (unsigned long long)failed_so_far);
    }
}

void progress_end(const struct progress *progress)
{
    if (!progress->quiet && progress->terminal) {
        fprintf(stderr, "\r\033[K");
    }
}
