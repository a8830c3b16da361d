#include "memory/peer.h"

#include "memory/state.h"

int memory_listener(const struct io *io)
{
    return memory_of(io)->first;
}

bool memory_busy(const struct io *io)
{
    return memory_of(io)->events_count > 0;
}

uint32_t memory_held(const struct io *io)
{
    return memory_of(io)->held;
}

int memory_peer_connect(struct io *io)
{
    struct memory *m = memory_of(io);
    unsigned flags = descriptors_at(&io->table, m->first)->flags;
    int fd = m->first + 1 + (int)m->free;

    if (m->free == m->peers_max ||
        (flags & (DESCRIPTOR_ACCEPT | DESCRIPTOR_PAUSED)) != DESCRIPTOR_ACCEPT) {
        return -1;
    }
    m->free = memory_peer_of(m, fd)->next_free;
    *memory_peer_of(m, fd) = (struct memory_peer){.arriving = true, .here = true};
    m->held++;
    memory_event_add(m, MEMORY_EVENT_ACCEPT, m->first, fd);
    return fd;
}

void memory_peer_send(struct io *io, int fd, struct shunt_span bytes)
{
    struct memory *m = memory_of(io);
    struct memory_peer *peer = memory_peer_of(m, fd);

    ASSERT(peer->here && !peer->ended && peer->sends.len == 0);
    peer->sends = bytes;
    memory_receive_signal(m, fd, descriptors_at(&io->table, fd));
}

size_t memory_peer_unread(const struct io *io, int fd)
{
    return memory_peer_of(memory_of(io), fd)->sends.len;
}

void memory_peer_end(struct io *io, int fd)
{
    struct memory *m = memory_of(io);

    memory_peer_of(m, fd)->ended = true;
    memory_receive_signal(m, fd, descriptors_at(&io->table, fd));
}

struct shunt_span memory_peer_received(const struct io *io, int fd)
{
    const struct memory *m = memory_of(io);
    const struct memory_peer *peer = memory_peer_of(m, fd);

    return (struct shunt_span){(const char *)m->answers[peer - m->peers], peer->len};
}

uint64_t memory_peer_user(const struct io *io, int fd)
{
    const struct descriptor *d = descriptors_at(&io->table, fd);

    return d->flags & DESCRIPTOR_CLOSING ? 0 : d->user;
}

void memory_peer_reset(struct io *io, int fd)
{
    struct memory *m = memory_of(io);
    struct memory_peer *peer = memory_peer_of(m, fd);

    ASSERT(peer->here);
    peer->here = false;
    peer->reset = true;
    peer->sends.len = 0;
    memory_receive_signal(m, fd, descriptors_at(&io->table, fd));
    memory_peer_release(m, fd);
}

void memory_sink_set(struct io *io, memory_sink *sink, void *arg)
{
    memory_of(io)->sink = sink;
    memory_of(io)->sink_arg = arg;
}
