#include "load/client_connection.h"

#include "base/clock.h"
#include "load/client_record.h"
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static uint64_t user_of(const struct client_group *group, const struct client *client)
{
    return (uint64_t)client->generation << 32 | (uint64_t)(client - group->clients);
}

struct client *client_connection_of(struct client_group *group, uint64_t user)
{
    struct client *client = &group->clients[(uint32_t)user];

    return client->generation == (uint32_t)(user >> 32) ? client : NULL;
}

static void forget(struct client_group *group, struct client *client)
{
    client->generation++;
    client->head_len = 0;
    client->sending = SENDING_NOTHING;
    if (group->plan->talk) {
        client->in_flight = client->oldest = client->out_at = 0;
        client->to_send = client->unsent = client->handed = 0;
        client->pong_len = 0;
        talk_state_reset(&client->talk);
    }
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
    forget(group, client);
    io_user_set(group->io, client->fd, user_of(group, client));
    return true;
}

void client_connection_end(struct client_group *group, struct client *client, bool reuse)
{
    if (reuse && reset_for_reuse(group, client)) {
        return;
    }
    if (client->fd >= 0) {
        io_close(group->io, client->fd, true);
        client->fd = -1;
    }
    forget(group, client);
}

void client_connection_fail(struct client_group *group, struct client *client, enum failure failure,
                            struct shunt_span sample)
{
    client_record_failure(group, client, failure, sample);
    client_connection_end(group, client, false);
    client_rest(group, client, clock_now_ns() + group->plan->rest_ns);
}

void client_connection_fail_errno(struct client_group *group, struct client *client, int error)
{
    int number = error < 0 ? -error : error;

    client_connection_fail(group, client, failure_of_errno(number),
                           shunt_span_of(strerror(number)));
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
        client_connection_fail_errno(group, client, error);
        return false;
    }
    client->fd = fd;
    return true;
}

void client_connection_start(struct client_group *group, struct client *client, uint64_t due_ns)
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

void client_connection_request(struct client_group *group, struct client *client)
{
    struct shunt_span bytes = requests_bytes(group->plan->requests, client->request);
    struct iovec part = {(void *)(uintptr_t)(bytes.at + client->sent), bytes.len - client->sent};

    client->sending = SENDING_REQUEST;
    io_send(group->io, client->fd, &part, 1);
}
