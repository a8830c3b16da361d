/* Few of them, so they are looked at one after the other. */
#include "conn/prefixes.h"

#include <stdlib.h>
#include <string.h>

static bool read_bits(const char *text, unsigned most, unsigned *bits)
{
    size_t len = strspn(text, "0123456789");

    *bits = len > 0 && len <= 3 && !text[len] ? (unsigned)atoi(text) : most + 1;
    return *bits <= most;
}

static bool read_prefix(const char *text, struct conn_prefix *prefix)
{
    const char *slash = strchr(text, '/');
    struct shunt_span address = {text, slash ? (size_t)(slash - text) : strlen(text)};
    struct conn_address masked;
    unsigned in_front;

    if (!conn_address_parse(address, &prefix->address)) {
        return false;
    }
    in_front = memchr(text, ':', address.len) ? 0 : CONN_ADDRESS_V4_BITS;
    prefix->bits = 128 - in_front;
    if (slash && !read_bits(slash + 1, 128 - in_front, &prefix->bits)) {
        return false;
    }
    prefix->bits += in_front;
    masked = prefix->address;
    conn_address_mask(&masked, prefix->bits);
    return memcmp(&masked, &prefix->address, sizeof masked) == 0;
}

static bool is_local(const char *text)
{
    return strcmp(text, "unix") == 0;
}

const char *conn_prefix_expected(const char *text)
{
    struct conn_prefix prefix;

    return is_local(text) || read_prefix(text, &prefix)
               ? NULL
               : "an address, a prefix such as 192.0.2.0/24 or 2001:db8::/32 with no bits behind "
                 "its length, or unix";
}

struct conn_prefixes *conn_prefixes_create(const char *const *texts)
{
    struct conn_prefixes *prefixes;
    size_t count = 0;

    while (texts[count]) {
        count++;
    }
    prefixes = calloc(1, sizeof *prefixes + count * sizeof *prefixes->items);
    for (size_t i = 0; prefixes && i < count; i++) {
        if (is_local(texts[i])) {
            prefixes->local = true;
        } else {
            prefixes->count += read_prefix(texts[i], &prefixes->items[prefixes->count]);
        }
    }
    return prefixes;
}

bool conn_prefixes_have(const struct conn_prefixes *prefixes, const struct conn_address *address)
{
    for (size_t i = 0; prefixes && i < prefixes->count; i++) {
        struct conn_address masked = *address;

        conn_address_mask(&masked, prefixes->items[i].bits);
        if (memcmp(&masked, &prefixes->items[i].address, sizeof masked) == 0) {
            return true;
        }
    }
    return false;
}
