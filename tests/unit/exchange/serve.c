/* What is answered on which kind of route; the whole of it over a connection is http1/serve.c's. */
#include "exchange/serve.h"
#include "exchange/exchange.h"

#include <criterion/criterion.h>

static const char *const offered[] = {"chat", NULL};

static void handle(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg;
    (void)request;
    response->status = 201;
}

static unsigned status_of(const struct exchange_route *route, const char *name, const char *value,
                          struct shunt_response *response)
{
    static const struct exchange_context context;
    const struct shunt_field fields[] = {{shunt_span_of(name), shunt_span_of(value)}};
    const struct shunt_request request = {.method = {"GET", 3},
                                          .target = {"/", 1},
                                          .fields = fields,
                                          .field_count = 1,
                                          .body = {"hi", 2}};

    exchange_response_init(&context, response);
    exchange_serve(route, &request, response);
    return response->status;
}

Test(exchange_serve, a_route_that_demands_an_upgrade_answers_426_whatever_else_it_has)
{
    const struct exchange_route wanted = {.upgrade = offered, .handler = handle};
    const struct exchange_route demanded = {
        .upgrade = offered, .upgrade_required = true, .handler = handle};
    const struct exchange_route only = {.upgrade = offered};
    static struct shunt_exchange exchange; /* serving notes whose handler runs */

    cr_expect_eq(status_of(&wanted, "A", "b", &exchange.response), 201);
    cr_expect_eq(status_of(&demanded, "A", "b", &exchange.response), 426);
    cr_expect_eq(exchange.response.offer, offered);
    cr_expect_eq(status_of(&only, "A", "b", &exchange.response), 426);
    cr_expect(exchange_serve_reads_body(&wanted, false));
    cr_expect_not(exchange_serve_reads_body(&demanded, false));
    cr_expect(exchange_serve_reads_body(&demanded, true));
}

Test(exchange_serve, only_an_asterisk_alone_matches_a_text)
{
    const struct exchange_route route = {.has_text = true, .content_type = "text/x"};
    static struct shunt_exchange exchange; /* serving notes whose handler runs */

    cr_expect_eq(status_of(&route, "If-None-Match", "*", &exchange.response), 304);
    cr_expect_eq(status_of(&route, "If-None-Match", "\"a\", *", &exchange.response), 304);
    cr_expect_eq(status_of(&route, "If-None-Match", "*a", &exchange.response), 200);
    cr_expect_eq(status_of(&route, "If-None-Match", "a", &exchange.response), 200);
    cr_expect_eq(status_of(&route, "If-Match", "a", &exchange.response), 412);
    cr_expect_eq(status_of(&route, "If-Match", "*", &exchange.response), 200);
}

Test(exchange_serve, an_echo_has_the_type_that_came)
{
    const struct exchange_route route = {.echo = true};
    static struct shunt_exchange exchange; /* serving notes whose handler runs */

    cr_expect_eq(status_of(&route, "Content-Type", "text/x", &exchange.response), 200);
    cr_expect_null(exchange.response.content_type);
    cr_expect_eq(memcmp(exchange.response.fields.at, "Content-Type: text/x\r\n",
                        exchange.response.fields.len),
                 0);
    cr_expect_gt(exchange.response.fields.len, 0);
    cr_expect_eq(status_of(&route, "A", "b", &exchange.response), 200);
    cr_expect_str_eq(exchange.response.content_type, "application/octet-stream");
    cr_expect_eq(exchange.response.body.len, 2);
}
