#include "wire/extension.h"

#include "http/list.h"
#include <stdio.h>

#define NAME     "permessage-deflate"
#define BITS_MIN 8
#define BITS_MAX 15

static bool take_flag(bool *flag, bool has_value)
{
    bool right = !*flag && !has_value;

    *flag = true;
    return right;
}

/* A token, or a quoted string that is one without its quotes and backslashes (RFC 6455 section
 * 9.1), of a decimal number from 8 to 15 without leading zeros. */
static bool take_bits(uint8_t *bits, struct shunt_span value)
{
    bool quoted = value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"';
    unsigned number = 0, digits = 0;

    if (quoted) {
        value = (struct shunt_span){value.at + 1, value.len - 2};
    }
    for (size_t i = 0; i < value.len; i++) {
        if (quoted && value.at[i] == '\\' && ++i == value.len) {
            return false;
        }
        if (value.at[i] < '0' || value.at[i] > '9' || ++digits > 2 ||
            (digits == 1 && value.at[i] == '0')) {
            return false;
        }
        number = number * 10 + (unsigned)(value.at[i] - '0');
    }
    bool right = *bits == 0 && number >= BITS_MIN && number <= BITS_MAX;

    *bits = (uint8_t)number;
    return right;
}

/* One parameter, "name" or "name=value". False: unknown, repeated or malformed. In an offer
 * client_max_window_bits may stand alone (RFC 7692 section 7.1.2.2). */
static bool take_parameter(struct extension_parameters *parameters, struct shunt_span text,
                           bool in_offer)
{
    struct shunt_span value = text, name;
    bool has_value = http_element_next(&value, '=', &name) && value.at;

    value = http_trim(value);
    if (shunt_span_equal(name, shunt_span_of("server_no_context_takeover"))) {
        return take_flag(&parameters->server_no_context_takeover, has_value);
    }
    if (shunt_span_equal(name, shunt_span_of("client_no_context_takeover"))) {
        return take_flag(&parameters->client_no_context_takeover, has_value);
    }
    if (shunt_span_equal(name, shunt_span_of("server_max_window_bits"))) {
        return has_value && take_bits(&parameters->server_max_window_bits, value);
    }
    if (!shunt_span_equal(name, shunt_span_of("client_max_window_bits"))) {
        return false;
    }
    if (!has_value && in_offer) {
        value = shunt_span_of("15");
    }
    return (has_value || in_offer) && take_bits(&parameters->client_max_window_bits, value);
}

/* In an offer the largest window is client_max_window_bits without a value. */
static void write_text(const struct extension_parameters *parameters, bool in_offer,
                       char out[EXTENSION_TEXT_BYTES])
{
    char *at = out + sprintf(out, NAME);

    if (parameters->server_no_context_takeover) {
        at += sprintf(at, "; server_no_context_takeover");
    }
    if (parameters->client_no_context_takeover) {
        at += sprintf(at, "; client_no_context_takeover");
    }
    if (parameters->server_max_window_bits) {
        at += sprintf(at, "; server_max_window_bits=%u", parameters->server_max_window_bits);
    }
    if (parameters->client_max_window_bits) {
        at += sprintf(at, "; client_max_window_bits");
        if (!in_offer || parameters->client_max_window_bits != BITS_MAX) {
            sprintf(at, "=%u", parameters->client_max_window_bits);
        }
    }
}

void extension_write(const struct extension_parameters *agreed, char out[EXTENSION_TEXT_BYTES])
{
    write_text(agreed, false, out);
}

enum shunt_status extension_offer_init(struct extension_offer *offer, const char *parameters,
                                       struct error *error)
{
    const char *at = parameters ? parameters : "client_max_window_bits";
    struct extension_offer made = {.text = ""};

    while (*at) {
        struct shunt_span element = http_trim((struct shunt_span){at, strcspn(at, ",;")});

        if (!take_parameter(&made.asked, element, true)) {
            return error_set(
                error, SHUNT_EINVAL,
                "expected server_no_context_takeover, client_no_context_takeover, "
                "server_max_window_bits=8 to 15 or client_max_window_bits[=8 to 15], each "
                "once, found '%.*s'",
                (int)element.len, element.at);
        }
        at += strcspn(at, ",;");
        at += *at != '\0';
    }
    write_text(&made.asked, true, made.text);
    *offer = made;
    return SHUNT_OK;
}

/* May this be the answer to that? (RFC 7692 sections 7.1.1 and 7.1.2) */
static bool answers(const struct extension_parameters *asked,
                    const struct extension_parameters *agreed)
{
    if (asked->server_no_context_takeover && !agreed->server_no_context_takeover) {
        return false;
    }
    if (asked->server_max_window_bits &&
        (agreed->server_max_window_bits == 0 ||
         agreed->server_max_window_bits > asked->server_max_window_bits)) {
        return false;
    }
    return agreed->client_max_window_bits <= asked->client_max_window_bits;
}

/* An element of the list: the extension's name and its parameters. */
static bool take_extension(const struct extension_offer *offer, struct shunt_span element,
                           struct extension_answer *answer)
{
    struct extension_parameters agreed = {.server_max_window_bits = 0};
    struct shunt_span part;

    if (!offer || answer->taken || !http_element_next(&element, ';', &part) ||
        !shunt_span_equal(part, shunt_span_of(NAME))) {
        return false;
    }
    while (http_element_next(&element, ';', &part)) {
        if (!take_parameter(&agreed, part, false)) {
            return false;
        }
    }
    uint8_t asked_bits = offer->asked.client_max_window_bits;

    *answer = (struct extension_answer){.taken = true, .agreed = agreed};
    answer->server_bits = agreed.server_max_window_bits ? agreed.server_max_window_bits : BITS_MAX;
    answer->client_bits = agreed.client_max_window_bits ? agreed.client_max_window_bits
                          : asked_bits                  ? asked_bits
                                                        : BITS_MAX;
    return answers(&offer->asked, &agreed);
}

bool extension_receive(const struct extension_offer *offer, struct shunt_span value,
                       struct extension_answer *answer)
{
    struct shunt_span rest = value, element;
    unsigned count = 0;

    while (http_element_next(&rest, ',', &element)) {
        if (element.len) { /* empty ones count for nothing (RFC 9110 section 5.6.1) */
            count++;
            if (!take_extension(offer, element, answer)) {
                return false;
            }
        }
    }
    return count > 0;
}
