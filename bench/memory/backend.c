/*
 * Completions are a queue: what starts an operation adds to it, a turn reports what was in it when
 * the turn began. So callbacks run in turns only, and what they start completes in the next one,
 * as with the kernel's back ends.
 */
#include "memory/backend.h"

#include "memory/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PEERS_DEFAULT = 64,
    PEERS_MAX = 65536,
    EVENTS_A_PEER = 4, /* at most: accepted, received, cancelled, sent */
};

/* ---- operations ---- */

/* What is none of ours stays pending. */
static void memory_receive(struct io *io, int fd, struct descriptor *d)
{
    if (memory_is_peer(memory_of(io), fd)) {
        memory_receive_signal(memory_of(io), fd, d);
    }
}

static void memory_receive_cancel(struct io *io, int fd, struct descriptor *d)
{
    (void)d;
    memory_event_add(memory_of(io), MEMORY_EVENT_CANCEL, fd, 0);
}

/* All is taken at once, unless the peer is gone; what it has no room for it does not keep. */
static void memory_send(struct io *io, int fd, struct descriptor *d, const struct iovec *parts,
                        int count)
{
    struct memory *m = memory_of(io);
    struct memory_peer *peer = memory_peer_of(m, fd);
    uint8_t *answer = m->answers[peer - m->peers];
    size_t sent = 0;

    (void)d;
    if (peer->reset) {
        memory_event_add(m, MEMORY_EVENT_SENT, fd, -ECONNRESET);
        return;
    }
    for (int i = 0; i < count; i++) {
        size_t room = MEMORY_ANSWER_BYTES - peer->len;
        size_t len = parts[i].iov_len < room ? parts[i].iov_len : room;

        memcpy(answer + peer->len, parts[i].iov_base, len);
        peer->len += (uint32_t)len;
        sent += parts[i].iov_len;
        if (m->sink) {
            m->sink(m->sink_arg, fd, (struct shunt_span){parts[i].iov_base, parts[i].iov_len});
        }
    }
    memory_event_add(m, MEMORY_EVENT_SENT, fd, (int)sent);
}

static void memory_send_file(struct io *io, int fd, struct descriptor *d, const struct iovec *parts,
                             int count, const struct io_file *file)
{
    struct memory *m = memory_of(io);
    uint8_t bytes[MEMORY_ANSWER_BYTES];
    size_t room = sizeof bytes, len = file->len < room ? file->len : room;
    ssize_t got = pread(file->fd, bytes, len, (off_t)file->offset);
    struct iovec all[IO_SEND_PARTS + 1] = {[0] = {bytes, 0}};

    (void)d;
    if (got <= 0) {
        memory_event_add(m, MEMORY_EVENT_SENT, fd, got < 0 ? -errno : -ENODATA);
        return;
    }
    if (count > 0) {
        memcpy(all, parts, (size_t)count * sizeof *parts);
    }
    all[count] = (struct iovec){bytes, (size_t)got};
    memory_send(io, fd, d, all, count + 1);
}

/* Accepting needs nothing but the flag that io.c keeps: memory_peer_connect() looks at it. */
static enum shunt_status memory_accept(struct io *io, int fd, struct descriptor *d)
{
    ASSERT(fd == memory_of(io)->first);
    d->flags |= DESCRIPTOR_ACCEPT;
    return SHUNT_OK;
}

static void memory_accept_change(struct io *io, int fd, struct descriptor *d)
{
    (void)io, (void)fd, (void)d;
}

/* A number that is no descriptor is of no use to anybody else. */
static void memory_release(struct io *io, int fd, struct descriptor *d)
{
    (void)d;
    ASSERT(!memory_is_peer(memory_of(io), fd));
}

static void memory_shut(struct io *io, int fd)
{
    (void)io, (void)fd; /* the peer looks at what it has been sent, and leaves by a reset */
}

static void memory_connect(struct io *io, int fd, struct descriptor *d,
                           const struct sockaddr *address, socklen_t len)
{
    (void)io, (void)fd, (void)d, (void)address, (void)len;
    ASSERT(!"there is nobody to connect to");
}

