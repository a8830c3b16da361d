/*
 * How connections come and go. A connection costs a look at the clock for each phase, no timer and
 * no allocation: time-outs are found by a sweep ten times a second, and a response head that comes
 * in one piece is checked where it lies.
 *
 * Connections are reset, not closed (SO_LINGER 0): otherwise each would hold its port in TIME_WAIT
 * for a minute, and 28,000 handshakes would be the end of a run.
 */
#include "load/client_group.h"

#include "base/clock.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t user_of(const struct client_group *group, const struct client *client)
{
    return (uint64_t)client->generation << 32 | (uint64_t)(client - group->clients);
}

/* NULL for a result that belongs to an earlier attempt. */
static struct client *find(struct client_group *group, uint64_t user)
{
    struct client *client = &group->clients[(uint32_t)user];

    return client->generation == (uint32_t)(user >> 32) ? client : NULL;
}

/* In open loop, connections that pass wait for their time before they connect. */
static bool waits_unconnected(const struct client_group *group)
{
    return group->scheduled && group->way == CLIENT_PASSES;
}

/* ---- connections ---- */

static void forget_connection(struct client_group *group, struct client *client)
{
    client->generation++;
    client->head_len = 0;
    client->sending = SENDING_NOTHING;
    if (group->plan->talk) {
        client->in_flight = client->oldest = client->out_at = 0;
        client->to_send = 0;
        client->pong_len = 0;
        talk_state_reset(&client->talk);
    }
}

void client_end_connection(struct client_group *group, struct client *client)
{
    if (client->fd >= 0) {
        io_close(group->io, client->fd, true);
        client->fd = -1;
    }
    forget_connection(group, client);
}

/*
 * Reset the connection and keep the socket for the next one: connect(2) to AF_UNSPEC sends the same
 * RST as a close with SO_LINGER 0, and the next connect takes a new port. It saves making and
 * closing a socket, a sixth of what a handshake costs the client. Not while a late result is still
 * to come, as that would be taken for one of the next connection's.
 */
