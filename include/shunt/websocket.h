/*
 * The "websocket" service interface: whoever writes an application on WebSocket sees messages,
 * never frames (RFC 6455). A plugin gives a `struct shunt_service` with interface
 * SHUNT_WEBSOCKET_INTERFACE, and a route of the websocket protocol names it with the setting
 * `service`.
 *
 * A message to many streams, as in a chat room: subscribe() each to a topic and publish(), from
 * whichever thread. That is one entry for each worker, however many streams there are. A post for
 * each stream fills the worker's mailbox (limits.mailbox_max), and gives SHUNT_EFULL then.
 */
#ifndef SHUNT_WEBSOCKET_H
#define SHUNT_WEBSOCKET_H

#include <shunt/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHUNT_WEBSOCKET_INTERFACE "websocket"
#define SHUNT_WEBSOCKET_VERSION   1

/* Flags of message_part(). */
enum {
    SHUNT_WEBSOCKET_FIRST = 1, /* a message begins */
    SHUNT_WEBSOCKET_LAST = 2,  /* it ends with this part */
};

/* Flags of send_with(). */
enum { SHUNT_WEBSOCKET_PLAIN = 1 /* not compressed, whatever was agreed on */ };

/* Kinds of message, with the values of their opcodes (RFC 6455 section 5.2). */
enum shunt_websocket_kind { SHUNT_WEBSOCKET_TEXT = 1, SHUNT_WEBSOCKET_BINARY = 2 };

/* A message for many: framed once, and shared by all that it is sent to. */
struct shunt_websocket_message;

/*
 * The topics of one service in one server, across all its workers. A topic's name is levels between
 * slashes, "room/7/chat": 1 to 1024 bytes without NUL, `+` and `#`, and at most 32 levels. In a
 * filter the level `+` stands for any one level, and `#`, as the last, for what is left of a name,
 * nothing included: "room/#" is "room" and all below it.
 *
 * What one thread publishes comes to each subscriber in that order, once, however many of its
 * filters match. It is lost only where the subscriber's connection is, or where a setting lets
 * messages to slow peers be dropped.
 */
struct shunt_websocket_topics;

/* One of those who are there. */
typedef void shunt_websocket_visit(void *arg, shunt_id id, struct shunt_span name);

/* How to subscribe; zeros (and NULL for it all) where nothing is wanted. */
struct shunt_websocket_subscribe {
    uint32_t size;
    bool live_only; /* not what is retained already */
    /* For who is there, as present() has it; empty: it is not among them. Copied. */
    struct shunt_span name;
};

/* How to publish; zeros (and NULL for it all) where nothing is wanted. */
struct shunt_websocket_publish {
    uint32_t size;
    bool retain;     /* keep it as the topic's last value for who subscribes later, in place of the
                        one before; an empty message keeps none */
    shunt_id except; /* a stream that is not to get it: the one that it came from */
    struct shunt_span key; /* of what replaces what for slow peers; empty: the topic. Copied */
    /* Called once, when every worker has handed it on, with how many streams of this server it was
     * sent to: on the last worker's thread, or within publish(). Not for a publish() that gives
     * another status than SHUNT_OK and SHUNT_AGAIN. */
    void (*done)(void *arg, uint64_t reached);
    void *arg;
};

/*
 * What becomes of messages to a peer that does not keep up, so that limits.queue_high_bytes wait.
 * Each is as well a value of the setting slow_policy: close, drop_newest, drop_oldest, conflate.
 */
enum shunt_websocket_slow_policy {
    /* All wait. When they are more than bytes_max (limits.queue_bytes_max where it is 0), the stream
     * is closed with 1008, and the send gives SHUNT_EFULL. */
    SHUNT_WEBSOCKET_SLOW_CLOSE,
    /* Beyond bytes_max (256 KiB where it is 0; a message counts 64 bytes more than it has) a message
     * is dropped: SHUNT_EFULL, and the stream stays open. */
    SHUNT_WEBSOCKET_SLOW_DROP_NEWEST,
    /* Those that have waited longest are dropped for it. */
    SHUNT_WEBSOCKET_SLOW_DROP_OLDEST,
    /* A message replaces the one with its key that waits: of a publication the key, or else the
     * topic. What has none waits, and beyond bytes_max the longest that has waited is dropped. */
    SHUNT_WEBSOCKET_SLOW_CONFLATE,
};