static void forget(struct memory *m, int fd)
{
    descriptors_forget(&m->io.table, fd);
    if (memory_is_peer(m, fd)) {
        m->held--;
        memory_peer_release(m, fd);
    } else if (fd < m->first) {
        close(fd);
    }
}

static void memory_close(struct io *io, int fd, struct descriptor *d, bool reset)
{
    (void)reset;
    IO_COUNT(io, closes);
    if (d->flags & DESCRIPTOR_SEND) {
        d->flags |= DESCRIPTOR_CLOSING; /* until `sent` has been reported */
    } else {
        forget(memory_of(io), fd);
    }
}

/* ---- the turn ---- */

static void report_accept(struct memory *m, int fd)
{
    memory_peer_of(m, fd)->arriving = false;
    if (descriptors_at(&m->io.table, m->first)->flags & DESCRIPTOR_ACCEPT) {
        (void)io_base_accepted(&m->io, descriptors_at(&m->io.table, m->first)->user, fd);
    } else { /* closed since */
        m->held--;
        memory_peer_release(m, fd);
    }
}

static void report_end(struct memory *m, struct descriptor *d, int result)
{
    d->flags &= (uint16_t) ~(DESCRIPTOR_RECEIVE | DESCRIPTOR_UNTIL_END | DESCRIPTOR_CANCEL);
    m->io.handler.received(m->io.context, d->user, NULL, result, false);
}

static void report_ready(struct memory *m, struct descriptor *d, int result)
{
    d->flags &= (uint16_t) ~(DESCRIPTOR_READY | DESCRIPTOR_CANCEL);
    m->io.handler.ready(m->io.context, d->user, result);
}

static void report_bytes(struct memory *m, int fd, struct descriptor *d, uint64_t name)
{
    struct memory_peer *peer = memory_peer_of(m, fd);
    size_t len = peer->sends.len < m->buffer_bytes ? peer->sends.len : m->buffer_bytes;
    bool more = d->flags & DESCRIPTOR_UNTIL_END;

    memcpy(m->buffer, peer->sends.at, len);
    peer->sends.at += len;
    peer->sends.len -= len;
    if (!more) {
        d->flags &= (uint16_t)~DESCRIPTOR_RECEIVE;
    }
    IO_COUNT(&m->io, receives);
    m->io.handler.received(m->io.context, d->user, m->buffer, (int)len, more);
    if (descriptors_find(&m->io.table, name) && !(d->flags & DESCRIPTOR_CLOSING)) {
        memory_receive_signal(m, fd, d);
    }
}

static void report_receive(struct memory *m, int fd, struct descriptor *d, uint64_t name)
{
    struct memory_peer *peer = memory_peer_of(m, fd);

    peer->signalled = false;
    if (!(d->flags & DESCRIPTOR_RECEIVING) || d->flags & (DESCRIPTOR_CANCEL | DESCRIPTOR_CLOSING)) {
        return;
    }
    if (d->flags & DESCRIPTOR_READY) {
        report_ready(m, d, 0);
    } else if (peer->sends.len > 0) {
        report_bytes(m, fd, d, name);
    } else {
        report_end(m, d, peer->reset ? -ECONNRESET : 0);
    }
}

static void report_cancel(struct memory *m, struct descriptor *d)
{
    if (d->flags & DESCRIPTOR_CLOSING) {
        return;
    }
    if (d->flags & DESCRIPTOR_READY) {
        report_ready(m, d, -ECANCELED);
    } else {
        report_end(m, d, -ECANCELED);
    }
}

static void report_sent(struct memory *m, int fd, struct descriptor *d, int result)
{
    bool closing = d->flags & DESCRIPTOR_CLOSING;

    d->flags &= (uint16_t)~DESCRIPTOR_SEND;
    IO_COUNT(&m->io, sends);
    m->io.handler.sent(m->io.context, d->user, result);
    if (closing) {
        forget(m, fd);
    }
}

