/* The header of a WebSocket frame (RFC 6455 section 5.2), read and written. */
#ifndef PLUGINS_WEBSOCKET_FRAME_H
#define PLUGINS_WEBSOCKET_FRAME_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum websocket_opcode {
    WEBSOCKET_CONTINUATION = 0,
    WEBSOCKET_TEXT = 1,
    WEBSOCKET_BINARY = 2,
    WEBSOCKET_CLOSE = 8,
    WEBSOCKET_PING = 9,
    WEBSOCKET_PONG = 10,
};

/* RSV1 on the first frame of a message: it is compressed (RFC 7692 section 6). Beside an opcode in
 * websocket_frame_write(), too. */
#define WEBSOCKET_COMPRESSED 0x40

#define WEBSOCKET_HEADER_BYTES_MAX  14  /* 2, an extended length of 8, a mask of 4 */
#define WEBSOCKET_CONTROL_BYTES_MAX 125 /* payload of a control frame (section 5.5) */

struct websocket_frame {
    uint64_t len; /* of the payload */
    uint8_t mask[4];
    uint8_t opcode;      /* enum websocket_opcode */
    uint8_t header_size; /* the payload starts there */
    bool fin;
    bool compressed; /* what of the message has its beginning here */
};

static inline bool websocket_frame_is_control(const struct websocket_frame *frame)
{
    return frame->opcode >= WEBSOCKET_CLOSE;
}

/*
 * Read the header of a frame from a client.
 *
 *   compression  RSV1 has a meaning: permessage-deflate was agreed on
 *   frame        written only on SHUNT_OK
 *
 * SHUNT_OK, SHUNT_AGAIN (read more), or SHUNT_EPROTO: a reserved bit or opcode, RSV1 where no
 * message begins, no mask, a control frame that is fragmented or over 125 bytes, a length not in
 * its shortest form or with its top bit set. A mistake is found as soon as its byte is there.
 */
enum shunt_status websocket_frame_parse(const uint8_t *bytes, size_t len, bool compression,
                                        struct websocket_frame *frame) SHUNT_MUST_USE;

/* Write the header of a whole, unmasked frame; returns its size, at most 10. `opcode` is an enum
 * websocket_opcode, or with WEBSOCKET_COMPRESSED. */
size_t websocket_frame_write(uint8_t header[WEBSOCKET_HEADER_BYTES_MAX], unsigned opcode,
                             uint64_t len);

#endif
