/* Groups of clients: made, turned, asked, ended. What is done in a turn is in client_work.c. */
#include "load/client_group.h"

#include "base/clock.h"
#include "load/client.h"
#include "load/client_work.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void client_group_window(struct client_group *group, uint64_t from_ns)
{
    group->counting_from_ns = from_ns;
    if (group->plan->stages) {
        schedule_init_stages(&group->schedule, group->plan->stages, group->share,
                             group->plan->groups, group->plan->poisson, from_ns);
    }
}

void client_group_count(struct client_group *group)
{
    group->counting = true;
    for (uint32_t i = 0; i < group->count; i++) {
        group->clients[i].talk.reply.statuses = group->tally->statuses;
    }
}

void client_group_ping(struct client_group *group, double rate)
{
    uint64_t now_ns = clock_now_ns(), held = 0;

    group->way = CLIENT_TALKS;
    for (uint32_t i = 0; i < group->begun; i++) {
        if (group->clients[i].state == CLIENT_OPEN) {
            client_free(group, &group->clients[i], now_ns);
            held++;
        }
    }
    schedule_init(&group->schedule, rate, false, 0, now_ns);
    group->scheduled = true;
    group->arrivals_left = held;
}

/* Of one client: messages under way, or a connection that is an operation itself. */
static uint64_t unfinished_of(const struct client_group *group, const struct client *client,
                              uint64_t until_ns)
{
    const struct message_time *ring = client_ring(group, client);
    uint64_t count = client_establishing(client) && client->counted && group->way != CLIENT_TALKS &&
                     client->started_ns <= until_ns;

    for (uint32_t i = 0; i < client->in_flight; i++) {
        count += ring[(client->oldest + i) % group->ring].due_ns <= until_ns;
    }
    return count;
}

uint64_t client_group_unfinished(const struct client_group *group, uint64_t until_ns,
                                 uint64_t *oldest_ns)
{
    uint64_t now_ns = clock_now_ns(), count = 0;

    now_ns = now_ns < until_ns ? now_ns : until_ns;

    *oldest_ns = 0;
    if (group->scheduled && group->arrivals_left) {
        uint64_t due_ns = schedule_next_ns(&group->schedule);

        count = schedule_behind(&group->schedule, now_ns);
        *oldest_ns = count ? now_ns - due_ns : 0;
    }
    for (uint32_t i = 0; i < group->begun; i++) {
        count += unfinished_of(group, &group->clients[i], now_ns);
    }
    return count;
}

uint64_t client_group_spun_ns(const struct client_group *group)
{
    return group->pace.spun_ns;
}

const char *client_group_backend(const struct client_group *group)
{
    return io_backend_name(group->io);
}

static enum shunt_status fill(struct client_group *group, uint32_t seed, struct error *error)
{
    uint32_t clients = group->count;
    struct io_options options = {.backend = group->plan->backend,
                                 .buffer_count = clients < 64     ? 64
                                                 : clients < 1024 ? clients
                                                                  : 1024};
    enum shunt_status status = io_create(&options, &client_work_handler, group, &group->io, error);

    if (status != SHUNT_OK) {
        return status;
    }
    status = pace_init(&group->pace, group->io, group->plan->spins);
    if (status != SHUNT_OK) {
        error_set(error, SHUNT_EINVAL, "no timer: %s", strerror(errno));
        io_destroy(group->io);
    } else if (group->plan->stages) {
        group->scheduled = true; /* from the window's start on */
        group->schedule = (struct schedule){.stages = group->plan->stages, .next_ns = UINT64_MAX};
    } else if (group->plan->rate > 0) {
        schedule_init(&group->schedule, group->plan->rate, group->plan->poisson, seed,
                      clock_now_ns());
        group->scheduled = true;
    }
    return status;
}

static enum shunt_status fill_requests(struct client_group *group, const struct client_plan *plan)
{
    uint32_t count = plan->talk->request_count;
    uint32_t *weights = calloc(count, sizeof *weights);
    enum shunt_status status = SHUNT_ENOMEM;

    for (uint32_t i = 0; weights && i < count; i++) {
        weights[i] = plan->talk->requests[i].weight;
    }
    if (weights) {
        status = choice_init(&group->choice, weights, count);
    }
    free(weights);
    if (plan->by_request) {
        group->by_request = calloc(count, sizeof *group->by_request);
        status = group->by_request ? status : SHUNT_ENOMEM;
    }
    return status;
}

enum shunt_status client_group_create(const struct client_plan *plan, uint32_t clients,
                                      uint32_t seed, struct tally *tally,
                                      struct client_group **group, struct error *error)
{
    struct client_group *made = calloc(1, sizeof *made + clients * sizeof *made->clients);
    uint32_t depth = plan->talk ? plan->talk->depth : 1;
    bool several = plan->talk && plan->talk->requests;
    uint32_t ring = several ? 2 * depth : depth;
    struct message_time *times = calloc((size_t)clients * ring, sizeof *times);
    enum shunt_status status = SHUNT_ENOMEM;

    error_set(error, SHUNT_EINVAL, "no memory for %u clients", clients);
    if (made && times) {
        *made = (struct client_group){.plan = plan,
                                      .tally = tally,
                                      .way = plan->way,
                                      .depth = depth,
                                      .ring = ring,
                                      .count = clients,
                                      .share = seed,
                                      .next_request = seed * 97,
                                      .next_source = seed,
                                      .random = ~(uint64_t)seed, /* not the schedule's */
                                      .arrivals_left = UINT64_MAX,
                                      .counting_from_ns = UINT64_MAX,
                                      .resting_first = CLIENT_NOBODY,
                                      .free_first = CLIENT_NOBODY,
                                      .times = times};
        for (uint32_t i = 0; i < clients; i++) {
            made->clients[i].fd = -1;
            if (plan->talk) {
                talk_state_init(&made->clients[i].talk, plan->talk);
            }
        }
        status = several ? fill_requests(made, plan) : SHUNT_OK;
        status = status == SHUNT_OK ? fill(made, seed, error) : status;
    }
    if (status != SHUNT_OK) {
        if (made) {
            choice_fini(&made->choice);
            free(made->by_request);
        }
        free(times);
        free(made);
        return status;
    }
    *group = made;
    return SHUNT_OK;
}

void client_group_destroy(struct client_group *group)
{
    for (uint32_t i = 0; i < group->begun; i++) {
        struct client *client = &group->clients[i];

        if (client->fd >= 0) {
            io_close(group->io, client->fd, true);
        }
        talk_state_fini(&client->talk);
        free(client->head);
        free(client->pong);
    }
    inflaters_fini(&group->inflaters);
    io_destroy(group->io);
    if (group->by_request) {
        target_tallies_merge(group->plan->by_request, group->by_request);
        free(group->by_request);
    }
    choice_fini(&group->choice);
    free(group->times);
    free(group);
}

enum shunt_status client_group_turn(struct client_group *group)
{
    uint64_t completions = io_counters(group->io)->completions;
    enum shunt_status status = io_turn(group->io, client_work_wait(group));
    uint64_t now_ns = clock_now_ns();

    pace_end(&group->pace, now_ns, io_counters(group->io)->completions == completions);
    client_work_start(group, now_ns);
    return status;
}
