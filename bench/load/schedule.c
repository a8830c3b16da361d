#include "load/schedule.h"

#include <math.h>

/* splitmix64: one multiplication chain, passes the usual test batteries, any seed will do. */
uint64_t schedule_random(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static double gap(struct schedule *schedule)
{
    if (!schedule->poisson) {
        return 1;
    }
    /* 53 bits in (0, 1]: the logarithm of 0 is not asked for. */
    return -log(((double)(schedule_random(&schedule->random) >> 11) + 1) * 0x1p-53);
}

void schedule_init(struct schedule *schedule, double per_second, bool poisson, uint64_t seed,
                   uint64_t from_ns)
{
    *schedule = (struct schedule){.from_ns = (double)from_ns,
                                  .interval_ns = 1e9 / per_second,
                                  .poisson = poisson,
                                  .random = seed};
    if (poisson) {
        schedule->due = gap(schedule);
    }
}

uint64_t schedule_next_ns(const struct schedule *schedule)
{
    return (uint64_t)(schedule->from_ns + schedule->due * schedule->interval_ns);
}

void schedule_take(struct schedule *schedule)
{
    schedule->due += gap(schedule);
}

uint64_t schedule_behind(const struct schedule *schedule, uint64_t now_ns)
{
    uint64_t next_ns = schedule_next_ns(schedule);

    return next_ns > now_ns ? 0
                            : 1 + (uint64_t)((double)(now_ns - next_ns) / schedule->interval_ns);
}
