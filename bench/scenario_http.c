/* Plain requests: on connections that stay, pipelined where wanted, or a connection for each. */
#include "scenario_run.h"

enum { KEY_PIPELINE = 1000, KEY_CLOSE };

static const struct argp_option list[] = {
    {"pipeline", KEY_PIPELINE, "N", 0, "Requests under way on a connection (1)", 1},
    {"close", KEY_CLOSE, NULL, 0, "A new connection for each request", 1},
    {NULL, 0, NULL, 0, NULL, 0},
};

static void take(struct options *options, int key, char *text, struct argp_state *state)
{
    switch (key) {
    case KEY_PIPELINE:
        options->pipeline = options_whole(state, "--pipeline", text, 1024);
        break;
    case KEY_CLOSE:
        options->close_each = true;
        break;
    default:
        if (options->extra.offer.text[0]) {
            argp_error(state, "--compression is for websocket, and nothing is upgraded here");
        }
        if (options->close_each && options->pipeline > 1) {
            argp_error(state, "--close and --pipeline: one or the other");
        }
        break;
    }
}

static enum shunt_status talk(const struct options *options, struct talk *talk, bool *talks)
{
    char request[REQUESTS_BYTES_MAX];
    size_t len = requests_plain(request, &options->url, &options->extra, options->close_each);
    enum shunt_status status =
        talk_init_http(talk, (struct shunt_span){request, len}, options->pipeline);

    *talks = status == SHUNT_OK;
    return status;
}

int scenario_http(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct scenario scenario = {
        .name = "http",
        .operation = "request",
        .doc = "Measure GET requests. Each virtual client keeps a connection and has one request "
               "under way on it, or --pipeline many; with --close each request has a connection of "
               "its own. Latency is from when a request is given to the loop, with --rate from "
               "when it was due, to the last byte of its response. A status of 400 or more is an "
               "error.\v"
               "Example:\n  shunt-bench http http://127.0.0.1:8101/hello --connections 64",
        .way = CLIENT_TALKS,
        .list = list,
        .take = take,
        .talk = talk,
    };

    return scenario_run(&scenario, argc, argv, whole_argc, whole_argv);
}
