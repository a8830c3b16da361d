/* What was deferred and has not been answered goes on: an upgrade that its plugin has settled, and a
 * request that a filter lets go on. Both happen within a call of a plugin or a handler. */
#ifndef HTTP1_RESUME_H
#define HTTP1_RESUME_H

#include "exchange/exchange.h"

/* For struct shunt_upgrade: go on with the verdict. */
void http1_resume_settled(struct shunt_exchange *exchange, enum shunt_verdict verdict);
/* For struct exchange_version: ask the filters behind the one that had deferred it. */
void http1_resume_filtered(struct shunt_exchange *exchange);

#endif
