/* Messages that come back, on connections that were upgraded once. */
#include "scenario_echo.h"

#include <stdlib.h>
#include <strings.h>

enum { KEY_PIPELINE = 1000, KEY_SIZE, KEY_PAYLOAD };

static const struct argp_option list[] = {
    {"size", KEY_SIZE, "BYTES", 0, "Of a message (32)", 1},
    {"payload", KEY_PAYLOAD, "KIND", 0,
     "What it carries: text, words that compress as chat does, or random, which does not (text)",
     1},
    {"pipeline", KEY_PIPELINE, "N", 0, "Messages under way on a connection (1)", 1},
    {NULL, 0, NULL, 0, NULL, 0},
};

static void take(struct options *options, int key, char *text, struct argp_state *state)
{
    if (key == KEY_PIPELINE) {
        options->pipeline = options_whole(state, "--pipeline", text, 1024);
    } else if (key == KEY_SIZE) {
        options->message_bytes = options_whole(state, "--size", text, 16777216);
    } else if (key == KEY_PAYLOAD) {
        if (!payload_find(text, &options->payload)) {
            argp_error(state, "--payload: expected text or random, found '%s'", text);
        }
    } else if ((uint64_t)options->message_bytes * (options->pipeline + 1) > UINT32_MAX / 2) {
        argp_error(state, "--size and --pipeline: more than 2 GiB under way on a connection");
    }
}

enum shunt_status scenario_echo_talk(const struct options *options, struct talk *talk, bool *talks)
{
    bool websocket = strcasecmp(options->protocol, "websocket") == 0;
    char *payload = malloc(options->message_bytes);

    if (!payload) {
        return SHUNT_ENOMEM;
    }
    payload_fill(options->payload, payload, options->message_bytes);
    enum shunt_status status = talk_init_message(
        talk, websocket ? TALK_FRAMES : TALK_RAW, FRAME_BINARY,
        (struct shunt_span){payload, options->message_bytes}, true, options->pipeline);

    free(payload);
    *talks = status == SHUNT_OK;
    return status;
}

int scenario_echo(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct scenario scenario = {
        .name = "echo",
        .operation = "message",
        .doc = "Measure messages that the server sends back: each virtual client upgrades a "
               "connection once and then has one message under way on it, or --pipeline many. "
               "Every byte that comes back is compared. Latency is from when a message is given "
               "to the loop, with --rate from when it was due, to the last byte of its echo.\v"
               "For websocket, messages are binary and masked; for another --protocol they are "
               "bare bytes.\n\n"
               "Example:\n  shunt-bench echo ws://127.0.0.1:8101/ws --size 1024 --pipeline 8",
        .way = CLIENT_TALKS,
        .upgrades = true,
        .list = list,
        .take = take,
        .talk = scenario_echo_talk,
    };

    return scenario_run(&scenario, argc, argv, whole_argc, whole_argv);
}
