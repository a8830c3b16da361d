/* All messages of a run are of one size, so a frame's end is known before it has come. */
#include "load/broadcast_receive.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES_MAX (4 + sizeof(struct broadcast_stamp))

struct connection {
    int fd;
    uint32_t at;                  /* of the frame that is coming */
    uint8_t head[HEAD_BYTES_MAX]; /* its beginning */
};

struct broadcast_receiver {
    const struct broadcast_phase *phase;
    enum io_backend backend;
    uint32_t count, publishers, header_bytes, frame_bytes;
    pthread_t thread;
    pthread_barrier_t ready;
    struct error error;
    char words[256];
    enum shunt_status status;
    struct io *io;
    bool counting;
    struct histogram latency_ns;
    uint64_t received_bytes, repeated, lost;
    double cpu_s;
    uint32_t *next; /* the number that is expected, by connection and publisher */
    _Alignas(64) _Atomic uint64_t delivered;
    struct connection connections[];
};

/* ---- messages ---- */

static void lose(struct broadcast_receiver *receiver, struct connection *connection)
{
    io_close(receiver->io, connection->fd, true);
    connection->fd = -1;
    receiver->lost++;
}

/* A number that is ahead is one that others are missing before. */
static bool message(struct broadcast_receiver *receiver, const struct connection *connection,
                    uint64_t now_ns)
{
    struct broadcast_stamp stamp;
    uint32_t *next;

    memcpy(&stamp, connection->head + receiver->header_bytes, sizeof stamp);
    if ((connection->head[0] & 0xf0) != 0x80 || stamp.publisher >= receiver->publishers) {
        return false; /* fragmented, compressed or of somebody else */
    }
    next = &receiver->next[(size_t)(connection - receiver->connections) * receiver->publishers +
                           stamp.publisher];
    if (stamp.number < *next) {
        receiver->repeated++;
        return true;
    }
    *next = stamp.number + 1;
    atomic_store_explicit(&receiver->delivered, receiver->delivered + 1, memory_order_relaxed);
    if (receiver->counting) {
        histogram_record(&receiver->latency_ns,
                         now_ns > stamp.sent_ns ? now_ns - stamp.sent_ns : 0);
    }
    return true;
}

/* Bytes of one frame: its beginning is kept, the filling is not looked at. */
static uint32_t frame_part(const struct broadcast_receiver *receiver, struct connection *connection,
                           const uint8_t *bytes, uint32_t len)
{
    uint32_t head = receiver->header_bytes + (uint32_t)sizeof(struct broadcast_stamp);
    uint32_t some = receiver->frame_bytes - connection->at;

    some = some < len ? some : len;
    if (connection->at < head) {
        uint32_t kept = head - connection->at;

        memcpy(connection->head + connection->at, bytes, kept < some ? kept : some);
    }
    connection->at += some;
    return some;
}

static void received(void *context, uint64_t user, uint8_t *bytes, int len, bool more)
{
    struct broadcast_receiver *receiver = context;
    struct connection *connection = &receiver->connections[user];
    uint64_t now_ns = clock_now_ns();
    uint32_t left = len > 0 ? (uint32_t)len : 0;

    receiver->received_bytes += receiver->counting ? left : 0;
    while (left > 0) {
        uint32_t some = frame_part(receiver, connection, bytes, left);

        bytes += some;
        left -= some;
        if (connection->at == receiver->frame_bytes) {
            connection->at = 0;
            if (!message(receiver, connection, now_ns)) {
                lose(receiver, connection);
                return;
            }
        }
    }
    if (!more) {
        lose(receiver, connection);
    }
}

static void nothing_sent(void *context, uint64_t user, int result)
{
    (void)context, (void)user, (void)result;
}

/* ---- the thread ---- */

static enum shunt_status begin(struct broadcast_receiver *receiver)
{
    static const struct io_handler handler = {.received = received, .sent = nothing_sent};
    const struct io_options options = {
        .backend = receiver->backend, .buffer_count = 1024, .buffer_bytes = 16384};
    enum shunt_status status =
        io_create(&options, &handler, receiver, &receiver->io, &receiver->error);

