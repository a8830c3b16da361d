/* What follows from what has happened to a connection: decided in one place. */
#ifndef CONN_STEP_H
#define CONN_STEP_H

struct shunt_worker;

/* A step for every connection that was marked, at the end of a turn. What is left marked then gets
 * its step in the next turn, which does not wait. */
void conn_step_all(struct shunt_worker *loop);

#endif
