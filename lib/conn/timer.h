/* A connection's one timer, which is its owner's until the connection closes. */
#ifndef CONN_TIMER_H
#define CONN_TIMER_H

#include "conn/conn.h"

/*
 * The owner's one timer: `ms` from this very moment, never sooner, and later by no more than two
 * ticks of the coarse clock and what the worker is busy with. More than CONN_TIMER_MS_MAX counts as
 * that. 0 disarms.
 */
#define CONN_TIMER_MS_MAX 2147483647u /* 24 days */
void conn_timer(struct conn *conn, uint32_t ms);
/* What the worker's clock will show once `ms` have passed for certain, counted from this moment. */
uint64_t conn_after_ms(const struct conn *conn, uint32_t ms);
/* The timer, at a time that conn_after_ms() gave; closing or not. */
void conn_timer_at(struct conn *conn, uint64_t at_ms);
/* Whoever set it. */
void conn_timer_cancel(struct conn *conn);

#endif
