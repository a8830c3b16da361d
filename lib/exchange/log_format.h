/*
 * What a line of the access log has, compiled once from the text of a setting: "common", "combined",
 * "json", or a text with ${names}, "$$" for a '$'. One that begins with '{' is JSON.
 *
 *   client                     the client's address: what trusted proxies forward, else the peer's
 *   peer, peer.port            who has connected: an address, or "unix"
 *   time, time.common, time.s  when it was done: 2026-01-31T12:34:56.789Z, 31/Jan/2026:12:34:56
 *                              +0000, seconds since 1970 with milliseconds
 *   request                    the request line, or what came of one
 *   method, target, path, query, version, host
 *   status                     499: the client has left without an answer; 444: the server has
 *                              closed without one
 *   bytes                      of the answer's body
 *   duration, duration.us      from the request's first byte until its answer was ready: seconds
 *                              with microseconds; microseconds
 *   request.NAME               a field of the request; of several, all, ", " between them
 *   response.NAME              one that a handler, a plugin or a filter has set
 *   route                      the path of the route as it was given
 *   protocol                   what the connection was upgraded to
 *   end                        answered, switched, refused, cut, left or dropped
 *   worker, connection         numbers, the second by worker
 *   number                     of the request on its connection, from 1
 *   deferred                   1: it was answered later, or in pieces
 */
#ifndef EXCHANGE_LOG_FORMAT_H
#define EXCHANGE_LOG_FORMAT_H

#include "exchange/log_escape.h"

#include <shunt/status.h>

#define EXCHANGE_LOG_LINE_BYTES_MAX 16384 /* line feed included */
#define EXCHANGE_LOG_VALUE_BYTES_MAX                                                               \
    4096 /* of a value as it is written; a longer one ends in ... */
#define EXCHANGE_LOG_FORMAT_BYTES_MAX 4096 /* of the setting's text */

enum exchange_log_item_kind {
    EXCHANGE_LOG_LITERAL,
    EXCHANGE_LOG_TIME,
    EXCHANGE_LOG_TIME_COMMON,
    EXCHANGE_LOG_TIME_S,
    EXCHANGE_LOG_DURATION,
    EXCHANGE_LOG_REQUEST,
    EXCHANGE_LOG_REQUEST_FIELD,
    EXCHANGE_LOG_RESPONSE_FIELD,
    EXCHANGE_LOG_END,
    /* Text. */
    EXCHANGE_LOG_CLIENT,
    EXCHANGE_LOG_PEER,
    EXCHANGE_LOG_METHOD,
    EXCHANGE_LOG_TARGET,
    EXCHANGE_LOG_PATH,
    EXCHANGE_LOG_QUERY,
    EXCHANGE_LOG_VERSION,
    EXCHANGE_LOG_HOST,
    EXCHANGE_LOG_ROUTE,
    EXCHANGE_LOG_PROTOCOL,
    /* Numbers. */
    EXCHANGE_LOG_PEER_PORT,
    EXCHANGE_LOG_STATUS,
    EXCHANGE_LOG_BYTES,
    EXCHANGE_LOG_DURATION_US,
    EXCHANGE_LOG_WORKER,
    EXCHANGE_LOG_CONNECTION,
    EXCHANGE_LOG_NUMBER,
    EXCHANGE_LOG_DEFERRED,
};

struct exchange_log_item {
    enum exchange_log_item_kind kind;
    struct shunt_span text; /* the literal, or the name of a field; in `text` of the format */
};

struct exchange_log_format {
    enum exchange_log_escape escape;
    bool clients; /* some item needs the client's address */
    bool peers;   /* some item needs the peer's address */
    size_t fixed; /* bytes of all that is not a value of a peer's, at most */
    size_t count;
    struct exchange_log_item *items;
    char *text;
};

/*
 * SHUNT_OK: *format is to be destroyed. SHUNT_EINVAL: error[0..size) has what was expected and
 * found, as part of a sentence: "expected ..., found ...". SHUNT_ENOMEM.
 */
enum shunt_status exchange_log_format_create(const char *text, struct exchange_log_format **format,
                                             char *error, size_t size) SHUNT_MUST_USE;
/* NULL is allowed. */
void exchange_log_format_destroy(struct exchange_log_format *format);

#endif
