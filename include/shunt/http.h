/*
 * Answering requests: what the handler of a route may do, in a program that embeds the library
 * (<shunt/server.h> has the routes) and in a plugin (<shunt/plugin.h>), by the same calls.
 *
 * An exchange is one request and its answer. Its handler answers it at once, by returning, or
 * defers it, and it is answered later: on its worker, or from any thread. A deferred exchange has an
 * id, never a pointer. Requests that the client sends behind it wait, so that answers keep their
 * order (RFC 9112 section 9.3.2); other connections go on. See apps/examples/json_api.
 */
#ifndef SHUNT_HTTP_H
#define SHUNT_HTTP_H

#include <shunt/request.h>
#include <shunt/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct shunt_response; /* an answer, while its handler fills it */

/*
 * Answer one request. Runs on a worker's thread; must not block. `request` and `response` are valid
 * during the call. What the handler leaves unset is 200 with an empty body. The answer goes out when
 * it returns, unless it has called shunt_response_defer().
 */
typedef void shunt_handler(void *arg, const struct shunt_request *request,
                           struct shunt_response *response);

/* Bits of shunt_http_handler.flags. */
enum {
    SHUNT_HANDLER_STREAMED = 1 /* call it at the head of a request, whose body it may ask for by
                                  shunt_request_read(): as `streamed` of struct shunt_route */
};

/*
 * A handler that a plugin gives by name. A route of the configuration (`handler: NAME`) or of a
 * program (`handler_name` of struct shunt_route) uses it; as PLUGIN/NAME where several plugins have
 * one of that name.
 */
struct shunt_http_handler {
    uint32_t size;
    uint32_t flags;
    const char *name; /* a token (RFC 9110 section 5.6.2) */
    shunt_handler *handler;
    /*
     * Read and check the settings of one route that uses it: on the main thread, once for each such
     * route, after every init() and before the first worker. *state is what handler() gets as its
     * `arg`; unless it is set, and where create is NULL, that is what init() set, as is `plugin`. A
     * key that nobody asks for here is refused, and so is the route for any status but SHUNT_OK; then
     * `error`, of `error_size` bytes and empty at first, may get what was expected and found.
     * `settings` are valid until destroy() has returned, and *state is set for SHUNT_OK only.
     */
    enum shunt_status (*create)(void *plugin, const struct shunt_settings *settings, void **state,
                                char *error, size_t error_size);
    /* Once for each create() that was SHUNT_OK, with its state: on the main thread, after the last
     * worker and before fini(). May be NULL. */
    void (*destroy)(void *state);
};
#define SHUNT_HTTP_HANDLER_BYTES_1_1 SHUNT_BYTES_WITH(struct shunt_http_handler, destroy)

/* The status, 200 to 599. SHUNT_EINVAL for another; SHUNT_ESTATE: it is a 101, which a filter sees
 * and cannot change. */
SHUNT_API enum shunt_status shunt_response_status(struct shunt_response *response,
                                                  unsigned status) SHUNT_MUST_USE;
/* Add a field. Copied. SHUNT_EINVAL for no valid field or one that the server writes itself
 * (Connection, Content-Length, Date, Transfer-Encoding, Upgrade); SHUNT_ETOOBIG when the head is
 * full. */
SHUNT_API enum shunt_status shunt_response_field(struct shunt_response *response, const char *name,
                                                 const char *value) SHUNT_MUST_USE;
/*
 * The body with its media type, which may be NULL. Both are copied. A HEAD request gets the length
 * only. SHUNT_EINVAL for a type that is no field value; SHUNT_ETOOBIG for a body of more than
 * limits.response_bytes_max bytes (16M) and SHUNT_ENOMEM: unless a later call sets a body, the
 * client is then answered 500 or 503, and the log has the reason. SHUNT_ESTATE: it is a 101, or its
 * body comes in pieces. `bytes` and `content_type` may not be what the response has already.
 */
SHUNT_API enum shunt_status shunt_response_body(struct shunt_response *response,
                                                const char *content_type, const void *bytes,
                                                size_t len) SHUNT_MUST_USE;

