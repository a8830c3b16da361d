/* What the user asked for: the options that all scenarios share. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include "io/io.h"
#include "load/stages.h"
#include "report/outputs.h"
#include "report/threshold.h"
#include "wire/payload.h"
#include "wire/plain.h"
#include "wire/requests.h"
#include "wire/targets.h"
#include "wire/url.h"

#include <argp.h>
#include <sys/types.h>

#define OPTIONS_SOURCES_MAX 256

struct options {
    const char *url_text; /* of several the first, as the next */
    struct url url;
    bool several_urls;      /* there may be several, which are ... */
    struct targets targets; /* ... all of them */
    uint32_t connections, threads;
    double duration_s, warmup_s, timeout_s;
    double rest_s;           /* of a client after an error */
    double rate;             /* operations a second on a schedule; 0: closed loop */
    struct stages stages;    /* http: of the rate, in place of one; none */
    const char *stages_text; /* as they were given */
    bool duration_given;
    bool poisson;                /* their gaps are exponential, not equal */
    bool find_max;               /* search the highest rate that keeps slo_ns */
    double slo_quantile, slo_ns; /* of the latency; 0: none was given */
    const char *slo_text;
    const char *protocol;
    struct requests_extra extra; /* what the request has besides */
    struct url_address sources[OPTIONS_SOURCES_MAX];
    size_t sources_count;
    uint32_t pipeline;         /* requests or messages under way on a connection */
    uint32_t message_bytes;    /* of echo */
    enum payload_kind payload; /* likewise */
    struct plain plain;        /* http: method and content */
    char *body_file_bytes;     /* http: allocated, what the content was read to; or NULL */
    bool close_each;           /* http: a connection for each request */
    const char *first_message; /* handshake: NULL, none */
    pid_t pid;                 /* 0: none */
    bool system_calls;         /* of pid: count them */
    const char *json_file;     /* NULL: none, "-": standard output */
    struct threshold thresholds[THRESHOLDS_MAX];
    size_t threshold_count;        /* of --fail-if */
    struct report_outputs outputs; /* files beside it; none is standard output */
    enum io_backend backend;
    bool quiet;
    int argc; /* the command line, for the report */
    char **argv;
};

void options_init(struct options *options, int argc, char **argv);
void options_fini(struct options *options);
/* A child parser for the scenarios' own; its input is struct options. The URL is one argument, or
 * with `several_urls` each of them, as targets_add() has it. An argument that can only be a limit is
 * one more --fail-if. */
extern const struct argp options_argp;

/* For the scenarios' own options; a wrong number ends the program. */
double options_number(struct argp_state *state, const char *name, const char *text, double min,
                      double max);
/* A time in seconds, written as duration_parse() takes it. */
double options_seconds(struct argp_state *state, const char *name, const char *text, double min,
                       double max);
uint32_t options_whole(struct argp_state *state, const char *name, const char *text, uint32_t max);
/* Add a field to each request, as requests_extra_add() has it. */
void options_field(struct argp_state *state, struct options *options, const char *option,
                   const char *name, const char *value);
/* Add the URLs that the lines of a file have. */
void options_read_urls(struct argp_state *state, struct options *options, const char *file);
void options_check_threads(struct argp_state *state, const struct options *options);

#endif
