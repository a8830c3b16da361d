/*
 * Virtual clients on one thread's loop: each connects, asks for an upgrade where one is wanted,
 * checks the answer, and then does what the plan has.
 *
 *   resting -> free -> connecting -> awaiting -> open
 *
 * A client that failed rests before its next attempt, so that a server that refuses is not met by a
 * spinning client. Without a rate the loop is closed: a client that is done
 * starts again. With one, operations are due on a schedule and wait for the first client that is free.
 */
#ifndef BENCH_LOAD_CLIENT_GROUP_H
#define BENCH_LOAD_CLIENT_GROUP_H

#include "base/error.h"
#include "io/io.h"
#include "load/stages.h"
#include "load/tally.h"
#include "load/target_tally.h"
#include "wire/requests.h"
#include "wire/talk_state.h"

enum client_way {
    CLIENT_PASSES, /* an operation is a connection: its upgrade, its first exchange, its reset */
    CLIENT_TALKS,  /* an operation is a message and its answer on a connection that stays */
    CLIENT_STAYS,  /* an operation is a connection that is established and then held; with a rate,
                      a held one is reset for each new one */
};

/* What the clients of a run have in common. All is borrowed. */
struct client_plan {
    struct url_address to;
    const struct url_address *sources; /* addresses to connect from, in turn */
    size_t sources_count;              /* 0: the kernel chooses */
    const struct requests *requests;   /* NULL: no upgrade */
    const struct talk *talk;           /* NULL: no messages */
    struct target_tallies *by_request; /* of the talk's requests; NULL: they are not apart */
    enum client_way way;
    enum io_backend backend;
    uint32_t timeout_ms; /* of one operation */
    uint64_t rest_ns;    /* of a client after an error */
    double rate; /* operations a second of a group, with stages their mean; 0: closed loop */
    const struct stages *stages; /* of the rate, from the measured window's start; NULL: none */
    uint32_t groups;             /* share them out */
    bool poisson;
    bool spins; /* a CPU is to spare: awake for a moment before an operation is due, so that it
                   starts in time */
};

struct client_group;

/* `plan` and `tally` are borrowed; `seed` differs between groups of a run. SHUNT_OK, or a sentence in
 * `error`. On the thread that will turn it. */
enum shunt_status client_group_create(const struct client_plan *plan, uint32_t clients,
                                      uint32_t seed, struct tally *tally,
                                      struct client_group **group,
                                      struct error *error) SHUNT_MUST_USE;
/* Resets what is open. */
void client_group_destroy(struct client_group *group);

/* Wait for at most 10 ms, handle what came, start what is due and end what is too slow. SHUNT_OK or
 * SHUNT_ESYS. */
enum shunt_status client_group_turn(struct client_group *group) SHUNT_MUST_USE;
/* The measured window starts at `from_ns`: in open loop, what was due before is not counted. Once,
 * before the first turn. */
void client_group_window(struct client_group *group, uint64_t from_ns);
/* It has started: what comes from now on is counted. */
void client_group_count(struct client_group *group);
/* From now on, every connection that is held sends its message once, `rate` of them a second. */
void client_group_ping(struct client_group *group, double rate);
/* Operations that were due by `until_ns` and are not done; `oldest_ns` is how long the oldest waits
 * to be started. */
uint64_t client_group_unfinished(const struct client_group *group, uint64_t until_ns,
                                 uint64_t *oldest_ns);
/* CPU time in which it was awake only to be in time for what was due, since its creation. */
uint64_t client_group_spun_ns(const struct client_group *group);
const char *client_group_backend(const struct client_group *group);

#endif
