#include "load/client_talk.h"

#include "load/client_connection.h"
#include "load/client_record.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PONG_MASK    0x1f2e3d4cu
#define SAMPLE_BYTES 40

static struct shunt_span request_of(const struct client_group *group, const struct message_time *of)
{
    return group->plan->talk->requests[of->request].bytes;
}

/* The oldest request that has not gone out whole. */
static uint32_t first_unsent(const struct client_group *group, const struct client *client)
{
    return client->oldest + client->in_flight + group->ring - client->unsent;
}

/* Of several requests: those that are to go, as far as the loop takes them, no more than `depth`. */
static void send_requests(struct client_group *group, struct client *client)
{
    const struct message_time *ring = client_ring(group, client);
    uint32_t first = first_unsent(group, client), count = client->unsent, skip = client->out_at;
    struct iovec parts[IO_SEND_PARTS];

    count = count < IO_SEND_PARTS ? count : IO_SEND_PARTS;
    count = count < group->depth ? count : group->depth;
    for (uint32_t i = 0; i < count; i++, skip = 0) {
        struct shunt_span bytes = request_of(group, &ring[(first + i) % group->ring]);

        parts[i] = (struct iovec){(void *)(uintptr_t)(bytes.at + skip), bytes.len - skip};
    }
    client->sending = SENDING_TALK;
    client->handed = count;
    io_send(group->io, client->fd, parts, (int)count);
}

/* So many bytes more of them are out. */
static void requests_sent(const struct client_group *group, struct client *client, uint32_t bytes)
{
    const struct message_time *ring = client_ring(group, client);

    client->handed = 0;
    client->out_at += bytes;
    while (client->unsent) {
        uint32_t first = first_unsent(group, client) % group->ring;
        size_t len = request_of(group, &ring[first]).len;

        if (client->out_at < len) {
            return;
        }
        client->out_at -= (uint32_t)len;
        client->unsent--;
    }
}

/* What goes out next: a pong between messages, else as much as is due. */
static void send_more(struct client_group *group, struct client *client)
{
    struct iovec part;

    if (client->unsent) {
        send_requests(group, client);
        return;
    }

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

void client_talk_sent(struct client_group *group, struct client *client, uint32_t bytes)
{
    if (client->sending == SENDING_PONG) {
        client->pong_len -= bytes;
        memmove(client->pong, client->pong + bytes, client->pong_len);
    } else if (group->choice.count) {
        requests_sent(group, client, bytes);
    } else {
        client->to_send -= bytes;
        client->out_at = (uint32_t)((client->out_at + bytes) %
                                    talk_words(group->plan->talk, &client->talk)->len);
    }
    send_more(group, client);
}

void client_talk_send(struct client_group *group, struct client *client, uint64_t due_ns,
                      uint64_t now_ns)
{
    struct message_time *time =
        &client_ring(group, client)[(client->oldest + client->in_flight) % group->ring];

    if (client->in_flight == 0) {
        client->attempt_ns = now_ns;
    }
    *time = (struct message_time){.due_ns = due_ns, .late_ns = client->late_ns};
    client->in_flight++;
    if (group->choice.count) {
        time->request = choice_draw(&group->choice, &group->random);
        client->unsent++;
    } else {
        client->to_send += talk_words(group->plan->talk, &client->talk)->len;
    }
    if (client->sending == SENDING_NOTHING) {
        send_more(group, client);
    }
}

/* False: the client has failed. */
static bool answer_ping(struct client_group *group, struct client *client)
{
    const struct frames *frames = &client->talk.frames;
    struct shunt_span payload = {(const char *)frames->control, frames->control_len};

    if (client->pong_len) {
        return true; /* one that is on its way answers for all (RFC 6455 section 5.5.3) */
    }
    if (!client->pong && !(client->pong = malloc(FRAMES_HEADER_MAX + FRAMES_CONTROL_MAX))) {
        client_connection_fail_errno(group, client, ENOMEM);
        return false;
    }
    client->pong_len = frames_write(client->pong, FRAME_PONG, payload, PONG_MASK);
    if (client->sending == SENDING_NOTHING) {
        send_more(group, client);
    }
    return true;
}

/* What the answers and the messages that they answer were on the wire. */
static void count_bytes(struct client_group *group, const struct client *client,
                        const struct talk_received *received)
{
    if (group->counting && received->bytes) {
        group->tally->answers += received->answers;
        group->tally->answers_bytes += received->bytes;
        group->tally->messages_bytes +=
            received->answers * (uint64_t)talk_words(group->plan->talk, &client->talk)->len;
    }
}

/* The first exchange of a connection that only comes to pass. */
static enum client_event pass(struct client_group *group, struct client *client, uint64_t now_ns)
{
    if (group->plan->requests) {
        if (client_record_counts(group, client->started_ns)) {
            histogram_record(&group->tally->phases_ns[PHASE_FIRST_ECHO],
                             now_ns - client->started_ns);
        }
    } else {
        client->complete_ns = now_ns;
    }
    client_record_connection(group, client, now_ns);
    return CLIENT_DONE;
}

static enum client_event fail(struct client_group *group, struct client *client,
                              enum failure failure, struct shunt_span bytes)
{
    const char *end = memchr(bytes.at, '\r', bytes.len);
    size_t len = end ? (size_t)(end - bytes.at) : bytes.len;

    if (failure == FAILURE_CLOSED_EARLY) {
        client_record_closed(group, client); /* the server has announced it */
    }
    client_connection_fail(group, client, failure,
                           (struct shunt_span){bytes.at, len < SAMPLE_BYTES ? len : SAMPLE_BYTES});
    return CLIENT_FAILED;
}

enum client_event client_talk_received(struct client_group *group, struct client *client,
                                       struct shunt_span bytes, uint64_t now_ns)
{
    struct talk_received received;

    if (!group->plan->talk) {
        return CLIENT_NOTHING; /* held, and whatever comes is not asked for */
    }
    if (!client->first_byte_ns) {
        client->first_byte_ns = now_ns;
    }
    enum shunt_status status =
        talk_receive(group->plan->talk, &client->talk, bytes,
                     client->in_flight - (client->unsent - client->handed), &received);

    if (received.answers) {
        count_bytes(group, client, &received);
    }
    if (received.answers && group->way == CLIENT_PASSES) {
        return pass(group, client, now_ns);
    }
    if (received.answers) {
        client_record_answers(group, client, received.answers, now_ns);
    }
    if (status != SHUNT_OK) {
        return fail(group, client, received.failure, bytes);
    }
    if (received.last) {
        return client_talk_ended(group, client);
    }
    if (received.pong && !answer_ping(group, client)) {
        return CLIENT_FAILED;
    }
    return received.answers ? CLIENT_ANSWERED : CLIENT_NOTHING;
}

enum client_event client_talk_ended(struct client_group *group, struct client *client)
{
    const struct talk *talk = group->plan->talk;
    struct shunt_span nothing = {"", 0};

    client_record_closed(group, client);
    if (talk && talk->kind == TALK_HTTP) {
        if (client->in_flight == 0) {
            return CLIENT_DONE; /* a server may close a connection that has no request */
        }
        if (group->way == CLIENT_PASSES && reply_ends_here(&client->talk.reply)) {
            return pass(group, client, client->attempt_ns);
        }
    }
    bool begun = talk && client->in_flight && talk_begun(talk, &client->talk);

    client_connection_fail(group, client, begun ? FAILURE_SHORT : FAILURE_CLOSED_EARLY, nothing);
    return CLIENT_FAILED;
}
