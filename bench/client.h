/*
 * Virtual clients on one thread's loop: each connects, sends an upgrade request and checks the
 * answer. What follows a right 101 is the scenario's.
 *
 *   resting -> connecting -> awaiting -> established -> (the scenario closes or restarts it)
 *
 * A client that failed rests for CLIENT_REST_MS before its next attempt, so that a server that
 * refuses is not met by a spinning client.
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "io/io.h"
#include "requests.h"
#include "tally.h"

#define CLIENT_REST_MS 10

struct client_group;

/* What the clients of a run have in common. */
struct client_plan {
    struct url_address to;
    const struct requests *requests;
    enum io_backend backend;
    uint32_t timeout_ms; /* of one handshake */
    /* A right 101 has come, `now_ns` is when. Closes or restarts the client. */
    void (*established)(struct client_group *group, uint32_t client, uint64_t now_ns);
};

/* `plan` and `tally` are borrowed; `first_request` spreads groups over the requests. SHUNT_OK, or a
 * sentence in `error`. On the thread that will turn it. */
enum shunt_status client_group_create(const struct client_plan *plan, uint32_t clients,
                                      uint32_t first_request, struct tally *tally,
                                      struct client_group **group, char *error,
                                      size_t error_size) SHUNT_MUST_USE;
/* Resets what is open. */
void client_group_destroy(struct client_group *group);

/* Wait for at most 10 ms, handle what came, start clients that are due and end those that are too
 * slow. SHUNT_OK or SHUNT_ESYS. */
enum shunt_status client_group_turn(struct client_group *group) SHUNT_MUST_USE;
/* Outside of the measured window nothing is counted. False at first. */
void client_group_count(struct client_group *group, bool on);
const char *client_group_backend(const struct client_group *group);

/* For `established`: count a completion, and reset the connection and connect again. */
void client_complete(struct client_group *group, uint32_t client, uint64_t now_ns);
void client_restart(struct client_group *group, uint32_t client);

#endif
