/* Requests that stay HTTP: which method means what on which kind of route. */
#include "exchange/serve.h"

#include "exchange/exchange.h"

#include <shunt/fields.h>

static bool method_is(const struct shunt_request *request, const char *name)
{
    return shunt_span_equal(request->method, shunt_span_of(name));
}

/* A method that no route of the path is for, or that is not known at all. */
static void serve_refusal(const struct exchange_route *route, const struct shunt_request *request,
                          struct shunt_response *response)
{
    if (route->refusal == 501) {
        exchange_response_text(response, 501, shunt_span_of("Not Implemented\n"));
        return;
    }
    if (method_is(request, "OPTIONS")) {
        response->status = 204;
    } else {
        exchange_response_text(response, 405, shunt_span_of("Method Not Allowed\n"));
    }
    (void)!exchange_response_field(response, shunt_span_of("Allow"), shunt_span_of(route->allow));
}

/* A text has no entity tag and no date: only "*" matches it, and conditions on dates are ignored. */
static const struct shunt_validators no_validators;

static void serve_text(const struct exchange_route *route, const struct shunt_request *request,
                       struct shunt_response *response)
{
    bool reads = method_is(request, "GET") || method_is(request, "HEAD");
    enum shunt_precondition outcome =
        reads ? shunt_precondition(request, &no_validators, 0, NULL) : SHUNT_PROCEED;

    if (!reads && !route->methods) {
        serve_refusal(route->otherwise, request, response);
    } else if (outcome == SHUNT_PRECONDITION_FAILED) {
        exchange_response_text(response, 412, shunt_span_of("Precondition Failed\n"));
    } else if (outcome == SHUNT_NOT_MODIFIED) {
        response->status = 304;
    } else {
        response->content_type = route->content_type;
        response->body = route->text;
        response->body_stays = true; /* routes outlive the workers, and no core counts users */
    }
}

static void serve_echo(const struct shunt_request *request, struct shunt_response *response)
{
    const struct shunt_field *type = shunt_request_field(request, "Content-Type", NULL);

    response->body = request->body;
    if (!type) {
        response->content_type = "application/octet-stream";
        return;
    }
    if (exchange_response_field(response, type->name, type->value) != SHUNT_OK) {
        response->content_type = "application/octet-stream";
    }
}

static void serve_route(const struct exchange_route *route, const struct shunt_request *request,
                        struct shunt_response *response)
{
    if (route->refusal) {
        serve_refusal(route, request, response);
    } else if (route->upgrade && route->upgrade_required) {
        exchange_response_text(response, 426, shunt_span_of("Upgrade Required\n"));
        response->offer = route->upgrade;
    } else if (route->handler) {
        exchange_of_response(response)->plugin = route->plugin;
        route->handler(route->arg, request, response);
    } else if (route->echo) {
        serve_echo(request, response);
    } else if (route->has_text) {
        serve_text(route, request, response);
    } else if (route->upgrade) {
        exchange_response_text(response, 426, shunt_span_of("Upgrade Required\n"));
        response->offer = route->upgrade;
    } else {
        exchange_response_text(response, 404, shunt_span_of("Not Found\n"));
    }
}

/* Handlers, echoes and negotiations do; all other answers follow from the head. */
bool exchange_serve_reads_body(const struct exchange_route *route, bool upgrades)
{
    return upgrades || (route && (route->handler || route->echo) &&
                        !(route->upgrade && route->upgrade_required));
}

void exchange_serve(const struct exchange_route *route, const struct shunt_request *request,
                    struct shunt_response *response)
{
    if (route) {
        serve_route(route, request, response);
    } else {
        exchange_response_text(response, 404, shunt_span_of("Not Found\n"));
    }
}
