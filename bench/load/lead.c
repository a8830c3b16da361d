#include "load/lead.h"

/* 199 steps up for one down: in balance where one alarm in 200 is later. */
#define UP_NS   1990u
#define DOWN_NS 10u

void lead_learn(struct lead *lead, uint64_t late_ns)
{
    if (late_ns > LEAD_NS_MAX) {
        return;
    }
    if (late_ns > lead->ns) {
        lead->ns = lead->ns + UP_NS < LEAD_NS_MAX ? lead->ns + UP_NS : LEAD_NS_MAX;
    } else {
        lead->ns -= lead->ns < DOWN_NS ? lead->ns : DOWN_NS;
    }
}
