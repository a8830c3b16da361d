/* Bearer tokens (RFC 6750), held against a file of their hashes, or judged by a program. */
#include "filter/builtin.h"
#include "filter/credentials.h"
#include "filter/secrets.h"
#include "http/bytes.h"

#include <openssl/crypto.h>
#include <stdlib.h>

struct bearer {
    struct filter_credentials credentials;
    struct filter_secrets *secrets;
};

/* Tokens are long and random, so that one round of a fast hash is enough; which of them it was must
 * not show in the time that it takes. */
static const struct filter_secret *find(const struct filter_secrets *secrets,
                                        struct shunt_span token)
{
    const struct filter_secret *found = NULL;
    uint8_t digest[FILTER_DIGEST_BYTES];

    filter_digest(NULL, token, digest);
    for (size_t i = 0; i < secrets->count; i++) {
        if (CRYPTO_memcmp(secrets->items[i].digest, digest, sizeof digest) == 0) {
            found = &secrets->items[i];
        }
    }
    return found;
}

static enum shunt_filtering before(void *state, const struct shunt_request *request,
                                   struct shunt_response *response)
{
    const struct bearer *own = state;
    const struct filter_secret *found;
    struct shunt_span token;

    if (!filter_credentials_bearer(request, &token)) {
        return filter_credentials_refuse(response);
    }
    if (own->credentials.authenticator.check) {
        return filter_credentials_ask(&own->credentials, request, response,
                                      (struct shunt_span){NULL, 0}, token);
    }
    found = find(own->secrets, token);
    if (!found) {
        return filter_credentials_refuse(response);
    }
    (void)!shunt_request_attribute_set(request, "user", shunt_span_of(found->name));
    return SHUNT_GO_ON;
}

static void after(void *state, const struct shunt_request *request, struct shunt_response *response)
{
    const struct bearer *own = state;

    (void)request;
    filter_credentials_challenge(&own->credentials, response);
}

/* ---- settings ---- */

static bool read_digest(struct filter_secret *secret)
{
    const char *at = secret->hash;

    for (size_t i = 0; i < FILTER_DIGEST_BYTES; i++, at += 2) {
        if (!http_byte_is(at[0], HTTP_BYTE_HEX) || !http_byte_is(at[1], HTTP_BYTE_HEX)) {
            return false;
        }
        secret->digest[i] = (uint8_t)(http_hex_value(at[0]) << 4 | http_hex_value(at[1]));
    }
    return !*at;
}

static void destroy(void *state)
{
    struct bearer *own = state;

    filter_secrets_destroy(own->secrets);
    filter_credentials_fini(&own->credentials);
    free(own);
}

static enum shunt_status create(void *arg, const struct shunt_settings *settings, void **state,
                                char *error, size_t error_size)
{
    const struct filter_error why = {error, error_size};
    struct bearer *own = calloc(1, sizeof *own);
    enum shunt_status status;

    if (!own) {
        return SHUNT_ENOMEM;
    }
    status = filter_credentials_init(&own->credentials, arg, settings, "Bearer", &why);
    if (status == SHUNT_OK && !arg) {
        own->secrets = filter_secrets_create(settings, read_digest,
                                             "the SHA-256 of the token as 64 hexadecimal digits",
                                             &why, &status);
    }
    if (status != SHUNT_OK) {
        destroy(own);
        return status;
    }
    *state = own;
    return SHUNT_OK;
}

const struct shunt_filter filter_bearer_auth = {
    .size = sizeof(struct shunt_filter),
    .name = "bearer_auth",
    .before = before,
    .after = after,
    .create = create,
    .destroy = destroy,
};
