/* The public calls; what an exchange has of it is exchange/exchange.h's. */
#include "exchange/attributes.h"

#include "exchange/exchange.h"

/* A copy of `bytes`; NULL: no memory. */
static const char *copy(struct shunt_exchange *exchange, struct shunt_span bytes)
{
    struct exchange_attributes *own = &exchange->attributes;
    char *at = own->room + own->used;

    if (bytes.len <= sizeof own->room - own->used) {
        own->used += (uint32_t)bytes.len;
    } else {
        at = exchange_arena_alloc(&exchange->arena, exchange->context->loop, bytes.len);
    }
    if (at && bytes.len > 0) {
        memcpy(at, bytes.at, bytes.len);
    }
    return at;
}

static unsigned find(const struct exchange_attributes *own, struct shunt_span name)
{
    unsigned i = 0;

    while (i < own->count && !shunt_span_equal(own->items[i].name, name)) {
        i++;
    }
    return i;
}

enum shunt_status shunt_request_attribute_set(const struct shunt_request *request, const char *name,
                                              struct shunt_span value)
{
    struct shunt_exchange *exchange = request->exchange;
    struct exchange_attributes *own = &exchange->attributes;
    struct shunt_span named = shunt_span_of(name), kept = {NULL, value.len};
    unsigned i;

    own->used = own->count ? own->used : 0;
    i = find(own, named);
    if (i == EXCHANGE_ATTRIBUTES_MAX) {
        return SHUNT_EFULL;
    }
    kept.at = copy(exchange, value);
    if (kept.at && i == own->count) {
        own->items[i].name = (struct shunt_span){copy(exchange, named), named.len};
    }
    if (!kept.at || !own->items[i].name.at) {
        return SHUNT_ENOMEM;
    }
    own->items[i].value = kept;
    own->count += i == own->count;
    return SHUNT_OK;
}

struct shunt_span shunt_request_attribute(const struct shunt_request *request, const char *name)
{
    const struct exchange_attributes *own = &request->exchange->attributes;
    unsigned i = find(own, shunt_span_of(name));

    return i < own->count ? own->items[i].value : (struct shunt_span){NULL, 0};
}