#define SHUNT_LENGTH_UNKNOWN UINT64_MAX

/*
 * The body is a part of a file, with its media type, which may be NULL and is copied. None of it is
 * read before it can be sent, so a file of any size takes no memory; limits.response_bytes_max does
 * not count. A HEAD request gets the length only.
 *
 *   fd      of a regular file, open for reading. It is the server's from this call on, whatever the
 *           status, and closed when the answer has gone out or is no longer needed; one that is
 *           needed again is given as a duplicate. Its file offset is neither used nor moved
 *   offset, length  the part, which must be there; SHUNT_LENGTH_UNKNOWN: up to the end of the file
 *
 * What is written to the file while it is sent may be seen. When it becomes shorter than what was
 * promised, the connection is reset, counted (conn.files_truncated) and logged. On epoll the worker
 * waits for the disk where the page cache does not have it; on io_uring only this answer does.
 *
 * SHUNT_OK; SHUNT_EINVAL: no regular file, a part that is not there, or a type that is no field
 * value: the body is the one before; SHUNT_ENOMEM and SHUNT_ESYS: unless a later call sets a body,
 * the client is answered 503.
 */
SHUNT_API enum shunt_status shunt_response_file(struct shunt_response *response,
                                                const char *content_type, int fd, uint64_t offset,
                                                uint64_t length) SHUNT_MUST_USE;

/*
 * Send 103 (Early Hints, RFC 8297) with these fields, at most 4096 bytes of them, mostly Link: what
 * the answer will have, for a client that may already fetch it. At once, before an answer that is
 * deferred or takes its time; as often as there is something new. The answer's own fields are set
 * apart from it.
 *
 * SHUNT_OK; SHUNT_ENOTSUP: the client speaks HTTP/1.0, and nothing was sent; SHUNT_EINVAL: one is no
 * valid field, or one that the server writes itself; SHUNT_ETOOBIG; SHUNT_ENOMEM; SHUNT_ESTATE: the
 * answer has begun, or the connection closes.
 */
SHUNT_API enum shunt_status shunt_response_hints(struct shunt_response *response,
                                                 const struct shunt_field *fields,
                                                 size_t count) SHUNT_MUST_USE;

/*
 * Memory that goes with the exchange: `bytes` of it, at least 1, not cleared, aligned for any type,
 * counted against limits.memory_bytes_max. Valid until the answer has been given and the handler
 * that gave it has returned, or until cancelled() has (see shunt_response_defer()); there is nothing
 * to free. Within a handler only, and for its worker only: what another thread works with while the
 * exchange is deferred must be memory of its own, for the client may leave at any time.
 * NULL: there is no memory.
 */
SHUNT_API void *shunt_request_alloc(const struct shunt_request *request,
                                    size_t bytes) SHUNT_MUST_USE;

/* The worker that the exchange lives on: for shunt_exchange_run() and the functions of
 * struct shunt_host, which a plugin is handed and a program has by shunt_server_host(). */
SHUNT_API struct shunt_worker *shunt_response_worker(const struct shunt_response *response);

/* What the plugin whose handler or filter it is has set in its worker_start() for this worker: state
 * that needs no lock. Also in handlers that are run for the exchange later. NULL for those of a
 * program. */
SHUNT_API void *shunt_response_local(const struct shunt_response *response);

/* ---- answers that come later ---- */

/* A deferred exchange is gone, see shunt_response_defer(). */
typedef void shunt_cancelled(void *arg);

