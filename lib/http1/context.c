#include "http1/context.h"

void http1_context_init(struct http1_context *context, const struct exchange_routes *routes,
                        const struct exchange_limits *limits)
{
    memset(context, 0, sizeof *context);
    exchange_context_init(&context->exchange, routes, limits);
    context->date_s = -1;
}

void http1_context_fini(struct http1_context *context)
{
    exchange_context_fini(&context->exchange);
}
