#include "load/pace.h"

#include <sched.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define TURN_NS (PACE_TURN_MS * UINT64_C(1000000))

/* A turn that brings nothing takes a microsecond or two. In a longer one somebody else had the CPU.
 */
#define EMPTY_TURN_NS_MAX 20000u

enum shunt_status pace_init(struct pace *pace, struct io *io, bool spins)
{
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    if (timer < 0) {
        return SHUNT_ESYS;
    }
    if (io_add(io, timer, UINT64_MAX) != SHUNT_OK) {
        close(timer);
        return SHUNT_ENOMEM;
    }
    *pace = (struct pace){.io = io, .timer = timer, .spins = spins};
    return SHUNT_OK;
}

int pace_ms(uint64_t now_ns, uint64_t until_ns)
{
    if (until_ns <= now_ns) {
        return 0;
    }
    return until_ns - now_ns < TURN_NS ? (int)((until_ns - now_ns + 999999) / 1000000)
                                       : PACE_TURN_MS;
}

void pace_begin(struct pace *pace, uint64_t now_ns)
{
    pace->awake = false;
    pace->from_ns = now_ns;
}

/* It is set once for each time: what comes before it rings leaves it alone. */
static bool set_timer(struct pace *pace, uint64_t at_ns)
{
    struct itimerspec when = {
        .it_value = {(time_t)(at_ns / 1000000000u), (long)(at_ns % 1000000000u)}};

    if (pace->rings_ns != at_ns &&
        timerfd_settime(pace->timer, TFD_TIMER_ABSTIME, &when, NULL) != 0) {
        return false;
    }
    pace->rings_ns = at_ns;
    if (!pace->pending) {
        pace->pending = true;
        io_ready(pace->io, pace->timer);
    }
    return true;
}

int pace_until(struct pace *pace, uint64_t due_ns, int most_ms)
{
    uint64_t lead_ns = pace->spins ? pace->lead.ns : 0;

    if (due_ns >= pace->from_ns + TURN_NS) {
        return most_ms;
    }
    if (due_ns <= pace->from_ns) {
        return 0;
    }
    if (due_ns <= pace->from_ns + 2 * lead_ns) { /* it would take longer to leave the sleep */
        pace->awake = true;
        return 0;
    }
    return set_timer(pace, due_ns - lead_ns) ? most_ms : 1;
}

void pace_end(struct pace *pace, uint64_t now_ns, bool empty)
{
    /* Of empty turns in a row, what lies between them is waiting too. */
    uint64_t ns = now_ns - (pace->empty_until_ns ? pace->empty_until_ns : pace->from_ns);

    pace->empty_until_ns = pace->awake && empty ? now_ns : 0;
    if (pace->empty_until_ns) {
        sched_yield(); /* to a server on this CPU, which else waits for the end of a slice */
        pace->spun_ns += ns < EMPTY_TURN_NS_MAX ? ns : EMPTY_TURN_NS_MAX;
    }
}

void pace_rang(struct pace *pace, uint64_t now_ns)
{
    if (pace->from_ns < pace->rings_ns && now_ns >= pace->rings_ns) {
        lead_learn(&pace->lead, now_ns - pace->rings_ns); /* the loop slept when it rang */
    }
    pace->pending = false;
    pace->rings_ns = 0;
}