/*
 * Answer later. Within a handler, also one that answers a deferred exchange: it is then deferred
 * once more, with another id. What has been set in `response` stays set.
 *
 *   cancelled  run once when the exchange is gone without its answer; may be NULL
 *   arg        for cancelled()
 *   id         written on SHUNT_OK: names the exchange until a handler runs for it, or it is gone.
 *              It may be given to other threads at once.
 *
 * The request moves to memory of its own: `request` and all that its spans hold stay valid until the
 * exchange is answered, spans that were copied out of it only until the handler returns.
 *
 * cancelled() runs on the worker that the handler ran on, at most once, and never within a call of
 * this header, when
 *
 *   the client has left: its connection was reset. One that only ends its direction still gets its
 *       answer (RFC 9112 section 9.6); whether it has closed the connection altogether is found out
 *       by interim 100 responses, which an HTTP/1.1 client passes over (RFC 9110 section 15.2), at
 *       once, after 0.1 s, after 0.2 s more, and so on. One that speaks HTTP/1.0, or that sends more
 *       than 64 KiB of requests behind this one, may be found to have left only when time is over.
 *   timeouts.answer_ms (30 s) have passed since it was first deferred: it is answered 503, which is
 *       logged, and the connection goes on
 *   the server's drain time is over, or its worker's loop has failed
 *   memory for what follows the request cannot be had: it is answered 503
 *
 * and from then on an answer is SHUNT_ENOTFOUND, or dropped where it was posted.
 *
 * SHUNT_OK; SHUNT_EFULL: limits.pending_answers_max exchanges of the worker wait already;
 * SHUNT_ENOMEM; SHUNT_ESTATE: it is deferred already. Unless SHUNT_OK, nothing has changed: the
 * handler answers as it does otherwise, say with 503.
 */
SHUNT_API enum shunt_status shunt_response_defer(struct shunt_response *response,
                                                 shunt_cancelled *cancelled, void *arg,
                                                 shunt_id *id) SHUNT_MUST_USE;

/*
 * Answer a deferred exchange from any thread, with a status (200 to 599), and a body of `len` bytes
 * with its media type, which may be NULL. Both are copied. Fields that the handler has set before it
 * deferred go out too.
 *
 * SHUNT_OK: the answer is on its way to the exchange's worker, and is dropped there if the exchange
 * is gone. A body of more than limits.response_bytes_max becomes a 500, as with
 * shunt_response_body(). SHUNT_EINVAL: no final status, or a type that is no field value;
 * SHUNT_ENOMEM; SHUNT_EFULL: the worker's mailbox is full (limits.mailbox_max); SHUNT_ENOTFOUND: no
 * such worker, for the server has stopped. Then nothing has changed.
 */
SHUNT_API enum shunt_status shunt_exchange_answer(shunt_id id, unsigned status,
                                                  const char *content_type, const void *bytes,
                                                  size_t len) SHUNT_MUST_USE;

/*
 * Run handler(arg, request, response) for a deferred exchange on its worker, from any thread; what
 * it leaves goes out when it returns. Or run drop(arg), where the exchange is gone (drop may be
 * NULL): one of the two, once, on that worker, never within this call, after SHUNT_OK.
 *
 * SHUNT_EFULL and SHUNT_ENOTFOUND as shunt_exchange_answer(): neither runs, and `arg` is still the
 * caller's.
 */
SHUNT_API enum shunt_status shunt_exchange_post(shunt_id id, shunt_handler *handler,
                                                shunt_release *drop, void *arg) SHUNT_MUST_USE;

/*
 * The same at once, on the exchange's own `worker`: in another handler, a task or a timer, but not
 * within the handler that defers it. SHUNT_OK: it is answered, or deferred once more.
 * SHUNT_ENOTFOUND: the exchange is gone, or is no exchange of this worker.
 */
SHUNT_API enum shunt_status shunt_exchange_run(struct shunt_worker *worker, shunt_id id,
                                               shunt_handler *handler, void *arg) SHUNT_MUST_USE;

/* ---- requests' bodies in pieces ---- */

/*
 * The next bytes of a request's body, `len` of them, at least 1; valid during the call. `request`
 * and `response` as for a handler, and all that a handler may do may be done here: begin an answer
 * and write it, hold the body back, or end the exchange with shunt_response_end() before its body is
 * whole.
 */
typedef void shunt_body_data(void *arg, const struct shunt_request *request,
                             struct shunt_response *response, const void *bytes, size_t len);

