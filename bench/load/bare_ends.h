/*
 * What the ends of a connection cost this machine's kernel where no server is at work: a socket
 * that does nothing, and a connection of this client to a socket that does nothing. What both ends
 * cost with a server, less the client's, is what the server's end costs.
 *
 * Counted are slabs that are not reclaimable, because reclaimable ones are mostly of files that
 * others open and close. The reclaimable part of a socket (its inode and name) is measured alone,
 * in a moment in which little else happens, and is the same for each.
 */
#ifndef BENCH_LOAD_BARE_ENDS_H
#define BENCH_LOAD_BARE_ENDS_H

#include "load/client_group.h"
#include "observe/kernel_memory.h"

struct bare_ends {
    uint32_t count; /* of the connections that were made for it; 0: not measured */
    char why[128];  /* not */
    struct kernel_memory before_sockets, sockets;         /* `count` sockets */
    struct kernel_memory before_connections, connections; /* `count` connections */
};

/*
 * Hold connections as those of `plan` to a listener of its own for a moment, at most `wanted`.
 * Takes some seconds: the kernel frees memory late. SHUNT_OK, measured or not, SHUNT_AGAIN when
 * interrupted. Main thread, no other thread yet.
 */
enum shunt_status bare_ends_measure(const struct client_plan *plan, uint32_t wanted,
                                    struct bare_ends *ends) SHUNT_MUST_USE;

struct kernel_ends {
    double socket_bytes;             /* one that does nothing */
    double client_bytes, both_bytes; /* what remains is the server's */
};

/* Of each of `held` connections that came between two readings. False: not measured, ends->why says
 * why. */
bool bare_ends_split(const struct bare_ends *ends, const struct kernel_memory *before,
                     const struct kernel_memory *after, uint64_t held, struct kernel_ends *split);

#endif
