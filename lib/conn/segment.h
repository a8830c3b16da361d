/* Pieces of output and where they come from. */
#ifndef CONN_SEGMENT_H
#define CONN_SEGMENT_H

#include <shunt/plugin.h>

/*
 * Own memory of `room` bytes, or borrowed bytes with a release (their `room` is unused), or a part
 * of a file. [start, len) is what is still to be sent.
 */
struct conn_segment {
    struct conn_segment *next;
    union {
        const uint8_t *bytes;
        uint64_t offset; /* in the file: where the part begins */
    };
    size_t start, len, room;
    shunt_release *release; /* borrowed: called when sent or dropped; may be NULL */
    void *arg;
    bool is_file;     /* `arg` is its struct conn_file */
    bool handed_over; /* what is borrowed is the worker's own, and goes with the release */
    uint8_t data[];
};

/* What a segment itself costs the budget (conn/memory.h): its memory, not what it borrows. */
static inline size_t conn_segment_bytes(const struct conn_segment *segment)
{
    return sizeof *segment + segment->room;
}

struct shunt_worker;

/* Room for `room` bytes or more, as the first segment of a queue or a later one. NULL: no memory,
 * or none in the budget. */
struct conn_segment *conn_segment_create(struct shunt_worker *loop, size_t room, bool first);
/* Releases what is borrowed. */
void conn_segment_destroy(struct shunt_worker *loop, struct conn_segment *segment);
void conn_segment_pools_free(struct shunt_worker *loop);

#endif
