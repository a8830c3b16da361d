/*
 * The io_uring back end's own state, shared by its files: uring_setup.c creates it, uring_start.c
 * starts operations, uring.c completes them.
 *
 * True for each descriptor:
 *   1. ARMED means that the kernel holds the receive-side operation (or the accept); it is cleared
 *      by the completion without F_MORE and by nothing else.
 *   2. A pending receive is ARMED, or STARVED and on the list, never both, never neither.
 *   3. A pending send is a request in the kernel: URING_WRITABLE with BLOCKED, URING_READ with
 *      READING, else URING_SEND; or, of a file, a result on the list.
 *   4. Close is queued when none of ARMED, STARVED, SEND, CONNECT is left, so the kernel never
 *      holds an operation for a number that may have a new tenant.
 */
#ifndef IO_URING_H
#define IO_URING_H

#include "io/backend.h"
#include "io/uring_buffers.h"

#include <liburing.h>

#define URING_MESSAGES   64u
#define URING_LIST_END   UINT32_MAX
#define URING_IN_KERNEL  (DESCRIPTOR_ARMED | DESCRIPTOR_SEND | DESCRIPTOR_CONNECT)
#define URING_UNFINISHED (URING_IN_KERNEL | DESCRIPTOR_STARVED)

enum uring_kind {
    URING_ACCEPT = 1,
    URING_RECEIVE,
    URING_READY,
    URING_SEND,
    URING_WRITABLE, /* of a send that took nothing */
    URING_READ,     /* of a file that is not in the page cache */
    URING_CONNECT,
    URING_WAKE,
    URING_ALARM,
    URING_SILENT, /* close and cancel: whatever they come to, there is nothing to do */
};

/* What the kernel reads while it consumes an SQE, and not after (IORING_FEAT_SUBMIT_STABLE). */
struct uring_message {
    struct msghdr header;
    union {
        struct iovec parts[IO_SEND_PARTS];
        struct sockaddr_storage address;
    } body;
};

/* A part of a file has been sent, which the next turn reports. */
struct uring_result {
    uint32_t fd;
    int result;
};

struct uring {
    struct io io;
    struct io_uring ring;
    struct uring_buffers buffers;
    uint32_t starved_first, starved_last; /* receives to arm again, linked by `link` */
    struct uring_result *results;         /* room for one of each descriptor */
    uint32_t results_count;
    void *sink; /* IO_FILE_TRY_BYTES, where files are read to have them in the page cache */
    unsigned messages_used;
    bool accept_once, receive_once; /* the kernel has no multishot accept, receive */
    bool receive_multishot_seen;
    struct io_uring_sqe nowhere; /* what a lost ring is given to do */
    struct uring_message messages[URING_MESSAGES];
};

static inline struct uring *uring_of(struct io *io)
{
    return (struct uring *)io;
}

/* One turn, as io_turn(). */
enum shunt_status uring_turn(struct io *io, int timeout_ms);

#endif
