/* Messages and their answers on an open connection. Nothing here decides what is sent next. */
#ifndef BENCH_LOAD_CLIENT_TALK_H
#define BENCH_LOAD_CLIENT_TALK_H

#include "load/client.h"

/* What came is ... */
enum client_event {
    CLIENT_NOTHING,
    CLIENT_ANSWERED, /* answers: there is room for new messages */
    CLIENT_DONE,     /* the end of what the connection was for */
    CLIENT_FAILED,   /* the client has failed and rests */
};

/* One more message, due at `due_ns`. */
void client_talk_send(struct client_group *group, struct client *client, uint64_t due_ns,
                      uint64_t now_ns);
/* A send of messages or of a pong is over. */
void client_talk_sent(struct client_group *group, struct client *client, uint32_t bytes);
enum client_event client_talk_received(struct client_group *group, struct client *client,
                                       struct shunt_span bytes, uint64_t now_ns);
/* The server's end came. */
enum client_event client_talk_ended(struct client_group *group, struct client *client);

#endif
