#include "subprotocol.h"

#include "token.h"

/* The place of a token among others; `count`: it is not there. */
static size_t place_among(struct shunt_span token, const struct shunt_span *tokens, size_t count)
{
    size_t i = 0;

    while (i < count && !shunt_span_equal(token, tokens[i])) {
        i++;
    }
    return i;
}

/* All that the fields list; false: something that is no token, one twice, or too many. */
static bool read_fields(const struct shunt_request *request,
                        struct shunt_span tokens[WEBSOCKET_SUBPROTOCOLS_MAX], size_t *count)
{
    const struct shunt_field *field = NULL;

    *count = 0;
    while ((field = shunt_request_field(request, "Sec-WebSocket-Protocol", field))) {
        struct shunt_span list = field->value;

        while (list.len > 0) {
            struct shunt_span token = websocket_token_cut(&list);

            if (token.len == 0) {
                continue; /* an empty member counts for nothing (RFC 9110 section 5.6.1.2) */
            }
            if (*count == WEBSOCKET_SUBPROTOCOLS_MAX || !websocket_token_valid(token) ||
                place_among(token, tokens, *count) < *count) {
                return false;
            }
            tokens[(*count)++] = token;
        }
    }
    return true;
}

bool websocket_subprotocols_valid(const struct shunt_request *request)
{
    struct shunt_span tokens[WEBSOCKET_SUBPROTOCOLS_MAX];
    size_t count;

    return read_fields(request, tokens, &count) && count > 0;
}

struct shunt_span websocket_subprotocol_choose(const struct shunt_request *request,
                                               const struct shunt_span *known, size_t known_count,
                                               bool client_order)
{
    struct shunt_span offered[WEBSOCKET_SUBPROTOCOLS_MAX];
    size_t count, best = known_count;

    if (read_fields(request, offered, &count)) {
        for (size_t i = 0; i < count && !(client_order && best < known_count); i++) {
            size_t place = place_among(offered[i], known, known_count);

            best = place < best ? place : best;
        }
    }
    return best < known_count ? known[best] : (struct shunt_span){NULL, 0};
}
