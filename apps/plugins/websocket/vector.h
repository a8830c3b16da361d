/* What is done to every byte of a payload, in ways that differ in speed and in nothing else. */
#ifndef PLUGINS_WEBSOCKET_VECTOR_H
#define PLUGINS_WEBSOCKET_VECTOR_H

#include <stddef.h>
#include <stdint.h>

struct websocket_vector {
    const char *name; /* "scalar", or the vector unit that it needs */
    /* Unmask in place. `mask` is repeated over all bytes, the first one at its lowest address. */
    void (*unmask)(uint8_t *bytes, size_t len, uint64_t mask);
    /*
     * How many leading bytes are whole, valid characters of UTF-8. Of a right text all are, but for
     * at most three bytes of a character that is cut short; in front of a mistake it may be any
     * number. NULL: utf8.c does all of it.
     */
    size_t (*utf8)(const uint8_t *bytes, size_t len);
};

/* One a file, whose functions are compiled for its vector unit; nothing where no CPU can have it. */
extern const struct websocket_vector websocket_vector_ssse3;
extern const struct websocket_vector websocket_vector_avx2;
extern const struct websocket_vector websocket_vector_avx512;
extern const struct websocket_vector websocket_vector_neon;

/* Those that this CPU can run, the slowest ("scalar") first; static. */
const struct websocket_vector *const *websocket_vectors(size_t *count);

/* The one in use: the fastest, from when the plugin is loaded. */
extern const struct websocket_vector *websocket_vector;
/* Use another one of websocket_vectors(): for tests and measurements, while no stream is open. */
void websocket_vector_set(const struct websocket_vector *vector);

#endif
