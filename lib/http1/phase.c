#include "http1/phase.h"

#include "conn/close.h"
#include "conn/timer.h"
#include "exchange/context.h"

void http1_phase_set(struct conn *conn, enum http1_phase phase, bool anew)
{
    const struct exchange_limits *limits = &exchange_context_of(conn)->limits;
    struct http1_slot *state = http1_slot_of(conn);

    if (state->phase == phase && !anew) {
        return; /* idle: the timer looks at idle_until_ms when it runs out */
    }
    state->phase = phase;
    conn_timer(conn, phase == HTTP1_HEAD      ? limits->head_ms
                     : phase == HTTP1_BODY    ? limits->body_ms
                     : phase == HTTP1_WAITING ? 0
                     : state->draining        ? limits->drain_idle_ms
                                              : limits->keep_alive_ms);
}

void http1_phase_idle_over(struct conn *conn)
{
    const struct http1_slot *state = http1_slot_of(conn);

    if (state->draining || state->phase == HTTP1_HEAD ||
        conn_loop_of(conn)->now_ms >= state->idle_until_ms) {
        conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
    } else {
        conn_timer_at(conn, state->idle_until_ms);
    }
}