static void report(struct memory *m, const struct memory_event *event)
{
    int fd = descriptors_name_fd(event->name);
    enum memory_event_kind kind = (enum memory_event_kind)descriptors_name_kind(event->name);
    struct descriptor *d = descriptors_find(&m->io.table, event->name);

    IO_COUNT(&m->io, completions);
    if (kind == MEMORY_EVENT_ACCEPT) {
        report_accept(m, event->value);
    } else if (!d) {
        return;
    } else if (kind == MEMORY_EVENT_RECEIVE) {
        report_receive(m, fd, d, event->name);
    } else if (kind == MEMORY_EVENT_CANCEL) {
        report_cancel(m, d);
    } else {
        report_sent(m, fd, d, event->value);
    }
}

static enum shunt_status memory_turn(struct io *io, int timeout_ms)
{
    struct memory *m = memory_of(io);

    (void)timeout_ms;
    if (atomic_load_explicit(&io->wake_pending, memory_order_relaxed)) {
        io_base_woken(io);
    }
    for (uint32_t left = m->events_count; left > 0; left--) {
        struct memory_event event = m->events[m->events_at++ & m->events_mask];

        m->events_count--;
        report(m, &event);
    }
    return SHUNT_OK;
}

/* ---- life ---- */

static void memory_destroy(struct io *io)
{
    struct memory *m = memory_of(io);

    if (io->table.used > (uint32_t)m->first) {
        io->table.used = (uint32_t)m->first; /* behind it are numbers that nobody must close(2) */
    }
    io_base_fini(io);
    free(m->events);
    free(m->buffer);
    free(m->answers);
    free(m->peers);
    free(m);
}

static const struct io_backend_ops memory_ops = {
    .name = "memory",
    .destroy = memory_destroy,
    .turn = memory_turn,
    .close = memory_close,
    .shut = memory_shut,
    .release = memory_release,
    .accept = memory_accept,
    .accept_resume = memory_accept_change,
    .accept_pause = memory_accept_change,
    .receive = memory_receive,
    .ready = memory_receive,
    .receive_cancel = memory_receive_cancel,
    .send = memory_send,
    .send_file = memory_send_file,
    .connect = memory_connect,
};

static bool rooms_create(struct memory *m)
{
    uint32_t events = EVENTS_A_PEER;

    while (events < m->peers_max * EVENTS_A_PEER) {
        events *= 2;
    }
    m->events_mask = events - 1;
    m->events = calloc(events, sizeof *m->events);
    m->peers = calloc(m->peers_max, sizeof *m->peers);
    m->answers = calloc(m->peers_max, sizeof *m->answers);
    m->buffer = malloc(m->buffer_bytes);
    if (!m->events || !m->peers || !m->answers || !m->buffer) {
        return false;
    }
    for (uint32_t i = 0; i < m->peers_max; i++) {
        m->peers[i].next_free = i + 1;
    }
    return true;
}

enum shunt_status memory_create(const struct io_options *options, const struct io_handler *handler,
                                void *context, struct io **io, struct error *why)
{
    static const char no_memory[] = "no memory for connections in memory";
    struct memory *m = aligned_alloc(64, (sizeof *m + 63) / 64 * 64);
    struct io_options own = *options;
    unsigned peers = options->descriptors_max ? options->descriptors_max : PEERS_DEFAULT;

    ASSERT(peers <= PEERS_MAX);
    if (!m) {
        return io_base_refuse(why, SHUNT_ENOMEM, ENOMEM, no_memory);
    }
    own.descriptors_max = DESCRIPTORS_MAX;
    *m = (struct memory){.peers_max = peers,
                         .buffer_bytes = options->buffer_bytes,
                         .first = (int)(DESCRIPTORS_MAX - 1 - peers)};
    if (io_base_init(&m->io, &memory_ops, &own, handler, context) != SHUNT_OK) {
        free(m);
        return io_base_refuse(why, SHUNT_ENOMEM, ENOMEM, no_memory);
    }
    if (!rooms_create(m)) {
        memory_destroy(&m->io);
        return io_base_refuse(why, SHUNT_ENOMEM, ENOMEM, no_memory);
    }
    *io = &m->io;
    return SHUNT_OK;
}
