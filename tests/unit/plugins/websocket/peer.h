/*
 * A WebSocket client for tests, and a service that writes down its calls.
 *
 * Frames are written as text on both sides: "81:hello 89:%01" is a text frame and a ping whose
 * payload is the byte 1. The number is the first byte in hex; %XX stands for any byte.
 */
#ifndef UNIT_PLUGINS_WEBSOCKET_PEER_H
#define UNIT_PLUGINS_WEBSOCKET_PEER_H

#include "stream.h"
#include "support/fake_host.h"

#include <shunt/websocket.h>

extern const struct shunt_plugin websocket_plugin;
/* A plugin with the services "record" and "parts". To record a text message "!close CODE REASON",
 * "!ping X", "!many N", "!plain N", "!pause" or "!nothing" makes it do so; any other message is sent
 * back. To parts a part "!pause" or "!close" makes it do so. */
extern const struct shunt_plugin record_plugin;

#define PEER_KEY "dGhlIHNhbXBsZSBub25jZQ=="

struct peer {
    struct shunt_worker *worker;
    struct shunt_upgrade *upgrade;
    struct shunt_stream *stream;
};

/* What the service saw: "open 81:hello drained closed:1000". Emptied by peer_open(). */
extern char peer_log[64 * 1024];
/* How many parts "parts" has had in all, and their bytes. */
extern size_t peer_parts;
extern uint64_t peer_part_bytes;

/* A worker with both plugins. `settings` are those of websocket; may be NULL. */
struct shunt_worker *peer_worker(const char *const *settings);
/* A valid handshake for the service "record". */
struct peer peer_open(const char *const *settings);
/* The same with Sec-WebSocket-Extensions, which may be NULL, for a service of record_plugin. */
struct peer peer_open_offering(const char *const *settings, const char *extension,
                               const char *name);
void peer_close(struct peer *peer);
/* A test with `peer` open by the settings given, which is closed behind the body. */
#define WITH_PEER(suite, name, ...)                                                                \
    static void with_peer_##name(struct peer *peer);                                               \
    Test(suite, name)                                                                              \
    {                                                                                              \
        struct peer peer = peer_open(__VA_ARGS__);                                                 \
        with_peer_##name(&peer);                                                                   \
        peer_close(&peer);                                                                         \
    }                                                                                              \
    static void with_peer_##name(struct peer *peer)

/* `script` as bytes on the wire, masked. Free it. */
uint8_t *peer_frames(const char *script, size_t *len);
void peer_send(struct peer *peer, const char *script);
/* All that the server has sent, in the same form; static. Ends the test if it is not made of whole,
 * unmasked frames in their shortest form. */
const char *peer_sent(const struct peer *peer);

static inline const struct websocket_stream *peer_state(const struct peer *peer)
{
    return (const struct websocket_stream *)(const void *)peer->stream->state;
}

#endif
