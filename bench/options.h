/* What the user asked for: the options that all scenarios share. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include "io/io.h"
#include "report_run.h"
#include "url.h"

#include <argp.h>
#include <sys/types.h>

struct options {
    const char *url_text;
    struct url url;
    uint32_t connections, threads;
    double duration_s, warmup_s, timeout_s;
    const char *protocol;
    pid_t pid;                     /* 0: none */
    const char *json_file;         /* NULL: none, "-": standard output */
    struct report_outputs outputs; /* files beside it; none is standard output */
    enum io_backend backend;
    bool quiet;
    int argc; /* the command line, for the report */
    char **argv;
};

void options_init(struct options *options, int argc, char **argv);
/* A child parser for the scenarios' own; its input is struct options. The URL is one argument. */
extern const struct argp options_argp;

#endif
