#include "conn/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static void set_v4(struct conn_address *address, const struct in_addr *from)
{
    memcpy(address->bytes, mapped, sizeof mapped);
    memcpy(address->bytes + sizeof mapped, from, 4);
}

bool conn_address_parse(struct shunt_span text, struct conn_address *address)
{
    char copy[CONN_ADDRESS_TEXT_BYTES];
    struct in_addr v4;

    if (text.len == 0 || text.len >= sizeof copy || memchr(text.at, '\0', text.len)) {
        return false;
    }
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET, copy, &v4) == 1) {
        set_v4(address, &v4);
        return true;
    }
    return inet_pton(AF_INET6, copy, address->bytes) == 1;
}

bool conn_address_is_v4(const struct conn_address *address)
{
    return memcmp(address->bytes, mapped, sizeof mapped) == 0;
}

void conn_address_write(const struct conn_address *address, char text[CONN_ADDRESS_TEXT_BYTES])
{
    bool v4 = conn_address_is_v4(address);

    (void)!inet_ntop(v4 ? AF_INET : AF_INET6, address->bytes + (v4 ? sizeof mapped : 0), text,
                     CONN_ADDRESS_TEXT_BYTES);
}

enum shunt_status conn_address_of_peer(int fd, struct conn_address *address)
{
    struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof peer;

    if (getpeername(fd, (struct sockaddr *)&peer, &len) != 0) {
        return SHUNT_ESYS;
    }
    if (peer.ss_family == AF_INET) {
        set_v4(address, &((const struct sockaddr_in *)(const void *)&peer)->sin_addr);
    } else if (peer.ss_family == AF_INET6) {
        memcpy(address->bytes, &((const struct sockaddr_in6 *)(const void *)&peer)->sin6_addr, 16);
    } else {
        return SHUNT_ENOTFOUND;
    }
    return SHUNT_OK;
}

void conn_address_mask(struct conn_address *address, unsigned bits)
{
    for (unsigned i = bits / 8; i < sizeof address->bytes; i++) {
        address->bytes[i] &= i == bits / 8 ? (uint8_t)(0xff00 >> bits % 8) : 0;
    }
}

static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 32) * UINT64_C(0xd6e8feb86659fd93);
    value = (value ^ value >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return value ^ value >> 32;
}

uint64_t conn_address_hash(const struct conn_address *address, const uint64_t seeds[2])
{
    uint64_t halves[2];

    memcpy(halves, address->bytes, sizeof halves);
    return mix(mix(halves[0] ^ seeds[0]) + (halves[1] ^ seeds[1]));
}

void conn_address_seeds(uint64_t seeds[2])
{
    (void)!getrandom(seeds, 2 * sizeof *seeds, 0);
}
