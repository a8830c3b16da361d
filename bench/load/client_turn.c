/* What is due and who does it: arrivals, rests, time-outs, and what the loop waits for. */
#include "load/client_group.h"

#include "base/clock.h"
#include <string.h>

#define SWEEP_NS      100000000u
#define STARTS_A_TURN 128

/* A full backlog answers by dropping the SYN, and the next one comes a second later: no more than
 * the smallest backlog that servers usually ask for. */
#define ESTABLISHING_MAX 128

static bool is_establishing(enum client_state state)
{
    return state == CLIENT_CONNECTING || state == CLIENT_AWAITING;
}

void client_become(struct client_group *group, struct client *client, enum client_state state)
{
    group->tally->open += (state == CLIENT_OPEN) - (client->state == CLIENT_OPEN);
    group->establishing += (uint32_t)is_establishing(state);
    group->establishing -= (uint32_t)is_establishing(client->state);
    client->state = state;
}

/* ---- queues ---- */

void client_rest(struct client_group *group, struct client *client, uint64_t until_ns)
{
    uint32_t index = (uint32_t)(client - group->clients);

    client_become(group, client, CLIENT_RESTING);
    client->attempt_ns = until_ns;
    client->next_resting = CLIENT_NOBODY;
    if (group->resting_first == CLIENT_NOBODY) {
        group->resting_first = index;
    } else {
        group->clients[group->resting_last].next_resting = index;
    }
    group->resting_last = index;
}

void client_free(struct client_group *group, struct client *client, uint64_t now_ns)
{
    uint32_t index = (uint32_t)(client - group->clients);

    if (client->queued || group->way == CLIENT_STAYS) {
        return; /* those that stay are found by lot */
    }
    client->available_ns = now_ns;
    client->queued = true;
    client->next_free = CLIENT_NOBODY;
    if (group->free_first == CLIENT_NOBODY) {
        group->free_first = index;
    } else {
        group->clients[group->free_last].next_free = index;
    }
    group->free_last = index;
}

bool client_counts(const struct client_group *group, uint64_t due_ns)
{
    return group->scheduled ? due_ns >= group->counting_from_ns : group->counting;
}

static bool can_take(const struct client_group *group, const struct client *client)
{
    return group->way == CLIENT_PASSES
               ? client->state == CLIENT_FREE
               : client->state == CLIENT_OPEN && client->in_flight < group->depth;
}

/* The first that can take an operation; those that failed while they queued drop out. */
static struct client *find_free(struct client_group *group)
{
    while (group->free_first != CLIENT_NOBODY) {
        struct client *client = &group->clients[group->free_first];

        if (can_take(group, client)) {
            return client;
        }
        group->free_first = client->next_free;
        client->queued = false;
    }
    return NULL;
}

/* One that is held, each as likely as any other: lifetimes are then exponential without a timer. */
static struct client *draw_held(struct client_group *group)
{
    for (int i = 0; i < 32 && group->begun == group->count; i++) {
        struct client *client = &group->clients[schedule_random(&group->random) % group->count];

        if (client->state == CLIENT_OPEN) {
            return client;
        }
    }
    return NULL;
}

/* ---- time ---- */

/* Connections that stay are established a few at a time. Those that pass are an operation each, and
 * how many are under way at a time is what was asked for. */
static bool may_start(const struct client_group *group)
{
    return group->way == CLIENT_PASSES || group->establishing < ESTABLISHING_MAX;
}

static void start_due(struct client_group *group, uint64_t now_ns)
{
    for (int i = 0; i < STARTS_A_TURN && group->begun < group->count && may_start(group); i++) {
        client_go(group, &group->clients[group->begun++], now_ns);
    }
    for (int i = 0; i < STARTS_A_TURN && group->resting_first != CLIENT_NOBODY && may_start(group);
         i++) {
        struct client *client = &group->clients[group->resting_first];

        if (client->attempt_ns > now_ns) {
            return;
        }
        group->resting_first = client->next_resting;
        client_go(group, client, now_ns);
    }
}

static struct client *find_taker(struct client_group *group)
{
    return group->way == CLIENT_STAYS ? draw_held(group) : find_free(group);
}

