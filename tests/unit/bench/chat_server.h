/* A server of a few lines, a thread for each connection, that answers requests and messages. */
#ifndef UNIT_BENCH_CHAT_SERVER_H
#define UNIT_BENCH_CHAT_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum chat {
    CHAT_RIGHT,
    CHAT_IN_PIECES,  /* three bytes at a time */
    CHAT_WRONG,      /* the last byte of an echo is another */
    CHAT_PINGS,      /* a ping behind the 101; nothing comes back before its pong */
    CHAT_HANGS_UP,   /* ends the connection in place of the ninth answer */
    CHAT_SAYS_CLOSE, /* HTTP: each second response is the last one of its connection */
    CHAT_CUTS_SHORT, /* ends the connection in the middle of the ninth answer */
};

struct chat_server {
    int listener;
    uint16_t port;
    char path[64]; /* of a unix socket in place of the port; "" none */
    enum chat chat;
    const char *fields; /* of the 101 besides, each with its line end; NULL: none */
    _Atomic bool stop;
    _Atomic unsigned connections, pongs;
    _Atomic uint32_t peers[64]; /* the first connections' source addresses */
    pthread_t thread;
};

/* Listen on a free port, or on `path`, and serve. */
void chat_server_start(struct chat_server *server);
/* Ends when all connections have ended. */
void chat_server_stop(struct chat_server *server);

#endif
