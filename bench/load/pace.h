/*
 * How a loop waits for what is due, and is awake in time.
 *
 * Sleeping until an operation is due makes each of them late by what a timer and the way out of
 * sleep take, and that is the client's own part of a latency. So where a CPU is to spare the timer
 * is set early, by a lead that is learnt, and turns that do not sleep fill the rest. What they take
 * is counted apart: it is no work, and a client that waits so is not busy.
 */
#ifndef BENCH_LOAD_PACE_H
#define BENCH_LOAD_PACE_H

#include "io/io.h"
#include "load/lead.h"

/* No turn waits for longer. */
#define PACE_TURN_MS 10

/* The members are pace.c's, but for `spun_ns`. */
struct pace {
    struct io *io;
    int timer; /* the loop's, which waits for it where it is pending */
    bool pending;
    bool spins;        /* a CPU is to spare */
    uint64_t rings_ns; /* when the timer rings; 0: it is not set */
    uint64_t from_ns;  /* when this turn began */
    bool awake;        /* it does not sleep, and waits nevertheless */
    uint64_t
        empty_until_ns; /* the end of the last turn where that one did so and brought nothing */
    uint64_t spun_ns;   /* what such turns have taken since the start */
    struct lead lead;
};

/* Make a timer that `io` closes. Its readiness is pace_rang(). SHUNT_OK, SHUNT_ESYS (errno) or
 * SHUNT_ENOMEM. */
enum shunt_status pace_init(struct pace *pace, struct io *io, bool spins) SHUNT_MUST_USE;

/* A turn begins at `now_ns`. */
void pace_begin(struct pace *pace, uint64_t now_ns);
/* It shall be over in time for `due_ns`, and after `most_ms` at the latest: how long it may wait,
 * as io_turn() takes that. */
int pace_until(struct pace *pace, uint64_t due_ns, int most_ms);
/* It is over, and brought nothing where it was `empty`. */
void pace_end(struct pace *pace, uint64_t now_ns, bool empty);
/* The timer is ready. */
void pace_rang(struct pace *pace, uint64_t now_ns);

/* From `now_ns` until then in whole milliseconds, rounded up, at most PACE_TURN_MS. */
int pace_ms(uint64_t now_ns, uint64_t until_ns);

#endif
