#include "exchange/context.h"

#include "exchange/exchange.h"

void exchange_context_init(struct exchange_context *context, const struct exchange_routes *routes,
                           const struct exchange_limits *limits)
{
    *context = (struct exchange_context){.routes = routes, .limits = *limits};
}

void exchange_context_fini(struct exchange_context *context)
{
    exchange_destroy(context->spare);
    context->spare = NULL;
}