static bool reset_for_reuse(struct client_group *group, struct client *client)
{
    static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

    if (group->plan->to.address.ss_family == AF_UNIX || io_send_pending(group->io, client->fd) ||
        io_receive_pending(group->io, client->fd) ||
        connect(client->fd, &nobody, sizeof nobody) != 0) {
        return false;
    }
    forget_connection(group, client);
    io_user_set(group->io, client->fd, user_of(group, client));
    return true;
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

void client_fail(struct client_group *group, struct client *client, enum failure failure,
                 struct shunt_span sample)
{
    if (group->counting) {
        tally_fail(group->tally, failure, phase_of(group, client), sample.at, sample.len);
    }
    client_end_connection(group, client);
    client_rest(group, client, clock_now_ns() + group->plan->rest_ns);
}

void client_fail_errno(struct client_group *group, struct client *client, int error)
{
    int number = error < 0 ? -error : error;

    client_fail(group, client, failure_of_errno(number), shunt_span_of(strerror(number)));
}

/* A port is taken at the connect, not here, so that one port can serve several peers. */
static int bind_source(struct client_group *group, int fd)
{
    const struct client_plan *plan = group->plan;
    const struct url_address *from = &plan->sources[group->next_source++ % plan->sources_count];

    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
    return bind(fd, (const struct sockaddr *)&from->address, from->len);
}

/* A socket that the loop knows; false: the client has failed. */
static bool open_socket(struct client_group *group, struct client *client)
{
    int fd =
        socket(group->plan->to.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? errno : 0;

    if (!error && group->plan->sources_count && bind_source(group, fd) != 0) {
        error = errno;
    }
    if (!error && io_add(group->io, fd, user_of(group, client)) != SHUNT_OK) {
        error = ENOMEM;
    }
    if (error) {
        if (fd >= 0) {
            close(fd);
        }
        client_fail_errno(group, client, error);
        return false;
    }
    client->fd = fd;
    return true;
}

void client_start(struct client_group *group, struct client *client, uint64_t due_ns)
{
    const struct url_address *to = &group->plan->to;

    client_become(group, client, CLIENT_CONNECTING);
    if (client->fd < 0 && !open_socket(group, client)) {
        return;
    }
    client->request = group->next_request++;
    client->sent = 0;
    client->first_byte_ns = 0;
    client->attempt_ns = clock_now_ns();
    client->started_ns = due_ns ? due_ns : client->attempt_ns;
    client->counted = due_ns != 0 || !group->scheduled;
    io_connect(group->io, client->fd, (const struct sockaddr *)&to->address, to->len);
}

void client_go(struct client_group *group, struct client *client, uint64_t now_ns)
{
    if (waits_unconnected(group)) {
        client_become(group, client, CLIENT_FREE);
        client_free(group, client, now_ns);
    } else {
        client_start(group, client, 0);
    }
}

void client_end(struct client_group *group, struct client *client)
{
    /* Who waits for its time unconnected holds no socket: epoll would tell of its end for ever. */
    if (waits_unconnected(group) || !reset_for_reuse(group, client)) {
        client_end_connection(group, client);
    }
    client_go(group, client, waits_unconnected(group) ? clock_now_ns() : 0);
}

static void send_request(struct client_group *group, struct client *client)
{
    struct shunt_span bytes = requests_bytes(group->plan->requests, client->request);
    struct iovec part = {(void *)(uintptr_t)(bytes.at + client->sent), bytes.len - client->sent};

    client->sending = SENDING_REQUEST;
    io_send(group->io, client->fd, &part, 1);
}

/* ---- results ---- */

void client_on_connected(void *context, uint64_t user, int result)
{
    struct client_group *group = context;
    struct client *client = find(group, user);

    if (!client) {
        return;
    }
    if (result < 0) {
        client_fail_errno(group, client, result);
        return;
    }
    client->connected_ns = clock_now_ns();
    if (!group->plan->requests) {
        client_opened(group, client, (struct shunt_span){NULL, 0}, client->connected_ns);
        return;
    }
    client_become(group, client, CLIENT_AWAITING);
    send_request(group, client);
    io_receive(group->io, client->fd, false);
}

void client_on_sent(void *context, uint64_t user, int result)
{
    struct client_group *group = context;
    struct client *client = find(group, user);

    if (!client) {
        return;
    }
    if (result < 0) {
        client_count_closed(group, client);
        client_fail_errno(group, client, result);
        return;
    }
    if (group->counting) {
        group->tally->sent_bytes += (uint64_t)result;
    }
    if (client->sending != SENDING_REQUEST) {
        client_said(group, client, (uint32_t)result);
        return;
    }
    client->sent += (uint32_t)result;
    if (client->sent < group->plan->requests->len) {
        send_request(group, client);
        return;
    }
    client->sending = SENDING_NOTHING;
    if (group->plan->talk) {
        client_said(group, client, 0); /* the 101 may have been here first, and something to say */
    }
}

/* What has come so far, with `bytes` behind it. */
static struct shunt_span gather(struct client *client, struct shunt_span bytes)
{
    if (client->head_len == 0) {
        return bytes;
    }
    size_t room = RESPONSE_HEAD_BYTES_MAX + 1 - client->head_len;

    memcpy(client->head + client->head_len, bytes.at, bytes.len < room ? bytes.len : room);
    client->head_len += (uint32_t)(bytes.len < room ? bytes.len : room);
    return (struct shunt_span){client->head, client->head_len};
}

/* Keep a head that is not whole and receive more. */
static void keep(struct client_group *group, struct client *client, struct shunt_span head)
{
    if (client->head_len == 0) {
        if (!client->head && !(client->head = malloc(RESPONSE_HEAD_BYTES_MAX + 1))) {
            client_fail_errno(group, client, ENOMEM);
            return;
        }
        memcpy(client->head, head.at, head.len);
        client->head_len = (uint32_t)head.len;
    }
    io_receive(group->io, client->fd, false);
}

/* A right 101: what became of the offer, and what came behind it. */
static void begin(struct client_group *group, struct client *client, struct shunt_span early,
                  const struct extension_answer *answer, uint64_t now_ns)
{
    struct tally *tally = group->tally;

    if (answer->taken) {
        if (tally->compressed++ == 0) {
            tally->agreed = answer->agreed;
        }
        if (group->plan->talk &&
            talk_agree(group->plan->talk, &client->talk, answer, &group->inflaters) != SHUNT_OK) {
            client_fail_errno(group, client, ENOMEM);
            return;
        }
    } else if (group->plan->requests->offer) {
        tally->not_compressed++;
    }
    client_opened(group, client, early, now_ns);
}

static void hear_101(struct client_group *group, struct client *client, struct shunt_span bytes,
                     uint64_t now_ns)
{
    struct response_want want = requests_want(group->plan->requests, client->request);
    struct extension_answer answer;
    enum failure failure = FAILURE_OTHER;
    unsigned final;
    size_t used;

    if (client->head_len == 0) {
        client->first_byte_ns = now_ns;
    }
    struct shunt_span head = gather(client, bytes);
    enum shunt_status status = response_check(head, &want, &used, &final, &answer, &failure);

    if (status == SHUNT_AGAIN) {
        keep(group, client, head);
        return;
    }
    tally_status(group->counting ? group->tally : NULL, final);
    if (status == SHUNT_OK) {
        begin(group, client, (struct shunt_span){head.at + used, head.len - used}, &answer, now_ns);
    } else {
        client_fail(group, client, failure, response_sample(head, failure));
    }
}

void client_on_received(void *context, uint64_t user, uint8_t *bytes, int len, bool more)
{
    struct client_group *group = context;
    struct client *client = find(group, user);
    struct shunt_span in = {(const char *)bytes, len > 0 ? (size_t)len : 0};

    if (!client || client->state < CLIENT_AWAITING) {
        return;
    }
    if (group->counting) {
        group->tally->received_bytes += in.len;
    }
    if (len < 0) {
        client_count_closed(group, client);
        client_fail_errno(group, client, len);
    } else if (len == 0 && client->state == CLIENT_OPEN) {
        client_hear_end(group, client);
    } else if (len == 0) {
        client_fail(group, client, client->head_len ? FAILURE_SHORT : FAILURE_CLOSED_EARLY, in);
    } else if (client->state == CLIENT_AWAITING) {
        hear_101(group, client, in, clock_now_ns());
    } else {
        client_hear(group, client, in, clock_now_ns());
        if (!more && find(group, user) && client->state == CLIENT_OPEN) {
            io_receive(group->io, client->fd, group->way != CLIENT_PASSES);
        }
    }
}

void client_on_ready(void *context, uint64_t user, int result)
{
    struct client_group *group = context;

    (void)user, (void)result; /* only the timer is waited for in this way */
    pace_rang(&group->pace, clock_now_ns());
}
