/* The offers to compress and of subprotocols, as a user makes them, on both back ends. */
#include "scenario.h"

#include "unit/bench/scenario_result.h"
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define DEFLATE "Sec-WebSocket-Extensions: permessage-deflate"

static const struct {
    const char *why;
    scenario_main *scenario;
    const char *fields; /* of the 101 */
    const char *more[7];
    const char *kind; /* of what fails; NULL: nothing */
    bool taken;       /* by every connection; else by none */
} agreements[] = {
    {"echo", scenario_echo, DEFLATE "\r\n", {"--compression", "--size", "1000"}, NULL, true},
    {"echo of random bytes",
     scenario_echo,
     DEFLATE "; server_no_context_takeover\r\n",
     {"--compression", "--size", "1000", "--payload", "random"},
     NULL,
     true},
    {"echo pipelined with small windows",
     scenario_echo,
     DEFLATE "; server_max_window_bits=8; client_max_window_bits=8\r\n",
     {"--compression", "--size", "3000", "--pipeline", "5"},
     NULL,
     true},
    {"handshake", scenario_handshake, DEFLATE "\r\n", {"--compression"}, NULL, true},
    {"handshake and a message",
     scenario_handshake,
     DEFLATE "; server_no_context_takeover\r\n",
     {"--compression=server_no_context_takeover", "--first-message", "hello"},
     NULL,
     true},
    {"churn", scenario_churn, DEFLATE "\r\n", {"--compression", "--rate", "100"}, NULL, true},
    {"the offer is not taken", scenario_echo, "", {"--compression"}, NULL, false},
    {"the offer is answered with another",
     scenario_handshake,
     "Sec-WebSocket-Extensions: gzip\r\n",
     {"--compression"},
     "wrong_extension",
     false},
    {"nothing was offered", scenario_handshake, DEFLATE "\r\n", {NULL}, "wrong_extension", false},
    {"a subprotocol",
     scenario_handshake,
     "Sec-WebSocket-Protocol: b\r\n",
     {"--subprotocol", "a, b"},
     NULL,
     false},
    {"another subprotocol",
     scenario_handshake,
     "Sec-WebSocket-Protocol: c\r\n",
     {"--subprotocol", "a, b"},
     "wrong_subprotocol",
     false},
};

static void check_agreements(const char *backend)
{
    for (size_t i = 0; i < sizeof agreements / sizeof *agreements; i++) {
        struct chat_server server = {.chat = CHAT_RIGHT, .fields = agreements[i].fields};
        const char *why = agreements[i].why, *more[10] = {"--backend", backend};
        char url[96];

        memcpy(more + 2, agreements[i].more, sizeof agreements[i].more);
        chat_server_start(&server);
        url_of(&server, url);
        json_t *json = result_of(agreements[i].scenario, url, more,
                                 agreements[i].kind ? BENCH_FAILED : BENCH_DONE);
        json_t *compression = json_object_get(json, "compression");

        chat_server_stop(&server);
        cr_expect_eq(whole(json, "completed") > 0, !agreements[i].kind, "%s", why);
        if (agreements[i].kind) {
            cr_expect_gt(error_count(json, "complete", agreements[i].kind), 0, "%s", why);
        } else {
            cr_expect_eq(whole(json, "errors_total"), 0, "%s", why);
        }
        bool offered = more[2] && strncmp(more[2], "--compression", 13) == 0;

        cr_expect_eq(json_is_object(compression), offered, "%s", why);
        cr_expect_eq(whole(compression, "taken") > 0, agreements[i].taken, "%s", why);
        if (offered && !agreements[i].kind) {
            cr_expect_eq(whole(compression, "not_taken") > 0, !agreements[i].taken, "%s", why);
        }
        json_decref(json);
    }
}

Test(bench_scenarios, compression_and_subprotocol_are_what_was_agreed_on_on_epoll, .timeout = 60)
{
    cr_redirect_stdout();
    check_agreements("epoll");
}

Test(bench_scenarios, compression_and_subprotocol_are_what_was_agreed_on_on_io_uring, .timeout = 60)
{
    cr_redirect_stdout();
    check_agreements("auto");
}

Test(bench_scenarios, an_offer_that_is_not_taken_is_a_warning, .timeout = 30)
{
    struct chat_server server = {.chat = CHAT_RIGHT};
    const char *more[] = {"--compression", "-c", "4", NULL};
    static char text[8192];
    char url[96];

    cr_redirect_stdout();
    chat_server_start(&server);
    url_of(&server, url);
    json_decref(result_of(scenario_handshake, url, more, BENCH_DONE));
    chat_server_stop(&server);
    fflush(stdout);
    text[fread(text, 1, sizeof text - 1, cr_get_redirected_stdout())] = '\0';
    cr_expect_not_null(strstr(text, "WARNING     the server did not take compression"), "%s", text);
}

/* Bytes a message that an echo of 1,000 bytes sent and received, with `more` options, against a
 * server whose 101 has `fields` besides. */
static void wire_of(const char *fields, const char *const *more, double *sent, double *received)
{
    struct chat_server server = {.chat = CHAT_RIGHT, .fields = fields};
    char url[96];

    chat_server_start(&server);
    url_of(&server, url);
    json_t *json = result_of(scenario_echo, url, more, BENCH_DONE);
    const json_t *wire = json_object_get(json, "wire");

    *sent = json_number_value(json_object_get(wire, "sent_bytes_per_message"));
    *received = json_number_value(json_object_get(wire, "received_bytes_per_message"));
    json_decref(json);
    chat_server_stop(&server);
}

Test(bench_scenarios, what_a_message_is_on_the_wire_is_reported, .timeout = 30)
{
    const char *plain[] = {"--size", "1000", NULL};
    const char *compressed[] = {"--size", "1000", "--compression", NULL};
    double sent, received;

    cr_redirect_stdout();
    wire_of(DEFLATE "\r\n", compressed, &sent, &received);
    cr_expect(sent > 300 && sent < 600, "%f", sent);
    cr_expect_float_eq(received, sent - 4, 1e-6, "the same without a mask, %f", received);
    wire_of(NULL, plain, &sent, &received);
    cr_expect_float_eq(sent, 1008, 1e-6);
    cr_expect_float_eq(received, 1004, 1e-6);
}