/*
 * Read the request's body in pieces. Within a handler, also one that runs for a deferred exchange;
 * once. Where the route is `streamed` (struct shunt_route), or the handler of a plugin is
 * (SHUNT_HANDLER_STREAMED), it is called when the head has come, and this is what lets the body come: with Expect: 100-continue, the client is then sent 100
 * (Continue). Elsewhere request->body is whole, and on_data() gets all of it at once.
 *
 *   on_data        run for each piece, of any length
 *   on_end         run once, as a handler, when the body is whole: what it leaves is the answer,
 *                  unless one has begun, or it defers. request->trailers has what came behind
 *   cancelled, id  as shunt_response_defer(); the id names the exchange until on_end() runs or it is
 *                  gone, whatever handlers run for it before
 *   arg            for all three
 *
 * Neither on_data() nor on_end() runs within this call. Until on_end() runs the exchange is deferred, and
 * handlers that are run for it do not answer it by returning; shunt_response_end() or
 * shunt_exchange_answer() does, at any time. What is left of the body is then read and dropped, up to
 * limits.body_bytes_max bytes of it; where it is known to be more, or turns out to be, the
 * connection closes behind the answer. shunt_response_begin() in the meantime keeps the id, and its
 * `cancelled` and `arg` take the place of these for cancelled(). shunt_response_defer() is
 * SHUNT_ESTATE until on_end().
 *
 * cancelled() also runs when
 *
 *   the client ends its direction or leaves before the body is whole
 *   the body is malformed (400), or longer than the route's body_bytes_max (413; by its
 *       Content-Length that is known before the handler is called), or its trailers are (431)
 *   no byte of it has come for timeouts.body_ms (30 s) while it was not held back (408)
 *   it was held back, and nothing was written either, for timeouts.answer_ms (503)
 *
 * and the client gets the status in brackets, or a reset where an answer has begun.
 *
 * SHUNT_OK; SHUNT_ESTATE: its body has been asked for, it is deferred otherwise, or a filter calls;
 * SHUNT_EFULL and
 * SHUNT_ENOMEM as shunt_response_defer(). Unless SHUNT_OK, nothing has changed.
 */
SHUNT_API enum shunt_status shunt_request_read(const struct shunt_request *request,
                                               shunt_body_data *on_data, shunt_handler *on_end,
                                               shunt_cancelled *cancelled, void *arg,
                                               shunt_id *id) SHUNT_MUST_USE;

/*
 * Hold the body back, and let it come again. Within a handler or on_data(). Neither on_data() nor on_end()
 * runs while it is held back, the client is soon not read from, and what it sends waits in its
 * kernel; a client that leaves is found to have left once the body comes again, something is written
 * to it, or time is over. Not counted: one shunt_request_resume() ends it. No effect once the body
 * is whole or nobody reads it.
 */
SHUNT_API void shunt_request_pause(const struct shunt_request *request);
SHUNT_API void shunt_request_resume(const struct shunt_request *request);

/* The same from any thread. SHUNT_OK: on its way to the exchange's worker; it has no effect there if
 * the exchange is gone. Else as shunt_exchange_post(). */
SHUNT_API enum shunt_status shunt_exchange_pause(shunt_id id) SHUNT_MUST_USE;
SHUNT_API enum shunt_status shunt_exchange_resume(shunt_id id) SHUNT_MUST_USE;

/* ---- answers in pieces ---- */

