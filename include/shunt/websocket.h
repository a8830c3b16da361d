/*
 * The "websocket" service interface: whoever writes an application on WebSocket sees messages,
 * never frames (RFC 6455). A plugin gives a `struct shunt_service` with interface
 * SHUNT_WEBSOCKET_INTERFACE, and a route of the websocket protocol names it with the setting
 * `service`.
 *
 * A message to many streams, as in a chat room: keep the streams of each worker in a list of that
 * worker's (the plugin's `local`, or by host->worker_number()), post the message once for each
 * worker with host->post_worker(), and send() it from there. A post for each stream fills the
 * worker's mailbox (limits.mailbox_max), and host->post() gives SHUNT_EFULL then.
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
