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
                                  .step = 1,
                                  .poisson = poisson,
                                  .random = seed};
    if (poisson) {
        schedule->due = gap(schedule);
    }
}

/* The time of `due` in the stages. */
static uint64_t find_next_ns(struct schedule *schedule)
{
    double due_s = stages_due_s(schedule->stages, schedule->due, &schedule->stage);

    return due_s < 0 ? UINT64_MAX : (uint64_t)(schedule->from_ns + due_s * 1e9);
}

void schedule_init_stages(struct schedule *schedule, const struct stages *stages, uint32_t share,
                          uint32_t count, bool poisson, uint64_t from_ns)
{
    *schedule = (struct schedule){.from_ns = (double)from_ns,
                                  .due = share,
                                  .step = count,
                                  .poisson = poisson,
                                  .random = share,
                                  .stages = stages};
    if (poisson) {
        schedule->due = schedule->step * gap(schedule);
    }
    schedule->next_ns = find_next_ns(schedule);
}

uint64_t schedule_next_ns(const struct schedule *schedule)
{
    return schedule->stages ? schedule->next_ns
                            : (uint64_t)(schedule->from_ns + schedule->due * schedule->interval_ns);
}

void schedule_take(struct schedule *schedule)
{
    schedule->due += schedule->step * gap(schedule);
    if (schedule->stages) {
        schedule->next_ns = find_next_ns(schedule);
    }
}

uint64_t schedule_behind(const struct schedule *schedule, uint64_t now_ns)
{
    uint64_t next_ns = schedule_next_ns(schedule);

    if (next_ns > now_ns) {
        return 0;
    }
    if (schedule->stages) {
        double passed =
            stages_integral(schedule->stages, ((double)now_ns - schedule->from_ns) / 1e9);
        double behind = ceil((passed - schedule->due) / schedule->step);

        return behind > 1 ? (uint64_t)behind : 1;
    }
    return 1 + (uint64_t)((double)(now_ns - next_ns) / schedule->interval_ns);
}
