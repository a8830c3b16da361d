/* Fields of answers: removed, set in place of others, or added, in this order, whatever the answer. */
#include "exchange/amend.h"
#include "filter/builtin.h"
#include "filter/settings.h"
#include "http/list.h"

#include <stdlib.h>

/* A field as it stands in the settings, which outlive the filter; of `remove` the name alone. */
struct headers {
    size_t removed, set, added;
    struct shunt_field fields[]; /* in this order */
};

static void after(void *state, const struct shunt_request *request, struct shunt_response *response)
{
    const struct headers *own = state;
    const struct shunt_field *field = own->fields;

    (void)request;
    for (size_t i = 0; i < own->removed; i++, field++) {
        exchange_amend_remove(response, field->name);
    }
    for (size_t i = 0; i < own->set; i++, field++) {
        (void)!exchange_amend_set(response, field->name, field->value);
    }
    for (size_t i = 0; i < own->added; i++, field++) {
        (void)!exchange_response_field(response, field->name, field->value);
    }
}

/* ---- settings ---- */

/* "Name: value" */
static bool split(struct shunt_span line, struct shunt_field *field)
{
    const char *colon = memchr(line.at, ':', line.len), *end = line.at + line.len;

    if (!colon) {
        return false;
    }
    field->name = (struct shunt_span){line.at, (size_t)(colon - line.at)};
    for (colon++; colon < end && *colon == ' '; colon++) {
    }
    while (end > colon && end[-1] == ' ') {
        end--;
    }
    field->value = (struct shunt_span){colon, (size_t)(end - colon)};
    return true;
}

/* Fields behind those that are there already. */
static enum shunt_status read_fields(const char *key, const char *text, struct shunt_field *fields,
                                     size_t *count, const struct filter_error *error)
{
    struct shunt_span line;

    for (*count = 0; filter_line_next(&text, &line); ++*count) {
        struct shunt_field *field = &fields[*count];

        if (!split(line, field) || !exchange_response_may_have(field->name, field->value)) {
            return filter_expected(
                error, key, "\"Name: value\", and no field that the server writes itself", line);
        }
    }
    return SHUNT_OK;
}

static enum shunt_status read_names(const char *text, struct shunt_field *fields, size_t *count,
                                    const struct filter_error *error)
{
    struct shunt_span word;

    for (*count = 0; filter_word_next(&text, &word); ++*count) {
        if (!http_is_token(word)) {
            return filter_expected(error, "remove", "names of fields", word);
        }
        fields[*count].name = word;
    }
    return SHUNT_OK;
}

static enum shunt_status create(void *arg, const struct shunt_settings *settings, void **state,
                                char *error, size_t error_size)
{
    const struct filter_error why = {error, error_size};
    const char *remove = plugin_setting_get(settings, "remove");
    const char *set = plugin_setting_get(settings, "set");
    const char *add = plugin_setting_get(settings, "add");
    size_t most = filter_words_count(remove) + filter_words_count(set) + filter_words_count(add);
    struct headers *own = calloc(1, sizeof *own + most * sizeof *own->fields);
    enum shunt_status status = SHUNT_ENOMEM;

    (void)arg;
    if (own) {
        status = read_names(remove, own->fields, &own->removed, &why);
    }
    if (status == SHUNT_OK) {
        status = read_fields("set", set, own->fields + own->removed, &own->set, &why);
    }
    if (status == SHUNT_OK) {
        status = read_fields("add", add, own->fields + own->removed + own->set, &own->added, &why);
    }
    if (status != SHUNT_OK) {
        free(own);
        return status;
    }
    *state = own;
    return SHUNT_OK;
}

const struct shunt_filter filter_headers = {
    .size = sizeof(struct shunt_filter),
    .name = "headers",
    .after = after,
    .create = create,
    .destroy = free,
};
