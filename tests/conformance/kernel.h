/*
 * A kernel that refuses, for what no real one does when a test wants it. The calls of io to the
 * kernel are wrapped when the tests are linked (tests/CMakeLists.txt); io does not know.
 */
#ifndef CONFORMANCE_KERNEL_H
#define CONFORMANCE_KERNEL_H

#include <stdbool.h>

/* The `nth` ring that this process sets up from now on (1: the next) is refused with `error`. */
void kernel_ring_refuse(unsigned nth, int error);

/* The next `times` waits of the calling thread's loop, on either back end, fail with `error`. */
void kernel_wait_refuse(unsigned times, int error);
/* Every call of the calling thread to its rings fails with EBADF from now on, waits or not. */
void kernel_rings_break(void);
/* The next wait of the calling thread's ring returns -EBADR, as where the kernel had no memory to keep
 * a completion and has dropped it. */
void kernel_completion_drop(void);

#endif
