/* Named values that filters give to a request for whoever runs behind them. */
#ifndef EXCHANGE_ATTRIBUTES_H
#define EXCHANGE_ATTRIBUTES_H

#include <shunt/span.h>
#include <stdint.h>

#define EXCHANGE_ATTRIBUTES_MAX 8

/* Of one exchange. Small ones lie in `room`, others in its arena. `count` 0: none. */
struct exchange_attributes {
    unsigned count;
    uint32_t used; /* of `room`; set with the first one */
    struct {
        struct shunt_span name, value;
    } items[EXCHANGE_ATTRIBUTES_MAX];
    char room[256];
};

#endif
