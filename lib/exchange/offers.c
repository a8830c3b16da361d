#include "exchange/offers.h"

static bool list_next(const struct shunt_request *request, struct http_list_cursor *cursor,
                      struct shunt_span *element)
{
    return http_list_next(request->fields, request->field_count, "Upgrade", cursor, element);
}

static bool next_element(struct exchange_context *context, const struct shunt_request *request,
                         struct exchange_offers *offers, struct shunt_span *element)
{
    if (!list_next(request, &offers->cursor, element)) {
        return false;
    }
    if (offers->count == context->limits.offers_max) {
        context->counters.offers_overflow++;
        return false;
    }
    offers->count++;
    return true;
}

/* Was the protocol, name and version, offered by an earlier element? */
static bool offered_before(const struct shunt_request *request,
                           const struct exchange_offers *offers, struct shunt_span element)
{
    struct http_list_cursor cursor = {0};
    struct shunt_span earlier;

    if (offers->count == 1) {
        return false; /* the first element, as nearly always */
    }
    while (list_next(request, &cursor, &earlier) && earlier.at != element.at) {
        if (shunt_span_equal_nocase(earlier, element)) {
            return true;
        }
    }
    return false;
}

bool exchange_offers_next(struct exchange_context *context, const struct exchange_route *route,
                          const struct shunt_request *request, struct exchange_offers *offers)
{
    const struct registry *registry = context->loop->registry;
    struct shunt_span element;

    while (next_element(context, request, offers, &element)) {
        const char *slash = memchr(element.at, '/', element.len);
        size_t name_len = slash ? (size_t)(slash - element.at) : element.len;
        struct shunt_span name = {element.at, name_len};
        struct shunt_span version = {slash ? slash + 1 : "",
                                     slash ? element.len - name_len - 1 : 0};
        int number;

        if (!http_is_token(name) || (slash && !http_is_token(version))) {
            continue;
        }
        number = registry_protocol_find(registry, name);
        if (number >= 0 && exchange_route_allows(route, name) &&
            !offered_before(request, offers, element)) {
            offers->offer = element;
            offers->protocol = (unsigned)number;
            return true;
        }
    }
    return false;
}
