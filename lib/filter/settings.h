/* What the settings of filters have in common. */
#ifndef FILTER_SETTINGS_H
#define FILTER_SETTINGS_H

#include "plugin/settings.h"

#include <shunt/span.h>

/* Where create() writes what was expected. */
struct filter_error {
    char *text;
    size_t size;
};

/* Always SHUNT_EINVAL, with the sentence "KEY: expected EXPECTED, found FOUND". */
enum shunt_status filter_expected(const struct filter_error *error, const char *key,
                                  const char *expected, struct shunt_span found);

/* A whole number among the settings, with its range; *value has its default. */
struct filter_number {
    const char *key;
    uint64_t least, most, *value;
};

/* Read `count` of them, each where it is set. The status of the first that is refused, else
 * SHUNT_OK: all are read, so that each mistake is reported. */
enum shunt_status filter_numbers(const struct shunt_settings *settings,
                                 const struct filter_number *rows, size_t count);

/*
 * The next entry of a list, which begins at *rest: a line of it, or for words also what is between
 * commas and white space. Empty ones are passed over. False: there is none.
 */
bool filter_line_next(const char **rest, struct shunt_span *line);
bool filter_word_next(const char **rest, struct shunt_span *word);
/* How many words there are; `text` may be NULL. */
size_t filter_words_count(const char *text);

/* The whole of the file that `value` of `key` names, beside that of the settings, malloc'ed with a
 * NUL behind it; NULL: `error` has the reason. */
char *filter_file(const struct shunt_settings *settings, const char *key, const char *value,
                  size_t bytes_max, size_t *len, const struct filter_error *error);

#endif
