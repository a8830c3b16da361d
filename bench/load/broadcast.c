#include "load/broadcast.h"

#include "base/clock.h"
#include "load/broadcast_connect.h"
#include "load/broadcast_receive.h"
#include "wire/frames.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND_NS     UINT64_C(1000000000)
#define NAP_NS        UINT64_C(50000)
#define RECEIVERS_MAX 64

struct broadcast {
    const struct options *options;
    const struct broadcast_plan *plan;
    struct broadcast_result *result;
    struct broadcast_phase phase;
    int *fds; /* those that publish first */
    struct broadcast_receiver *receivers[RECEIVERS_MAX];
    uint32_t receiver_count;
    uint32_t numbers[BROADCAST_PUBLISHERS_MAX]; /* the next of each publisher */
    char *payload, *frame;
    uint64_t start_ns;
};

/* ---- publishing, on the main thread ---- */

static bool send_all(int fd, const char *bytes, size_t len, uint64_t timeout_ms)
{
    while (len > 0) {
        ssize_t wrote = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (wrote < 0 && errno == EAGAIN) {
            struct pollfd room = {.fd = fd, .events = POLLOUT};

            if (poll(&room, 1, (int)timeout_ms) != 1) {
                return false;
            }
        } else if (wrote < 0) {
            return false;
        } else {
            bytes += wrote;
            len -= (size_t)wrote;
        }
    }
    return true;
}

static enum shunt_status publish(struct broadcast *run, uint64_t due_ns, struct error *error)
{
    uint32_t publisher = (uint32_t)(run->result->published % run->plan->publishers);
    const struct broadcast_stamp stamp = {due_ns, publisher, run->numbers[publisher]++};
    size_t len;

    memcpy(run->payload, &stamp, sizeof stamp);
    len = frames_write(run->frame, FRAME_BINARY,
                       (struct shunt_span){run->payload, run->options->message_bytes},
                       (uint32_t)due_ns);
    if (!send_all(run->fds[publisher], run->frame, len, run->plan->clients->timeout_ms)) {
        return error_set(error, SHUNT_ESYS, "publisher %u: %s", publisher, strerror(errno));
    }
    run->result->published++;
    return SHUNT_OK;
}

static uint64_t delivered(const struct broadcast *run)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < run->receiver_count; i++) {
        sum += broadcast_receiver_delivered(run->receivers[i]);
    }
    return sum;
}

/* All but the one that has sent it. */
static uint64_t expected(const struct broadcast *run)
{
    return run->result->published * (run->options->connections - 1);
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
}

/* When the next message is due; 0: not before others have come. */
static uint64_t due(const struct broadcast *run)
{
    double rate = run->plan->clients->rate;

    if (rate > 0) {
        return run->start_ns + (uint64_t)((double)run->result->published / rate * 1e9);
    }
    return expected(run) - delivered(run) <
                   (uint64_t)run->plan->window * (run->options->connections - 1)
               ? clock_now_ns()
               : 0;
}

static enum shunt_status publish_until(struct broadcast *run, uint64_t until_ns,
                                       struct error *error)
{
    enum shunt_status status = SHUNT_OK;

    while (status == SHUNT_OK && clock_now_ns() < until_ns) {
        uint64_t due_ns = due(run);

        if (due_ns == 0 || due_ns > clock_now_ns()) {
            nap();
        } else {
            status = publish(run, due_ns, error);
        }
    }
    return status;
}

static void drain(const struct broadcast *run)
{
    uint64_t patience_ns = run->plan->clients->timeout_ms * UINT64_C(1000000);
    uint64_t last = delivered(run), last_ns = clock_now_ns();

    while (last < expected(run) && clock_now_ns() - last_ns < patience_ns) {
        uint64_t now = delivered(run);

        last_ns = now > last ? clock_now_ns() : last_ns;
        last = now;
        nap();
    }
}

/* ---- a run ---- */

