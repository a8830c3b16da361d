#include "wire/frames.h"

#include <string.h>

static size_t write_length(unsigned char *out, size_t len)
{
    if (len < 126) {
        out[0] = (unsigned char)(0x80 | len);
        return 1;
    }
    unsigned bytes = len < 65536 ? 2 : 8;

    out[0] = (unsigned char)(0x80 | (bytes == 2 ? 126 : 127));
    for (unsigned i = 0; i < bytes; i++) {
        out[1 + i] = (unsigned char)((uint64_t)len >> 8 * (bytes - 1 - i));
    }
    return 1 + bytes;
}

size_t frames_write(char *out, unsigned opcode, struct shunt_span payload, uint32_t mask)
{
    unsigned char *at = (unsigned char *)out, key[4];

    *at++ = (unsigned char)(0x80 | opcode);
    at += write_length(at, payload.len);
    memcpy(key, &mask, 4);
    memcpy(at, key, 4);
    at += 4;
    for (size_t i = 0; i < payload.len; i++) {
        at[i] = (unsigned char)payload.at[i] ^ key[i % 4];
    }
    return (size_t)(at - (unsigned char *)out) + payload.len;
}

static size_t header_bytes(const struct frames *frames)
{
    unsigned len = frames->header_len < 2 ? 0 : frames->header[1];

    return len == 126 ? 4 : len == 127 ? 10 : 2;
}

static bool is_control(const struct frames *frames)
{
    return frames->header[0] & 0x08;
}

/* A whole header: is it one that a server may send here? */
static bool judge_header(struct frames *frames)
{
    unsigned opcode = frames->header[0] & 0x0f, len = frames->header[1];
    bool fin = frames->header[0] & 0x80, compressed = frames->header[0] & FRAME_COMPRESSED;

    if (frames->header[0] & 0x30 || len & 0x80) {
        return false; /* an extension that was not agreed on, or a mask */
    }
    if (compressed && (!frames->may_compress || is_control(frames) || opcode == 0)) {
        return false; /* RFC 7692 section 6.1: only a message's first frame has it */
    }
    frames->left = len;
    if (len >= 126) {
        frames->left = 0;
        for (size_t i = 2; i < header_bytes(frames); i++) {
            frames->left = frames->left << 8 | frames->header[i];
        }
    }
    if (is_control(frames)) {
        frames->control_len = 0;
        return opcode <= FRAME_PONG && fin && len < 126;
    }
    bool known = opcode == FRAME_TEXT || opcode == FRAME_BINARY || opcode == 0;
    bool fits = frames->in_message == (opcode == 0);

    if (opcode != 0) {
        frames->compressed = compressed;
        frames->message_bytes = 0;
    }
    frames->message_bytes += header_bytes(frames) + frames->left;
    frames->in_message = !fin;
    return known && fits && frames->left >> 63 == 0;
}

static bool take_header(struct frames *frames, struct shunt_span *in)
{
    while (frames->header_len < 2 || frames->header_len < header_bytes(frames)) {
        if (in->len == 0) {
            return false;
        }
        frames->header[frames->header_len++] = (uint8_t)*in->at++;
        in->len--;
    }
    return true;
}

static struct shunt_span take_payload(struct frames *frames, struct shunt_span *in)
{
    size_t len = in->len < frames->left ? in->len : (size_t)frames->left;
    struct shunt_span run = {in->at, len};

    in->at += len;
    in->len -= len;
    frames->left -= len;
    if (frames->left == 0) {
        frames->in_payload = false;
        frames->header_len = 0;
    }
    return run;
}

/* Some of a control frame's payload; FRAMES_MORE also stands for a pong, which is skipped. */
static enum frames_event take_control(struct frames *frames, struct shunt_span *in)
{
    unsigned opcode = frames->header[0] & 0x0f;
    struct shunt_span run = take_payload(frames, in);

    memcpy(frames->control + frames->control_len, run.at, run.len);
    frames->control_len = (uint8_t)(frames->control_len + run.len);
    if (frames->in_payload || opcode == FRAME_PONG) {
        return FRAMES_MORE;
    }
    return opcode == FRAME_PING ? FRAMES_PING : FRAMES_CLOSE;
}

enum frames_event frames_next(struct frames *frames, struct shunt_span *in, struct shunt_span *data,
                              bool *ends)
{
    while (in->len || (frames->in_payload && frames->left == 0)) {
        if (!frames->in_payload) {
            if (!take_header(frames, in)) {
                return FRAMES_MORE;
            }
            if (!judge_header(frames)) {
                return FRAMES_BAD;
            }
            frames->in_payload = true;
        }
        if (is_control(frames)) {
            enum frames_event event = take_control(frames, in);

            if (event != FRAMES_MORE) {
                return event;
            }
            continue;
        }
        if (in->len == 0 && frames->left) {
            return FRAMES_MORE;
        }
        *data = take_payload(frames, in);
        *ends = !frames->in_payload && !frames->in_message;
        return FRAMES_DATA;
    }
    return FRAMES_MORE;
}
