/*
 * zlib makes no raw stream for a window of 256 bytes, and needs none: with a window of 512 its
 * references reach back 250 bytes at most (its MAX_DIST), and that is inside.
 *
 * libdeflate was measured beside it (1.14 and zlib 1.2.13, JSON): up to 1 KB, which most messages
 * are, zlib is as fast or faster both ways; from 4 KB on libdeflate decompresses in 0.85 to 0.5 of
 * the time. It has no flush, though: its messages end in a block that is marked as the last, which
 * clients seldom meet, it wants the whole message in one piece, and it takes nothing over.
 */
#include "deflate.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define BITS_MIN    9
#define KEPT_BYTES  65536 /* of a worker's buffers, between messages */
#define SHORT_BYTES 4096  /* for a message of that much a window as large will do */
#define SHORT_BITS  12    /* and costs less to begin anew: its tables are an eighth */
#define STATE_BYTES 10000 /* of zlib's own, for either direction */
#define IDLE_MAX    8     /* decompressors that wait for the next message */

const uint8_t websocket_inflate_tail[WEBSOCKET_TAIL_BYTES] = {0x00, 0x00, 0xff, 0xff};

/* ---- buffers ---- */

enum shunt_status websocket_bytes_need(struct websocket_bytes *bytes, size_t room)
{
    uint8_t *grown;

    if (room <= bytes->room) {
        return SHUNT_OK;
    }
    grown = realloc(bytes->at, room);
    if (!grown) {
        return SHUNT_ENOMEM;
    }
    bytes->at = grown;
    bytes->room = room;
    return SHUNT_OK;
}

static void bytes_trim(struct websocket_bytes *bytes)
{
    if (bytes->room > KEPT_BYTES) {
        free(bytes->at);
        *bytes = (struct websocket_bytes){NULL, 0};
    }
}

void websocket_codecs_trim_inflated(struct websocket_codecs *codecs)
{
    bytes_trim(&codecs->inflated);
}

void websocket_codecs_trim_deflated(struct websocket_codecs *codecs)
{
    bytes_trim(&codecs->deflated);
}

/* ---- compressors and decompressors ---- */

static int bits_of_deflater(unsigned bits)
{
    return bits < BITS_MIN ? BITS_MIN : (int)bits;
}

static int memory_of_deflater(int bits)
{
    return bits > 8 ? bits - 7 : 1; /* 8, zlib's default, for the largest window */
}

static z_stream *deflater_create(int bits, int level)
{
    z_stream *stream = calloc(1, sizeof *stream);

    if (stream && deflateInit2(stream, level, Z_DEFLATED, -bits, memory_of_deflater(bits),
                               Z_DEFAULT_STRATEGY) != Z_OK) {
        free(stream);
        stream = NULL;
    }
    return stream;
}

static void deflater_destroy(z_stream *stream)
{
    if (stream) {
        (void)deflateEnd(stream);
        free(stream);
    }
}

static struct websocket_inflater *inflater_create(unsigned bits)
{
    struct websocket_inflater *inflater = calloc(1, sizeof *inflater);

    if (inflater && inflateInit2(&inflater->stream, -(int)bits) != Z_OK) {
        free(inflater);
        inflater = NULL;
    }
    return inflater;
}

static void inflater_destroy(struct websocket_inflater *inflater)
{
    if (inflater) {
        (void)inflateEnd(&inflater->stream);
        free(inflater);
    }
}

void websocket_codecs_fini(struct websocket_codecs *codecs)
{
    for (size_t i = 0; i < sizeof codecs->deflaters / sizeof *codecs->deflaters; i++) {
        deflater_destroy(codecs->deflaters[i]);
    }
    while (codecs->idle) {
        struct websocket_inflater *inflater = codecs->idle;

        codecs->idle = inflater->next;
        inflater_destroy(inflater);
    }
    free(codecs->inflated.at);
    free(codecs->deflated.at);
}

