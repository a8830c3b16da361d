/*
 * A value may stand in quotes, with commas and semicolons between them, so the list is read byte by
 * byte. All of it is read, also behind the offer that is taken: a field that breaks its grammar
 * fails the handshake (RFC 6455 section 9.1).
 */
#include "extension.h"

#include "token.h"

#include <stdio.h>

#define NAME     "permessage-deflate"
#define BITS_MIN 8

struct cursor {
    const char *at, *end;
};

/* A parameter as it stands: an empty value is none. */
struct parameter {
    struct shunt_span name;
    bool has_value;
    char value[4]; /* what is longer than a number of two digits is cut, and no number */
};

/* An offer so far; windows of 0 bits were not named. */
struct offer {
    bool wrong;
    bool server_fresh, client_fresh, names_client_bits;
    uint8_t server_bits, client_bits;
};

/* ---- grammar ---- */

static void skip_blanks(struct cursor *in)
{
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\t')) {
        in->at++;
    }
}

static bool skip(struct cursor *in, char c)
{
    bool there;

    skip_blanks(in);
    there = in->at < in->end && *in->at == c;
    in->at += there;
    return there;
}

static struct shunt_span read_token(struct cursor *in)
{
    struct shunt_span token;

    skip_blanks(in);
    token = (struct shunt_span){in->at, 0};
    while (in->at < in->end && websocket_token_byte(*in->at)) {
        in->at++;
        token.len++;
    }
    return token;
}

static void value_append(struct parameter *parameter, size_t *len, char c)
{
    if (*len + 1 < sizeof parameter->value) {
        parameter->value[(*len)++] = c;
        parameter->value[*len] = '\0';
    }
}

/* Behind the first quote, to behind the last one. What stands between them without its backslashes
 * must be a token. */
static bool read_quoted(struct cursor *in, struct parameter *parameter)
{
    size_t len = 0, before = 0;

    for (; in->at < in->end && *in->at != '"'; in->at++, before++) {
        if (*in->at == '\\' && ++in->at == in->end) {
            return false;
        }
        if (!websocket_token_byte(*in->at)) {
            return false;
        }
        value_append(parameter, &len, *in->at);
    }
    return before > 0 && skip(in, '"');
}

static bool read_parameter(struct cursor *in, struct parameter *parameter)
{
    struct shunt_span value;
    size_t len = 0;

    *parameter = (struct parameter){.name = read_token(in)};
    if (parameter->name.len == 0) {
        return false;
    }
    parameter->has_value = skip(in, '=');
    if (!parameter->has_value) {
        return true;
    }
    if (skip(in, '"')) {
        return read_quoted(in, parameter);
    }
    value = read_token(in);
    for (size_t i = 0; i < value.len; i++) {
        value_append(parameter, &len, value.at[i]);
    }
    return value.len > 0;
}

/* ---- what an offer asks for ---- */

/* 8 to 15, without a leading zero; 0: anything else. */
static uint8_t bits_of(const char *value)
{
    unsigned number = 0;

    for (; *value >= '0' && *value <= '9'; value++) {
        number = number * 10 + (unsigned)(*value - '0');
        if (number == 0) {
            return 0;
        }
    }
    return *value == '\0' && number >= BITS_MIN && number <= WEBSOCKET_BITS_MAX ? (uint8_t)number
                                                                                : 0;
}

static bool flag_read(bool *flag, const struct parameter *parameter)
{
    bool right = !*flag && !parameter->has_value;

    *flag = true;
    return right;
}

static bool bits_read(uint8_t *bits, const struct parameter *parameter)
{
    bool repeated = *bits != 0;

    *bits = bits_of(parameter->value);
    return !repeated && *bits != 0;
}