/*
 * Begin an answer whose body is given in pieces, by shunt_response_write(): its head goes out now,
 * with the status and the fields that have been set, and later ones have no effect. Within a
 * handler, also one that answers a deferred exchange.
 *
 *   content_type  may be NULL
 *   length        of the whole body in bytes: then it has a Content-Length; or SHUNT_LENGTH_UNKNOWN:
 *                 then it is chunked (RFC 9112 section 7.1), and to a client that speaks HTTP/1.0 it
 *                 is all up to the end of the connection
 *   drained       run with `arg` when a write has returned SHUNT_AGAIN and there is room again; may
 *                 be NULL
 *   cancelled, id as shunt_response_defer(); the id names the exchange until shunt_response_end()
 *
 * From then on the exchange is deferred: the handler may write before it returns, and handlers that
 * are run for it later by drained, shunt_exchange_run() or shunt_exchange_post() write on.
 * shunt_exchange_answer() has no effect on it. cancelled() also runs behind shunt_response_abort(),
 * and when no piece has come for timeouts.answer_ms while nothing waited to be sent; the connection
 * is then reset. A client that has closed is found to have left when something is written to it.
 *
 * SHUNT_OK; SHUNT_EINVAL: a type that is no field value; SHUNT_ESTATE: it has begun, or is deferred;
 * SHUNT_EFULL and SHUNT_ENOMEM as shunt_response_defer(). Unless SHUNT_OK nothing was written.
 */
SHUNT_API enum shunt_status shunt_response_begin(struct shunt_response *response,
                                                 const char *content_type, uint64_t length,
                                                 shunt_handler *drained, shunt_cancelled *cancelled,
                                                 void *arg, shunt_id *id) SHUNT_MUST_USE;

/*
 * The next piece; copied. An answer to HEAD leaves it out.
 *
 * SHUNT_OK; SHUNT_AGAIN: queued, but limits.queue_high_bytes is passed: stop until drained();
 * SHUNT_EFULL: not queued, for it does not fit into limits.queue_bytes_max; SHUNT_ETOOBIG: not
 * queued, for it is more than the length that was announced; SHUNT_ENOMEM and SHUNT_ESTATE: not
 * queued, the connection is closing and cancelled() will run, or the answer has not begun or has
 * ended.
 */
SHUNT_API enum shunt_status shunt_response_write(struct shunt_response *response, const void *bytes,
                                                 size_t len) SHUNT_MUST_USE;

/*
 * Add a field behind the body of an answer that is chunked (RFC 9110 section 6.5); copied. It goes out
 * with shunt_response_end(), whether or not the client has sent "TE: trailers": that says that nobody
 * on the way drops them (section 6.5.1), so what a client must not miss is put there only for one
 * that has. A Trailer field that announces it is the handler's to set before it begins.
 *
 * SHUNT_OK, also for an answer to HEAD, which leaves it out; SHUNT_ESTATE: the answer has not begun or
 * has ended; SHUNT_ENOTSUP: it has a length, or the client speaks HTTP/1.0; SHUNT_EINVAL: no valid
 * field, or one whose place is the head, as it is about framing, routing, authentication, caching or
 * the reading of the content (section 6.5.1); SHUNT_ETOOBIG: with the head's fields, more than 4096
 * bytes.
 */
SHUNT_API enum shunt_status shunt_response_trailer(struct shunt_response *response,
                                                   const char *name,
                                                   const char *value) SHUNT_MUST_USE;

/*
 * The body is whole. The exchange is gone when the handler returns, and cancelled() does not run.
 * Where no answer has begun, and the request's body is still being read in pieces: what has been set
 * is the answer, and goes out when the handler returns.
 * SHUNT_OK; SHUNT_EINVAL: it is shorter than the length that was announced, which is
 * shunt_response_abort(); SHUNT_ESTATE: the answer has not begun, or has ended.
 */
SHUNT_API enum shunt_status shunt_response_end(struct shunt_response *response) SHUNT_MUST_USE;

/* What is left of the body cannot be had: the connection is reset, so that the client does not take
 * what it has for the whole. cancelled() runs once the handler has returned. No effect unless the
 * answer has begun and not ended. */
SHUNT_API void shunt_response_abort(struct shunt_response *response);

/* ---- what a response has ---- */

/* 101 where a filter looks at an upgrade that succeeds. */
SHUNT_API unsigned shunt_response_status_get(const struct shunt_response *response);
/* The value of the first field called `name` (without case), Content-Type included; {NULL, 0}: there
 * is none. What the server writes itself (see shunt_response_field()) is not there yet. Valid until
 * the response is changed. */
