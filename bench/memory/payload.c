#include "memory/payload.h"

#include "websocket/mask.h"
#include "websocket/utf8.h"
#include "websocket/vector.h"

size_t memory_payload_ways(void)
{
    size_t count;

    (void)websocket_vectors(&count);
    return count;
}

const char *memory_payload_way(size_t way)
{
    size_t count;

    return websocket_vectors(&count)[way]->name;
}

void memory_payload_use(size_t way)
{
    size_t count;

    websocket_vector_set(websocket_vectors(&count)[way]);
}

void memory_payload_unmask(uint8_t *bytes, size_t len)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

    websocket_unmask(bytes, len, mask, 0);
}

bool memory_payload_is_utf8(const uint8_t *bytes, size_t len)
{
    return websocket_utf8_valid(bytes, len);
}
