#include "http1/serve.h"

#include "exchange/serve.h"
#include "http1/output.h"

void http1_serve(struct conn *conn, const struct exchange_route *route,
                 const struct shunt_request *request, bool keep_alive)
{
    struct shunt_response response;

    exchange_response_init(exchange_context_of(conn), &response);
    response.bodiless = shunt_span_equal(request->method, (struct shunt_span){"HEAD", 4});
    response.close = http1_output_last(conn, keep_alive);
    response.keep_alive_10 = request->version_minor == 0 && !response.close;
    exchange_serve(route, request, &response);
    http1_output_respond(conn, &response, request->path);
    exchange_response_fini(&response);
}
