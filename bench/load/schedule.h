/* When operations are due in open loop: a clock that does not wait for answers. */
#ifndef BENCH_LOAD_SCHEDULE_H
#define BENCH_LOAD_SCHEDULE_H

#include "load/stages.h"

#include <stdbool.h>
#include <stdint.h>

struct schedule {
    double from_ns, interval_ns;
    double due, step; /* operations since `from_ns`: the next one, and from one to the next */
    bool poisson;
    uint64_t random;
    const struct stages *stages; /* NULL: always the same rate */
    uint32_t stage;
    uint64_t next_ns; /* with stages: of `due` */
};

/* `per_second` is above 0. Constant: every interval, the first at from_ns. Poisson: independent,
 * exponential gaps with that mean; `seed` chooses them. */
void schedule_init(struct schedule *schedule, double per_second, bool poisson, uint64_t seed,
                   uint64_t from_ns);
/* One of `count` schedules that share out the operations of `stages`, which is borrowed: number
 * `share` has every `count`th of them, and with Poisson gaps of that mean. */
void schedule_init_stages(struct schedule *schedule, const struct stages *stages, uint32_t share,
                          uint32_t count, bool poisson, uint64_t from_ns);
/* The time of the next one; UINT64_MAX: there is none, the stages are over. */
uint64_t schedule_next_ns(const struct schedule *schedule);
/* That one is taken: the next is due. */
void schedule_take(struct schedule *schedule);
/* How many are due by `now_ns` and not taken, as far as that is known: for Poisson the mean. */
uint64_t schedule_behind(const struct schedule *schedule, uint64_t now_ns);

/* Evenly distributed 64 bits; *state is any value and moves on. */
uint64_t schedule_random(uint64_t *state);

#endif
