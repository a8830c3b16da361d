/* A file of names and hashes, "NAME:HASH" a line: who may come in. Read once, and constant. */
#ifndef FILTER_SECRETS_H
#define FILTER_SECRETS_H

#include "filter/settings.h"

#define FILTER_DIGEST_BYTES 32

struct filter_secret {
    const char *name, *hash; /* in `bytes` */
    uint8_t digest[FILTER_DIGEST_BYTES];
};

struct filter_secrets {
    char *bytes; /* of the file */
    size_t count;
    struct filter_secret items[];
};

/* Is `hash` one that can be checked? Fills the secret's digest where it is needed. */
typedef bool filter_secret_reader(struct filter_secret *secret);

/*
 * Of the file that the setting `file` names, which has at least one line; empty ones and those that
 * begin with '#' are passed over.
 *
 *   expected  what a hash is, for the sentence
 *
 * NULL: *status is why.
 */
struct filter_secrets *filter_secrets_create(const struct shunt_settings *settings,
                                             filter_secret_reader *reader, const char *expected,
                                             const struct filter_error *error,
                                             enum shunt_status *status);
/* NULL is allowed. */
void filter_secrets_destroy(struct filter_secrets *secrets);

/* The SHA-256 of `salt` (NULL: none) and then of `bytes`, of which there are at most
 * FILTER_CREDENTIALS_BYTES_MAX. */
void filter_digest(const uint8_t salt[FILTER_DIGEST_BYTES], struct shunt_span bytes,
                   uint8_t digest[FILTER_DIGEST_BYTES]);

#endif
