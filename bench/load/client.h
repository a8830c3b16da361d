/*
 * One client and the group that it is in, for the files of this folder whose names begin with
 * client_: states, and the queues of those that rest and of those that are free. Nothing here
 * starts work or touches a socket.
 */
#ifndef BENCH_LOAD_CLIENT_H
#define BENCH_LOAD_CLIENT_H

#include "load/choice.h"
#include "load/client_group.h"
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
    /* Of several requests: how many have not gone out whole, and of these how many the loop has. No
     * other can have been answered, so no more than two rings of `depth` are in use. */
    uint32_t unsent, handed;
    uint64_t to_send;
    char *pong; /* allocated for the first ping */
    size_t pong_len;
    struct talk_state talk;
};

/* When a message was due, and how much later than it could this client took it; and which of several
 * requests it is. */
struct message_time {
    uint64_t due_ns, late_ns;
    uint32_t request;
};

struct client_group {
    const struct client_plan *plan;
    struct tally *tally;
    struct io *io;
    enum client_way way; /* the plan's, until the ping */
    uint32_t depth, ring;
    uint32_t count, begun, next_request, next_source;
    uint32_t establishing; /* clients that are connecting or awaiting */
    bool counting;
    uint64_t counting_from_ns;
    uint32_t resting_first, resting_last; /* in order of their time: the rest is always as long */
    uint32_t free_first, free_last;
    uint64_t next_sweep_ns;
    uint32_t share; /* of the stages: its number among the groups */
    bool scheduled;
    struct schedule schedule;
    uint64_t arrivals_left;
    uint64_t random;
    struct inflaters inflaters;
    struct pace pace;
    struct message_time *times;      /* a ring of `ring` for each client */
    struct choice choice;            /* of the plan's requests, where these are several */
    struct target_tally *by_request; /* likewise, where they are to be apart; else NULL */
    struct client clients[];
};

static inline struct message_time *client_ring(const struct client_group *group,
                                               const struct client *client)
{
    return group->times + (size_t)(client - group->clients) * group->ring;
}

/* The only way that a state changes. */
void client_become(struct client_group *group, struct client *client, enum client_state state);
bool client_establishing(const struct client *client);
/* In open loop, connections that pass wait for their time before they connect. */
bool client_waits_unconnected(const struct client_group *group);

/* It rests until then; the first whose rest is over, or NULL. */
void client_rest(struct client_group *group, struct client *client, uint64_t until_ns);
struct client *client_rested(struct client_group *group, uint64_t now_ns);
/* It can take an operation: in open loop it queues for one. */
void client_free(struct client_group *group, struct client *client, uint64_t now_ns);
/* The first that can take an operation, which stays in the queue; NULL. */
struct client *client_first_free(struct client_group *group);
/* The first of the queue, which has room for more, lets those behind it go first. */
void client_to_the_end(struct client_group *group);
/* One that is held, each as likely as any other: lifetimes are then exponential without a timer.
 * NULL where none was drawn. */
struct client *client_draw_held(struct client_group *group);

#endif
