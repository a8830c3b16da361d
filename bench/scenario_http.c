/* Plain requests: on connections that stay, pipelined where wanted, or a connection for each. */
#include "scenario_run.h"

#include "file_bytes.h"

#include <stdlib.h>

enum { KEY_PIPELINE = 1000, KEY_CLOSE, KEY_METHOD, KEY_BODY, KEY_BODY_FILE, KEY_STAGES, KEY_URLS };

/* What --pipeline of them, one behind the other, or those of all URLs may take in memory. */
#define REQUESTS_AHEAD_BYTES_MAX (UINT64_C(1) << 30)

static const struct argp_option list[] = {
    {"pipeline", KEY_PIPELINE, "N", 0, "Requests under way on a connection (1)", 1},
    {"close", KEY_CLOSE, NULL, 0, "A new connection for each request", 1},
    {"stages", KEY_STAGES, "TIME:RATE[,TIME:RATE...]", 0,
     "Open loop with a rate that changes, in place of --rate and --duration: in each TIME it goes "
     "in a straight line to RATE from where it was, from 0 at first; a TIME of 0s is a jump",
     1},
    {"urls", KEY_URLS, "FILE", 0,
     "Request what the lines of FILE have too: a URL each, or a weight, a space and a URL, as "
     "arguments may have it; a # begins a comment",
     2},
    {"method", KEY_METHOD, "METHOD", 0, "The method, as it is to be sent (GET)", 2},
    {"body", KEY_BODY, "TEXT", 0,
     "Send TEXT as the request's content, with Content-Length, and with Content-Type "
     "application/octet-stream unless --header gives another",
     2},
    {"body-file", KEY_BODY_FILE, "FILE", 0,
     "Send what FILE has as the request's content, as --body does; it is read once, at the start",
     2},
    {NULL, 0, NULL, 0, NULL, 0},
};

static void take_body(struct options *options, const char *option, struct shunt_span body,
                      struct argp_state *state)
{
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    if (plain_body_set(&options->plain, body, &error) != SHUNT_OK) {
        argp_error(state, "%s: %s", option, words);
    }
}

static void take_body_file(struct options *options, const char *file, struct argp_state *state)
{
    char words[512];
    struct error error = {.text = words, .size = sizeof words};
    char *bytes;
    size_t len;

    if (file_bytes_read(file, PLAIN_BODY_BYTES_MAX, &bytes, &len, &error) != SHUNT_OK) {
        argp_error(state, "--body-file %s", words);
        return;
    }
    free(options->body_file_bytes);
    options->body_file_bytes = bytes;
    take_body(options, "--body-file", (struct shunt_span){bytes, len}, state);
}

/* The whole of them is what is measured, and its mean is the rate that is asked for. */
static void take_stages(struct options *options, char *text, struct argp_state *state)
{
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    if (stages_parse(text, &options->stages, &error) != SHUNT_OK) {
        argp_error(state, "--stages: %s", words);
    }
    options->stages_text = text;
}

static void check_stages(struct options *options, struct argp_state *state)
{
    if (options->stages.count == 0) {
        return;
    }
    if (options->rate > 0) {
        argp_error(state, "--stages and --rate: one or the other");
    }
    if (options->find_max) {
        argp_error(state, "--find-max looks for one rate: no --stages beside it");
    }
    if (options->duration_given) {
        argp_error(state, "--stages have their own time: no --duration beside them");
    }
    options->duration_s = options->stages.seconds;
    options->rate = options->stages.operations / options->stages.seconds;
}

static void check(const struct options *options, struct argp_state *state)
{
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    if (options->extra.offer.text[0]) {
        argp_error(state, "--compression is for websocket, and nothing is upgraded here");
    }
    if (options->close_each && options->pipeline > 1) {
        argp_error(state, "--close and --pipeline: one or the other");
    }
    if (plain_check(&options->plain, &error) != SHUNT_OK) {
        argp_error(state, "--method: %s", words);
    }
    if (options->plain.body.len * options->targets.count > REQUESTS_AHEAD_BYTES_MAX) {
        argp_error(state, "%u URLs: with a body of %zu bytes that is more than 1 GiB",
                   options->targets.count, options->plain.body.len);
    }
    if (options->plain.body.len * (options->pipeline + UINT64_C(1)) > REQUESTS_AHEAD_BYTES_MAX) {
        argp_error(state, "--pipeline %u: with a body of %zu bytes that is more than 1 GiB",
                   options->pipeline, options->plain.body.len);
    }
}

static void take(struct options *options, int key, char *text, struct argp_state *state)
{
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    switch (key) {
    case KEY_PIPELINE:
        options->pipeline = options_whole(state, "--pipeline", text, 1024);
        break;
    case KEY_CLOSE:
        options->plain.close = options->close_each = true;
        break;
    case KEY_STAGES:
        take_stages(options, text, state);
        break;
    case KEY_URLS:
        options_read_urls(state, options, text);
        break;
    case KEY_METHOD:
        if (plain_method_set(&options->plain, text, &error) != SHUNT_OK) {
            argp_error(state, "--method: %s", words);
        }
        break;
    case KEY_BODY:
        take_body(options, "--body", shunt_span_of(text), state);
        break;
    case KEY_BODY_FILE:
        take_body_file(options, text, state);
        break;
    default:
        options->plain.method = plain_method(&options->plain);
        check(options, state);
        check_stages(options, state);
        break;
    }
}

/* The requests of the URLs, allocated; `made` of them. */
static enum shunt_status write_requests(const struct options *options,
                                        struct talk_request *requests, uint32_t *made)
{
    for (*made = 0; *made < options->targets.count; ++*made) {
        const struct target *target = &options->targets.each[*made];
        char *bytes;
        size_t len;

        if (plain_write(&options->plain, &target->url, &options->extra, &bytes, &len) != SHUNT_OK) {
            return SHUNT_ENOMEM;
        }
        requests[*made] = (struct talk_request){{bytes, len}, target->weight};
    }
    return SHUNT_OK;
}

static enum shunt_status talk(const struct options *options, struct talk *talk, bool *talks)
{
    struct talk_request *requests = calloc(options->targets.count, sizeof *requests);
    bool bodiless = plain_is_head(&options->plain);
    uint32_t made = 0;
    enum shunt_status status = requests ? write_requests(options, requests, &made) : SHUNT_ENOMEM;

    if (status == SHUNT_OK && made == 1) {
        status = talk_init_http(talk, requests[0].bytes, bodiless, options->pipeline);
    } else if (status == SHUNT_OK) {
        status = talk_init_requests(talk, requests, made, bodiless, options->pipeline);
    }
    while (made > 0) {
        free((void *)(uintptr_t)requests[--made].bytes.at);
    }
    free(requests);
    *talks = status == SHUNT_OK;
    return status;
}

int scenario_http(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct scenario scenario = {
        .name = "http",
        .operation = "request",
        .doc = "Measure requests, GET or --method. Each virtual client keeps a connection and has "
               "one request "
               "under way on it, or --pipeline many; with --close each request has a connection of "
               "its own. Latency is from when a request is given to the loop, with --rate from "
               "when it was due, to the last byte of its response. A status of 400 or more is an "
               "error.\v"
               "Example:\n  shunt-bench http http://127.0.0.1:8101/hello --connections 64",
        .way = CLIENT_TALKS,
        .several_urls = true,
        .list = list,
        .take = take,
        .talk = talk,
    };

    return scenario_run(&scenario, argc, argv, whole_argc, whole_argv);
}
