#include "load/client_threads.h"

#include "base/clock.h"
#include <stdio.h>
#include <stdlib.h>

struct worker {
    struct client_plan plan; /* with this thread's share of the rate */
    struct client_group *group;
};

static enum shunt_status create(const void *context, const struct threads_share *share,
                                struct tally *tally, void **worker, struct error *error)
{
    struct worker *made = calloc(1, sizeof *made);

    if (!made) {
        return error_set(error, SHUNT_ENOMEM, "no memory for %u clients", share->connections);
    }
    made->plan = *(const struct client_plan *)context;
    made->plan.rate /= share->count;
    made->plan.groups = share->count;
    made->plan.spins = share->cpu_to_spare;
    enum shunt_status status = client_group_create(&made->plan, share->connections, share->number,
                                                   tally, &made->group, error);

    if (status != SHUNT_OK) {
        free(made);
        return status;
    }
    *worker = made;
    return SHUNT_OK;
}

static void destroy(void *worker)
{
    client_group_destroy(((struct worker *)worker)->group);
    free(worker);
}

static enum shunt_status turn(void *worker)
{
    return client_group_turn(((struct worker *)worker)->group);
}

static uint64_t now_ns(const void *worker)
{
    (void)worker;
    return clock_now_ns();
}

static void window(void *worker, uint64_t from_ns)
{
    client_group_window(((struct worker *)worker)->group, from_ns);
}

static void count(void *worker)
{
    client_group_count(((struct worker *)worker)->group);
}

static void ping(void *worker, double rate)
{
    client_group_ping(((struct worker *)worker)->group, rate);
}

static uint64_t spun_ns(const void *worker)
{
    return client_group_spun_ns(((const struct worker *)worker)->group);
}

static uint64_t unfinished(const void *worker, uint64_t until_ns, uint64_t *oldest_ns)
{
    return client_group_unfinished(((const struct worker *)worker)->group, until_ns, oldest_ns);
}

enum shunt_status client_threads_create(const struct client_plan *plan, uint32_t connections,
                                        uint32_t count_wanted, struct threads **threads,
                                        struct error *error)
{
    const struct threads_job job = {.context = plan,
                                    .create = create,
                                    .destroy = destroy,
                                    .turn = turn,
                                    .now_ns = now_ns,
                                    .window = window,
                                    .count = count,
                                    .ping = ping,
                                    .spun_ns = spun_ns,
                                    .unfinished = unfinished};

    return threads_create(&job, connections, count_wanted, threads, error);
}

const char *client_threads_backend(const struct threads *threads, const char **why)
{
    const struct worker *first = threads_first(threads, why);

    return client_group_backend(first->group);
}
