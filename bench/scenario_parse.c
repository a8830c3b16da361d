/* Request heads in memory, no socket: what the parser alone costs. */
#include "scenario_run.h"

#include "base/clock.h"
#include "http/head.h"
#include "report/environment.h"
#include "report/text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 256 /* heads between two looks at the clock */

enum { KEY_DURATION = 'd', KEY_JSON = 1000 };

static const struct {
    const char *name, *bytes;
} heads[] = {
    {"least", "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"},
    {"benchmark client", "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8101\r\n"
                         "User-Agent: shunt-bench\r\nAccept: */*\r\n\r\n"},
    {"upgrade", "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:8101\r\nUser-Agent: shunt-bench\r\n"
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"},
    {"upgrade by a browser",
     "GET /chat HTTP/1.1\r\nHost: 127.0.0.1:8101\r\nConnection: Upgrade\r\nPragma: no-cache\r\n"
     "Cache-Control: no-cache\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
     "(KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\nUpgrade: websocket\r\n"
     "Origin: http://127.0.0.1:8101\r\nSec-WebSocket-Version: 13\r\n"
     "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n"
     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
     "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"},
};

static const struct argp_option list[] = {
    {"duration", KEY_DURATION, "TIME", 0, "For each kind of head (1s)", 0},
    {"json", KEY_JSON, "FILE", 0, "Write the result as JSON; '-' is standard output", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

struct parse_options {
    double duration_s;
    const char *json_file;
};

static error_t take(int key, char *text, struct argp_state *state)
{
    struct parse_options *options = state->input;

    switch (key) {
    case KEY_DURATION:
        options->duration_s = options_seconds(state, "--duration", text, 0.01, 3600);
        return 0;
    case KEY_JSON:
        options->json_file = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool parse_batch(struct shunt_span head)
{
    static const struct http_limits limits = {
        .head_bytes_max = 8192, .target_bytes_max = 4096, .fields_max = 100};
    static struct shunt_field fields[HTTP_FIELDS_MAX];
    bool right = true;

    for (int i = 0; i < BATCH; i++) {
        struct http_head parsed;
        unsigned answer;
        size_t used;

        /* The compiler must not know that the bytes are always the same. */
        __asm__ volatile("" : "+r"(head.at) : : "memory");
        right &= http_head_parse(head, 0, &limits, fields, &parsed, &used, &answer) == SHUNT_OK &&
                 used == head.len;
    }
    return right;
}

/* Times of batches, a head's share in picoseconds so that nothing is rounded away. NULL: refused.
 */
static json_t *measure_head(size_t index, double duration_s)
{
    static struct histogram times_ps; /* large */
    struct shunt_span head = shunt_span_of(heads[index].bytes);
    uint64_t start_ns = clock_now_ns(), now_ns = start_ns;
    uint64_t until_ns = start_ns + (uint64_t)(duration_s * 1e9);

    histogram_reset(&times_ps);
    while (now_ns < until_ns) {
        uint64_t before_ns = now_ns;

        if (!parse_batch(head)) {
            return NULL;
        }
        now_ns = clock_now_ns();
        histogram_record(&times_ps, (now_ns - before_ns) * 1000 / BATCH);
    }
    double seconds = (double)(now_ns - start_ns) / 1e9;
    double count = (double)histogram_count(&times_ps) * BATCH;

    return json_pack("{s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:f}", "head", heads[index].name, "bytes",
                     (json_int_t)head.len, "completed", (json_int_t)count, "rate_per_second",
                     count / seconds, "ns_min", (double)histogram_min(&times_ps) / 1e3, "ns_p50",
                     (double)histogram_quantile(&times_ps, 0.5) / 1e3, "ns_p99",
                     (double)histogram_quantile(&times_ps, 0.99) / 1e3, "bytes_per_second",
                     count * (double)head.len / seconds);
}

static void print_row(json_t *row, FILE *out)
{
    char rate[TEXT_BYTES];

    text_count(rate, json_number_value(json_object_get(row, "rate_per_second")));
    fprintf(out, "  %-22s %4lld B  %12s/s  p50 %6.1f ns  best %6.1f ns  %.2f GB/s\n",
            json_string_value(json_object_get(row, "head")),
            (long long)json_integer_value(json_object_get(row, "bytes")), rate,
            json_number_value(json_object_get(row, "ns_p50")),
            json_number_value(json_object_get(row, "ns_min")),
            json_number_value(json_object_get(row, "bytes_per_second")) / 1e9);
}

static int write_rows(const struct parse_options *options, json_t *whole)
{
    bool on_stdout = options->json_file && strcmp(options->json_file, "-") == 0;

    if (!options->json_file) {
        return BENCH_DONE;
    }
    return (on_stdout ? json_dumpf(whole, stdout, JSON_INDENT(2))
                      : json_dump_file(whole, options->json_file, JSON_INDENT(2))) == 0
               ? BENCH_DONE
               : scenario_complain("the JSON could not be written");
}

int scenario_parse(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct argp argp = {
        .options = list,
        .parser = take,
        .doc = "Measure this program's own request parser in memory, one thread, no socket. The "
               "input does not change, so branches are predicted at their best."};
    struct parse_options options = {.duration_s = 1};
    json_t *rows = json_array();

    (void)whole_argc, (void)whole_argv;
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0) {
        return BENCH_USAGE;
    }
    FILE *out = options.json_file && strcmp(options.json_file, "-") == 0 ? stderr : stdout;

    fprintf(out, "parse, request heads in memory\n");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        json_t *row = measure_head(i, options.duration_s);

        if (!row) {
            json_decref(rows);
            return scenario_complain("a head that is right was refused");
        }
        print_row(row, out);
        json_array_append_new(rows, row);
    }
    json_t *whole = json_pack("{s:i, s:s, s:o, s:o}", "schema", REPORT_SCHEMA, "scenario", "parse",
                              "environment", report_environment(), "heads", rows);
    int status = write_rows(&options, whole);

    json_decref(whole);
    return status;
}
