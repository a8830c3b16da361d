/* Receiving: what io delivers, what is held back, and what is to be given to the owner later. */
#ifndef CONN_INPUT_H
#define CONN_INPUT_H

#include "conn/conn.h"

/* Stop and start the owner's `data`. */
void conn_pause(struct conn *conn);
void conn_resume(struct conn *conn);
/* Give bytes to the owner as if they had just been received: held while paused or moving. */
void conn_input(struct conn *conn, uint8_t *bytes, size_t len);
/* The same at the end of the turn, with a copy, before what is held already. */
void conn_input_later(struct conn *conn, const uint8_t *bytes, size_t len);

/* Notify the owner of the peer's end once more, behind what it has still to be given. */
void conn_end_later(struct conn *conn);

/* ---- for the other files of conn/ ---- */

/* io's answer to a receive and to a wait for readability. */
void conn_received(struct conn *conn, uint8_t *bytes, int len, bool more);
void conn_ready(struct conn *conn, int result);

/* Give the owner what is held, unless input is held back. */
void conn_input_give(struct conn *conn);
/* Must what arrives be held, for it may not be given to the owner now? */
static inline bool conn_holds_back(const struct conn *conn)
{
    return (conn->flags & (CONN_PAUSED | CONN_GIVE)) || conn->state == CONN_MOVING;
}
/* Shall io receive for it? While lingering the peer's end is awaited, and what comes is dropped. */
static inline bool conn_wants_data(const struct conn *conn)
{
    if (conn->flags & CONN_ENDED || conn->fd < 0) {
        return false;
    }
    return conn->state == CONN_CLOSING  ? conn->flags & CONN_SHUT
           : conn->state == CONN_MOVING ? false
                                        : !(conn->flags & CONN_PAUSED);
}

#endif
