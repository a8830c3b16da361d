/*
 * What a connection has beyond its slot while a request is incomplete, a response waits for room,
 * or an upgrade is deferred. A whole request that arrives in one piece is answered from the receive
 * buffer without any memory of its own.
 */
#ifndef HTTP1_SESSION_H
#define HTTP1_SESSION_H

#include "http1/request.h"

struct shunt_exchange;

struct http1_session {
    struct conn *conn;
    char *buffer; /* input that is not yet used */
    size_t len, room;
    struct http1_progress progress;
    uint64_t begun_ns; /* of the request at the front; 0: none, or nobody observes it */
    struct shunt_exchange *exchange; /* deferred; `buffer` then holds what follows its request */
    uint64_t answer_until_ms;        /* deferred answer: when time is over */
    uint32_t probe_ms;               /* ... until the next look whether the client has left */
    bool ended;                      /* ... the peer sends no more */
};

/* The connection's session, made if there is none; NULL when memory cannot be had. */
struct http1_session *http1_session_need(struct conn *conn);
/* Free a session's buffer that has left it. NULL is allowed. */
void http1_session_buffer_free(struct conn *conn, char *buffer, size_t room);
/* Free it and its buffer. NULL is allowed. */
void http1_session_destroy(struct http1_session *session);

/*
 * When the request at the front of the input began. It is an exchange from now on, or has its answer,
 * so that what follows begins anew. There is an observer.
 */
uint64_t http1_session_begun_take(struct conn *conn);

/* SHUNT_ENOMEM: there is none, or none in the budget. */
enum shunt_status http1_session_append(struct http1_session *session, const void *bytes,
                                       size_t len) SHUNT_MUST_USE;

/* Make `bytes`, which may lie in the session's own buffer, all that the buffer holds.
 * SHUNT_ENOMEM. */
enum shunt_status http1_session_keep(struct http1_session *session, const char *bytes,
                                     size_t len) SHUNT_MUST_USE;

#endif
