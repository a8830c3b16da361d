#include "exchange/client.h"

#include "conn/prefixes.h"

#include <shunt/fields.h>

#define LOCAL "unix" /* in place of an address, of a trusted peer of a unix socket */

static bool trusts(void *arg, struct shunt_span text)
{
    const struct conn_prefixes *prefixes = arg;
    struct conn_address address;

    if (shunt_span_equal(text, shunt_span_of(LOCAL))) {
        return prefixes->local;
    }
    return conn_address_parse(text, &address) && conn_prefixes_have(prefixes, &address);
}

enum shunt_status exchange_client(const struct shunt_exchange *exchange,
                                  struct conn_address *address)
{
    const struct exchange_limits *limits = &exchange->context->limits;
    enum shunt_status status = conn_address_of_peer(exchange->conn->fd, address);
    char text[CONN_ADDRESS_TEXT_BYTES] = LOCAL;
    struct shunt_span client;

    if (status == SHUNT_ESYS || !limits->trusted) {
        return status;
    }
    if (status == SHUNT_OK) {
        if (!conn_prefixes_have(limits->trusted, address)) {
            return SHUNT_OK;
        }
        conn_address_write(address, text);
    }
    status = shunt_client_address(&exchange->request, shunt_span_of(text), limits->forwarded,
                                  trusts, (void *)(uintptr_t)limits->trusted, &client);
    return status == SHUNT_OK && conn_address_parse(client, address) ? SHUNT_OK : SHUNT_ENOTFOUND;
}

enum shunt_status shunt_request_client(const struct shunt_request *request, char *text, size_t size)
{
    struct conn_address address;
    char whole[CONN_ADDRESS_TEXT_BYTES];
    enum shunt_status status = exchange_client(request->exchange, &address);

    if (status != SHUNT_OK) {
        return status;
    }
    conn_address_write(&address, whole);
    if (strlen(whole) >= size) {
        return SHUNT_ETOOBIG;
    }
    memcpy(text, whole, strlen(whole) + 1);
    return SHUNT_OK;
}
