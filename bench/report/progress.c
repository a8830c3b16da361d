#include "report/progress.h"

#include "report/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR_CELLS     20
#define BAR_CELLS_MIN 4
#define BAR_BYTES     48

void progress_init(struct progress *progress, double duration_s, bool quiet)
{
    const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");

    progress->quiet = quiet;
    progress->terminal = isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
    progress->colour = progress->terminal && !(no_colour && *no_colour);
    progress->duration_s = duration_s;
    progress->part[0] = '\0';
}

/* "[###...] ", or "" in a narrow window: a line that wraps cannot be taken back. */
static void bar_text(char out[BAR_BYTES], double share, int rest_width)
{
    struct winsize window;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0;
    int room = (known ? window.ws_col : 80) - 1 - rest_width - (int)strlen("[] ");
    int cells = room > BAR_CELLS ? BAR_CELLS : room, full = (int)(share * cells);

    out[0] = '\0';
    if (cells >= BAR_CELLS_MIN) {
        snprintf(out, BAR_BYTES, "[%.*s%.*s] ", full, "####################", cells - full,
                 "....................");
    }
}

static void show_on_terminal(const struct progress *progress, const char *figures, double left_s,
                             uint64_t failed)
{
    const char *red = progress->colour && failed ? "\033[31m" : "";
    const char *plain = *red ? "\033[0m" : "";
    char bar[BAR_BYTES], left[TEXT_BYTES], errors[TEXT_BYTES];

    snprintf(left, sizeof left, "%.0f s left", left_s);
    snprintf(errors, sizeof errors, "errors %llu", (unsigned long long)failed);
    bar_text(bar, 1 - left_s / progress->duration_s,
             (int)(strlen(left) + strlen(figures) + strlen(errors)) + 4);
    fprintf(stderr, "\r\033[K%s%s  %s  %s%s%s", bar, left, figures, red, errors, plain);
}

void progress_show(void *context, const struct tally *since, double since_s, double left_s,
                   uint64_t failed_so_far)
{
    const struct progress *progress = context;
    const char *part = progress->part, *colon = *part ? ": " : "";
    char figures[256], rate[TEXT_BYTES], p50[TEXT_BYTES], p99[TEXT_BYTES];

    if (progress->quiet) {
        return;
    }
    if (left_s < 0) {
        fprintf(stderr, progress->terminal ? "\r\033[K%s%swarming up" : "%s%swarming up\n", part,
                colon);
        return;
    }
    text_count(rate, since_s > 0 ? (double)histogram_count(&since->latency_ns) / since_s : 0);
    text_time(p50, (double)histogram_quantile(&since->latency_ns, 0.5));
    text_time(p99, (double)histogram_quantile(&since->latency_ns, 0.99));
    if (progress->terminal) {
        snprintf(figures, sizeof figures, "%s%s%s/s  p50 %s  p99 %s", part, colon, rate, p50, p99);
        show_on_terminal(progress, figures, left_s, failed_so_far);
    } else {
        fprintf(stderr, "%s%s%.0f of %.0f s: %s/s, p50 %s, p99 %s, errors %llu\n", part, colon,
                progress->duration_s - left_s, progress->duration_s, rate, p50, p99,
                (unsigned long long)failed_so_far);
    }
}

void progress_end(const struct progress *progress)
{
    if (!progress->quiet && progress->terminal) {
        fprintf(stderr, "\r\033[K");
    }
}
