/* Interim answers of a handler (RFC 8297). */
#include "exchange/exchange.h"

enum { HINTS_BYTES_MAX = 4096 };

enum shunt_status shunt_response_hints(struct shunt_response *response,
                                       const struct shunt_field *fields, size_t count)
{
    struct shunt_exchange *exchange = exchange_of_response(response);
    char room[HINTS_BYTES_MAX];
    struct http_writer out = {.at = room, .room = sizeof room};

    if (exchange->pieces != EXCHANGE_WHOLE || response->amending ||
        exchange->conn->state != CONN_HTTP) {
        return SHUNT_ESTATE;
    }
    for (size_t i = 0; i < count; i++) {
        if (!exchange_response_may_have(fields[i].name, fields[i].value)) {
            return SHUNT_EINVAL;
        }
        http_write_field(&out, fields[i].name, fields[i].value);
    }
    if (out.full) {
        return SHUNT_ETOOBIG;
    }
    return exchange->version->hints(exchange, (struct shunt_span){out.at, out.len});
}