/* What is counted. A message that was sent or published to a stream has reached the connection's
 * queue, or waits, or is counted here. */
struct shunt_websocket_counters {
    uint32_t size;
    uint64_t subscriptions;                             /* now */
    uint64_t publications_waiting;                      /* now, in all workers' inboxes */
    uint64_t publications_refused;                      /* SHUNT_EFULL */
    uint64_t subscriptions_refused;                     /* likewise */
    uint64_t delivered;                                 /* of publications: one for each stream */
    uint64_t slow_closed;                               /* streams, for more than bytes_max */
    uint64_t dropped_newest, dropped_oldest, conflated; /* messages, by policy */
    uint64_t dropped_at_close;                          /* messages that waited */
    uint64_t origins_refused;                           /* handshakes, answered with 403 */
    uint64_t contexts_refused;           /* streams without, for want of room for their contexts */
    uint64_t context_bytes;              /* now: what those with contexts may come to use */
    uint64_t deflated_from, deflated_to; /* bytes of messages, sent compressed */
};

/*
 * What a service may call. The stream's state and callbacks belong to the websocket protocol; its
 * user pointer belongs to the service, and of the host's functions write, cork, close, pause,
 * resume, timer, state and take_fd are not for it.
 * Ask SHUNT_HAS(api, member) before using one that came after 1.0.
 *
 * There is one table for all streams and all workers. It may be kept: it is valid until the fini()
 * of the service's plugin has returned. A function that takes a stream is for the stream's worker
 * only, from open() until close() is called; in close() itself it may not be called any more.
 */
struct shunt_websocket_api {
    uint32_t size;
    /* Send one message, unfragmented. `bytes` are copied; text must be UTF-8. Statuses as
     * host->write; SHUNT_ESTATE too once the close handshake has begun. SHUNT_EFULL: not sent, as
     * it does not fit what is left of limits.queue_bytes_max beside 137 bytes for its header and a
     * Close. What was sent before still goes out, and the close handshake begins behind it: with
     * 1008 when an earlier send() gave SHUNT_AGAIN and drained() has not come yet, with 1011
     * otherwise and for a message that an empty queue could not hold either. */
    enum shunt_status (*send)(struct shunt_stream *stream, enum shunt_websocket_kind kind,
                              const void *bytes, size_t len);
    /* Start the close handshake with `code` (RFC 6455 section 7.4; 1005: none) and at most 123
     * bytes of reason, which is UTF-8 and cut where it is longer. Ends a pause. No message()
     * follows; close() does. */
    void (*close)(struct shunt_stream *stream, uint16_t code, struct shunt_span reason);
    /* Send a ping with at most 125 bytes (SHUNT_EINVAL for more). Statuses as send(). */
    enum shunt_status (*ping)(struct shunt_stream *stream, const void *bytes, size_t len);
    /* Stop reading, as when send() gives SHUNT_AGAIN, and go on. Messages that have already arrived
     * may still come after pause(). Not counted: one resume() ends it. */
    void (*pause)(struct shunt_stream *stream);
    void (*resume)(struct shunt_stream *stream);

