/* The mask on what a client sends (RFC 6455 section 5.3). */
#ifndef PLUGINS_WEBSOCKET_MASK_H
#define PLUGINS_WEBSOCKET_MASK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Unmask in place, at any alignment. `offset` is where bytes[0] stands in the frame's payload:
 * a payload may be unmasked in pieces as it comes.
 */
void websocket_unmask(uint8_t *bytes, size_t len, const uint8_t mask[4], uint64_t offset);

/* `unmask` of struct websocket_vector, with what every CPU of the architecture has. */
void websocket_unmask_plain(uint8_t *bytes, size_t len, uint64_t mask);

#endif
