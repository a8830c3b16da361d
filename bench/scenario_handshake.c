/* Connect, request, 101, reset, again: how many upgrades a second, and how long one takes. */
#include "scenario_run.h"

#include <string.h>
#include <strings.h>

enum { KEY_FIRST_MESSAGE = 1000 };

static const struct argp_option list[] = {
    {"first-message", KEY_FIRST_MESSAGE, "TEXT", 0,
     "Send it behind the 101 (websocket: as a text message) and wait for what comes back; the "
     "handshake is over then",
     2},
    {NULL, 0, NULL, 0, NULL, 0},
};

static void take(struct options *options, int key, char *text, struct argp_state *state)
{
    if (key != KEY_FIRST_MESSAGE) {
        return;
    }
    if (text[0] == '\0' || strlen(text) > 65536) {
        argp_error(state, "--first-message: expected 1 to 65,536 bytes");
    }
    options->first_message = text;
}

static enum shunt_status talk(const struct options *options, struct talk *talk, bool *talks)
{
    bool websocket = strcasecmp(options->protocol, "websocket") == 0;

    *talks = options->first_message != NULL;
    return *talks ? talk_init_message(talk, websocket ? TALK_FRAMES : TALK_RAW, FRAME_TEXT,
                                      shunt_span_of(options->first_message), false, 1)
                  : SHUNT_OK;
}

int scenario_handshake(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct scenario scenario = {
        .name = "handshake",
        .operation = "handshake",
        .doc =
            "Measure upgrade handshakes: each virtual client connects, sends an Upgrade request, "
            "checks the 101, resets the connection and starts again. Latency is the time from the "
            "start of the connect, with --rate from when the handshake was due, to the last byte "
            "of the 101's head.\v"
            "URL is http://HOST[:PORT][/PATH], ws://... or unix:SOCKET[:/PATH]\n\n"
            "Without --rate the load is a closed loop: a client sends nothing while it waits, so a "
            "server that stalls slows the load down and the latency of what was not sent is not "
            "seen.\n\n"
            "Example:\n  shunt-bench handshake ws://127.0.0.1:8101/ws --connections 128 --pid "
            "$(pidof shuntd)",
        .way = CLIENT_PASSES,
        .upgrades = true,
        .list = list,
        .take = take,
        .talk = talk,
    };

    return scenario_run(&scenario, argc, argv, whole_argc, whole_argv);
}
