/* The handler of <shunt/server.h> that answers with all counters, and the configuration's. */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include <shunt/server.h>

/* What a route without methods of its own answers with it: GET, and so HEAD. Ends with NULL. */
extern char *const server_metrics_methods[];

#endif
