/* Payloads in memory, no socket: what unmasking and UTF-8 cost a byte. */
#include "scenario_run.h"

#include "base/clock.h"
#include "base/histogram.h"
#include "memory/payload.h"
#include "scenario_rows.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEY_DURATION = 'd',
    KEY_JSON = 1000,
    BYTES_MAX = 1 << 20,
    BATCH_BYTES = 1 << 18,
    WAYS_MAX = 8
};

static const struct argp_option list[] = {
    {"duration", KEY_DURATION, "TIME", 0, "For each kind of payload (500ms)", 0},
    {"json", KEY_JSON, "FILE", 0, "Write the result as JSON; '-' is standard output", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* A payload repeats `text`; NULL: it is unmasked and not read. */
struct kind {
    const char *name, *text;
    size_t bytes;
};

static const struct kind kinds[] = {
    {"unmask", NULL, 125},
    {"unmask", NULL, 4096},
    {"unmask", NULL, 65536},
    {"unmask", NULL, BYTES_MAX},
    {"ascii", "The quick brown fox jumps over it. ", 125},
    {"ascii", "The quick brown fox jumps over it. ", 4096},
    {"ascii", "The quick brown fox jumps over it. ", 65536},
    {"latin", "Zwölf Boxkämpfer jagen Viktor über den Deich. ", 4096},
    {"latin", "Zwölf Boxkämpfer jagen Viktor über den Deich. ", 65536},
    {"chinese", "視野無限廣，窗外有藍天。", 4096},
    {"chinese", "視野無限廣，窗外有藍天。", 65536},
    {"emoji", "\U0001f600\U0001f680\U0001f30d", 4096},
    {"emoji", "\U0001f600\U0001f680\U0001f30d", 65536},
};

static error_t take(int key, char *text, struct argp_state *state)
{
    struct scenario_rows *rows = state->input;

    switch (key) {
    case KEY_DURATION:
        rows->duration_s = options_seconds(state, "--duration", text, 0.01, 3600);
        return 0;
    case KEY_JSON:
        rows->json_file = text;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "expected no argument, found '%s'", text);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Whole repetitions of the text; returns how many bytes they are. */
static size_t fill(const struct kind *kind, uint8_t *bytes)
{
    size_t len = kind->text ? strlen(kind->text) : 1, at = 0;

    for (; at + len <= kind->bytes; at += len) {
        memcpy(bytes + at, kind->text ? kind->text : "m", len);
    }
    return at;
}

/* One batch by one way: picoseconds a payload, so that nothing is rounded away. */
static bool time_batch(const struct kind *kind, uint8_t *bytes, size_t len, size_t way,
                       struct histogram *times_ps)
{
    size_t count = 0;
    bool right = true;
    uint64_t before_ns;

    memory_payload_use(way);
    before_ns = clock_now_ns();
    do {
        /* The compiler must not know that the bytes are always the same. */
        __asm__ volatile("" : "+r"(bytes) : : "memory");
        if (kind->text) {
            right &= memory_payload_is_utf8(bytes, len);
        } else {
            memory_payload_unmask(bytes, len);
        }
    } while (++count * kind->bytes < BATCH_BYTES);
    histogram_record(times_ps, (clock_now_ns() - before_ns) * 1000 / count);
    return right;
}

/* Append a row for each way. */
static bool measure(const struct kind *kind, double duration_s, FILE *out, json_t *rows)
{
    static struct histogram times_ps[WAYS_MAX];
    static uint8_t area[BYTES_MAX + 6];
    uint8_t *bytes = area + 6; /* behind the header of a short frame */
    size_t len = fill(kind, bytes), ways = memory_payload_ways();
    uint64_t until_ns = clock_now_ns() + (uint64_t)(duration_s * 1e9);
    bool right = ways <= WAYS_MAX;

    for (size_t way = 0; way < ways && right; way++) {
        histogram_reset(&times_ps[way]);
    }
    do {
        for (size_t way = 0; way < ways && right; way++) {
            right = time_batch(kind, bytes, len, way, &times_ps[way]);
        }
    } while (right && clock_now_ns() < until_ns);
    for (size_t way = 0; way < ways && right; way++) {
        double best = (double)histogram_min(&times_ps[way]) / 1e3;
        double median = (double)histogram_quantile(&times_ps[way], 0.5) / 1e3;

        fprintf(out, "  %-8s %7zu B  %-7s p50 %9.1f ns  best %9.1f ns  %6.1f GB/s\n", kind->name,
                len, memory_payload_way(way), median, best, (double)len / median);
        json_array_append_new(rows,
                              json_pack("{s:s, s:I, s:s, s:f, s:f}", "name", kind->name, "bytes",
                                        (json_int_t)len, "variant", memory_payload_way(way),
                                        "ns_best", best, "ns_median", median));
    }
    memory_payload_use(ways - 1);
    return right;
}

static int run(struct scenario_rows *rows)
{
    int status = BENCH_DONE;

    scenario_rows_begin(rows, "payload");
    fprintf(rows->out, "payload, in memory: the mask taken off, and text checked to be UTF-8\n");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && status == BENCH_DONE; i++) {
        if (!measure(&kinds[i], rows->duration_s, rows->out,
                     json_object_get(rows->whole, "rows"))) {
            status = scenario_complain("a text that is right was refused");
        }
    }
    return scenario_rows_end(rows, status);
}

int scenario_payload(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct argp argp = {
        .options = list,
        .parser = take,
        .doc = "Measure what the websocket plugin does to each byte of a payload, in memory, one "
               "thread, no socket: unmasking, and checking UTF-8, by each vector unit that this "
               "CPU has, in turns."};
    struct scenario_rows rows = {.duration_s = 0.5};

    (void)whole_argc, (void)whole_argv;
    return argp_parse(&argp, argc, argv, 0, NULL, &rows) == 0 ? run(&rows) : BENCH_USAGE;
}