/* As zlib's headers have it: zconf.h for both, and what its states are beside. */
uint64_t websocket_context_bytes(const struct websocket_terms *terms)
{
    int bits = bits_of_deflater(terms->server_bits);
    uint64_t bytes = 0;

    if (terms->compressed && !terms->server_fresh) {
        bytes += (UINT64_C(1) << (bits + 2)) + (UINT64_C(1) << (memory_of_deflater(bits) + 9)) +
                 STATE_BYTES;
    }
    if (terms->compressed && !terms->client_fresh) {
        bytes += (UINT64_C(1) << terms->client_bits) + STATE_BYTES;
    }
    return bytes;
}

void websocket_context_free(struct websocket_context *context)
{
    if (context) {
        inflater_destroy(context->inflater);
        deflater_destroy(context->deflater);
        free(context);
    }
}

/* ---- compressing ---- */

/* Without take-over, one that begins anew. */
static z_stream *deflater_fresh(struct websocket_codecs *codecs,
                                const struct websocket_terms *terms, int level, size_t len)
{
    int bits = bits_of_deflater(terms->server_bits);
    z_stream **stream;

    bits = len <= SHORT_BYTES && bits > SHORT_BITS ? SHORT_BITS : bits;
    stream = &codecs->deflaters[bits];
    if (!*stream) {
        *stream = deflater_create(bits, level);
    } else {
        (void)deflateReset(*stream);
        (void)deflateParams(*stream, level, Z_DEFAULT_STRATEGY);
    }
    return *stream;
}

static z_stream *deflater_for(struct websocket_codecs *codecs, struct websocket_context *context,
                              const struct websocket_terms *terms, int level, size_t len)
{
    if (!context || terms->server_fresh) {
        return deflater_fresh(codecs, terms, level, len);
    }
    if (!context->deflater) {
        context->deflater = deflater_create(bits_of_deflater(terms->server_bits), level);
    } else if (context->stale) {
        (void)deflateReset(context->deflater);
    }
    context->stale = false;
    return context->deflater;
}

enum shunt_status websocket_deflate(struct websocket_codecs *codecs,
                                    struct websocket_context *context,
                                    const struct websocket_terms *terms, int level,
                                    const uint8_t *bytes, size_t len, uint8_t **out,
                                    size_t *out_len)
{
    bool fresh = !context || terms->server_fresh;
    z_stream *stream = deflater_for(codecs, context, terms, level, len);
    size_t made;

    /* The bound is for a stream that ends; one that is flushed has an empty block besides. */
    if (!stream || len > UINT_MAX / 2 ||
        websocket_bytes_need(&codecs->deflated, deflateBound(stream, len) + 16) != SHUNT_OK) {
        return SHUNT_ENOMEM;
    }
    stream->next_in = (Bytef *)(uintptr_t)bytes;
    stream->avail_in = (uInt)len;
    stream->next_out = codecs->deflated.at;
    stream->avail_out = (uInt)codecs->deflated.room;
    if (deflate(stream, Z_SYNC_FLUSH) != Z_OK) {
        return SHUNT_ENOMEM; /* never: there is room */
    }
    made = codecs->deflated.room - stream->avail_out - WEBSOCKET_TAIL_BYTES;
    if (fresh && made >= len) {
        return SHUNT_ENOTFOUND;
    }
    *out = codecs->deflated.at;
    *out_len = made;
    return SHUNT_OK;
}

/* ---- decompressing ---- */

struct websocket_inflater *websocket_inflater_begin(struct websocket_codecs *codecs,
                                                    struct websocket_context *context,
                                                    const struct websocket_terms *terms)
{
    struct websocket_inflater *inflater;

    if (context && !terms->client_fresh) {
        if (!context->inflater) {
            context->inflater = inflater_create(terms->client_bits);
        }
        return context->inflater;
    }
    inflater = codecs->idle;
    if (!inflater) {
        return inflater_create(WEBSOCKET_BITS_MAX); /* it reads what is made for any window */
    }
    codecs->idle = inflater->next;
    codecs->idle_count--;
    (void)inflateReset(&inflater->stream);
    return inflater;
}

