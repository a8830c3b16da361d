/*
 * The mask, turned to the offset, is repeated over a block and whole blocks are combined: the
 * period of 4 divides every block size, so the phase never changes. memcpy keeps each access legal
 * at any alignment; compilers make it one unaligned load or store.
 */
#include "mask.h"

#include "vector.h"

#include <string.h>

#define SMALL_BYTES 128 /* below this a call through the table costs more than it saves */

typedef uint64_t block __attribute__((vector_size(32))); /* becomes what the architecture has */

void websocket_unmask_plain(uint8_t *bytes, size_t len, uint64_t mask)
{
    size_t i = 0;

    for (block all = {mask, mask, mask, mask}; len - i >= sizeof all; i += sizeof all) {
        block part;

        memcpy(&part, bytes + i, sizeof part);
        part ^= all;
        memcpy(bytes + i, &part, sizeof part);
    }
    for (; len - i >= sizeof mask; i += sizeof mask) {
        uint64_t part;

        memcpy(&part, bytes + i, sizeof part);
        part ^= mask;
        memcpy(bytes + i, &part, sizeof part);
    }
    for (size_t j = 0; i < len; i++, j++) {
        bytes[i] ^= ((const uint8_t *)&mask)[j];
    }
}

void websocket_unmask(uint8_t *bytes, size_t len, const uint8_t mask[4], uint64_t offset)
{
    uint8_t repeated[12];
    uint64_t word;

    for (size_t j = 0; j < sizeof repeated; j += 4) {
        memcpy(repeated + j, mask, 4);
    }
    memcpy(&word, repeated + (offset & 3), sizeof word);
    if (len < SMALL_BYTES) {
        websocket_unmask_plain(bytes, len, word);
    } else {
        websocket_vector->unmask(bytes, len, word);
    }
}
