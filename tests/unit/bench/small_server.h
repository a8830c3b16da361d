/* A server of a few lines on a port of its own, that errs in one way. One connection at a time. */
#ifndef UNIT_BENCH_SMALL_SERVER_H
#define UNIT_BENCH_SMALL_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum behaviour {
    RIGHT,
    RIGHT_IN_PIECES,
    WRONG_ACCEPT,
    NOT_FOUND,
    GARBAGE,
    CLOSE_EARLY,
    RESET,
    MUTE,
    STALL, /* right, but for 100 ms of each second nothing */
};

struct server {
    int listener;
    uint16_t port;
    enum behaviour behaviour;
    _Atomic bool stop;
    _Atomic unsigned served; /* connections that are over */
    pthread_t thread;
};

/* Listen on a free port; nothing is accepted before server_start(). */
void server_listen(struct server *server);
void server_start(struct server *server);
void server_stop(struct server *server);

#endif
