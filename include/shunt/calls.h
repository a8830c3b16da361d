/*
 * The functions of <shunt/http.h> and <shunt/fields.h>, as a plugin has them.
 *
 * A plugin links against nothing of Shunt's, and yet its source calls these functions by the names
 * and with the contracts that those headers have, as a program's does: SHUNT_PLUGIN defines them,
 * hidden, in the plugin's own object, and each calls the server's through the table below. The
 * server sets that table before it calls init(). Compiled with -DSHUNT_PLUGIN_STATIC the plugin has
 * none of this, for it is linked with the library. Both hold for C++ too.
 *
 * What is appended below later than 1.1 is asked for with SHUNT_HAS(host->calls, name) first.
 */
#ifndef SHUNT_CALLS_H
#define SHUNT_CALLS_H

#include <shunt/fields.h>
#include <shunt/http.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Each function once: CALL(type, name without shunt_, parameters, arguments), or DO() where it
 * returns nothing. In the order of ABI minors, and never changed.
 */
#define SHUNT_CALLS(CALL, DO)                                                                      \
    CALL(enum shunt_status, response_status, (struct shunt_response * response, unsigned status),  \
         (response, status))                                                                       \
    CALL(enum shunt_status, response_field,                                                        \
         (struct shunt_response * response, const char *name, const char *value),                  \
         (response, name, value))                                                                  \
    CALL(enum shunt_status, response_body,                                                         \
         (struct shunt_response * response, const char *content_type, const void *bytes,           \
          size_t len),                                                                             \
         (response, content_type, bytes, len))                                                     \
    CALL(void *, request_alloc, (const struct shunt_request *request, size_t bytes),               \
         (request, bytes))                                                                         \
    CALL(struct shunt_worker *, response_worker, (const struct shunt_response *response),          \
         (response))                                                                               \
    CALL(enum shunt_status, response_defer,                                                        \
         (struct shunt_response * response, shunt_cancelled * cancelled, void *arg, shunt_id *id), \
         (response, cancelled, arg, id))                                                           \
    CALL(enum shunt_status, exchange_answer,                                                       \
         (shunt_id id, unsigned status, const char *content_type, const void *bytes, size_t len),  \
         (id, status, content_type, bytes, len))                                                   \
    CALL(enum shunt_status, exchange_post,                                                         \
         (shunt_id id, shunt_handler * handler, shunt_release * drop, void *arg),                  \
         (id, handler, drop, arg))                                                                 \
    CALL(enum shunt_status, exchange_run,                                                          \
         (struct shunt_worker * worker, shunt_id id, shunt_handler * handler, void *arg),          \
         (worker, id, handler, arg))                                                               \
    CALL(enum shunt_status, response_begin,                                                        \
         (struct shunt_response * response, const char *content_type, uint64_t length,             \
          shunt_handler *drained, shunt_cancelled *cancelled, void *arg, shunt_id *id),            \
         (response, content_type, length, drained, cancelled, arg, id))                            \
    CALL(enum shunt_status, response_write,                                                        \
         (struct shunt_response * response, const void *bytes, size_t len),                        \
         (response, bytes, len))                                                                   \
    CALL(enum shunt_status, response_end, (struct shunt_response * response), (response))          \
    DO(response_abort, (struct shunt_response * response), (response))                             \
    CALL(enum shunt_status, percent_decode,                                                        \
         (struct shunt_span text, char *out, size_t room, struct shunt_span *decoded),             \
         (text, out, room, decoded))                                                               \
    CALL(bool, form_next,                                                                          \
         (struct shunt_span * rest, struct shunt_span * name, struct shunt_span * value),          \
         (rest, name, value))                                                                      \
    CALL(enum shunt_status, form_decode,                                                           \
         (struct shunt_span text, char *out, size_t room, struct shunt_span *decoded),             \
         (text, out, room, decoded))                                                               \
    CALL(enum shunt_status, form_find,                                                             \
         (struct shunt_span * rest, const char *name, char *out, size_t room,                      \
          struct shunt_span *value),                                                               \
         (rest, name, out, room, value))                                                           \
    CALL(bool, cookie_next,                                                                        \
         (const struct shunt_request *request, struct shunt_cookie_cursor *cursor,                 \
          struct shunt_span *name, struct shunt_span *value),                                      \
         (request, cursor, name, value))                                                           \
    CALL(bool, cookie_find,                                                                        \
         (const struct shunt_request *request, const char *name, struct shunt_span *value),        \
         (request, name, value))                                                                   \
    CALL(enum shunt_status, cookie_write,                                                          \
         (const struct shunt_cookie *cookie, char *out, size_t room, size_t *len),                 \
         (cookie, out, room, len))                                                                 \
    CALL(enum shunt_status, date_parse, (struct shunt_span text, int64_t now, int64_t * seconds),  \
         (text, now, seconds))                                                                     \
    DO(date_format, (int64_t seconds, char out[SHUNT_DATE_BYTES]), (seconds, out))                 \
    CALL(bool, is_etag, (struct shunt_span text), (text))                                          \
    CALL(enum shunt_precondition, precondition,                                                    \
         (const struct shunt_request *request, const struct shunt_validators *validators,          \
          int64_t now, bool *range),                                                               \
         (request, validators, now, range))                                                        \
    CALL(enum shunt_range_answer, ranges,                                                          \
         (const struct shunt_request *request, uint64_t size, struct shunt_range *found,           \
          size_t room, size_t *count),                                                             \
         (request, size, found, room, count))                                                      \
    CALL(size_t, content_range,                                                                    \
         (const struct shunt_range *range, uint64_t size, char out[SHUNT_CONTENT_RANGE_BYTES]),    \
         (range, size, out))                                                                       \
    CALL(int, accept_type, (const struct shunt_request *request, const char *const *offers),       \
         (request, offers))                                                                        \
    CALL(int, accept_coding, (const struct shunt_request *request, const char *const *offers),     \
         (request, offers))                                                                        \
    CALL(int, accept_language, (const struct shunt_request *request, const char *const *offers),   \
         (request, offers))                                                                        \
    CALL(enum shunt_status, client_address,                                                        \
         (const struct shunt_request *request, struct shunt_span peer, enum shunt_forwarded field, \
          shunt_trusts *trusts, void *arg, struct shunt_span *client),                             \
         (request, peer, field, trusts, arg, client))                                              \
    CALL(enum shunt_status, multipart_init,                                                        \
         (struct shunt_multipart * multipart, struct shunt_span content_type, char *room,          \
          size_t room_bytes),                                                                      \
         (multipart, content_type, room, room_bytes))                                              \
    CALL(enum shunt_status, multipart_next,                                                        \
         (struct shunt_multipart * multipart, struct shunt_span in, size_t * used,                 \
          enum shunt_multipart_event * event, struct shunt_span * data),                           \
         (multipart, in, used, event, data))                                                       \
    CALL(bool, multipart_complete, (const struct shunt_multipart *multipart), (multipart))