/* False: unknown, repeated, or of a value that it may not have (RFC 7692 section 7.1). */
static bool offer_read(struct offer *offer, const struct parameter *parameter)
{
    if (shunt_span_equal(parameter->name, shunt_span_of("server_no_context_takeover"))) {
        return flag_read(&offer->server_fresh, parameter);
    }
    if (shunt_span_equal(parameter->name, shunt_span_of("client_no_context_takeover"))) {
        return flag_read(&offer->client_fresh, parameter);
    }
    if (shunt_span_equal(parameter->name, shunt_span_of("server_max_window_bits"))) {
        return bits_read(&offer->server_bits, parameter);
    }
    if (!shunt_span_equal(parameter->name, shunt_span_of("client_max_window_bits")) ||
        offer->names_client_bits) {
        return false;
    }
    offer->names_client_bits = true; /* without a value: any will do */
    return !parameter->has_value || bits_read(&offer->client_bits, parameter);
}

/* ---- what is agreed ---- */

static uint8_t smaller(uint8_t offered, uint8_t wished)
{
    return offered != 0 && offered < wished ? offered : wished;
}

/* Without take-over the client's window costs nothing between messages, so its own wish for a
 * smaller one is left to it. */
static struct websocket_terms agree(const struct offer *offer,
                                    const struct websocket_wishes *wishes)
{
    return (struct websocket_terms){
        .compressed = true,
        .server_fresh = offer->server_fresh || wishes->fresh,
        .client_fresh = offer->client_fresh || wishes->fresh,
        .server_bits = smaller(offer->server_bits, wishes->server_bits),
        .client_bits = !offer->names_client_bits
                           ? WEBSOCKET_BITS_MAX
                           : smaller(wishes->fresh ? 0 : offer->client_bits, wishes->client_bits),
    };
}

/* A window that is the largest need not be named, but where the client has named it (section
 * 7.1.2.1). */
static void answer_write(const struct offer *offer, const struct websocket_terms *terms,
                         char answer[WEBSOCKET_EXTENSION_BYTES])
{
    char server[32] = "", client[32] = "";

    if (offer->server_bits != 0 || terms->server_bits < WEBSOCKET_BITS_MAX) {
        snprintf(server, sizeof server, "; server_max_window_bits=%u", terms->server_bits);
    }
    if (terms->client_bits < WEBSOCKET_BITS_MAX) {
        snprintf(client, sizeof client, "; client_max_window_bits=%u", terms->client_bits);
    }
    snprintf(answer, WEBSOCKET_EXTENSION_BYTES, NAME "%s%s%s%s",
             terms->server_fresh ? "; server_no_context_takeover" : "",
             terms->client_fresh ? "; client_no_context_takeover" : "", server, client);
}

/* One extension with its parameters. False: no such grammar. */
static bool read_extension(struct cursor *in, bool *is_ours, struct offer *offer)
{
    struct shunt_span name = read_token(in);

    *is_ours = shunt_span_equal(name, shunt_span_of(NAME));
    *offer = (struct offer){.wrong = false};
    while (skip(in, ';')) {
        struct parameter parameter;

        if (!read_parameter(in, &parameter)) {
            return false;
        }
        offer->wrong |= !offer_read(offer, &parameter);
    }
    skip_blanks(in);
    return name.len > 0 && (in->at == in->end || *in->at == ',');
}

enum shunt_status websocket_extension_choose(const struct shunt_request *request,
                                             const struct websocket_wishes *wishes,
                                             struct websocket_terms *terms,
                                             char answer[WEBSOCKET_EXTENSION_BYTES])
{
    const struct shunt_field *field = NULL;
    struct websocket_terms agreed = {.compressed = false};

    answer[0] = '\0';
    while ((field = shunt_request_field(request, "Sec-WebSocket-Extensions", field))) {
        struct cursor in = {field->value.at, field->value.at + field->value.len};

        while (in.at < in.end) {
            struct offer offer;
            bool is_ours;

            if (skip(&in, ',') || in.at == in.end) {
                continue; /* an empty member counts for nothing (RFC 9110 section 5.6.1.2) */
            }
            if (!read_extension(&in, &is_ours, &offer)) {
                return SHUNT_EPROTO;
            }
            if (is_ours && !offer.wrong && !agreed.compressed) {
                agreed = agree(&offer, wishes);
                answer_write(&offer, &agreed, answer);
            }
        }
    }
    *terms = agreed;
    return SHUNT_OK;
}
