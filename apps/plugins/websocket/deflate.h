/* Messages compressed and decompressed, by zlib (RFC 7692 section 7.2). No frames, no I/O. */
#ifndef PLUGINS_WEBSOCKET_DEFLATE_H
#define PLUGINS_WEBSOCKET_DEFLATE_H

#include "extension.h"

#include <shunt/status.h>
#include <stddef.h>
#include <zlib.h>

/* What a decompressor has made and a compressor too: the worker's, until the next call for it. */
struct websocket_bytes {
    uint8_t *at;
    size_t room;
};

/* Room for so much, what is there kept. SHUNT_OK or SHUNT_ENOMEM. */
enum shunt_status websocket_bytes_need(struct websocket_bytes *bytes, size_t room) SHUNT_MUST_USE;

#define WEBSOCKET_TAIL_BYTES 4
#define WEBSOCKET_RUN_BYTES  32768 /* what is decompressed at a time where a message is streamed */

struct websocket_inflater {
    z_stream stream;
    struct websocket_inflater *next;
};

/* Of one worker; all zero at first. What is here serves all streams without context take-over. */
struct websocket_codecs {
    z_stream *deflaters[WEBSOCKET_BITS_MAX + 1]; /* by window, from when one is needed */
    struct websocket_inflater *idle;             /* decompressors that no message uses */
    unsigned idle_count;
    struct websocket_bytes inflated, deflated;
};

void websocket_codecs_fini(struct websocket_codecs *codecs);

/* ---- a stream's own: context take-over ---- */

struct websocket_context {
    struct websocket_inflater *inflater; /* each from when one is needed */
    z_stream *deflater;
    bool stale; /* a message went out that the compressor knows nothing of: it begins anew */
};

/* What a stream of these terms may come to use, in bytes; 0: nothing of its own. */
uint64_t websocket_context_bytes(const struct websocket_terms *terms);
void websocket_context_free(struct websocket_context *context);

/* ---- one way ---- */

/*
 * Compress a message of at least one byte. `context` NULL: without take-over.
 *
 * SHUNT_OK, and *out borrows from `codecs` until the next call; SHUNT_ENOTFOUND: it would not get
 * smaller, and goes out as it is; SHUNT_ENOMEM: nothing has changed, and it may go out as it is.
 */
enum shunt_status websocket_deflate(struct websocket_codecs *codecs,
                                    struct websocket_context *context,
                                    const struct websocket_terms *terms, int level,
                                    const uint8_t *bytes, size_t len, uint8_t **out,
                                    size_t *out_len) SHUNT_MUST_USE;

/* ---- the other way ---- */

/* A decompressor at the beginning of a message: `context`'s, or one without any. NULL: no memory. */
struct websocket_inflater *websocket_inflater_begin(struct websocket_codecs *codecs,
                                                    struct websocket_context *context,
                                                    const struct websocket_terms *terms);
/* Give back one that is no context's. */
void websocket_inflater_put(struct websocket_codecs *codecs, struct websocket_inflater *inflater);

/*
 * Decompress from the front of *in, which moves behind what was used, into at most `room` bytes, at
 * least 1. The input is used up when *in_len is 0 and less than `room` was made. SHUNT_OK, or
 * SHUNT_EPROTO: behind what was made it is no such data.
 */
enum shunt_status websocket_inflate_some(struct websocket_inflater *inflater, const uint8_t **in,
                                         size_t *in_len, uint8_t *out, size_t room,
                                         size_t *made) SHUNT_MUST_USE;
/* What a sender takes off the end of each message, and a receiver puts back (section 7.2.2). */
extern const uint8_t websocket_inflate_tail[WEBSOCKET_TAIL_BYTES];
/* Behind the tail: does the message end where it may, between two blocks? */
bool websocket_inflate_ends(const struct websocket_inflater *inflater);

/*
 * Decompress a whole message. SHUNT_OK, and *out borrows from `codecs` until the next call or
 * websocket_codecs_trim_inflated(); SHUNT_EPROTO; SHUNT_ETOOBIG: more than `max` bytes, of which no more were
 * made; SHUNT_ENOMEM.
 */
enum shunt_status websocket_inflate(struct websocket_codecs *codecs,
                                    struct websocket_inflater *inflater, const uint8_t *bytes,
                                    size_t len, uint64_t max, uint8_t **out,
                                    size_t *out_len) SHUNT_MUST_USE;

/* Let go of what a long message needed, received or sent. */
void websocket_codecs_trim_inflated(struct websocket_codecs *codecs);
void websocket_codecs_trim_deflated(struct websocket_codecs *codecs);

#endif
