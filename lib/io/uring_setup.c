/* Creating and ending a ring: which flags this kernel takes, and a sentence when it takes none. */
#include "io/uring_setup.h"

#include "io/file.h"
#include "io/uring.h"
#include "io/uring_start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void uring_destroy(struct io *io);

static const struct io_backend_ops uring_ops = {
    .name = "io_uring",
    .destroy = uring_destroy,
    .turn = uring_turn,
    .close = uring_close,
    .shut = io_base_shut,
    .release = uring_release,
    .accept = uring_accept,
    .accept_resume = uring_accept_resume,
    .accept_pause = uring_accept_pause,
    .receive = uring_receive,
    .ready = uring_ready,
    .receive_cancel = uring_receive_cancel,
    .send = uring_send,
    .send_file = uring_send_file,
    .connect = uring_connect,
};

/* The value of kernel.io_uring_disabled (6.6): '0', '1' (only a group), '2' (none), or 0. */
static char sysctl_disabled(void)
{
    char value = 0;
    int fd = open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        if (read(fd, &value, 1) != 1) {
            value = 0;
        }
        close(fd);
    }
    return value;
}

static const char *reason_of(int error)
{
    char disabled;

    switch (error) {
    case EPERM:
    case EACCES:
        disabled = sysctl_disabled();
        return disabled == '1' || disabled == '2'
                   ? "io_uring is forbidden by the sysctl kernel.io_uring_disabled"
                   : "io_uring is forbidden, as by a seccomp profile (Docker's default is one)";
    case ENOSYS:
        return "io_uring is not in this kernel, or a seccomp profile hides it";
    case ENOMEM:
        return "io_uring got no memory for its rings";
    case EINVAL:
        return "io_uring of this kernel is too old (5.19 is needed)";
    case EMFILE:
    case ENFILE:
        return "io_uring got no file descriptor";
    default:
        return "io_uring cannot be set up";
    }
}

/* Newest kernels first: 6.1, 6.0, 5.19, 5.6. An unknown flag is EINVAL. */
static int ring_open(struct io_uring *ring, unsigned sq_entries, unsigned cq_entries)
{
    static const unsigned base = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE;
    const unsigned tries[] = {
        base | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
        base | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN,
        base | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN,
        base,
    };
    int rc = -EINVAL;

    for (size_t i = 0; i < sizeof tries / sizeof *tries && rc == -EINVAL; i++) {
        struct io_uring_params params = {.flags = tries[i], .cq_entries = cq_entries};

        rc = io_uring_queue_init_params(sq_entries, ring, &params);
    }
    return rc;
}

/* A turn is one system call, nothing is lost on overflow, SQEs are copied, closes are silent. */
static int features_check(const struct io_uring *ring)
{
    const unsigned needed =
        IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_CQE_SKIP;

    return (ring->features & needed) == needed ? 0 : -EINVAL;
}

static int ring_init(struct uring *u, const struct io_options *options)
{
    /* The queue of completions may be asked to be small (tests); never below the other one. */
    unsigned sq =
        options->sq_entries < options->cq_entries ? options->sq_entries : options->cq_entries;
    int rc = ring_open(&u->ring, sq, options->cq_entries);

    if (rc < 0) {
        return rc;
    }
    rc = features_check(&u->ring);
    if (rc == 0) {
        rc =
            uring_buffers_init(&u->buffers, &u->ring, options->buffer_count, options->buffer_bytes);
    }
    if (rc < 0) {
        io_uring_queue_exit(&u->ring);
        return rc;
    }
    /* Spares a look-up of the ring's file in each system call (5.18); does without. */
    (void)io_uring_register_ring_fd(&u->ring);
    return 0;
}

static size_t results_bytes(const struct uring *u)
{
    return u->io.table.max * sizeof *u->results;
}

/* Address space for the worst case; pages become resident as far as the list is ever long. */
static int results_init(struct uring *u)
{
    void *results = mmap(NULL, results_bytes(u), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (results == MAP_FAILED) {
        return -ENOMEM;
    }
    (void)madvise(results, results_bytes(u), MADV_NOHUGEPAGE);
    u->results = results;
    return 0;
}

static void files_fini(struct uring *u)
{
    if (u->results) {
        munmap(u->results, results_bytes(u));
    }
    if (u->sink) {
        munmap(u->sink, IO_FILE_TRY_BYTES);
    }
}

enum shunt_status uring_create(const struct io_options *options, const struct io_handler *handler,
                               void *context, struct io **io, struct error *why)
{
    struct uring *u = aligned_alloc(64, (sizeof *u + 63) / 64 * 64);
    int rc;

    if (!u) {
        return io_base_refuse(why, SHUNT_ENOMEM, ENOMEM, "no memory for io_uring");
    }
    *u = (struct uring){.starved_first = URING_LIST_END, .starved_last = URING_LIST_END};
    if (io_base_init(&u->io, &uring_ops, options, handler, context) != SHUNT_OK) {
        rc = errno;
        free(u);
        return io_base_refuse(why, rc == ENOMEM ? SHUNT_ENOMEM : SHUNT_ESYS, rc, reason_of(rc));
    }
    rc = results_init(u);
    if (rc == 0) {
        rc = ring_init(u, options);
    }
    if (rc < 0) {
        enum shunt_status status = rc == -ENOMEM                    ? SHUNT_ENOMEM
                                   : rc == -EMFILE || rc == -ENFILE ? SHUNT_ESYS
                                                                    : SHUNT_ENOTSUP;

        files_fini(u);
        io_base_fini(&u->io);
        free(u);
        return io_base_refuse(why, status, -rc, reason_of(-rc));
    }
    uring_wake_arm(u, URING_WAKE);
    uring_wake_arm(u, URING_ALARM);
    *io = &u->io;
    return SHUNT_OK;
}

/* What a lost ring has not closed, and what it has accepted and not reported. */
static void leftovers_close(struct uring *u)
{
    const struct io_uring_sq *sq = &u->ring.sq;
    struct io_uring_cqe *cqe;
    unsigned at;

    for (at = io_uring_smp_load_acquire(sq->khead); at != sq->sqe_tail; at++) {
        const struct io_uring_sqe *sqe = &sq->sqes[at & *sq->kring_mask];

        if (sqe->opcode == IORING_OP_CLOSE) {
            close(sqe->fd);
        }
    }
    io_uring_for_each_cqe(&u->ring, at, cqe)
    {
        if (descriptors_name_kind(cqe->user_data) == URING_ACCEPT && cqe->res >= 0) {
            close(cqe->res);
        }
    }
}

/*
 * Requests hold their files: without the cancel, the descriptors closed here would live on until
 * the kernel has taken the ring apart, some milliseconds later and with the listener's port in use.
 */
static void uring_destroy(struct io *io)
{
    struct uring *u = uring_of(io);
    struct io_uring_sync_cancel_reg everything = {
        .fd = -1,
        .flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL,
        .timeout = {.tv_sec = 1, .tv_nsec = 0},
    };

    (void)io_uring_submit(&u->ring); /* closes that are queued */
    (void)io_uring_register_sync_cancel(&u->ring, &everything);
    (void)io_uring_get_events(&u->ring);
    leftovers_close(u);
    files_fini(u);
    io_base_fini(io);
    io_uring_queue_exit(&u->ring);
    uring_buffers_fini(&u->buffers);
    free(u);
}