    /* ---- since 1.1 ---- */
    /* Bytes that were sent and wait here: the peer, or the network, does not keep up. */
    size_t (*queued)(const struct shunt_stream *stream);
    /* Run the service's timer() once, when `ms` milliseconds have passed, never sooner; 0 disarms
     * it. Statuses as host->worker_timer_set(). */
    enum shunt_status (*timer)(struct shunt_stream *stream, uint32_t ms);
    /*
     * A message to be sent to many, with one reference, the caller's; NULL: no memory. `bytes` are
     * copied once, here, and a long message is not copied again for each receiver. Whoever keeps a
     * message holds a reference; send_message() and post_message() hold their own. Any thread.
     */
    struct shunt_websocket_message *(*message_create)(enum shunt_websocket_kind kind,
                                                      const void *bytes, size_t len);
    void (*message_hold)(struct shunt_websocket_message *message);
    void (*message_release)(struct shunt_websocket_message *message);
    /* As send(). */
    enum shunt_status (*send_message)(struct shunt_stream *stream,
                                      struct shunt_websocket_message *message);
    /* As send() and send_message(), from any thread, to the stream of an id that host->id() gave.
     * Statuses as host->post(): SHUNT_OK does not mean that the stream is still there. */
    enum shunt_status (*post)(shunt_id id, enum shunt_websocket_kind kind, const void *bytes,
                              size_t len);
    enum shunt_status (*post_message)(shunt_id id, struct shunt_websocket_message *message);
    /* The subprotocol that the route's setting `subprotocols` made the choice of; empty where there
     * was none to choose, or where the service's negotiate() chose one itself. Valid as long as the
     * worker. */
    struct shunt_span (*subprotocol)(struct shunt_stream *stream);
    /* As send(), with SHUNT_WEBSOCKET_ flags. send() compresses a message where the client and the
     * route's setting `compression` agreed to and it is at least compression_threshold_bytes long:
     * what is secret beside what an attacker may choose had better go out plain (RFC 7692 section
     * 8), and what is compressed already, too. */
    enum shunt_status (*send_with)(struct shunt_stream *stream, enum shunt_websocket_kind kind,
                                   const void *bytes, size_t len, unsigned flags);
    /* The topics that the stream's service has. They live as long as this table. */
    struct shunt_websocket_topics *(*topics)(struct shunt_stream *stream);
    /*
     * Have what is published to a filter's topics sent to the stream, until it unsubscribes or
     * ends. First it gets what is retained of them, unless live_only. SHUNT_OK; SHUNT_ESTATE: it
     * has subscribed to this filter already, or closes; SHUNT_EINVAL: no filter; SHUNT_EFULL: the
     * worker has subscriptions_max, the stream stream_subscriptions_max, or the filter
     * topic_subscribers_max on this worker (settings of the plugin), or present_max are named;
     * SHUNT_ENOMEM.
     */
    enum shunt_status (*subscribe)(struct shunt_stream *stream, struct shunt_span filter,
                                   const struct shunt_websocket_subscribe *options);
    /* SHUNT_OK or SHUNT_ENOTFOUND. */
    enum shunt_status (*unsubscribe)(struct shunt_stream *stream, struct shunt_span filter);
    /*
     * Send a message to all that have subscribed to the topic, and to whom a send() then would: one
     * that closes does not get it, one whose queue is full is closed. `bytes` are copied once. Any
     * thread, until the fini() of the service's plugin.
     *
     * SHUNT_OK; SHUNT_AGAIN: the same, but some worker has half of publications_max or
     * publications_bytes_max waiting, so publish less; SHUNT_EFULL: some worker has all of it, and
     * nobody gets this one: try again later, on a worker from a timer or a later callback, since
     * it may be this worker that has to go on first; SHUNT_EINVAL: no topic; SHUNT_ETOOBIG: no
     * queue could hold it; SHUNT_ENOMEM.
     */
    enum shunt_status (*publish)(struct shunt_websocket_topics *topics, struct shunt_span topic,
                                 enum shunt_websocket_kind kind, const void *bytes, size_t len,
                                 const struct shunt_websocket_publish *options);
    /* What becomes of messages to this stream while its peer does not keep up, in place of the
     * route's settings slow_policy and slow_bytes_max, whose default `bytes_max` 0 is. SHUNT_OK;
     * SHUNT_ESTATE: messages wait that SHUNT_WEBSOCKET_SLOW_CLOSE has no place for; SHUNT_ENOMEM. */
    enum shunt_status (*slow_policy)(struct shunt_stream *stream,
                                     enum shunt_websocket_slow_policy policy, uint64_t bytes_max);
    /* What all workers have counted so far, of all services. Set `size` of *counters; SHUNT_OK or
     * SHUNT_EINVAL for one that is not known. Any thread. */
    enum shunt_status (*counters)(const struct shunt_websocket_topics *topics,
                                  struct shunt_websocket_counters *counters);
    /* Call visit(arg, id, name) for each stream of this server, on any worker, that has subscribed
     * to exactly this filter with a name, in the order in which they came; `visit` may be NULL, and
     * must not subscribe, unsubscribe or ask again. Returns how many there are. Any thread. */
    uint64_t (*present)(struct shunt_websocket_topics *topics, struct shunt_span filter,
                        shunt_websocket_visit *visit, void *arg);
};
#define SHUNT_WEBSOCKET_API_BYTES_1_0 SHUNT_BYTES_WITH(struct shunt_websocket_api, resume)