    for (uint32_t i = 0; status == SHUNT_OK && i < receiver->count; i++) {
        status = io_add(receiver->io, receiver->connections[i].fd, i);
        if (status == SHUNT_OK) {
            io_receive(receiver->io, receiver->connections[i].fd, true);
        }
    }
    return status;
}

static void *receiver_main(void *arg)
{
    struct broadcast_receiver *receiver = arg;
    enum shunt_status status = begin(receiver);
    uint64_t cpu_ns = 0;

    receiver->status = status; /* which the main thread reads behind the barrier */
    pthread_barrier_wait(&receiver->ready);
    while (status == SHUNT_OK && !atomic_load(&receiver->phase->stop)) {
        bool counts = atomic_load_explicit(&receiver->phase->counting, memory_order_relaxed);

        if (counts != receiver->counting) {
            receiver->counting = counts;
            cpu_ns = counts ? clock_thread_cpu_ns() : clock_thread_cpu_ns() - cpu_ns;
        }
        status = io_turn(receiver->io, 10);
    }
    receiver->cpu_s = (double)cpu_ns / 1e9;
    if (receiver->io) {
        for (uint32_t i = 0; i < receiver->count; i++) {
            if (receiver->connections[i].fd >= 0) {
                io_close(receiver->io, receiver->connections[i].fd, true);
            }
        }
        io_destroy(receiver->io);
    }
    return NULL;
}

static void receiver_free(struct broadcast_receiver *receiver)
{
    pthread_barrier_destroy(&receiver->ready);
    free(receiver->next);
    free(receiver);
}

enum shunt_status broadcast_receiver_start(const struct broadcast_phase *phase,
                                           enum io_backend backend, const int *fds, uint32_t count,
                                           uint32_t publishers, uint32_t message_bytes,
                                           struct broadcast_receiver **made, struct error *error)
{
    size_t size = sizeof(struct broadcast_receiver) + count * sizeof(struct connection);
    struct broadcast_receiver *receiver = aligned_alloc(64, (size + 63) / 64 * 64);

    if (!receiver) {
        return error_set(error, SHUNT_ENOMEM, "no memory for %u connections", count);
    }
    memset(receiver, 0, size);
    receiver->phase = phase;
    receiver->backend = backend;
    receiver->count = count;
    receiver->publishers = publishers;
    receiver->header_bytes = BROADCAST_HEADER_BYTES(message_bytes);
    receiver->frame_bytes = receiver->header_bytes + message_bytes;
    receiver->error = (struct error){.text = receiver->words, .size = sizeof receiver->words};
    receiver->next = calloc((size_t)count * publishers, sizeof *receiver->next);
    for (uint32_t i = 0; i < count; i++) {
        receiver->connections[i].fd = fds[i];
    }
    pthread_barrier_init(&receiver->ready, NULL, 2);
    if (!receiver->next || pthread_create(&receiver->thread, NULL, receiver_main, receiver) != 0) {
        receiver_free(receiver);
        return error_set(error, SHUNT_ENOMEM, "no memory for a thread");
    }
    pthread_barrier_wait(&receiver->ready);
    if (receiver->status != SHUNT_OK) {
        enum shunt_status status = error_set(error, receiver->status, "%s", receiver->words);

        pthread_join(receiver->thread, NULL);
        receiver_free(receiver);
        return status;
    }
    *made = receiver;
    return SHUNT_OK;
}

uint64_t broadcast_receiver_delivered(const struct broadcast_receiver *receiver)
{
    return atomic_load_explicit(&receiver->delivered, memory_order_relaxed);
}

void broadcast_receiver_join(struct broadcast_receiver *receiver, struct broadcast_result *result)
{
    struct load_result *load = &result->load;

    pthread_join(receiver->thread, NULL);
    histogram_merge(&load->tally.latency_ns, &receiver->latency_ns);
    load->tally.received_bytes += receiver->received_bytes;
    load->client_cpu_s += receiver->cpu_s;
    if (load->seconds > 0 && receiver->cpu_s / load->seconds > load->client_busy_max) {
        load->client_busy_max = receiver->cpu_s / load->seconds;
    }
    result->delivered += receiver->delivered;
    result->repeated += receiver->repeated;
    result->lost += receiver->lost;
    receiver_free(receiver);
}
