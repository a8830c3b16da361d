#include "load/client_work.h"

#include "base/clock.h"
#include "load/client_connection.h"
#include "load/client_record.h"
#include "load/client_talk.h"
#include "load/client_upgrade.h"

#define SWEEP_NS      100000000u
#define STARTS_A_TURN 128

/* A full backlog answers by dropping the SYN, and the next one comes a second later: no more than
 * the smallest backlog that servers usually ask for. */
#define ESTABLISHING_MAX 128

/* ---- what a client does next ---- */

/* The beginning, and after a rest: connect, or wait for what is due. */
static void go(struct client_group *group, struct client *client, uint64_t now_ns)
{
    if (client_waits_unconnected(group)) {
        client_become(group, client, CLIENT_FREE);
        client_free(group, client, now_ns);
    } else {
        client_connection_start(group, client, 0);
    }
}

/* Reset the connection, and the next. One that waits for its time unconnected holds no socket:
 * epoll would report its end for ever. */
static void end(struct client_group *group, struct client *client)
{
    bool waits = client_waits_unconnected(group);

    client_connection_end(group, client, !waits);
    go(group, client, waits ? clock_now_ns() : 0);
}

/* As many new messages as have been answered. */
static void send_again(struct client_group *group, struct client *client, uint64_t now_ns)
{
    if (group->scheduled) {
        client_free(group, client, now_ns);
        return;
    }
    while (group->way == CLIENT_TALKS && client->in_flight < group->depth) {
        client_talk_send(group, client, now_ns, now_ns);
    }
}

/* True: the connection goes on. */
static bool after(struct client_group *group, struct client *client, enum client_event event,
                  uint64_t now_ns)
{
    if (event == CLIENT_DONE) {
        end(group, client);
    } else if (event == CLIENT_ANSWERED) {
        send_again(group, client, now_ns);
    }
    return event == CLIENT_NOTHING || event == CLIENT_ANSWERED;
}

/* The connection is as it should be; `early` came behind the 101. */
static void begin(struct client_group *group, struct client *client, struct shunt_span early,
                  uint64_t now_ns)
{
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
        client_record_connection(group, client, now_ns);
        end(group, client);
        return;
    }
    if (group->way == CLIENT_STAYS) {
        client_record_connection(group, client, now_ns);
    } else if (group->way == CLIENT_PASSES) {
        client_talk_send(group, client, client->started_ns, now_ns);
    } else if (group->counting) {
        client_record_establishment(group, client);
    }
    io_receive(group->io, client->fd, group->way != CLIENT_PASSES);
    if (early.len &&
        !after(group, client, client_talk_received(group, client, early, now_ns), now_ns)) {
        return;
    }
    if (group->way == CLIENT_TALKS) {
        send_again(group, client, now_ns);
    }
}

/* ---- results of the loop ---- */

static void on_connected(void *context, uint64_t user, int result)
{
    struct client_group *group = context;
    struct client *client = client_connection_of(group, user);

    if (!client) {
        return;
    }
    if (result < 0) {
        client_connection_fail_errno(group, client, result);
        return;
    }
    client->connected_ns = clock_now_ns();
    if (!group->plan->requests) {
        begin(group, client, (struct shunt_span){NULL, 0}, client->connected_ns);
        return;
    }
    client_become(group, client, CLIENT_AWAITING);
    client_connection_request(group, client);
    io_receive(group->io, client->fd, false);
}

static void on_sent(void *context, uint64_t user, int result)
{
    struct client_group *group = context;
    struct client *client = client_connection_of(group, user);

    if (!client) {
        return;
    }
    if (result < 0) {
        client_record_closed(group, client);
        client_connection_fail_errno(group, client, result);
        return;
    }
    if (group->counting) {
        group->tally->sent_bytes += (uint64_t)result;
    }
    if (client->sending != SENDING_REQUEST) {
        client_talk_sent(group, client, (uint32_t)result);
        return;
    }
    client->sent += (uint32_t)result;
    if (client->sent < group->plan->requests->len) {
        client_connection_request(group, client);
        return;
    }
    client->sending = SENDING_NOTHING;
    if (group->plan->talk) {
        client_talk_sent(group, client,
                         0); /* the 101, and a message with it, may have been first */
    }
}

static void on_answer(struct client_group *group, struct client *client, struct shunt_span in)
{
    uint64_t now_ns = clock_now_ns();
    struct shunt_span early;

    if (client_upgrade_received(group, client, in, now_ns, &early) == SHUNT_OK) {
        begin(group, client, early, now_ns);
    }
}

