/*
 * Several timers of one stream, over the one that a stream has. They are numbers in memory of the
 * protocol's own, 8 bytes each, so that none has to be allocated, or given back when the stream
 * closes:
 *
 *     enum { PING, IDLE, TIMERS };
 *     struct state { uint64_t due_ms[TIMERS]; };      (all zero: none is armed)
 *
 *     shunt_timers_set(host, stream, state->due_ms, TIMERS, PING, 30000);
 *
 *     static void timer(struct shunt_stream *stream)  (of struct shunt_protocol)
 *     {
 *         int which;
 *
 *         while ((which = shunt_timers_next(host, stream, state->due_ms, TIMERS)) >= 0) {
 *             ...                                     (may set any of them, or close the stream)
 *         }
 *     }
 *
 * On the stream's worker. The stream's own timer is theirs: host->timer() is not called beside them.
 * Time grows with their number, which had better be small. Needs SHUNT_HAS(host, timer_at).
 */
#ifndef SHUNT_TIMERS_H
#define SHUNT_TIMERS_H

#include <shunt/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Arm the stream's timer for the earliest of them, or disarm it where none is armed. */
static inline void shunt_timers_arm(const struct shunt_host *host, struct shunt_stream *stream,
                                    const uint64_t *due_ms, size_t count)
{
    uint64_t first = 0;

    for (size_t i = 0; i < count; i++) {
        if (due_ms[i] && (!first || due_ms[i] < first)) {
            first = due_ms[i];
        }
    }
    host->timer_at(stream, first);
}

/* Run number `which` of `count` once, when `ms` milliseconds have passed, never sooner; 0 disarms it.
 * More than 2147483647 (24 days) counts as that. */
static inline void shunt_timers_set(const struct shunt_host *host, struct shunt_stream *stream,
                                    uint64_t *due_ms, size_t count, size_t which, uint32_t ms)
{
    due_ms[which] = ms ? host->after_ms(host->worker(stream), ms) : 0;
    shunt_timers_arm(host, stream, due_ms, count);
}

/* The number of one whose time has come, the earliest first, which is not armed any more; -1: there is
 * none, and the stream's timer is set for the next. */
static inline int shunt_timers_next(const struct shunt_host *host, struct shunt_stream *stream,
                                    uint64_t *due_ms, size_t count)
{
    uint64_t now = host->now_ms(host->worker(stream));
    size_t first = count;

    for (size_t i = 0; i < count; i++) {
        if (due_ms[i] && due_ms[i] <= now && (first == count || due_ms[i] < due_ms[first])) {
            first = i;
        }
    }
    if (first == count) {
        shunt_timers_arm(host, stream, due_ms, count);
        return -1;
    }
    due_ms[first] = 0;
    return (int)first;
}

#ifdef __cplusplus
}
#endif

#endif
