/*
 * The client behind trusted proxies: Forwarded (RFC 7239) and X-Forwarded-For. Each proxy appends the
 * address that it was called from, so that only what stands behind the last address that is not
 * trusted was written by trusted proxies.
 */
#include "http/authority.h"
#include "http/bytes.h"
#include "http/list.h"
#include "http/parameter.h"

#include <shunt/fields.h>

enum node { NODE_ADDRESS, NODE_HIDDEN, NODE_MALFORMED };

/* node-port (RFC 7239 section 6): up to five digits, or "_" and what obfuscates. */
static bool is_port(struct shunt_span text)
{
    bool hidden = text.len > 1 && *text.at == '_';

    if (text.len == 0 || (!hidden && text.len > 5)) {
        return false;
    }
    for (size_t i = hidden; i < text.len; i++) {
        if (!http_byte_is(text.at[i], HTTP_BYTE_DIGIT) &&
            !(hidden && (((text.at[i] | 0x20) >= 'a' && (text.at[i] | 0x20) <= 'z') ||
                         text.at[i] == '.' || text.at[i] == '_' || text.at[i] == '-'))) {
            return false;
        }
    }
    return true;
}

/* Cut a port off. False: what stands behind the last colon is none. */
static bool cut_port(struct shunt_span *text)
{
    const char *colon = memrchr(text->at, ':', text->len);
    size_t len = colon ? (size_t)(colon - text->at) : text->len;

    if (colon && !is_port((struct shunt_span){colon + 1, text->len - len - 1})) {
        return false;
    }
    text->len = len;
    return true;
}

/* What stands in brackets, with or without a port behind them. */
static enum node read_bracketed(struct shunt_span text, struct shunt_span *address)
{
    const char *close = memchr(text.at, ']', text.len);
    struct shunt_span behind;

    if (!close) {
        return NODE_MALFORMED;
    }
    *address = (struct shunt_span){text.at + 1, (size_t)(close - text.at) - 1};
    behind = (struct shunt_span){close + 1, text.len - address->len - 2};
    if (!http_is_ipv6(*address) || (behind.len > 0 && *behind.at != ':') ||
        (behind.len > 0 && !is_port((struct shunt_span){behind.at + 1, behind.len - 1}))) {
        return NODE_MALFORMED;
    }
    return NODE_ADDRESS;
}

/* node = nodename [ ":" node-port ] (RFC 7239 section 6). */
static enum node read_node(struct shunt_span text, struct shunt_span *address)
{
    if (text.len == 0) {
        return NODE_MALFORMED;
    }
    if (*text.at == '[') {
        return read_bracketed(text, address);
    }
    if (!cut_port(&text)) {
        return NODE_MALFORMED;
    }
    if (http_is_ipv4(text)) {
        *address = text;
        return NODE_ADDRESS;
    }
    if (shunt_span_equal_nocase(text, shunt_span_of("unknown")) ||
        (text.len > 1 && *text.at == '_' && is_port(text))) {
        return NODE_HIDDEN;
    }
    return NODE_MALFORMED;
}

/* One element of Forwarded: pairs, each name once; without a "for" the node is hidden. */
static enum node read_element(struct shunt_span element, struct shunt_span *address)
{
    static const char *const names[] = {"for", "by", "host", "proto"};
    enum node node = NODE_HIDDEN;
    struct shunt_span rest = element;
    struct http_parameter pair;
    unsigned seen = 0;
    enum shunt_status status = http_parameter_read(&rest, &pair);

    for (; status == SHUNT_OK; status = http_parameter_next(&rest, &pair)) {
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
            if (!shunt_span_equal_nocase(pair.name, shunt_span_of(names[i]))) {
                continue;
            }
            if (seen >> i & 1) {
                return NODE_MALFORMED;
            }
            seen |= 1u << i;
            if (i == 0) {
                node = pair.escaped ? NODE_MALFORMED : read_node(pair.value, address);
            }
        }
    }
    return status == SHUNT_ENOTFOUND ? node : NODE_MALFORMED;
}

/* One element of X-Forwarded-For: as a node, but that IPv6 may stand there without brackets. */
static enum node read_plain(struct shunt_span element, struct shunt_span *address)
{
    if (http_is_ipv6(element)) {
        *address = element;
        return NODE_ADDRESS;
    }
    return read_node(element, address);
}

/* The next element of all lines. X-Forwarded-For has no quotes: a comma in front of what a proxy has
 * appended ends whatever a client has written. */
static bool next_element(const struct shunt_request *request, enum shunt_forwarded field,
                         struct http_list_cursor *cursor, struct shunt_span *element)
{
    static const struct shunt_span plain = {"X-Forwarded-For", 15};

    if (field == SHUNT_FORWARDED) {
        return http_list_next(request->fields, request->field_count, "Forwarded", cursor, element);
    }
    for (; cursor->field < request->field_count; cursor->field++, cursor->offset = 0) {
        struct shunt_span value = request->fields[cursor->field].value, rest;

        if (!shunt_span_equal_nocase(request->fields[cursor->field].name, plain)) {
            continue;
        }
        while (cursor->offset < value.len) {
            rest = (struct shunt_span){value.at + cursor->offset, value.len - cursor->offset};
            (void)http_element_next(&rest, ',', element);
            cursor->offset = value.len - rest.len;
            if (element->len > 0) {
                return true;
            }
        }
    }
    return false;
}

enum shunt_status shunt_client_address(const struct shunt_request *request, struct shunt_span peer,
                                       enum shunt_forwarded field, shunt_trusts *trusts, void *arg,
                                       struct shunt_span *client)
{
    struct http_list_cursor cursor = {0};
    struct shunt_span element, found = peer;
    enum node kind = NODE_ADDRESS;
    bool any = false, malformed = false;

    if (!trusts(arg, peer)) {
        *client = peer;
        return SHUNT_OK;
    }
    /* The last one that is not trusted; when all are, the first. */
    while (next_element(request, field, &cursor, &element)) {
        struct shunt_span address = {NULL, 0};
        enum node node = field == SHUNT_FORWARDED ? read_element(element, &address)
                                                  : read_plain(element, &address);

        malformed |= node == NODE_MALFORMED;
        if (!any || node != NODE_ADDRESS || !trusts(arg, address)) {
            found = address;
            kind = node;
        }
        any = true;
    }
    /* Quotes carry over commas: what is wrong anywhere may hide what a proxy has appended. */
    if (kind == NODE_MALFORMED || (malformed && field == SHUNT_FORWARDED)) {
        return SHUNT_EPROTO;
    }
    if (kind == NODE_HIDDEN) {
        return SHUNT_ENOTFOUND;
    }
    *client = found;
    return SHUNT_OK;
}
