/* Bytes that were received and not yet given to the owner, in order, in one block of memory. */
#ifndef CONN_HELD_H
#define CONN_HELD_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn_held {
    uint8_t *bytes; /* NULL: none */
    size_t start, end, room;
    uint8_t *lent; /* the block that conn_held_lend() showed a piece of */
};

static inline size_t conn_held_len(const struct conn_held *held)
{
    return held->end - held->start;
}

static inline const uint8_t *conn_held_bytes(const struct conn_held *held)
{
    return held->bytes ? held->bytes + held->start : NULL;
}

/*
 * Copy `bytes` behind what is held or, where `front`, before it. They may be a piece that is lent:
 * putting its rest back costs nothing. SHUNT_ENOMEM leaves all as it is.
 */
enum shunt_status conn_held_put(struct conn_held *held, const uint8_t *bytes, size_t len,
                                bool front) SHUNT_MUST_USE;
/*
 * Take at most `most` bytes off the front, *len of them, more than 0; something must be held. They
 * stay where they are until conn_held_return(), whatever is put before that.
 */
uint8_t *conn_held_lend(struct conn_held *held, size_t most, size_t *len);
void conn_held_return(struct conn_held *held);
void conn_held_drop(struct conn_held *held);

#endif