/* The server's functions. Constant. */
#define SHUNT_CALLS_MEMBER_(type, name, parameters, arguments) type(*name) parameters;
#define SHUNT_CALLS_ACTION_(name, parameters, arguments)       void(*name) parameters;
struct shunt_calls {
    uint32_t size;
    SHUNT_CALLS(SHUNT_CALLS_MEMBER_, SHUNT_CALLS_ACTION_)
};

/* Exported by a plugin: where the address of the table belongs. One built at 1.0 has no such place,
 * and needs none. */
#define SHUNT_CALLS_SYMBOL      SHUNT_PASTE(shunt_calls_v, SHUNT_ABI_MAJOR)
#define SHUNT_CALLS_SYMBOL_NAME SHUNT_TEXT(SHUNT_CALLS_SYMBOL)

/* For SHUNT_PLUGIN: the functions, and where they find the server's. */
#define SHUNT_CALLS_FUNCTION_(type, name, parameters, arguments)                                   \
    __attribute__((visibility("hidden"))) type shunt_##name parameters                             \
    {                                                                                              \
        return shunt_calls_here->name arguments;                                                   \
    }
#define SHUNT_CALLS_PROCEDURE_(name, parameters, arguments)                                        \
    __attribute__((visibility("hidden"))) void shunt_##name parameters                             \
    {                                                                                              \
        shunt_calls_here->name arguments;                                                          \
    }
#define SHUNT_CALLS_DEFINE                                                                         \
    static const struct shunt_calls *shunt_calls_here;                                             \
    extern __attribute__((visibility("default")))                                                  \
    const struct shunt_calls **const SHUNT_CALLS_SYMBOL;                                           \
    const struct shunt_calls **const SHUNT_CALLS_SYMBOL = &shunt_calls_here;                       \
    SHUNT_CALLS(SHUNT_CALLS_FUNCTION_, SHUNT_CALLS_PROCEDURE_)

#ifdef __cplusplus
}
#endif

#endif
