/* Who a request comes from: the peer of its connection, or the client that a trusted proxy names. */
#ifndef EXCHANGE_CLIENT_H
#define EXCHANGE_CLIENT_H

#include "conn/address.h"
#include "exchange/exchange.h"

/*
 * The address of the client. SHUNT_ENOTFOUND: it has none that is known, for it came over a unix
 * socket, or a trusted proxy does not give it away or writes a field that is malformed; SHUNT_ESYS:
 * the connection is gone.
 */
enum shunt_status exchange_client(const struct shunt_exchange *exchange,
                                  struct conn_address *address) SHUNT_MUST_USE;

#endif
