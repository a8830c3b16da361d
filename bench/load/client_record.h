/* What clients did, into the tally of their group. */
#ifndef BENCH_LOAD_CLIENT_RECORD_H
#define BENCH_LOAD_CLIENT_RECORD_H

#include "load/client.h"

/* Is an operation that was due then counted? In open loop what was due before is not. */
bool client_record_counts(const struct client_group *group, uint64_t due_ns);
/* When the connection had come how far. */
void client_record_establishment(struct client_group *group, const struct client *client);
/* The operation was a connection, and it is right. */
void client_record_connection(struct client_group *group, const struct client *client,
                              uint64_t now_ns);
/* The oldest messages under way were answered. */
void client_record_answers(struct client_group *group, struct client *client, unsigned answers,
                           uint64_t now_ns);
/* The server ended the connection, in whatever way: count it if it was established to stay. */
void client_record_closed(struct client_group *group, const struct client *client);
/* What failed, and in which phase; `sample` is of what came. */
void client_record_failure(struct client_group *group, const struct client *client,
                           enum failure failure, struct shunt_span sample);

#endif