void websocket_inflater_put(struct websocket_codecs *codecs, struct websocket_inflater *inflater)
{
    if (codecs->idle_count == IDLE_MAX) {
        inflater_destroy(inflater);
        return;
    }
    inflater->next = codecs->idle;
    codecs->idle = inflater;
    codecs->idle_count++;
}

/* Behind a block that is marked as the last one a message goes on, with the window as it was
 * (section 7.2.3.4). */
static bool go_on(z_stream *stream)
{
    Bytef window[1 << MAX_WBITS];
    uInt len = 0;

    return inflateGetDictionary(stream, window, &len) == Z_OK && inflateReset(stream) == Z_OK &&
           inflateSetDictionary(stream, window, len) == Z_OK;
}

enum shunt_status websocket_inflate_some(struct websocket_inflater *inflater, const uint8_t **in,
                                         size_t *in_len, uint8_t *out, size_t room, size_t *made)
{
    z_stream *stream = &inflater->stream;
    int result = Z_OK;

    room = room < UINT_MAX ? room : UINT_MAX;
    stream->next_out = out;
    stream->avail_out = (uInt)room;
    do {
        uInt len = *in_len < UINT_MAX ? (uInt)*in_len : UINT_MAX;

        stream->next_in = (Bytef *)(uintptr_t)*in;
        stream->avail_in = len;
        result = inflate(stream, Z_SYNC_FLUSH);
        *in += len - stream->avail_in;
        *in_len -= len - stream->avail_in;
        *made = room - stream->avail_out;
        if (result != Z_OK && result != Z_BUF_ERROR && !(result == Z_STREAM_END && go_on(stream))) {
            return SHUNT_EPROTO;
        }
    } while (*in_len > 0 && stream->avail_out > 0 && result != Z_BUF_ERROR);
    return SHUNT_OK;
}

bool websocket_inflate_ends(const struct websocket_inflater *inflater)
{
    return inflater->stream.data_type == 128; /* zlib.h, inflate(): no bits are left over */
}

/* Make room for more than `made`, one byte above `max` at most: that one shows what is too big. */
static enum shunt_status room_need(struct websocket_bytes *bytes, size_t made, size_t len,
                                   uint64_t max)
{
    uint64_t room = made ? 2 * made : 4 * len;

    if (made > max) {
        return SHUNT_ETOOBIG;
    }
    room = room < 1024 ? 1024 : room;
    room = room > max + 1 ? max + 1 : room;
    return websocket_bytes_need(bytes, (size_t)room);
}

enum shunt_status websocket_inflate(struct websocket_codecs *codecs,
                                    struct websocket_inflater *inflater, const uint8_t *bytes,
                                    size_t len, uint64_t max, uint8_t **out, size_t *out_len)
{
    struct websocket_bytes *to = &codecs->inflated;
    size_t made = 0, left = len;
    bool behind = false; /* the message's own bytes */

    for (;;) {
        enum shunt_status status =
            made == to->room || made > max ? room_need(to, made, len, max) : SHUNT_OK;
        size_t room = (to->room > max ? (size_t)max + 1 : to->room) - made, more = 0;

        if (status == SHUNT_OK) {
            status = websocket_inflate_some(inflater, &bytes, &left, to->at + made, room, &more);
        }
        if (status != SHUNT_OK) {
            return status;
        }
        made += more;
        if (left == 0 && more < room && behind) {
            break;
        }
        if (left == 0 && more < room) {
            bytes = websocket_inflate_tail;
            left = WEBSOCKET_TAIL_BYTES;
            behind = true;
        }
    }
    *out = to->at;
    *out_len = made;
    return made > max ? SHUNT_ETOOBIG : websocket_inflate_ends(inflater) ? SHUNT_OK : SHUNT_EPROTO;
}
