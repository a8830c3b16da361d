/* zlib's state, a quarter of a MiB, stays between answers; Brotli has no way to keep its own. */
#include "filter/encoder.h"

#include <brotli/encode.h>
#include <stdlib.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8 };

const char *const filter_coding_names[FILTER_CODINGS + 1] = {
    [FILTER_BROTLI] = "br",
    [FILTER_GZIP] = "gzip",
};

struct filter_encoder {
    z_stream gzip;
    int gzip_level; /* that its state is for; 0: there is none */
};

struct filter_encoder *filter_encoder_create(void)
{
    return calloc(1, sizeof(struct filter_encoder));
}

void filter_encoder_destroy(struct filter_encoder *encoder)
{
    if (encoder && encoder->gzip_level) {
        deflateEnd(&encoder->gzip);
    }
    free(encoder);
}

static bool gzip_begin(struct filter_encoder *encoder, int level)
{
    if (encoder->gzip_level == level) {
        return deflateReset(&encoder->gzip) == Z_OK;
    }
    if (encoder->gzip_level) {
        deflateEnd(&encoder->gzip);
    }
    encoder->gzip = (z_stream){.zalloc = Z_NULL};
    encoder->gzip_level = deflateInit2(&encoder->gzip, level, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                                       Z_DEFAULT_STRATEGY) == Z_OK
                              ? level
                              : 0;
    return encoder->gzip_level > 0;
}

static size_t gzip(struct filter_encoder *encoder, int level, struct shunt_span body, uint8_t *out,
                   size_t room)
{
    z_stream *stream = &encoder->gzip;

    if (!gzip_begin(encoder, level)) {
        return 0;
    }
    stream->next_in = (z_const Bytef *)(uintptr_t)body.at;
    stream->avail_in = (uInt)body.len;
    stream->next_out = out;
    stream->avail_out = (uInt)room;
    return deflate(stream, Z_FINISH) == Z_STREAM_END ? room - stream->avail_out : 0;
}

size_t filter_encode(struct filter_encoder *encoder, enum filter_coding coding, int level,
                     struct shunt_span body, uint8_t *out, size_t room)
{
    size_t len = room;

    if (coding == FILTER_GZIP) {
        return gzip(encoder, level, body, out, room);
    }
    return BrotliEncoderCompress(level, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, body.len,
                                 (const uint8_t *)body.at, &len, out)
               ? len
               : 0;
}
