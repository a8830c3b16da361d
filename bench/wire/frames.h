/* WebSocket frames as a client sees them (RFC 6455 section 5). Pure: bytes in, events out. */
#ifndef BENCH_WIRE_FRAMES_H
#define BENCH_WIRE_FRAMES_H

#include <shunt/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAMES_HEADER_MAX  14
#define FRAMES_CONTROL_MAX 125

enum { FRAME_TEXT = 1, FRAME_BINARY = 2, FRAME_CLOSE = 8, FRAME_PING = 9, FRAME_PONG = 10 };

/* Beside the opcode of a message that is compressed: RSV1 (RFC 7692 section 6). */
#define FRAME_COMPRESSED 0x40

/* Write one masked frame with FIN to `out`, which has room for FRAMES_HEADER_MAX + payload.len;
 * gives its length. */
size_t frames_write(char *out, unsigned opcode, struct shunt_span payload, uint32_t mask);

/* All zero at first. The members are the parser's, but for `may_compress`, which its user sets;
 * `control`, `compressed` and `message_bytes` may be read. */
struct frames {
    uint64_t left;          /* of the payload */
    bool may_compress;      /* permessage-deflate was agreed on: RSV1 may mark a message */
    bool compressed;        /* the present message is marked */
    uint64_t message_bytes; /* of the present message's frames, headers included */
    uint8_t header[10], header_len;
    bool in_payload, in_message;
    uint8_t control_len, control[FRAMES_CONTROL_MAX]; /* the payload of a ping */
};

enum frames_event {
    FRAMES_MORE,  /* nothing is left in `in` */
    FRAMES_DATA,  /* `data` is a run of a message's payload, maybe empty; `ends`: its last one */
    FRAMES_PING,  /* answer with a pong of frames->control */
    FRAMES_CLOSE, /* the server closes */
    FRAMES_BAD,   /* no server may send this */
};

/* The next event; *in moves behind what was used. Pongs are skipped. */
enum frames_event frames_next(struct frames *frames, struct shunt_span *in, struct shunt_span *data,
                              bool *ends);

#endif
