/*
 * A connection costs one look at the clock at its start and one at its end, no timer and no
 * allocation: time-outs are found by a sweep ten times a second, and a response head that comes in
 * one piece is checked where it lies.
 *
 * Connections are reset, not closed (SO_LINGER 0): otherwise each would hold its port in TIME_WAIT
 * for a minute, and 28,000 handshakes would be the end of a run.
 */
#include "client.h"

#include "base/clock.h"
#include "response.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TURN_MS       10
#define SWEEP_NS      100000000u
#define STARTS_A_TURN 128 /* a gentle ramp: a full backlog answers by dropping the SYN */
#define NOBODY        UINT32_MAX

enum client_state { CLIENT_RESTING, CLIENT_CONNECTING, CLIENT_AWAITING };

struct client {
    uint64_t started_ns; /* of this attempt; of the end of the rest while resting */
    uint64_t connected_ns, first_byte_ns;
    int fd;
    uint32_t generation; /* changes with each attempt: late results of the last one miss */
    uint32_t request, sent;
    uint32_t head_len;
    enum client_state state;
    uint32_t next_resting;
    char *head; /* a response that came in pieces; RESPONSE_HEAD_BYTES_MAX + 1 once it has */
};

struct client_group {
    const struct client_plan *plan;
    struct tally *tally;
    struct io *io;
    bool counting;
    uint32_t count, begun, next_request;
    uint32_t resting_first, resting_last; /* in order of their time: the rest is always as long */
    uint64_t next_sweep_ns;
    struct client clients[];
};

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

static void end_connection(struct client_group *group, struct client *client)
{
    if (client->fd >= 0) {
        io_close(group->io, client->fd, true);
        client->fd = -1;
    }
    client->generation++;
    client->head_len = 0;
}

static void rest(struct client_group *group, struct client *client, uint64_t until_ns)
{
    uint32_t index = (uint32_t)(client - group->clients);

    client->state = CLIENT_RESTING;
    client->started_ns = until_ns;
    client->next_resting = NOBODY;
    if (group->resting_first == NOBODY) {
        group->resting_first = index;
    } else {
        group->clients[group->resting_last].next_resting = index;
    }
    group->resting_last = index;
}

static void fail(struct client_group *group, struct client *client, enum failure failure,
                 struct shunt_span sample)
{
    if (group->counting) {
        tally_fail(group->tally, failure, sample.at, sample.len);
    }
    end_connection(group, client);
    rest(group, client, clock_now_ns() + CLIENT_REST_MS * 1000000u);
}

static void fail_errno(struct client_group *group, struct client *client, int error)
{
    int number = error < 0 ? -error : error;

    fail(group, client, failure_of_errno(number), shunt_span_of(strerror(number)));
}

static void start(struct client_group *group, struct client *client)
{
    const struct url_address *to = &group->plan->to;
    int fd = socket(to->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        fail_errno(group, client, errno);
        return;
    }
    if (io_add(group->io, fd, user_of(group, client)) != SHUNT_OK) {
        close(fd);
        fail_errno(group, client, ENOMEM);
        return;
    }
    client->fd = fd;
    client->state = CLIENT_CONNECTING;
    client->request = group->next_request++;
    client->sent = 0;
    client->started_ns = clock_now_ns();
    io_connect(group->io, fd, (const struct sockaddr *)&to->address, to->len);
}

static void send_rest(struct client_group *group, struct client *client)
{
    struct shunt_span bytes = requests_bytes(group->plan->requests, client->request);
    struct iovec part = {(void *)(uintptr_t)(bytes.at + client->sent), bytes.len - client->sent};

    io_send(group->io, client->fd, &part, 1);
}

static void on_connected(void *context, uint64_t user, int result)
{
    struct client_group *group = context;
    struct client *client = find(group, user);

    if (!client) {
        return;
    }
    if (result < 0) {
        fail_errno(group, client, result);
        return;
    }
    client->state = CLIENT_AWAITING;
    client->connected_ns = clock_now_ns();
    send_rest(group, client);
    io_receive(group->io, client->fd, false);
}

static void on_sent(void *context, uint64_t user, int result)
{
    struct client_group *group = context;
    struct client *client = find(group, user);

    if (!client) {
        return;
    }
    if (result < 0) {
        fail_errno(group, client, result);
        return;
    }
    client->sent += (uint32_t)result;
    if (client->sent < group->plan->requests->len) {
        send_rest(group, client);
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
            fail_errno(group, client, ENOMEM);
            return;
        }
        memcpy(client->head, head.at, head.len);
        client->head_len = (uint32_t)head.len;
    }
    io_receive(group->io, client->fd, false);
}

static struct shunt_span first_line(struct shunt_span head)
{
    const char *end = memchr(head.at, '\r', head.len);

    return (struct shunt_span){head.at, end ? (size_t)(end - head.at) : head.len};
}

