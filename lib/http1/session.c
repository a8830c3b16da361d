#include "http1/session.h"

#include "base/assert.h"
#include "conn/memory.h"
#include "exchange/done.h"

#include <stdlib.h>

enum { ROOM_MIN = 1024 };

struct http1_session *http1_session_need(struct conn *conn)
{
    struct http1_session *session = conn->user;

    if (!session) {
        session = calloc(1, sizeof *session);
        if (session) {
            session->conn = conn;
            conn->user = session;
        }
    }
    return session;
}

void http1_session_buffer_free(struct conn *conn, char *buffer, size_t room)
{
    if (buffer) { /* as exchange_response_fini() */
        conn_memory_release(conn_loop_of(conn), room);
        free(buffer);
    }
}

void http1_session_destroy(struct http1_session *session)
{
    if (session) {
        session->conn->user = NULL;
        http1_session_buffer_free(session->conn, session->buffer, session->room);
        free(session);
    }
}

uint64_t http1_session_begun_take(struct conn *conn)
{
    struct http1_session *session = conn->user;
    uint64_t begun_ns = session ? session->begun_ns : 0;

    if (begun_ns == 0) {
        return exchange_turn_ns(exchange_context_of(conn));
    }
    session->begun_ns = 0;
    return begun_ns;
}

/* A buffer doubles as bytes come, for a peer may claim much and send little, but not beyond the
 * body that the head has announced. */
static size_t room_for(const struct http1_session *session, size_t len)
{
    const struct http1_progress *progress = &session->progress;
    size_t room = session->room ? session->room : ROOM_MIN, need = session->len + len;

    while (room < need) {
        room *= 2;
    }
    if (progress->head_len > 0 && progress->framing == HTTP_BODY_LENGTH &&
        progress->head_len + progress->content_length >= need &&
        progress->head_len + progress->content_length < room) {
        room = progress->head_len + (size_t)progress->content_length;
    }
    return room;
}

static enum shunt_status grow(struct http1_session *session, size_t len)
{
    struct shunt_worker *loop = conn_loop_of(session->conn);
    size_t room = room_for(session, len), more = room - session->room;
    char *buffer;

    if (!conn_memory_reserve(loop, CONN_MEMORY_REQUEST, more)) {
        return SHUNT_ENOMEM;
    }
    buffer = realloc(session->buffer, room);
    if (!buffer) {
        conn_memory_release(loop, more);
        return SHUNT_ENOMEM;
    }
    session->buffer = buffer;
    session->room = room;
    return SHUNT_OK;
}

enum shunt_status http1_session_append(struct http1_session *session, const void *bytes, size_t len)
{
    if (len > session->room - session->len && grow(session, len) != SHUNT_OK) {
        return SHUNT_ENOMEM;
    }
    if (len > 0) {
        DEBUG_ASSERT(session->buffer);
        memcpy(session->buffer + session->len, bytes, len);
    }
    session->len += len;
    return SHUNT_OK;
}

enum shunt_status http1_session_keep(struct http1_session *session, const char *bytes, size_t len)
{
    bool own =
        session->buffer && bytes >= session->buffer && bytes <= session->buffer + session->len;

    session->len = 0;
    if (len == 0) {
        http1_session_buffer_free(session->conn, session->buffer, session->room);
        session->buffer = NULL;
        session->room = 0;
        return SHUNT_OK;
    }
    if (!own) {
        return http1_session_append(session, bytes, len);
    }
    if (bytes != session->buffer) { /* else a long body would be looked at again for each piece */
        memmove(session->buffer, bytes, len);
    }
    session->len = len;
    return SHUNT_OK;
}
