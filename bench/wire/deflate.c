#include "wire/deflate.h"

#include "base/assert.h"
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#define BITS_MIN   9 /* zlib makes no raw stream for a window of 256 bytes */
#define TAIL_BYTES 4
#define MEMORY     8 /* zlib's default */

const struct shunt_span deflate_tail = {"\0\0\xff\xff", TAIL_BYTES};

struct inflater {
    z_stream stream;
    struct inflater *next;
};

enum shunt_status deflate_message(struct shunt_span payload, unsigned bits, char **out, size_t *len)
{
    /* Without references to earlier bytes a stream fits any window. */
    bool literal = bits < BITS_MIN && payload.len > 1u << bits;
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)payload.at, .avail_in = (uInt)payload.len};

    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                     -(int)(bits < BITS_MIN ? BITS_MIN : bits), MEMORY,
                     literal ? Z_HUFFMAN_ONLY : Z_DEFAULT_STRATEGY) != Z_OK) {
        return SHUNT_ENOMEM;
    }
    /* The bound is for a stream that ends; one that is flushed has an empty block besides. */
    size_t room = deflateBound(&stream, payload.len) + 16;
    char *made = malloc(room);

    if (made) {
        stream.next_out = (Bytef *)made;
        stream.avail_out = (uInt)room;
        int result = deflate(&stream, Z_SYNC_FLUSH);

        ASSERT(result == Z_OK && stream.avail_in == 0 && stream.avail_out > 0);
        *out = made;
        *len = room - stream.avail_out - TAIL_BYTES;
    }
    deflateEnd(&stream);
    return made ? SHUNT_OK : SHUNT_ENOMEM;
}

struct inflater *inflaters_take(struct inflaters *inflaters, unsigned bits)
{
    struct inflater *taken = inflaters->idle;

    if (taken) {
        int result = inflateReset2(&taken->stream, -(int)bits);

        ASSERT(result == Z_OK);
        inflaters->idle = taken->next;
        return taken;
    }
    taken = calloc(1, sizeof *taken);
    if (taken && inflateInit2(&taken->stream, -(int)bits) != Z_OK) {
        free(taken);
        taken = NULL;
    }
    return taken;
}

void inflaters_put(struct inflaters *inflaters, struct inflater *inflater)
{
    inflater->next = inflaters->idle;
    inflaters->idle = inflater;
}

void inflaters_fini(struct inflaters *inflaters)
{
    while (inflaters->idle) {
        struct inflater *inflater = inflaters->idle;

        inflaters->idle = inflater->next;
        inflateEnd(&inflater->stream);
        free(inflater);
    }
}

/* Behind a block that is marked as the last one a message goes on, with the window as it was (RFC
 * 7692 section 7.2.3.4). */
static bool go_on(z_stream *stream)
{
    Bytef window[1 << MAX_WBITS];
    uInt len = 0;

    return inflateGetDictionary(stream, window, &len) == Z_OK && inflateReset(stream) == Z_OK &&
           inflateSetDictionary(stream, window, len) == Z_OK;
}

bool inflater_next(struct inflaters *inflaters, struct inflater *inflater, struct shunt_span *in,
                   size_t room, struct shunt_span *run)
{
    z_stream *stream = &inflater->stream;
    uInt len = in->len < UINT_MAX ? (uInt)in->len : UINT_MAX;

    room = room < sizeof inflaters->run ? room : sizeof inflaters->run;
    stream->next_in = (Bytef *)(uintptr_t)in->at;
    stream->avail_in = len;
    stream->next_out = (Bytef *)inflaters->run;
    stream->avail_out = (uInt)room;
    int result = inflate(stream, Z_SYNC_FLUSH);

    in->at += len - stream->avail_in;
    in->len -= len - stream->avail_in;
    *run = (struct shunt_span){inflaters->run, room - stream->avail_out};
    return result == Z_OK || result == Z_BUF_ERROR || (result == Z_STREAM_END && go_on(stream));
}

bool inflater_is_between(const struct inflater *inflater)
{
    return inflater->stream.data_type == 128; /* zlib.h, inflate(): an end of block, no bits left */
}
