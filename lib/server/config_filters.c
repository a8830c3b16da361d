#include "server/config_filters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void filter_fini(struct config_filter *one)
{
    free(one->name);
    free(one->label);
    plugin_settings_fini(&one->settings);
}

void config_filters_fini(struct config_filters *filters)
{
    for (size_t i = 0; i < filters->count; i++) {
        filter_fini(&filters->items[i]);
    }
    free(filters->items);
    *filters = (struct config_filters){.items = NULL};
}

static char *label_of(const char *name)
{
    char *label;

    return asprintf(&label, "filter %s", name) < 0 ? NULL : label;
}

enum shunt_status config_filters_append(struct config_filters *filters, struct config_filter *one)
{
    struct config_filter *items = realloc(filters->items, (filters->count + 1) * sizeof *items);

    if (!items) {
        filter_fini(one);
        return SHUNT_ENOMEM;
    }
    filters->items = items;
    one->label = one->name ? label_of(one->name) : NULL;
    if (!one->label) {
        filter_fini(one);
        return SHUNT_ENOMEM;
    }
    one->settings.owner = one->label;
    memcpy(&items[filters->count++], one, sizeof *one);
    return SHUNT_OK;
}

/* What the structure is made of, and that settings come in pairs with no key twice. */
static enum shunt_status read(struct shunt_filter *to, const struct shunt_filter *from,
                              struct error *error)
{
    if (SHUNT_READ(to, from, SHUNT_FILTER_BYTES_1_1) != SHUNT_OK) {
        return error_set(error, SHUNT_EINVAL,
                         "filter: expected a structure of %zu bytes or more, found %u; set its "
                         "`size`",
                         SHUNT_FILTER_BYTES_1_1, from->size);
    }
    if (!to->name || !*to->name) {
        return error_set(error, SHUNT_EINVAL, "filter.name: expected a name, found none");
    }
    return SHUNT_OK;
}

static enum shunt_status settings_copy(struct config_filter *to, const struct shunt_filter *from,
                                       struct error *error)
{
    enum shunt_status status = SHUNT_OK;

    for (const char *const *pair = from->settings; !status && pair && pair[0]; pair += 2) {
        status = pair[1] ? plugin_settings_add(&to->settings, pair[0], pair[1], 0) : SHUNT_EINVAL;
        if (status == SHUNT_EINVAL) {
            error_set(error, status, "filter %.60s: settings.%.60s: expected %s", from->name,
                      pair[0], pair[1] ? "once, found again" : "a value, found none");
        }
    }
    return status;
}

enum shunt_status config_filters_add(struct config_filters *filters,
                                     const struct shunt_filter *filter, struct error *error)
{
    struct config_filter one = {.line = 0};
    enum shunt_status status = read(&one.filter, filter, error);

    if (status == SHUNT_OK) {
        status = settings_copy(&one, &one.filter, error);
    }
    if (status != SHUNT_OK) {
        filter_fini(&one);
        return status;
    }
    one.name = strdup(filter->name);
    one.filter.name = NULL; /* the caller's may not stay */
    one.filter.settings = NULL;
    return config_filters_append(filters, &one);
}
