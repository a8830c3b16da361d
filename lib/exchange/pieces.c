/* What a handler may do with a body in pieces. An exchange with one is deferred until its end. */
#include "exchange/pieces.h"

#include "exchange/deferral.h"
#include "http/chunked.h"
#include "http/list.h"

enum shunt_status shunt_response_begin(struct shunt_response *response, const char *content_type,
                                       uint64_t length, shunt_handler *drained,
                                       shunt_cancelled *cancelled, void *arg, shunt_id *id)
{
    struct shunt_exchange *exchange = exchange_of_response(response);
    enum shunt_status status;

    if (content_type && !http_is_field_value(shunt_span_of(content_type))) {
        return SHUNT_EINVAL;
    }
    if (exchange->pieces != EXCHANGE_WHOLE || response->amending) {
        return SHUNT_ESTATE;
    }
    status = shunt_response_body(response, content_type, NULL, 0); /* keeps the type */
    if (status == SHUNT_OK) {
        status = exchange_deferral_join(exchange, cancelled, arg, id);
    }
    if (status != SHUNT_OK) {
        return status;
    }
    exchange->pieces = EXCHANGE_PIECES;
    exchange->drained = drained;
    exchange->drained_arg = arg;
    exchange->left = length;
    response->in_pieces = true;
    response->length = length;
    exchange->version->begin(exchange);
    response->trailers_at = response->fields.len;
    return SHUNT_OK;
}

enum shunt_status shunt_response_write(struct shunt_response *response, const void *bytes,
                                       size_t len)
{
    struct shunt_exchange *exchange = exchange_of_response(response);
    enum shunt_status status;

    if (exchange->pieces != EXCHANGE_PIECES) {
        return SHUNT_ESTATE;
    }
    if (response->length != SHUNT_LENGTH_UNKNOWN && len > exchange->left) {
        return SHUNT_ETOOBIG;
    }
    if (len == 0) {
        return SHUNT_OK; /* in chunks it would be the end */
    }
    status = exchange->version->write(exchange, bytes, len);
    if ((status == SHUNT_OK || status == SHUNT_AGAIN) && response->length != SHUNT_LENGTH_UNKNOWN) {
        exchange->left -= len;
    }
    return status;
}

enum shunt_status shunt_response_trailer(struct shunt_response *response, const char *name,
                                         const char *value)
{
    const struct shunt_exchange *exchange = exchange_of_response(response);

    if (exchange->pieces != EXCHANGE_PIECES) {
        return SHUNT_ESTATE;
    }
    if (!response->chunked) {
        return SHUNT_ENOTSUP;
    }
    return http_chunked_trailer_allowed(shunt_span_of(name))
               ? exchange_response_field(response, shunt_span_of(name), shunt_span_of(value))
               : SHUNT_EINVAL;
}

enum shunt_status shunt_response_end(struct shunt_response *response)
{
    struct shunt_exchange *exchange = exchange_of_response(response);

    if (exchange->pieces == EXCHANGE_WHOLE && exchange->deferred && exchange_body_open(exchange)) {
        exchange_deferral_end(exchange);
        return SHUNT_OK;
    }
    if (exchange->pieces != EXCHANGE_PIECES) {
        return SHUNT_ESTATE;
    }
    if (response->length != SHUNT_LENGTH_UNKNOWN && exchange->left > 0 && !response->bodiless) {
        shunt_response_abort(response);
        return SHUNT_EINVAL;
    }
    exchange_deferral_end(exchange);
    exchange->pieces = EXCHANGE_PIECES_ENDED;
    exchange->version->end(exchange);
    return SHUNT_OK;
}

void shunt_response_abort(struct shunt_response *response)
{
    struct shunt_exchange *exchange = exchange_of_response(response);

    if (exchange->pieces == EXCHANGE_PIECES) {
        exchange->version->abort(exchange);
    }
}

void exchange_pieces_drained(struct shunt_exchange *exchange)
{
    if (exchange->pieces == EXCHANGE_PIECES && exchange->drained) {
        exchange_deferral_run(exchange, exchange->drained, exchange->drained_arg);
    }
}
