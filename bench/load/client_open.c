/* Messages and answers on an open connection, and what ends an operation there. */
#include "load/client_group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PONG_MASK    0x1f2e3d4cu
#define SAMPLE_BYTES 40

static void record_establishment(struct client_group *group, const struct client *client)
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

/* The operation was a connection, and it is right. */
static void complete_connection(struct client_group *group, const struct client *client,
                                uint64_t now_ns)
{
    if (client->counted && client_counts(group, client->started_ns)) {
        record_latency(group, client->started_ns, client->late_ns, now_ns);
        record_establishment(group, client);
    }
}

/* What goes out next: a pong between messages, else as much as is due. */
static void send_more(struct client_group *group, struct client *client)
{
    struct iovec part;

    if (client->pong_len && client->out_at == 0) {
        client->sending = SENDING_PONG;
        part = (struct iovec){client->pong, client->pong_len};
    } else if (client->to_send) {
        const struct talk_words *words = talk_words(group->plan->talk, &client->talk);
        uint64_t room = (uint64_t)(group->depth + 1) * words->len - client->out_at;

        client->sending = SENDING_TALK;
        part = (struct iovec){words->bytes + client->out_at,
                              client->to_send < room ? client->to_send : room};
    } else {
        client->sending = SENDING_NOTHING;
        return;
    }
    io_send(group->io, client->fd, &part, 1);
}

void client_said(struct client_group *group, struct client *client, uint32_t bytes)
{
    if (client->sending == SENDING_PONG) {
        client->pong_len -= bytes;
        memmove(client->pong, client->pong + bytes, client->pong_len);
    } else {
        client->to_send -= bytes;
        client->out_at = (uint32_t)((client->out_at + bytes) %
                                    talk_words(group->plan->talk, &client->talk)->len);
    }
    send_more(group, client);
}

void client_say(struct client_group *group, struct client *client, uint64_t due_ns, uint64_t now_ns)
{
    struct message_time *ring = group->times + (size_t)(client - group->clients) * group->depth;

    if (client->in_flight == 0) {
        client->attempt_ns = now_ns;
    }
    ring[(client->oldest + client->in_flight) % group->depth] =
        (struct message_time){due_ns, client->late_ns};
    client->in_flight++;
    client->to_send += talk_words(group->plan->talk, &client->talk)->len;
    if (client->sending == SENDING_NOTHING) {
        send_more(group, client);
    }
}

static void answer_ping(struct client_group *group, struct client *client)
{
    const struct frames *frames = &client->talk.frames;
    struct shunt_span payload = {(const char *)frames->control, frames->control_len};

    if (client->pong_len) {
        return; /* one that is on its way answers for all (RFC 6455 section 5.5.3) */
    }
    if (!client->pong && !(client->pong = malloc(FRAMES_HEADER_MAX + FRAMES_CONTROL_MAX))) {
        client_fail_errno(group, client, ENOMEM);
        return;
    }
    client->pong_len = frames_write(client->pong, FRAME_PONG, payload, PONG_MASK);
    if (client->sending == SENDING_NOTHING) {
        send_more(group, client);
    }
}

/* As many new messages as have been answered. */
static void say_again(struct client_group *group, struct client *client, uint64_t now_ns)
{
    if (group->scheduled) {
        client_free(group, client, now_ns);
        return;
    }
    while (group->way == CLIENT_TALKS && client->in_flight < group->depth) {
        client_say(group, client, now_ns, now_ns);
    }
}

static void count_answers(struct client_group *group, struct client *client, unsigned answers,
                          uint64_t now_ns)
{
    const struct message_time *ring =
        group->times + (size_t)(client - group->clients) * group->depth;

    for (unsigned i = 0; i < answers; i++) {
        const struct message_time *time = &ring[client->oldest];

        if (client_counts(group, time->due_ns)) {
            record_latency(group, time->due_ns, time->late_ns, now_ns);
        }
        client->oldest = (client->oldest + 1) % group->depth;
        client->in_flight--;
    }
    client->attempt_ns = now_ns;
}

/* What the answers and the messages that they answer were on the wire. */
static void count_bytes(struct client_group *group, const struct client *client,
                        const struct talk_heard *heard)
{
    if (group->counting && heard->bytes) {
        group->tally->answers += heard->answers;
        group->tally->heard_bytes += heard->bytes;
        group->tally->said_bytes +=
            heard->answers * (uint64_t)talk_words(group->plan->talk, &client->talk)->len;
    }
}

