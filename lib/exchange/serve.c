/* Requests that stay HTTP: which method means what on which kind of route. */
#include "exchange/serve.h"

#include "http/list.h"

static bool method_is(const struct shunt_request *request, const char *name)
{
    return shunt_span_equal(request->method, shunt_span_of(name));
}

/* Does a field called `name` list "*"? */
static bool lists_any(const struct shunt_request *request, const char *name)
{
    struct http_list_cursor cursor = {0};
    struct shunt_span element;

    while (http_list_next(request->fields, request->field_count, name, &cursor, &element)) {
        if (element.len == 1 && *element.at == '*') {
            return true;
        }
    }
    return false;
}

/*
 * What If-Match and If-None-Match make of a GET or HEAD that would be 200 (RFC 9110
 * sections 13.1.1, 13.1.2 and 13.2.2). A text has no entity tag and no date: only "*" matches it,
 * and conditions on dates are ignored.
 */
static unsigned precondition(const struct shunt_request *request)
{
    static const struct shunt_span if_match = {"If-Match", 8}, if_none = {"If-None-Match", 13};
    bool match = false, none = false;

    for (size_t i = 0; i < request->field_count; i++) {
        match |= shunt_span_equal_nocase(request->fields[i].name, if_match);
        none |= shunt_span_equal_nocase(request->fields[i].name, if_none);
    }
    if (match && !lists_any(request, if_match.at)) {
        return 412;
    }
    return none && lists_any(request, if_none.at) ? 304 : 200;
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

static void serve_text(const struct exchange_route *route, const struct shunt_request *request,
                       struct shunt_response *response)
{
    bool reads = method_is(request, "GET") || method_is(request, "HEAD");
    unsigned status = reads ? precondition(request) : 200;

    if (!reads && !route->methods) {
        serve_refusal(route->otherwise, request, response);
    } else if (status == 412) {
        exchange_response_text(response, status, shunt_span_of("Precondition Failed\n"));
    } else if (status == 304) {
        response->status = status;
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
