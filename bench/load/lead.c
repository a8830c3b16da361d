#include "load/lead.h"

/* Nine steps up for one down: in balance where one alarm in ten is later. */
#define UP_NS   900u
#define DOWN_NS 100u

void lead_learn(struct lead *lead, uint64_t late_ns)
{
    if (late_ns > lead->ns) {
        lead->ns = lead->ns + UP_NS < LEAD_NS_MAX ? lead->ns + UP_NS : LEAD_NS_MAX;
    } else {
        lead->ns -= lead->ns < DOWN_NS ? lead->ns : DOWN_NS;
    }
}
