/* Pieces are taken by moving the start, so giving n bytes in pieces costs n and not n squared. */
#include "conn/held.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

/* Half as much again as is held, so that many small puts copy each byte a bounded number of times;
 * the room is where the next one is likely to be. */
static enum shunt_status grow(struct conn_held *held, size_t len, bool front)
{
    size_t kept = conn_held_len(held), room = kept + len + kept / 2;
    size_t start = front ? room - kept : 0;
    uint8_t *bytes = malloc(room);

    if (!bytes) {
        return SHUNT_ENOMEM;
    }
    if (kept > 0) {
        memcpy(bytes + start, held->bytes + held->start, kept);
    }
    if (held->bytes != held->lent) {
        free(held->bytes);
    }
    held->bytes = bytes;
    held->start = start;
    held->end = start + kept;
    held->room = room;
    return SHUNT_OK;
}

enum shunt_status conn_held_put(struct conn_held *held, const uint8_t *bytes, size_t len,
                                bool front)
{
    if (len == 0) {
        return SHUNT_OK;
    }
    if (len > (front ? held->start : held->room - held->end) &&
        grow(held, len, front) != SHUNT_OK) {
        return SHUNT_ENOMEM;
    }
    if (front) {
        held->start -= len;
        memmove(held->bytes + held->start, bytes, len);
    } else {
        memcpy(held->bytes + held->end, bytes, len);
        held->end += len;
    }
    return SHUNT_OK;
}

uint8_t *conn_held_lend(struct conn_held *held, size_t most, size_t *len)
{
    uint8_t *bytes = held->bytes + held->start;

    ASSERT(!held->lent && held->end > held->start);
    *len = conn_held_len(held) < most ? conn_held_len(held) : most;
    held->start += *len;
    held->lent = held->bytes;
    return bytes;
}

void conn_held_return(struct conn_held *held)
{
    if (held->bytes != held->lent) {
        free(held->lent); /* another block has taken its place */
    }
    held->lent = NULL;
    if (held->start == held->end) {
        conn_held_drop(held);
    }
}

void conn_held_drop(struct conn_held *held)
{
    free(held->bytes);
    *held = (struct conn_held){0};
}
