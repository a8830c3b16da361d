/* A steady population with arrivals and departures. */
#include "scenario_run.h"

#include "scenario_echo.h"

static void take(struct options *options, int key, char *text, struct argp_state *state)
{
    (void)key, (void)text;
    if (options->find_max) {
        argp_error(state, "--find-max: churn has its rate from --rate");
    }
    if (options->rate <= 0) {
        options->rate = options->connections / 10.0;
    }
}

int scenario_churn(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct scenario scenario = {
        .name = "churn",
        .operation = "connection",
        .doc = "Hold --connections upgraded connections, and reset and replace --rate of them a "
               "second (a tenth of them by default), each as likely as any other: lifetimes are "
               "exponential with a mean of connections divided by rate. Latency is from when an "
               "arrival was due to the last byte of its 101's head. A held connection that the "
               "server ends is an error.\v"
               "Establishing the population at the start is not counted; give --warmup the time "
               "for it.\n\n"
               "Example:\n  shunt-bench churn ws://127.0.0.1:8101/ws -c 10000 --rate 2000 "
               "--warmup 3",
        .way = CLIENT_STAYS,
        .upgrades = true,
        .take = take,
        .talk = scenario_echo_talk, /* so that the server's pings are answered */
    };

    return scenario_run(&scenario, argc, argv, whole_argc, whole_argv);
}
