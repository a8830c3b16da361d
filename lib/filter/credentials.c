#include "filter/credentials.h"

#include "exchange/amend.h"
#include "filter/settings.h"
#include "http/list.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what came ---- */

/* What stands behind the scheme. */
static bool scheme_find(const struct shunt_request *request, const char *scheme,
                        struct shunt_span *rest)
{
    const struct shunt_field *field = shunt_request_field(request, "Authorization", NULL);
    size_t len = strlen(scheme);

    if (!field || shunt_request_field(request, "Authorization", field) ||
        field->value.len <= len + 1 || field->value.at[len] != ' ' ||
        !shunt_span_equal_nocase((struct shunt_span){field->value.at, len},
                                 shunt_span_of(scheme))) {
        return false;
    }
    *rest = (struct shunt_span){field->value.at + len, field->value.len - len};
    while (rest->len > 0 && *rest->at == ' ') {
        rest->at++;
        rest->len--;
    }
    return rest->len > 0;
}

/* The six bits of a character of base64; -1: it is none. */
static int digit(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* RFC 4648 section 4, with its padding, and no bits behind the last byte. */
static bool base64_decode(struct shunt_span text, char *out, size_t room, size_t *len)
{
    unsigned bits = 0, held = 0;

    *len = 0;
    if (text.len % 4 != 0) {
        return false;
    }
    for (int i = 0; i < 2 && text.len > 0 && text.at[text.len - 1] == '='; i++) {
        text.len--;
    }
    for (size_t i = 0; i < text.len; i++) {
        int value = digit(text.at[i]);

        if (value < 0 || *len == room) {
            return false;
        }
        bits = bits << 6 | (unsigned)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[(*len)++] = (char)(bits >> held);
            bits &= (1u << held) - 1;
        }
    }
    return bits == 0;
}

bool filter_credentials_basic(const struct shunt_request *request,
                              char room[FILTER_CREDENTIALS_BYTES_MAX], struct shunt_span *user,
                              struct shunt_span *password)
{
    struct shunt_span text;
    const char *colon;
    size_t len;

    if (!scheme_find(request, "Basic", &text) ||
        !base64_decode(text, room, FILTER_CREDENTIALS_BYTES_MAX, &len)) {
        return false;
    }
    colon = memchr(room, ':', len);
    if (!colon || memchr(room, '\0', len)) {
        return false;
    }
    *user = (struct shunt_span){room, (size_t)(colon - room)};
    *password = (struct shunt_span){colon + 1, len - user->len - 1};
    return true;
}

/* b64token (RFC 6750 section 2.1). */
static bool is_token(struct shunt_span text)
{
    size_t i = 0;

    while (i < text.len && (digit(text.at[i]) >= 0 || strchr("-._~", text.at[i]))) {
        i++;
    }
    while (i > 0 && i < text.len && text.at[i] == '=') {
        i++;
    }
    return text.len > 0 && i == text.len;
}

bool filter_credentials_bearer(const struct shunt_request *request, struct shunt_span *token)
{
    return scheme_find(request, "Bearer", token) && token->len <= FILTER_CREDENTIALS_BYTES_MAX &&
           is_token(*token);
}

/* ---- answers ---- */

enum shunt_filtering filter_credentials_refuse(struct shunt_response *response)
{
    exchange_response_text(response, 401, shunt_span_of("Unauthorized\n"));
    return SHUNT_ANSWERED;
}

enum shunt_filtering filter_credentials_ask(const struct filter_credentials *credentials,
                                            const struct shunt_request *request,
                                            struct shunt_response *response, struct shunt_span user,
                                            struct shunt_span secret)
{
    const struct shunt_authenticator *authenticator = &credentials->authenticator;
    enum shunt_filtering outcome =
        authenticator->check(authenticator->arg, request, response, user, secret);

    return outcome == SHUNT_ANSWERED && response->status == 200
               ? filter_credentials_refuse(response)
               : outcome;
}

void filter_credentials_challenge(const struct filter_credentials *credentials,
                                  struct shunt_response *response)
{
    if (response->status == 401 && !shunt_response_field_get(response, "WWW-Authenticate").at) {
        (void)!exchange_response_field(response, shunt_span_of("WWW-Authenticate"),
                                       shunt_span_of(credentials->challenge));
    }
}

/* ---- life ---- */

enum shunt_status filter_credentials_init(struct filter_credentials *credentials,
                                          const struct shunt_authenticator *authenticator,
                                          const struct shunt_settings *settings, const char *scheme,
                                          const struct filter_error *error)
{
    const char *realm = plugin_setting_get(settings, "realm");
    enum shunt_status status = SHUNT_OK;

    *credentials = (struct filter_credentials){.challenge = NULL};
    if (authenticator) {
        status =
            SHUNT_READ(&credentials->authenticator, authenticator, SHUNT_AUTHENTICATOR_BYTES_1_1);
    }
    if (status != SHUNT_OK) {
        return status;
    }
    realm = realm ? realm : "shunt";
    if (strpbrk(realm, "\"\\") || !http_is_field_value(shunt_span_of(realm))) {
        return filter_expected(error, "realm", "text without quotes and backslashes",
                               shunt_span_of(realm));
    }
    if (asprintf(&credentials->challenge, "%s realm=\"%s\"%s", scheme, realm,
                 strcmp(scheme, "Basic") == 0 ? ", charset=\"UTF-8\"" : "") < 0) {
        credentials->challenge = NULL;
        return SHUNT_ENOMEM;
    }
    return SHUNT_OK;
}

void filter_credentials_fini(struct filter_credentials *credentials)
{
    free(credentials->challenge);
}
