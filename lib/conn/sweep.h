/* What needs a look at every connection from time to time. */
#ifndef CONN_SWEEP_H
#define CONN_SWEEP_H

#include "conn/loop.h"

/* Do what is due: park what has been quiet for park_ms, close whose peer has taken nothing for
 * write_ms. A part of the slots a call, so that no turn looks at more than a share of them. */
void conn_sweep(struct shunt_worker *loop);
/* When conn_sweep() should be called next, by loop->now_ms. */
uint64_t conn_sweep_due_ms(const struct shunt_worker *loop);

#endif