/* A service. Members may be NULL where it has nothing to do. */
struct shunt_websocket_service {
    uint32_t size;
    /* Look at the handshake once it is known to be a valid one: subprotocol, Origin, fields of its
     * own. SHUNT_ACCEPT, SHUNT_DECLINE, SHUNT_REFUSE or SHUNT_DEFER as in shunt_protocol; what is
     * deferred is settled with host->upgrade_settle(). */
    enum shunt_verdict (*negotiate)(void *local, const struct shunt_request *request,
                                    struct shunt_upgrade *upgrade);
    /* A handshake that was deferred or accepted is gone: open() does not follow. When and where as
     * in shunt_protocol. */
    void (*cancel)(void *local, struct shunt_upgrade *upgrade);
    void (*open)(void *local, struct shunt_stream *stream, const struct shunt_websocket_api *api);
    /* One whole message. `bytes` are writable in place and valid during the call; text is valid
     * UTF-8. */
    void (*message)(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                    enum shunt_websocket_kind kind, uint8_t *bytes, size_t len);
    void (*drained)(struct shunt_stream *stream, const struct shunt_websocket_api *api);
    /* The last callback. `code` is what the peer sent, 1005 when it gave none, 1006 when the
     * connection ended without a close handshake, or the code we closed with. */
    void (*close)(struct shunt_stream *stream, uint16_t code);

    /* ---- since 1.1 ---- */
    /* The worker has started: once for each, before any handshake there. `api` and `topics` may be
     * kept, and given to other threads. */
    void (*start)(void *local, struct shunt_worker *worker, const struct shunt_websocket_api *api,
                  struct shunt_websocket_topics *topics);
    /* The time that api->timer() set has passed. */
    void (*timer)(struct shunt_stream *stream, const struct shunt_websocket_api *api);
    /* The server stops, and it is this stream's turn (the setting stop_spread_ms). What is sent
     * here still goes out, and then a Close with 1001, unless the service itself closes with
     * another code. */
    void (*shutdown)(struct shunt_stream *stream, const struct shunt_websocket_api *api);
    /*
     * Messages in parts, as they come: where this is set message() is not called, and a message may
     * be as long as the setting streamed_bytes_max, in constant memory. Parts are no frames: each is
     * what has come, at least one byte but for the last one, whose flag may come alone. Bytes as in
     * message(); text is valid as far as it has come, and a part may end within a character. After
     * pause() what was already received may still come, at most limits.receive_buffer_bytes or what
     * these decompress to. A message that fails has no last part: close() follows.
     */
    void (*message_part)(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                         enum shunt_websocket_kind kind, uint8_t *bytes, size_t len,
                         unsigned flags);
};
#define SHUNT_WEBSOCKET_SERVICE_BYTES_1_0 SHUNT_BYTES_WITH(struct shunt_websocket_service, close)

#ifdef __cplusplus
}
#endif

#endif