SHUNT_API struct shunt_span shunt_response_field_get(const struct shunt_response *response,
                                                     const char *name);
/* The field in place of all of its name. Statuses as shunt_response_field(); unless SHUNT_OK nothing
 * has changed. */
SHUNT_API enum shunt_status shunt_response_field_set(struct shunt_response *response,
                                                     const char *name,
                                                     const char *value) SHUNT_MUST_USE;
/* Remove all fields called `name`. */
SHUNT_API void shunt_response_field_remove(struct shunt_response *response, const char *name);
/* The body, valid until the response is changed. False: it is not in memory, for it comes in
 * pieces or lies in a file; *body is empty. */
SHUNT_API bool shunt_response_body_get(const struct shunt_response *response,
                                       struct shunt_span *body);

/* ---- what filters and handlers know of a request ---- */

/*
 * The address of the client, "192.0.2.1" or "2001:db8::1", in `text` of `size` bytes, 46 for any: that
 * of the connection's peer, or, where that is trusted (shunt_server_trust()), the one that it has
 * forwarded. SHUNT_OK; SHUNT_ENOTFOUND: it is not known, as over a unix socket, or because a trusted
 * proxy does not give it away; SHUNT_ETOOBIG; SHUNT_ESYS: the connection is gone.
 */
SHUNT_API enum shunt_status shunt_request_client(const struct shunt_request *request, char *text,
                                                 size_t size) SHUNT_MUST_USE;

/*
 * Give the request an attribute, for whoever runs behind: filters, the handler, the access log.
 * Copied, in place of an earlier one of the same name, and gone with the exchange. Within a filter
 * or a handler. SHUNT_EFULL: there are 8; SHUNT_ENOMEM.
 *
 * Filters that are built in set "request_id" and "user".
 */
SHUNT_API enum shunt_status shunt_request_attribute_set(const struct shunt_request *request,
                                                        const char *name,
                                                        struct shunt_span value) SHUNT_MUST_USE;
/* Its value; {NULL, 0}: it has none. Valid until it is set again, or the exchange is gone. */
SHUNT_API struct shunt_span shunt_request_attribute(const struct shunt_request *request,
                                                    const char *name);

/* ---- filters ---- */

/* What a filter makes of a request. */
enum shunt_filtering {
    SHUNT_GO_ON,    /* to the next filter; behind the last one to the handler, or the protocols */
    SHUNT_ANSWERED, /* what is set in `response` is the answer */
    SHUNT_DEFERRED, /* it has called shunt_response_defer(), and answers or lets go on later */
};

/*
 * A filter is asked about requests before anything answers them, and looks at answers before they
 * are written: those of handlers, of texts and echoes, refusals such as 404, 405 and 426, and
 * upgrades, whether they end in a 101 or not. A request that breaks HTTP itself (400, 408, 413 and so
 * on) is no request yet and passes no filter.
 *
 * Filters for all requests (shunt_server_filter()) come first, then those of the route, each in the
 * order in which they were given. One that answers ends the row: what stands behind it is not asked,
 * no handler runs, and no protocol is asked. Then, and behind a handler or a negotiation, `after` of
 * those that were asked runs in reverse order. A refusal of a path (405, and 204 for OPTIONS) passes
 * the filters of the route of that path that was given first; a 404 and a 501 those for all.
 *
 * All run on the worker of the exchange, on several workers at once, and must not block.
 */
