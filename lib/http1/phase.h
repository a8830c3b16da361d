/* What the timer of an HTTP/1.1 connection is for while nothing is deferred. */
#ifndef HTTP1_PHASE_H
#define HTTP1_PHASE_H

#include "http1/slot.h"

/* A new phase starts its timer; `anew`: so does the same one, because another request has begun. */
void http1_phase_set(struct conn *conn, enum http1_phase phase, bool anew);
/* The timer ran out, and no request has begun: close, or wait until idle_until_ms. */
void http1_phase_idle_over(struct conn *conn);

#endif
