/* Time. Monotonic for measuring and timers, wall for what people and the Date field read. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Since 1970, UTC. */
static inline uint64_t clock_wall_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* CPU time that the calling thread has used. */
static inline uint64_t clock_thread_cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Good to the kernel's tick (1 to 4 ms) and several times cheaper. */
static inline uint64_t clock_coarse_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

/* How far that clock may lag behind: its tick, and the part of a millisecond that it leaves out. */
static inline uint32_t clock_coarse_lag_ms(void)
{
    struct timespec tick = {0, 10000000}; /* as long as any kernel's */

    (void)clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
    return (uint32_t)((tick.tv_nsec + 999999) / 1000000) + 1;
}

#endif