static void on_message(struct client_group *group, struct client *client, struct shunt_span in,
                       bool more)
{
    uint64_t now_ns = clock_now_ns();
    uint32_t generation = client->generation;
    enum client_event event = client_talk_received(group, client, in, now_ns);

    after(group, client, event, now_ns);
    if (!more && client->generation == generation && client->state == CLIENT_OPEN) {
        io_receive(group->io, client->fd, group->way != CLIENT_PASSES);
    }
}

static void on_received(void *context, uint64_t user, uint8_t *bytes, int len, bool more)
{
    struct client_group *group = context;
    struct client *client = client_connection_of(group, user);
    struct shunt_span in = {(const char *)bytes, len > 0 ? (size_t)len : 0};

    if (!client || client->state < CLIENT_AWAITING) {
        return;
    }
    if (group->counting) {
        group->tally->received_bytes += in.len;
    }
    if (len < 0) {
        client_record_closed(group, client);
        client_connection_fail_errno(group, client, len);
    } else if (len == 0 && client->state == CLIENT_OPEN) {
        after(group, client, client_talk_ended(group, client), 0);
    } else if (len == 0) {
        client_connection_fail(group, client,
                               client->head_len ? FAILURE_SHORT : FAILURE_CLOSED_EARLY, in);
    } else if (client->state == CLIENT_AWAITING) {
        on_answer(group, client, in);
    } else {
        on_message(group, client, in, more);
    }
}

static void on_ready(void *context, uint64_t user, int result)
{
    struct client_group *group = context;

    (void)user, (void)result; /* only the timer is waited for in this way */
    pace_rang(&group->pace, clock_now_ns());
}

const struct io_handler client_work_handler = {
    .connected = on_connected, .sent = on_sent, .received = on_received, .ready = on_ready};

/* ---- what is due ---- */

/* Connections that stay are established a few at a time. Those that pass are an operation each, and
 * how many are under way at a time is what was asked for. */
static bool may_start(const struct client_group *group)
{
    return group->way == CLIENT_PASSES || group->establishing < ESTABLISHING_MAX;
}

static void start_due(struct client_group *group, uint64_t now_ns)
{
    for (int i = 0; i < STARTS_A_TURN && group->begun < group->count && may_start(group); i++) {
        go(group, &group->clients[group->begun++], now_ns);
    }
    for (int i = 0; i < STARTS_A_TURN && may_start(group); i++) {
        struct client *client = client_rested(group, now_ns);

        if (!client) {
            return;
        }
        go(group, client, now_ns);
    }
}

static struct client *find_taker(struct client_group *group)
{
    return group->way == CLIENT_STAYS ? client_draw_held(group) : client_first_free(group);
}

/* Give an operation to `client`. How late that is counts as the client's lag from when both the
 * operation was due and a client was free for it: what comes before is the server's. */
static void give(struct client_group *group, struct client *client, uint64_t due_ns)
{
    uint64_t now_ns = clock_now_ns();
    uint64_t could_ns = client->available_ns > due_ns ? client->available_ns : due_ns;

    client->late_ns = now_ns > could_ns ? now_ns - could_ns : 0;
    if (group->counting) {
        histogram_record(&group->tally->lag_ns, client->late_ns);
    }
    if (group->way == CLIENT_TALKS) {
        client_talk_send(group, client, due_ns, now_ns);
        return;
    }
    if (group->way == CLIENT_STAYS) {
        client_connection_end(group, client, false);
    }
    client_connection_start(group, client, due_ns);
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
        give(group, client, due_ns);
        if (group->way == CLIENT_TALKS && group->depth > 1 && client->queued) {
            client_to_the_end(group); /* so that load is spread over connections */
        }
    }
}

/* Until the first rest is over, where one may start then. */
static int until_rested_ms(const struct client_group *group, uint64_t now_ns)
{
    return group->resting_first != CLIENT_NOBODY && may_start(group)
               ? pace_ms(now_ns, group->clients[group->resting_first].attempt_ns)
               : PACE_TURN_MS;
}

int client_work_wait(struct client_group *group)
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
    return group->way == CLIENT_STAYS || client_first_free(group)
               ? pace_until(&group->pace, due_ns, most_ms)
               : most_ms;
}

static bool is_slow(const struct client *client, uint64_t before_ns)
{
    bool waits = client_establishing(client) || (client->state == CLIENT_OPEN && client->in_flight);

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

            client_connection_fail(group, client, FAILURE_TIMEOUT, shunt_span_of(where));
        }
    }
}

void client_work_start(struct client_group *group, uint64_t now_ns)
{
    start_due(group, now_ns);
    if (group->scheduled) {
        dispatch(group);
    }
    if (now_ns >= group->next_sweep_ns) {
        group->next_sweep_ns = now_ns + SWEEP_NS;
        end_slow(group, now_ns);
    }
}
