/*
 * The mask, turned to the offset, is repeated over a block and whole blocks are combined: the
 * period of 4 divides every block size, so the phase never changes. memcpy keeps each access legal
 * at any alignment; compilers make it one unaligned load or store.
 */
#include "mask.h"

#include <string.h>

typedef uint64_t block __attribute__((vector_size(32))); /* becomes what the machine has */

void websocket_unmask(uint8_t *bytes, size_t len, const uint8_t mask[4], uint64_t offset)
{
    uint8_t turned[8];
    uint64_t word;
    size_t i = 0;

    for (size_t j = 0; j < sizeof turned; j++) {
        turned[j] = mask[(offset + j) & 3];
    }
    memcpy(&word, turned, sizeof word);
    for (block all = {word, word, word, word}; len - i >= sizeof all; i += sizeof all) {
        block part;

        memcpy(&part, bytes + i, sizeof part);
        part ^= all;
        memcpy(bytes + i, &part, sizeof part);
    }
    for (; len - i >= sizeof word; i += sizeof word) {
        uint64_t part;

        memcpy(&part, bytes + i, sizeof part);
        part ^= word;
        memcpy(bytes + i, &part, sizeof part);
    }
    for (; i < len; i++) {
        bytes[i] ^= turned[i & 3];
    }
}
