/* All tables of this process by number, so that any thread can post to an id. */
#ifndef CONN_WORKERS_H
#define CONN_WORKERS_H

#include "conn/table.h"

/* Give a table its number. SHUNT_EFULL when 2^CONN_WORKER_BITS live already. */
enum shunt_status conn_workers_add(struct conn_table *table) SHUNT_MUST_USE;
/* From now on ids of the table miss; its mailbox gets nothing more once this returns. Bounded,
 * however many threads go on posting. No effect when it has no number. */
void conn_workers_remove(struct conn_table *table);

/* Make a table number `number` of a group, and its id known there. */
void conn_workers_join(struct conn_table *table, struct conn_group *group, unsigned number);
/* Names the table itself, for conn_post_worker(); never 0. */
shunt_id conn_worker_id(const struct conn_table *table);
/* Look at what other threads have been refused: count it, and say so at times. Once a turn. */
void conn_workers_look(struct conn_table *table);

#endif
