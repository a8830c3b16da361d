/* What the websocket plugin does to each byte of a payload, by each vector unit that this CPU has:
 * for the scenario `payload`. One thread at a time. */
#ifndef MEMORY_PAYLOAD_H
#define MEMORY_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many ways there are; the last one is in use. */
size_t memory_payload_ways(void);
const char *memory_payload_way(size_t way);
/* Use one, or the last one again. */
void memory_payload_use(size_t way);

/* RFC 6455 section 5.3, by a mask that never changes. */
void memory_payload_unmask(uint8_t *bytes, size_t len);
bool memory_payload_is_utf8(const uint8_t *bytes, size_t len);

#endif