struct shunt_filter {
    uint32_t size;
    /* For messages. With no `before` and no `after` it names a filter that is built in (see
     * shuntd(1)) or a plugin's, "quota" or "plugin/quota". A plugin gives filters by their names
     * (tokens), with one of the two functions or both. */
    const char *name;
    /* For create(), or where that is NULL for before() and after(). Of a plugin's filter it is what
     * init() set, unless it is set here. */
    void *arg;
    const char *const *settings; /* key, value, key, value ..., NULL; for create(); may be NULL */
    /*
     * Look at a request; may be NULL. Fields that are set in `response` go out with whatever answer
     * comes, a 101 included; a status and a body only with SHUNT_ANSWERED, or by
     * shunt_response_begin(). The body of the request is there where the route's handler reads it.
     *
     * To wait, say for a database, call shunt_response_defer() and return SHUNT_DEFERRED: all that
     * is said there holds, for requests that ask for an upgrade too, whose client is found to have
     * left by the end of its direction. A handler that is run for the exchange then answers it, or
     * calls shunt_response_go_on(); from any thread shunt_exchange_answer() and
     * shunt_exchange_go_on() do.
     */
    enum shunt_filtering (*before)(void *state, const struct shunt_request *request,
                                   struct shunt_response *response);
    /*
     * Look at the answer before it is written, and change it; may be NULL. Of one in pieces the
     * body is not there yet; of a 101 the fields alone can be changed. It cannot be deferred here.
     */
    void (*after)(void *state, const struct shunt_request *request,
                  struct shunt_response *response);
    /*
     * Read the settings of one place where the filter is used: on the main thread, before any
     * worker; may be NULL. *state, `arg` unless it is set, goes to before() and after(). A key that
     * nobody asks for here is refused, and so is the filter for any status but SHUNT_OK; then
     * `error`, of `error_size` bytes and empty at first, may get what was expected and found.
     */
    enum shunt_status (*create)(void *arg, const struct shunt_settings *settings, void **state,
                                char *error, size_t error_size);
    /* After the last worker, for each create() that was SHUNT_OK; may be NULL. */
    void (*destroy)(void *state);
};
#define SHUNT_FILTER_BYTES_1_1 SHUNT_BYTES_WITH(struct shunt_filter, destroy)

/* Who judges credentials for the filters basic_auth and bearer_auth, in place of a file: a program
 * sets it as their `arg`, which is copied. */
struct shunt_authenticator {
    uint32_t size;
    void *arg; /* for check() */
    /*
     * Are they good? `user` is the name and `secret` the password, or `user` is empty and `secret` the
     * bearer token; both are valid during the call. SHUNT_GO_ON: yes. SHUNT_ANSWERED: no; unless a
     * status was set, the answer is 401, which gets WWW-Authenticate. SHUNT_DEFERRED: as before() of
     * struct shunt_filter; a 401 that comes later gets WWW-Authenticate too.
     */
    enum shunt_filtering (*check)(void *arg, const struct shunt_request *request,
                                  struct shunt_response *response, struct shunt_span user,
                                  struct shunt_span secret);
};
#define SHUNT_AUTHENTICATOR_BYTES_1_1 SHUNT_BYTES_WITH(struct shunt_authenticator, check)

/*
 * Within a handler that runs for an exchange that a filter has deferred: the filter is content. When
 * the handler returns, the next filter is asked, or the request goes on to its handler or the
 * protocols. Fields that are set go out with the answer. SHUNT_OK; SHUNT_ESTATE: no filter has
 * deferred it.
 */
SHUNT_API enum shunt_status shunt_response_go_on(struct shunt_response *response) SHUNT_MUST_USE;
/* The same from any thread; it is dropped where the exchange is gone. SHUNT_EFULL and
 * SHUNT_ENOTFOUND as shunt_exchange_answer(). */
SHUNT_API enum shunt_status shunt_exchange_go_on(shunt_id id) SHUNT_MUST_USE;

/* The value of a setting, or NULL; valid as long as the settings. For create(), as the functions of
 * the same names in struct shunt_host. */
SHUNT_API const char *shunt_setting(const struct shunt_settings *settings, const char *key);
SHUNT_API enum shunt_status shunt_setting_number(const struct shunt_settings *settings,
                                                 const char *key, uint64_t min, uint64_t max,
                                                 uint64_t *value) SHUNT_MUST_USE;
SHUNT_API enum shunt_status shunt_setting_bool(const struct shunt_settings *settings,
                                               const char *key, bool *value) SHUNT_MUST_USE;

#ifdef __cplusplus
}
#endif

#endif