static void on_received(void *context, uint64_t user, uint8_t *bytes, int len, bool more)
{
    struct client_group *group = context;
    struct client *client = find(group, user);
    enum failure failure = FAILURE_OTHER;
    size_t used;

    (void)more; /* never: receives are one-shot */
    if (!client || client->state != CLIENT_AWAITING) {
        return;
    }
    if (len <= 0) {
        if (len < 0) {
            fail_errno(group, client, len);
        } else {
            fail(group, client, FAILURE_CLOSED_EARLY, (struct shunt_span){client->head, 0});
        }
        return;
    }
    const struct requests *requests = group->plan->requests;
    uint64_t now_ns = clock_now_ns();

    if (client->head_len == 0) {
        client->first_byte_ns = now_ns;
    }
    struct shunt_span head = gather(client, (struct shunt_span){(const char *)bytes, (size_t)len});
    enum shunt_status status =
        response_check(head, shunt_span_of(requests->protocol),
                       requests_accept(requests, client->request), &used, &failure);

    if (status == SHUNT_AGAIN) {
        keep(group, client, head);
    } else if (status == SHUNT_OK) {
        uint32_t index = (uint32_t)(client - group->clients);

        group->plan->established(group, index, now_ns);
    } else {
        fail(group, client, failure, first_line(head));
    }
}

void client_complete(struct client_group *group, uint32_t client, uint64_t now_ns)
{
    const struct client *this = &group->clients[client];
    struct histogram *phases = group->tally->phases_ns;

    if (group->counting) {
        histogram_record(&group->tally->latency_ns, now_ns - this->started_ns);
        histogram_record(&phases[PHASE_CONNECT], this->connected_ns - this->started_ns);
        histogram_record(&phases[PHASE_FIRST_BYTE], this->first_byte_ns - this->started_ns);
        histogram_record(&phases[PHASE_COMPLETE], now_ns - this->started_ns);
    }
}

void client_restart(struct client_group *group, uint32_t client)
{
    end_connection(group, &group->clients[client]);
    start(group, &group->clients[client]);
}

static void start_due(struct client_group *group, uint64_t now_ns)
{
    for (int i = 0; i < STARTS_A_TURN && group->begun < group->count; i++) {
        start(group, &group->clients[group->begun++]);
    }
    for (int i = 0; i < STARTS_A_TURN && group->resting_first != NOBODY; i++) {
        struct client *client = &group->clients[group->resting_first];

        if (client->started_ns > now_ns) {
            return;
        }
        group->resting_first = client->next_resting;
        start(group, client);
    }
}

static void end_slow(struct client_group *group, uint64_t now_ns)
{
    uint64_t timeout_ns = (uint64_t)group->plan->timeout_ms * 1000000u;

    for (uint32_t i = 0; i < group->begun; i++) {
        struct client *client = &group->clients[i];

        if (client->state != CLIENT_RESTING && client->started_ns + timeout_ns <= now_ns) {
            const char *where =
                client->state == CLIENT_CONNECTING ? "while connecting" : "awaiting the answer";

            fail(group, client, FAILURE_TIMEOUT, shunt_span_of(where));
        }
    }
}

enum shunt_status client_group_turn(struct client_group *group)
{
    enum shunt_status status = io_turn(group->io, group->begun < group->count ? 0 : TURN_MS);
    uint64_t now_ns = clock_now_ns();

    start_due(group, now_ns);
    if (now_ns >= group->next_sweep_ns) {
        group->next_sweep_ns = now_ns + SWEEP_NS;
        end_slow(group, now_ns);
    }
    return status;
}

void client_group_count(struct client_group *group, bool on)
{
    group->counting = on;
}

const char *client_group_backend(const struct client_group *group)
{
    return io_backend_name(group->io);
}

enum shunt_status client_group_create(const struct client_plan *plan, uint32_t clients,
                                      uint32_t first_request, struct tally *tally,
                                      struct client_group **group, char *error, size_t error_size)
{
    static const struct io_handler handler = {
        .connected = on_connected, .sent = on_sent, .received = on_received};
    struct io_options options = {.backend = plan->backend,
                                 .buffer_count = clients < 64     ? 64
                                                 : clients < 1024 ? clients
                                                                  : 1024};
    struct client_group *made = calloc(1, sizeof *made + clients * sizeof *made->clients);

    if (!made) {
        snprintf(error, error_size, "no memory for %u clients", clients);
        return SHUNT_ENOMEM;
    }
    *made = (struct client_group){.plan = plan,
                                  .tally = tally,
                                  .count = clients,
                                  .next_request = first_request,
                                  .resting_first = NOBODY};
    for (uint32_t i = 0; i < clients; i++) {
        made->clients[i].fd = -1;
    }
    enum shunt_status status = io_create(&options, &handler, made, &made->io, error, error_size);

    if (status != SHUNT_OK) {
        free(made);
        return status;
    }
    *group = made;
    return SHUNT_OK;
}

void client_group_destroy(struct client_group *group)
{
    for (uint32_t i = 0; i < group->begun; i++) {
        end_connection(group, &group->clients[i]);
        free(group->clients[i].head);
    }
    io_destroy(group->io);
    free(group);
}
