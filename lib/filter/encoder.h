/* Content codings: a body as Brotli (RFC 7932) or gzip (RFC 1952) in one go. */
#ifndef FILTER_ENCODER_H
#define FILTER_ENCODER_H

#include <shunt/span.h>
#include <stdint.h>

enum filter_coding { FILTER_BROTLI, FILTER_GZIP, FILTER_CODINGS };

/* As Content-Encoding and Accept-Encoding name them, ends with NULL. */
extern const char *const filter_coding_names[FILTER_CODINGS + 1];

/* Of one worker. */
struct filter_encoder;

struct filter_encoder *filter_encoder_create(void);
/* NULL is allowed. */
void filter_encoder_destroy(struct filter_encoder *encoder);

/*
 * Encode `body`, of less than 2 GiB, to `out` of `room` bytes.
 *
 *   level  1 to 9 of gzip, 0 to 11 of Brotli
 *
 * How many bytes it came to; 0: there is no room for it, or no memory.
 */
size_t filter_encode(struct filter_encoder *encoder, enum filter_coding coding, int level,
                     struct shunt_span body, uint8_t *out, size_t room);

#endif
