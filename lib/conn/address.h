/* IP addresses, of both families in one form, so that they can be compared and masked. */
#ifndef CONN_ADDRESS_H
#define CONN_ADDRESS_H

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdint.h>
#include <sys/socket.h>

#define CONN_ADDRESS_TEXT_BYTES 46
#define CONN_ADDRESS_V4_BITS    96 /* in front of the 32 of an IPv4 address */

/* In network order; an IPv4 address as ::ffff:192.0.2.1 (RFC 4291 section 2.5.5.2). */
struct conn_address {
    uint8_t bytes[16];
};

/* "192.0.2.1" or "2001:db8::1". False: it is neither. */
bool conn_address_parse(struct shunt_span text, struct conn_address *address);
/* The same backwards, ending with NUL. */
void conn_address_write(const struct conn_address *address, char text[CONN_ADDRESS_TEXT_BYTES]);

/* The peer of a socket. SHUNT_ENOTFOUND: a unix socket has none; SHUNT_ESYS: it is not connected. */
enum shunt_status conn_address_of_peer(int fd, struct conn_address *address) SHUNT_MUST_USE;

bool conn_address_is_v4(const struct conn_address *address);
/* Clear all but the first `bits`, 0 to 128. */
void conn_address_mask(struct conn_address *address, unsigned bits);

/* All of its bits depend on all of the address and of the seeds, which keep peers from choosing
 * addresses that meet in a table. */
uint64_t conn_address_hash(const struct conn_address *address, const uint64_t seeds[2]);
/* Seeds that no peer knows. */
void conn_address_seeds(uint64_t seeds[2]);

#endif
