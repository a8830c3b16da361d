/*
 * A set of descriptors that somebody else reads and writes, watched for readiness. It is one
 * descriptor to an io, whichever its back end is: so a member leaves at once, where an operation in
 * io_uring would have to be waited for before its descriptor might be closed.
 *
 * The set itself is made known by io_add() and waited for by io_ready(); it is ready while a member
 * is. The thread of its io.
 */
#ifndef IO_SET_H
#define IO_SET_H

#include <shunt/status.h>
#include <stdint.h>

enum { IO_SET_READABLE = 1, IO_SET_WRITABLE = 2 };

struct io_set_event {
    uint64_t name;   /* the member's */
    unsigned events; /* an error and the peer's end are both */
};

/* A descriptor that io_close() closes. SHUNT_OK, or SHUNT_ESYS and errno. */
enum shunt_status io_set_create(int *set) SHUNT_MUST_USE;
/*
 * Watch `fd` for `events` in place of `before`; 0 is no member. The kernel forgets a member that
 * the last process closes. SHUNT_OK, or SHUNT_ESYS and errno: EPERM, it cannot be polled; EEXIST,
 * it is a member already; ENOENT, EBADF, it is none any longer; ENOMEM, ENOSPC.
 */
enum shunt_status io_set_change(int set, int fd, unsigned before, unsigned events,
                                uint64_t name) SHUNT_MUST_USE;
/* Members that are ready, at most `most` (1 to IO_SET_EVENTS); others come first the next time. How
 * many. */
#define IO_SET_EVENTS 64
int io_set_ready(int set, struct io_set_event *ready, int most);

#endif
