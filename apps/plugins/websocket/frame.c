/* Headers only: what may follow what is stream.c's matter, and masks are mask.c's. */
#include "frame.h"

#include <string.h>

#define FIN        0x80
#define RESERVED   0x70
#define OPCODE     0x0f
#define MASKED     0x80
#define LENGTH     0x7f
#define LENGTH_16  126
#define LENGTH_64  127
#define MASK_BYTES 4

/* 1 in the bit of each opcode of section 11.8. */
static const uint16_t known_opcodes = 1u << WEBSOCKET_CONTINUATION | 1u << WEBSOCKET_TEXT |
                                      1u << WEBSOCKET_BINARY | 1u << WEBSOCKET_CLOSE |
                                      1u << WEBSOCKET_PING | 1u << WEBSOCKET_PONG;

static bool first_byte_ok(uint8_t first, bool compression)
{
    uint8_t opcode = first & OPCODE, reserved = first & RESERVED;
    bool begins = opcode == WEBSOCKET_TEXT || opcode == WEBSOCKET_BINARY;

    return (reserved == 0 || (reserved == WEBSOCKET_COMPRESSED && compression && begins)) &&
           (known_opcodes >> opcode & 1) && (opcode < WEBSOCKET_CLOSE || (first & FIN));
}

static bool second_byte_ok(uint8_t first, uint8_t second)
{
    return (second & MASKED) &&
           ((first & OPCODE) < WEBSOCKET_CLOSE || (second & LENGTH) <= WEBSOCKET_CONTROL_BYTES_MAX);
}

static uint64_t big_endian(const uint8_t *bytes, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* The length behind the two first bytes, in its shortest form (section 5.2). */
static enum shunt_status extended_length(const uint8_t *bytes, size_t len, size_t size,
                                         uint64_t *value)
{
    if (size == 8 && len > 0 && (bytes[0] & 0x80)) {
        return SHUNT_EPROTO;
    }
    if (len < size) {
        return SHUNT_AGAIN;
    }
    *value = big_endian(bytes, size);
    return *value < (size == 2 ? LENGTH_16 : 0x10000) ? SHUNT_EPROTO : SHUNT_OK;
}

enum shunt_status websocket_frame_parse(const uint8_t *bytes, size_t len, bool compression,
                                        struct websocket_frame *frame)
{
    size_t extended = 0;
    uint64_t payload;

    if (len > 0 && !first_byte_ok(bytes[0], compression)) {
        return SHUNT_EPROTO;
    }
    if (len < 2) {
        return SHUNT_AGAIN;
    }
    if (!second_byte_ok(bytes[0], bytes[1])) {
        return SHUNT_EPROTO;
    }
    payload = bytes[1] & LENGTH;
    if (payload >= LENGTH_16) {
        enum shunt_status status;

        extended = payload == LENGTH_16 ? 2 : 8;
        status = extended_length(bytes + 2, len - 2, extended, &payload);
        if (status != SHUNT_OK) {
            return status;
        }
    }
    if (len < 2 + extended + MASK_BYTES) {
        return SHUNT_AGAIN;
    }
    *frame = (struct websocket_frame){
        .len = payload,
        .opcode = bytes[0] & OPCODE,
        .header_size = (uint8_t)(2 + extended + MASK_BYTES),
        .fin = bytes[0] & FIN,
        .compressed = bytes[0] & WEBSOCKET_COMPRESSED,
    };
    memcpy(frame->mask, bytes + 2 + extended, MASK_BYTES);
    return SHUNT_OK;
}

size_t websocket_frame_write(uint8_t header[WEBSOCKET_HEADER_BYTES_MAX], unsigned opcode,
                             uint64_t len)
{
    size_t extended = len < LENGTH_16 ? 0 : len < 0x10000 ? 2 : 8;

    header[0] = (uint8_t)(FIN | opcode);
    header[1] = (uint8_t)(extended == 0 ? len : extended == 2 ? LENGTH_16 : LENGTH_64);
    for (size_t i = 0; i < extended; i++) {
        header[2 + i] = (uint8_t)(len >> (8 * (extended - 1 - i)));
    }
    return 2 + extended;
}
