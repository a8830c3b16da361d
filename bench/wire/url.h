/* Where to measure: http://HOST[:PORT][/PATH] or the same with ws://, or unix:SOCKET[:/PATH]. */
#ifndef BENCH_WIRE_URL_H
#define BENCH_WIRE_URL_H

#include "base/error.h"

#include <shunt/status.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct url {
    char host[256];      /* a name or an address, without brackets */
    char authority[272]; /* for the Host field: brackets kept, the port unless it is 80 */
    char target[2048];   /* path and query, at least "/" */
    uint16_t port;       /* 80 when not given */
    char unix_path[108]; /* of the socket; "" when it is not one. The host is then localhost */
};

struct url_address {
    struct sockaddr_storage address;
    socklen_t len;
};

#define URL_ADDRESSES_MAX 8

/* SHUNT_OK, or SHUNT_EINVAL with a sentence in `error`. */
enum shunt_status url_parse(const char *text, struct url *url, struct error *error) SHUNT_MUST_USE;

/* Look the host up, in the resolver's order of preference. SHUNT_OK with *count at least 1, or
 * SHUNT_ENOTFOUND with a sentence in `error`. */
enum shunt_status url_resolve(const struct url *url,
                              struct url_address addresses[URL_ADDRESSES_MAX], size_t *count,
                              struct error *error) SHUNT_MUST_USE;

/* Addresses to connect from: one, or several as "127.0.0.2-9" is 127.0.0.2 to 127.0.0.9. They are
 * added behind *count, at most `room` in all. SHUNT_OK, or SHUNT_EINVAL with a sentence. */
enum shunt_status url_sources(const char *text, struct url_address *addresses, size_t room,
                              size_t *count, struct error *error) SHUNT_MUST_USE;

#endif