static enum shunt_status establish(struct broadcast *run, struct error *error)
{
    uint64_t start_ns = clock_now_ns();

    for (uint32_t i = 0; i < run->options->connections; i++) {
        enum shunt_status status = broadcast_connect(run->plan->clients, i, &run->fds[i], error);

        if (status != SHUNT_OK) {
            while (i-- > 0) {
                close(run->fds[i]);
            }
            return status;
        }
    }
    run->result->establish_s = (double)(clock_now_ns() - start_ns) / 1e9;
    run->result->load.tally.established = run->options->connections;
    return SHUNT_OK;
}

/* Each thread gets a run of the connections. */
static enum shunt_status receive(struct broadcast *run, struct error *error)
{
    uint32_t threads = run->options->threads, all = run->options->connections, from = 0;

    threads = threads < RECEIVERS_MAX ? threads : RECEIVERS_MAX;
    for (uint32_t i = 0; i < threads; i++) {
        uint32_t count = (all - from) / (threads - i);
        enum shunt_status status = broadcast_receiver_start(
            &run->phase, run->options->backend, run->fds + from, count, run->plan->publishers,
            run->options->message_bytes, &run->receivers[i], error);

        if (status != SHUNT_OK) {
            return status;
        }
        run->receiver_count++;
        from += count;
    }
    return SHUNT_OK;
}

static enum shunt_status measure(struct broadcast *run, struct error *error)
{
    const struct options *options = run->options;
    struct load_result *load = &run->result->load;
    uint64_t warm_ns = (uint64_t)(options->warmup_s * 1e9);
    uint64_t long_ns = (uint64_t)(options->duration_s * 1e9), from_ns;
    struct process_usage before, after;
    enum shunt_status status;

    run->start_ns = clock_now_ns();
    load->started_at = time(NULL);
    status = publish_until(run, run->start_ns + warm_ns, error);
    if (status != SHUNT_OK) {
        return status;
    }
    load->server_known = options->pid && process_usage(options->pid, &before) == SHUNT_OK;
    from_ns = clock_now_ns();
    atomic_store(&run->phase.counting, true);
    status = publish_until(run, from_ns + long_ns, error);
    atomic_store(&run->phase.counting, false);
    load->seconds = (double)(clock_now_ns() - from_ns) / 1e9;
    load->server_known = load->server_known && process_usage(options->pid, &after) == SHUNT_OK;
    if (load->server_known) {
        load->server = process_usage_since(&after, &before);
    }
    drain(run);
    return status;
}

static void sum_up(struct broadcast *run)
{
    struct broadcast_result *result = run->result;

    atomic_store(&run->phase.stop, true);
    for (uint32_t i = 0; i < run->receiver_count; i++) {
        broadcast_receiver_join(run->receivers[i], result);
    }
    result->expected = expected(run);
    result->load.backend = run->options->backend == IO_EPOLL ? "epoll" : "io_uring";
    result->load.tally.sent_bytes = result->load.tally.messages_bytes;
    result->load.tally.closed = result->lost;
}

enum shunt_status broadcast_run(const struct options *options, const struct broadcast_plan *plan,
                                struct broadcast_result *result, struct error *error)
{
    struct broadcast run = {.options = options, .plan = plan, .result = result};
    enum shunt_status status = SHUNT_ENOMEM;

    memset(result, 0, sizeof *result);
    run.fds = calloc(options->connections, sizeof *run.fds);
    run.payload = calloc(1, options->message_bytes);
    run.frame = malloc(FRAMES_HEADER_MAX + options->message_bytes);
    if (!run.fds || !run.payload || !run.frame) {
        error_set(error, status, "no memory for %u connections", options->connections);
    } else {
        status = establish(&run, error);
        if (status == SHUNT_OK) {
            status = receive(&run, error);
        }
        if (status == SHUNT_OK) {
            status = measure(&run, error);
        }
        sum_up(&run);
    }
    free(run.fds);
    free(run.payload);
    free(run.frame);
    return status;
}
