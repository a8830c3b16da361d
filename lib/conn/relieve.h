/* Order 3 of conn/memory.h. */
#ifndef CONN_RELIEVE_H
#define CONN_RELIEVE_H

struct shunt_worker;

/* Where too much is buffered, reset those whose peers have not read for longest. At the end of a
 * turn. */
void conn_relieve(struct shunt_worker *loop);

#endif
