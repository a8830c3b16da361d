#include "load/client_record.h"

bool client_record_counts(const struct client_group *group, uint64_t due_ns)
{
    return group->scheduled ? due_ns >= group->counting_from_ns : group->counting;
}

void client_record_establishment(struct client_group *group, const struct client *client)
{
    struct histogram *phases = group->tally->phases_ns;

    histogram_record(&phases[PHASE_CONNECT], client->connected_ns - client->started_ns);
    if (client->first_byte_ns) {
        histogram_record(&phases[PHASE_FIRST_BYTE], client->first_byte_ns - client->started_ns);
        histogram_record(&phases[PHASE_COMPLETE], client->complete_ns - client->started_ns);
    }
}

/* In open loop also what the latency is without what this client itself was late. */
static void record_latency(struct client_group *group, uint64_t due_ns, uint64_t late_ns,
                           uint64_t now_ns)
{
    histogram_record(&group->tally->latency_ns, now_ns - due_ns);
    if (group->scheduled) {
        histogram_record(&group->tally->in_time_ns, now_ns - due_ns - late_ns);
    }
}

/* The oldest request under way, where requests are apart. */
static struct target_tally *oldest_request(const struct client_group *group,
                                           const struct client *client)
{
    return group->by_request && client->in_flight
               ? &group->by_request[client_ring(group, client)[client->oldest].request]
               : NULL;
}

static void record_request(const struct client_group *group, const struct client *client,
                           uint64_t latency_ns)
{
    struct target_tally *tally = oldest_request(group, client);

    if (tally) {
        histogram_record(&tally->latency_ns, latency_ns);
    }
}

void client_record_connection(struct client_group *group, const struct client *client,
                              uint64_t now_ns)
{
    if (client->counted && client_record_counts(group, client->started_ns)) {
        record_latency(group, client->started_ns, client->late_ns, now_ns);
        record_request(group, client, now_ns - client->started_ns);
        client_record_establishment(group, client);
    }
}

void client_record_answers(struct client_group *group, struct client *client, unsigned answers,
                           uint64_t now_ns)
{
    const struct message_time *ring = client_ring(group, client);

    for (unsigned i = 0; i < answers; i++) {
        const struct message_time *time = &ring[client->oldest];

        if (client_record_counts(group, time->due_ns)) {
            record_latency(group, time->due_ns, time->late_ns, now_ns);
            record_request(group, client, now_ns - time->due_ns);
        }
        client->oldest = (client->oldest + 1) % group->ring;
        client->in_flight--;
    }
    client->attempt_ns = now_ns;
}

void client_record_closed(struct client_group *group, const struct client *client)
{
    if (group->counting && client->state == CLIENT_OPEN && group->way != CLIENT_PASSES) {
        group->tally->closed++;
    }
}

static enum phase phase_of(const struct client_group *group, const struct client *client)
{
    if (client->state == CLIENT_CONNECTING || client->state == CLIENT_FREE) {
        return PHASE_CONNECT;
    }
    if (client->state == CLIENT_OPEN && group->way != CLIENT_PASSES) {
        return client->in_flight ? PHASE_EXCHANGE : PHASE_HELD;
    }
    if (client->state == CLIENT_OPEN && group->plan->requests) {
        return PHASE_FIRST_ECHO;
    }
    return client->first_byte_ns ? PHASE_COMPLETE : PHASE_FIRST_BYTE;
}

void client_record_failure(struct client_group *group, const struct client *client,
                           enum failure failure, struct shunt_span sample)
{
    if (group->counting) {
        struct target_tally *request = oldest_request(group, client);

        tally_fail(group->tally, failure, phase_of(group, client), sample.at, sample.len);
        if (request) {
            request->failures++;
        }
    }
}
