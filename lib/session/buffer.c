/* The memory of a request that did not come in one piece. */
#include "session/exchange.h"

#include "base/assert.h"

#include <stdlib.h>

enum { ROOM_MIN = 1024 };

struct session *session_need(struct conn *conn)
{
    struct session *session = conn->user;

    if (!session) {
        session = calloc(1, sizeof *session);
        if (session) {
            session->conn = conn;
            conn->user = session;
        }
    }
    return session;
}

void session_destroy(struct session *session)
{
    if (session) {
        session->conn->user = NULL;
        free(session->buffer);
        free(session);
    }
}

enum shunt_status session_append(struct session *session, const void *bytes, size_t len)
{
    if (len > session->room - session->len) {
        size_t room = session->room ? session->room : ROOM_MIN;
        char *buffer;

        while (room - session->len < len) {
            room *= 2;
        }
        buffer = realloc(session->buffer, room);
        if (!buffer) {
            return SHUNT_ENOMEM;
        }
        session->buffer = buffer;
        session->room = room;
    }
    if (len > 0) {
        DEBUG_ASSERT(session->buffer);
        memcpy(session->buffer + session->len, bytes, len);
    }
    session->len += len;
    return SHUNT_OK;
}

enum shunt_status session_keep(struct session *session, const char *bytes, size_t len)
{
    bool own =
        session->buffer && bytes >= session->buffer && bytes <= session->buffer + session->len;

    session->len = 0;
    if (len == 0) {
        free(session->buffer);
        session->buffer = NULL;
        session->room = 0;
        return SHUNT_OK;
    }
    if (!own) {
        return session_append(session, bytes, len);
    }
    memmove(session->buffer, bytes, len);
    session->len = len;
    return SHUNT_OK;
}
