#include "filter/settings.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum shunt_status filter_expected(const struct filter_error *error, const char *key,
                                  const char *expected, struct shunt_span found)
{
    snprintf(error->text, error->size, "%s: expected %s, found \"%.*s\"", key, expected,
             found.len < 100 ? (int)found.len : 100, found.len ? found.at : "");
    return SHUNT_EINVAL;
}

static bool next(const char **rest, const char *between, struct shunt_span *entry)
{
    const char *at = *rest ? *rest + strspn(*rest, between) : "";

    *entry = (struct shunt_span){at, strcspn(at, between)};
    *rest = at + entry->len;
    return entry->len > 0;
}

enum shunt_status filter_numbers(const struct shunt_settings *settings,
                                 const struct filter_number *rows, size_t count)
{
    enum shunt_status status = SHUNT_OK;

    for (size_t i = 0; i < count; i++) {
        enum shunt_status read = plugin_setting_number(settings, rows[i].key, rows[i].least,
                                                       rows[i].most, rows[i].value);

        status = status == SHUNT_OK ? read : status;
    }
    return status;
}

bool filter_line_next(const char **rest, struct shunt_span *line)
{
    return next(rest, "\n", line);
}

bool filter_word_next(const char **rest, struct shunt_span *word)
{
    return next(rest, "\n\t ,", word);
}

size_t filter_words_count(const char *text)
{
    struct shunt_span word;
    size_t count = 0;

    while (filter_word_next(&text, &word)) {
        count++;
    }
    return count;
}

char *filter_file(const struct shunt_settings *settings, const char *key, const char *value,
                  size_t bytes_max, size_t *len, const struct filter_error *error)
{
    const char *beside = ((const struct plugin_settings *)settings)->file;
    char *path = file_beside(beside ? beside : "", value);
    char *bytes = path ? file_read(path, bytes_max, len) : NULL;

    if (!bytes) {
        snprintf(error->text, error->size,
                 "%s: expected a readable file of at most %zu bytes, found \"%.100s\": %s", key,
                 bytes_max, value, strerror(path ? errno : ENOMEM));
    }
    free(path);
    return bytes;
}
