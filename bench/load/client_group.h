/* What client_group.c, client.c (connections come and go) and client_open.c (talk) share. */
#ifndef BENCH_LOAD_CLIENT_GROUP_H
#define BENCH_LOAD_CLIENT_GROUP_H

#include "load/client.h"
#include "load/pace.h"
#include "load/schedule.h"

#define CLIENT_NOBODY UINT32_MAX

enum client_state { CLIENT_RESTING, CLIENT_FREE, CLIENT_CONNECTING, CLIENT_AWAITING, CLIENT_OPEN };
enum client_sending { SENDING_NOTHING, SENDING_REQUEST, SENDING_TALK, SENDING_PONG };

struct client {
    uint64_t started_ns; /* when the operation was due, in closed loop when it started */
    uint64_t late_ns;    /* of that, in open loop: what this client itself began later */
    uint64_t
        attempt_ns; /* when it started, or the last answer came; the rest's end while resting */
    uint64_t connected_ns, first_byte_ns, complete_ns; /* of this connection; 0: not yet */
    uint64_t available_ns;                             /* since when it could have taken work */
    int fd;
    uint32_t generation; /* changes with each attempt: late results of the last one miss */
    enum client_state state;
    enum client_sending sending;
    uint32_t request, sent; /* the upgrade request's number, and how much of it has gone */
    uint32_t head_len;
    uint32_t next_resting, next_free;
    bool queued;  /* in the queue of the free */
    bool counted; /* its establishment is an operation */
    char *head;   /* a 101 that came in pieces; RESPONSE_HEAD_BYTES_MAX + 1 once it has */
    uint32_t in_flight, oldest; /* messages under way; the oldest one's place in the ring */
    uint32_t out_at;            /* in the message that is going out */
    uint64_t to_send;
    char *pong; /* allocated for the first ping */
    size_t pong_len;
    struct talk_state talk;
};

/* When a message was due, and how much later than it could this client took it. */
struct message_time {
    uint64_t due_ns, late_ns;
};

struct client_group {
    const struct client_plan *plan;
    struct tally *tally;
    struct io *io;
    enum client_way way; /* the plan's, until the ping */
    uint32_t depth;
    uint32_t count, begun, next_request, next_source;
    uint32_t establishing; /* clients that are connecting or awaiting */
    bool counting;
    uint64_t counting_from_ns;
    uint32_t resting_first, resting_last; /* in order of their time: the rest is always as long */
    uint32_t free_first, free_last;
    uint64_t next_sweep_ns;
    bool scheduled;
    struct schedule schedule;
    uint64_t arrivals_left;
    uint64_t random;
    struct inflaters inflaters;
    struct pace pace;
    struct message_time *times; /* a ring of `depth` for each client */
    struct client clients[];
};

/* ---- client.c ---- */

/* Results of the loop: struct io_handler. */
void client_on_connected(void *context, uint64_t user, int result);
void client_on_sent(void *context, uint64_t user, int result);
void client_on_received(void *context, uint64_t user, uint8_t *bytes, int len, bool more);
void client_on_ready(void *context, uint64_t user, int result);

void client_fail(struct client_group *group, struct client *client, enum failure failure,
                 struct shunt_span sample);
void client_fail_errno(struct client_group *group, struct client *client, int error);
/* Reset the connection and let the client do what is next for it. */
void client_end(struct client_group *group, struct client *client);
/* Reset it, and forget what was under way. */
void client_end_connection(struct client_group *group, struct client *client);
/* Connect, for an operation that was due at `due_ns`; 0 in closed loop and where it is none. */
void client_start(struct client_group *group, struct client *client, uint64_t due_ns);
/* The beginning, and after a rest: connect, or wait for what is due. */
void client_go(struct client_group *group, struct client *client, uint64_t now_ns);

/* ---- client_turn.c ---- */

/* The only way that a state changes. */
void client_become(struct client_group *group, struct client *client, enum client_state state);

void client_rest(struct client_group *group, struct client *client, uint64_t until_ns);
/* It can take an operation: in open loop it queues for one. */
void client_free(struct client_group *group, struct client *client, uint64_t now_ns);

/* Is an operation that was due then counted? In open loop what was due before is not. */
bool client_counts(const struct client_group *group, uint64_t due_ns);

/* ---- client_open.c ---- */

/* The connection is as it should be; `early` came behind the 101. */
void client_opened(struct client_group *group, struct client *client, struct shunt_span early,
                   uint64_t now_ns);
void client_hear(struct client_group *group, struct client *client, struct shunt_span bytes,
                 uint64_t now_ns);
/* The server ended the connection, in whatever way: count it if it was established to stay. */
void client_count_closed(struct client_group *group, const struct client *client);
/* The server's end came. */
void client_hear_end(struct client_group *group, struct client *client);
/* One more message, due at `due_ns`. */
void client_say(struct client_group *group, struct client *client, uint64_t due_ns,
                uint64_t now_ns);
/* A send of messages or of a pong is over. */
void client_said(struct client_group *group, struct client *client, uint32_t bytes);

#endif
