/* Names and passwords (RFC 7617), held against a file of crypt(3) hashes, or judged by a program. */
#include "filter/builtin.h"
#include "filter/checker.h"
#include "filter/credentials.h"

#include <crypt.h>
#include <stdlib.h>

struct basic {
    struct filter_credentials credentials;
    struct filter_secrets *secrets;
    struct filter_checker *checker;
};

static enum shunt_filtering ask(const struct basic *own, const struct shunt_request *request,
                                struct shunt_response *response, struct shunt_span user,
                                struct shunt_span password)
{
    (void)!shunt_request_attribute_set(request, "user", user);
    if (own->credentials.authenticator.check) {
        return filter_credentials_ask(&own->credentials, request, response, user, password);
    }
    return filter_checker_ask(own->checker, response,
                              (struct shunt_span){user.at, user.len + 1 + password.len}, user.len);
}

static enum shunt_filtering before(void *state, const struct shunt_request *request,
                                   struct shunt_response *response)
{
    char room[FILTER_CREDENTIALS_BYTES_MAX];
    struct shunt_span user, password;
    enum shunt_filtering outcome;

    if (!filter_credentials_basic(request, room, &user, &password)) {
        return filter_credentials_refuse(response);
    }
    outcome = ask(state, request, response, user, password);
    explicit_bzero(room, sizeof room);
    return outcome;
}

static void after(void *state, const struct shunt_request *request, struct shunt_response *response)
{
    const struct basic *own = state;

    (void)request;
    filter_credentials_challenge(&own->credentials, response);
}

/* ---- settings ---- */

/* Is it a hash that crypt(3) of this system can make? */
static bool read_hash(struct filter_secret *secret)
{
    int answer = crypt_checksalt(secret->hash);

    return *secret->hash == '$' && (answer == CRYPT_SALT_OK || answer == CRYPT_SALT_METHOD_LEGACY ||
                                    answer == CRYPT_SALT_TOO_CHEAP);
}

static void destroy(void *state)
{
    struct basic *own = state;

    if (own->checker) {
        filter_checker_destroy(own->checker);
    }
    filter_secrets_destroy(own->secrets);
    filter_credentials_fini(&own->credentials);
    free(own);
}

static enum shunt_status file_read_all(struct basic *own, const struct shunt_settings *settings,
                                       const struct filter_error *error)
{
    uint64_t waiting_max = 64;
    enum shunt_status status =
        plugin_setting_number(settings, "waiting_max", 1, 65536, &waiting_max);

    if (status == SHUNT_OK) {
        own->secrets = filter_secrets_create(settings, read_hash, "a crypt(3) hash such as $y$...",
                                             error, &status);
    }
    if (status == SHUNT_OK) {
        status = filter_checker_create(own->secrets, (size_t)waiting_max, &own->checker);
    }
    return status;
}

static enum shunt_status create(void *arg, const struct shunt_settings *settings, void **state,
                                char *error, size_t error_size)
{
    const struct filter_error why = {error, error_size};
    struct basic *own = calloc(1, sizeof *own);
    enum shunt_status status;

    if (!own) {
        return SHUNT_ENOMEM;
    }
    status = filter_credentials_init(&own->credentials, arg, settings, "Basic", &why);
    if (status == SHUNT_OK && !arg) {
        status = file_read_all(own, settings, &why);
    }
    if (status != SHUNT_OK) {
        destroy(own);
        return status;
    }
    *state = own;
    return SHUNT_OK;
}

const struct shunt_filter filter_basic_auth = {
    .size = sizeof(struct shunt_filter),
    .name = "basic_auth",
    .before = before,
    .after = after,
    .create = create,
    .destroy = destroy,
};
