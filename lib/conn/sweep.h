/* What needs a look at every connection from time to time. */
#ifndef CONN_SWEEP_H
#define CONN_SWEEP_H

#include "conn/table.h"

/* Do what is due: park what has been quiet for park_ms, close whose peer has taken nothing for
 * write_ms. A part of the slots a call, so that no turn looks at more than a share of them. */
void conn_sweep(struct conn_table *table);
/* When conn_sweep() should be called next, by table->now_ms. */
uint64_t conn_sweep_due_ms(const struct conn_table *table);

#endif
