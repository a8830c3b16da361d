#include "filter/secrets.h"

#include "filter/credentials.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (1u << 20)

static size_t lines_count(const char *text)
{
    size_t count = 1;

    while ((text = strchr(text, '\n')) != NULL) {
        text++;
        count++;
    }
    return count;
}

/* Cut the file into lines, and lines at their colon. */
static enum shunt_status read_lines(struct filter_secrets *secrets, filter_secret_reader *reader,
                                    const char *expected, const struct filter_error *error)
{
    unsigned number = 0;
    char *rest = secrets->bytes, *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        struct filter_secret *one = &secrets->items[secrets->count];
        char *colon = strchr(line, ':');

        number++;
        line[strcspn(line, "\r")] = '\0';
        if (!*line || *line == '#') {
            continue;
        }
        if (colon) {
            *colon = '\0';
        }
        one->name = line;
        one->hash = colon ? colon + 1 : "";
        if (!*one->name || !reader(one)) {
            snprintf(error->text, error->size, "file: expected NAME:HASH with %s in line %u",
                     expected, number); /* the line itself is nobody's business */
            return SHUNT_EINVAL;
        }
        secrets->count++;
    }
    if (secrets->count == 0) {
        return filter_expected(error, "file", "one line or more", shunt_span_of(""));
    }
    return SHUNT_OK;
}

struct filter_secrets *filter_secrets_create(const struct shunt_settings *settings,
                                             filter_secret_reader *reader, const char *expected,
                                             const struct filter_error *error,
                                             enum shunt_status *status)
{
    const char *name = plugin_setting_get(settings, "file");
    struct filter_secrets *secrets;
    size_t len = 0;
    char *bytes;

    *status = SHUNT_EINVAL;
    if (!name) {
        *status = filter_expected(error, "file", "a file of names and hashes", shunt_span_of(""));
        return NULL;
    }
    bytes = filter_file(settings, "file", name, FILE_BYTES_MAX, &len, error);
    if (!bytes) {
        return NULL;
    }
    secrets = calloc(1, sizeof *secrets + lines_count(bytes) * sizeof *secrets->items);
    if (!secrets) {
        free(bytes);
        *status = SHUNT_ENOMEM;
        return NULL;
    }
    secrets->bytes = bytes;
    *status = read_lines(secrets, reader, expected, error);
    if (*status != SHUNT_OK) {
        filter_secrets_destroy(secrets);
        return NULL;
    }
    return secrets;
}

void filter_secrets_destroy(struct filter_secrets *secrets)
{
    if (secrets) {
        free(secrets->bytes);
        free(secrets);
    }
}

void filter_digest(const uint8_t salt[FILTER_DIGEST_BYTES], struct shunt_span bytes,
                   uint8_t digest[FILTER_DIGEST_BYTES])
{
    uint8_t all[FILTER_DIGEST_BYTES + FILTER_CREDENTIALS_BYTES_MAX], *at = all;

    if (salt) {
        at = (uint8_t *)mempcpy(at, salt, FILTER_DIGEST_BYTES);
    }
    at = (uint8_t *)mempcpy(at, bytes.at, bytes.len);
    if (EVP_Digest(all, (size_t)(at - all), digest, NULL, EVP_sha256(), NULL) != 1) {
        abort(); /* a library without SHA-256 would let anybody in */
    }
    explicit_bzero(all, sizeof all);
}