/* Give an operation to `client`. How late that is counts as the client's lag from when both the
 * operation was due and somebody was free to take it: what comes before is the server's. */
static void take(struct client_group *group, struct client *client, uint64_t due_ns)
{
    uint64_t now_ns = clock_now_ns();
    uint64_t could_ns = client->available_ns > due_ns ? client->available_ns : due_ns;

    client->late_ns = now_ns > could_ns ? now_ns - could_ns : 0;
    if (group->counting) {
        histogram_record(&group->tally->lag_ns, client->late_ns);
    }
    if (group->way == CLIENT_TALKS) {
        client_say(group, client, due_ns, now_ns);
        return;
    }
    if (group->way == CLIENT_STAYS) {
        client_end_connection(group, client);
    }
    client_start(group, client, due_ns);
}

/* Hand out what is due, a bounded batch. */
static void dispatch(struct client_group *group)
{
    uint64_t now_ns = clock_now_ns();

    for (int i = 0; i < STARTS_A_TURN && group->arrivals_left; i++) {
        uint64_t due_ns = schedule_next_ns(&group->schedule);
        struct client *client = due_ns <= now_ns ? find_taker(group) : NULL;

        if (!client) {
            return;
        }
        schedule_take(&group->schedule);
        group->arrivals_left--;
        take(group, client, due_ns);
        if (group->way == CLIENT_TALKS && group->depth > 1 && client->queued) {
            /* Those behind it are next, so that load is spread over connections. */
            group->free_first = client->next_free;
            client->queued = false;
            if (can_take(group, client)) {
                client_free(group, client, client->available_ns);
            }
        }
    }
}

/* Until somebody's rest is over, where one may start then. */
static int until_rested_ms(const struct client_group *group, uint64_t now_ns)
{
    return group->resting_first != CLIENT_NOBODY && may_start(group)
               ? pace_ms(now_ns, group->clients[group->resting_first].attempt_ns)
               : PACE_TURN_MS;
}

/* How long the next turn may wait. */
static int arrange_wait(struct client_group *group)
{
    uint64_t now_ns = clock_now_ns();
    int most_ms = until_rested_ms(group, now_ns);

    pace_begin(&group->pace, now_ns);
    if (group->begun < group->count) {
        return may_start(group) ? 0 : most_ms;
    }
    if (!group->scheduled || group->arrivals_left == 0) {
        return most_ms;
    }
    uint64_t due_ns = schedule_next_ns(&group->schedule);

    if (group->way == CLIENT_STAYS && due_ns <= now_ns) {
        return 1; /* none was drawn: soon again */
    }
    return group->way == CLIENT_STAYS || find_free(group)
               ? pace_until(&group->pace, due_ns, most_ms)
               : most_ms;
}

static bool is_slow(const struct client *client, uint64_t before_ns)
{
    bool waits =
        is_establishing(client->state) || (client->state == CLIENT_OPEN && client->in_flight);

    return waits && client->attempt_ns <= before_ns;
}

static void end_slow(struct client_group *group, uint64_t now_ns)
{
    uint64_t timeout_ns = (uint64_t)group->plan->timeout_ms * 1000000u;

    for (uint32_t i = 0; i < group->begun && now_ns > timeout_ns; i++) {
        struct client *client = &group->clients[i];

        if (is_slow(client, now_ns - timeout_ns)) {
            const char *where =
                client->state == CLIENT_CONNECTING ? "while connecting" : "awaiting the answer";

            client_fail(group, client, FAILURE_TIMEOUT, shunt_span_of(where));
        }
    }
}

enum shunt_status client_group_turn(struct client_group *group)
{
    uint64_t completions = io_counters(group->io)->completions;
    enum shunt_status status = io_turn(group->io, arrange_wait(group));
    uint64_t now_ns = clock_now_ns();

    pace_end(&group->pace, now_ns, io_counters(group->io)->completions == completions);
    start_due(group, now_ns);
    if (group->scheduled) {
        dispatch(group);
    }
    if (now_ns >= group->next_sweep_ns) {
        group->next_sweep_ns = now_ns + SWEEP_NS;
        end_slow(group, now_ns);
    }
    return status;
}