/* The first exchange of a connection that only comes to pass. */
static void pass(struct client_group *group, struct client *client, uint64_t now_ns)
{
    if (group->plan->requests) {
        if (client_counts(group, client->started_ns)) {
            histogram_record(&group->tally->phases_ns[PHASE_FIRST_ECHO],
                             now_ns - client->started_ns);
        }
    } else {
        client->complete_ns = now_ns;
    }
    complete_connection(group, client, now_ns);
    client_end(group, client);
}

void client_hear(struct client_group *group, struct client *client, struct shunt_span bytes,
                 uint64_t now_ns)
{
    struct talk_heard heard;
    uint32_t generation = client->generation;

    if (!group->plan->talk) {
        return; /* held, and whatever it says is not asked for */
    }
    if (!client->first_byte_ns) {
        client->first_byte_ns = now_ns;
    }
    enum shunt_status status =
        talk_hear(group->plan->talk, &client->talk, bytes, client->in_flight, &heard);

    if (heard.answers) {
        count_bytes(group, client, &heard);
    }
    if (heard.answers && group->way == CLIENT_PASSES) {
        pass(group, client, now_ns);
        return;
    }
    if (heard.answers) {
        count_answers(group, client, heard.answers, now_ns);
    }
    if (status != SHUNT_OK) {
        const char *end = memchr(bytes.at, '\r', bytes.len);
        size_t len = end ? (size_t)(end - bytes.at) : bytes.len;

        if (heard.failure == FAILURE_CLOSED_EARLY) {
            client_count_closed(group, client); /* it said that it will */
        }
        client_fail(group, client, heard.failure,
                    (struct shunt_span){bytes.at, len < SAMPLE_BYTES ? len : SAMPLE_BYTES});
        return;
    }
    if (heard.last) {
        client_hear_end(group, client);
        return;
    }
    if (heard.pong) {
        answer_ping(group, client);
    }
    if (heard.answers && client->generation == generation) {
        say_again(group, client, now_ns);
    }
}

void client_count_closed(struct client_group *group, const struct client *client)
{
    if (group->counting && client->state == CLIENT_OPEN && group->way != CLIENT_PASSES) {
        group->tally->closed++;
    }
}

void client_hear_end(struct client_group *group, struct client *client)
{
    const struct talk *talk = group->plan->talk;
    struct shunt_span nothing = {"", 0};

    client_count_closed(group, client);
    if (talk && talk->kind == TALK_HTTP) {
        if (client->in_flight == 0) {
            client_end(group, client); /* a server may close a connection that has no request */
            return;
        }
        if (group->way == CLIENT_PASSES && reply_ends_here(&client->talk.reply)) {
            pass(group, client, client->attempt_ns);
            return;
        }
    }
    bool begun = talk && client->in_flight && talk_begun(talk, &client->talk);

    client_fail(group, client, begun ? FAILURE_SHORT : FAILURE_CLOSED_EARLY, nothing);
}

void client_opened(struct client_group *group, struct client *client, struct shunt_span early,
                   uint64_t now_ns)
{
    uint32_t generation = client->generation;

    client_become(group, client, CLIENT_OPEN);
    client->available_ns = now_ns;
    if (group->plan->requests) {
        client->complete_ns = now_ns;
    }
    if (group->counting) {
        group->tally->established++;
        group->tally->established_ns = now_ns;
    }
    if (group->way == CLIENT_PASSES && !group->plan->talk) {
        complete_connection(group, client, now_ns);
        client_end(group, client);
        return;
    }
    if (group->way == CLIENT_STAYS) {
        complete_connection(group, client, now_ns);
    } else if (group->way == CLIENT_PASSES) {
        client_say(group, client, client->started_ns, now_ns);
    } else if (group->counting) {
        record_establishment(group, client);
    }
    io_receive(group->io, client->fd, group->way != CLIENT_PASSES);
    if (early.len) {
        client_hear(group, client, early, now_ns);
    }
    if (group->way == CLIENT_TALKS && client->generation == generation &&
        client->state == CLIENT_OPEN) {
        say_again(group, client, now_ns);
    }
}
