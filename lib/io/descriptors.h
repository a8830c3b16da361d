/*
 * What io knows of each descriptor, indexed by its number: 16 bytes each, so that a completion
 * touches one cache line. The table is address space reserved for descriptors_max and becomes
 * resident page by page, 256 descriptors at a time, as numbers are used.
 *
 * An operation is named by (kind, generation, descriptor) in 64 bits. The generation changes each
 * time a descriptor is forgotten, so whatever still comes for a former tenant misses.
 */
#ifndef IO_DESCRIPTORS_H
#define IO_DESCRIPTORS_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum descriptor_flag {
    DESCRIPTOR_KNOWN = 1u << 0,
    DESCRIPTOR_RECEIVE = 1u << 1,    /* a receive is pending, as the layer above sees it */
    DESCRIPTOR_UNTIL_END = 1u << 2,  /* ... and goes on after its first result */
    DESCRIPTOR_READY = 1u << 3,      /* a ready is pending */
    DESCRIPTOR_CANCEL = 1u << 4,     /* the pending receive or ready has been cancelled */
    DESCRIPTOR_SEND = 1u << 5,       /* a send is pending */
    DESCRIPTOR_CONNECT = 1u << 6,    /* a connect is pending */
    DESCRIPTOR_ACCEPT = 1u << 7,     /* a listener */
    DESCRIPTOR_PAUSED = 1u << 8,     /* ... that accepts nothing for now */
    DESCRIPTOR_CLOSING = 1u << 9,    /* io_close() was called: close when nothing is pending */
    DESCRIPTOR_ARMED = 1u << 10,     /* io_uring: the kernel holds the receive, ready or accept */
    DESCRIPTOR_STARVED = 1u << 11,   /* io_uring: on the list of receives to arm again */
    DESCRIPTOR_WATCH_IN = 1u << 12,  /* epoll: registered for EPOLLIN */
    DESCRIPTOR_WATCH_OUT = 1u << 13, /* epoll: registered for EPOLLOUT */
    DESCRIPTOR_BLOCKED = 1u << 14,   /* the send waits for room; epoll: `link` is its record */
    DESCRIPTOR_CONNECT_DONE = 1u << 15, /* epoll: the connect's result is queued */
    DESCRIPTOR_READING = 1u << 12,      /* io_uring: the send waits for a part of its file ... */
    DESCRIPTOR_READ = 1u << 13,         /* ... which has been read for the next one */
};

/* `link` of a listener that others accept on too, with their own io. */
#define DESCRIPTOR_SHARED    1u
#define DESCRIPTOR_RECEIVING (DESCRIPTOR_RECEIVE | DESCRIPTOR_READY)
#define DESCRIPTOR_WATCHED   (DESCRIPTOR_WATCH_IN | DESCRIPTOR_WATCH_OUT)

struct descriptor {
    uint64_t user;
    uint32_t link; /* a list's next descriptor or a record's index, by the flags */
    uint16_t generation;
    uint16_t flags; /* enum descriptor_flag; 0: unknown */
};

_Static_assert(sizeof(struct descriptor) == 16, "a descriptor costs at most 16 bytes");

struct descriptors {
    struct descriptor *slots;
    uint32_t max;  /* highest number + 1 */
    uint32_t used; /* highest number ever known + 1 */
};

/* The most that descriptors_init() reserves for: 64 MiB of address space. */
#define DESCRIPTORS_MAX (1u << 22)

/* max 0: RLIMIT_NOFILE as it is now. SHUNT_OK or SHUNT_ENOMEM. */
enum shunt_status descriptors_init(struct descriptors *table, unsigned max) SHUNT_MUST_USE;
void descriptors_fini(struct descriptors *table);

/* SHUNT_OK; SHUNT_EFULL when the number is too high. The descriptor must not be known. */
enum shunt_status descriptors_add(struct descriptors *table, int fd, uint64_t user) SHUNT_MUST_USE;
/* From now on late completions of fd miss. */
void descriptors_forget(struct descriptors *table, int fd);

static inline struct descriptor *descriptors_at(const struct descriptors *table, int fd)
{
    return &table->slots[fd];
}

/* `kind` is the back end's, 1 to 255. */
static inline uint64_t descriptors_name(const struct descriptors *table, unsigned kind, int fd)
{
    return (uint64_t)kind << 56 | (uint64_t)table->slots[fd].generation << 32 | (uint32_t)fd;
}

static inline unsigned descriptors_name_kind(uint64_t name)
{
    return (unsigned)(name >> 56);
}

static inline int descriptors_name_fd(uint64_t name)
{
    return (int)(uint32_t)name;
}

/* The descriptor that was named, or NULL when it has been forgotten since. */
static inline struct descriptor *descriptors_find(const struct descriptors *table, uint64_t name)
{
    struct descriptor *d = &table->slots[(uint32_t)name];

    if ((d->flags & DESCRIPTOR_KNOWN) && d->generation == (uint16_t)(name >> 32)) {
        return d;
    }
    return NULL;
}

#endif
