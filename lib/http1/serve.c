#include "http1/serve.h"

#include "exchange/filter.h"
#include "exchange/serve.h"
#include "http1/body.h"
#include "http1/output.h"

void http1_serve_prepare(struct shunt_exchange *exchange)
{
    const struct shunt_request *request = &exchange->request;
    struct shunt_response *response = &exchange->response;

    exchange_filter_answer(exchange);
    response->bodiless = exchange_head_method(exchange);
    response->close =
        http1_output_last(exchange->conn, exchange->keep_alive) || http1_body_closes(exchange);
    response->keep_alive_10 = request->version_minor == 0 && !response->close;
}

void http1_serve_write(struct shunt_exchange *exchange)
{
    http1_serve_prepare(exchange);
    http1_output_respond(exchange->conn, &exchange->response, exchange->request.path);
}

bool http1_serve_finish(struct shunt_exchange *exchange)
{
    if (exchange->deferred) {
        return false;
    }
    if (exchange->pieces == EXCHANGE_WHOLE) {
        http1_serve_write(exchange);
    }
    return true;
}

bool http1_serve(struct shunt_exchange *exchange)
{
    exchange_serve(exchange->route, &exchange->request, &exchange->response);
    return http1_serve_finish(exchange);
}
