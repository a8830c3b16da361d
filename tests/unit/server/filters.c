/* Filters created from their settings, and the rows that they stand in. */
#include "server/filters.h"

#include "server/config_filters.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct config config;
static struct server_filters filters;
static struct server_plugins plugins;
static char text[4096];
static struct error report;
static unsigned created, destroyed;

static enum shunt_status create(void *arg, const struct shunt_settings *settings, void **state,
                                char *error, size_t error_size)
{
    const char *key = shunt_setting(settings, "key");
    uint64_t number = 0;

    if (shunt_setting_number(settings, "number", 1, 9, &number) != SHUNT_OK) {
        return SHUNT_EINVAL;
    }
    if (key && strcmp(key, "bad") == 0) {
        snprintf(error, error_size, "key: expected anything else, found bad");
        return SHUNT_EINVAL;
    }
    created++;
    *state = (char *)arg + number;
    return SHUNT_OK;
}

static void destroy(void *state)
{
    (void)state;
    destroyed++;
}

static void after(void *state, const struct shunt_request *request, struct shunt_response *response)
{
    (void)state, (void)request, (void)response;
}

static char base[10];

static void add(struct config_filters *to, const char *name, const char *key, const char *value)
{
    const char *const settings[] = {key, value, NULL};
    const struct shunt_filter one = {.size = sizeof one,
                                     .name = name,
                                     .arg = base,
                                     .settings = settings,
                                     .after = after,
                                     .create = create,
                                     .destroy = destroy};

    cr_assert_eq(config_filters_add(to, &one, &report), SHUNT_OK, "%s", text);
}

static void init(void)
{
    struct config_route routes[2] = {{.path = strdup("/a")}, {.path = strdup("/b")}};

    report = (struct error){.text = text, .size = sizeof text};
    config_init(&config);
    cr_assert_eq(config_append_route(&config, &routes[0]), SHUNT_OK);
    cr_assert_eq(config_append_route(&config, &routes[1]), SHUNT_OK);
}

static void fini(void)
{
    server_filters_stop(&filters);
    config_fini(&config);
    cr_expect_eq(created, destroyed);
}

TestSuite(server_filters, .init = init, .fini = fini);

Test(server_filters, a_route_has_those_for_all_and_then_its_own)
{
    const struct exchange_filters *row;

    add(&config.filters, "one", NULL, NULL);
    add(&config.filters, "two", "number", "2");
    add(&config.routes[1].filters, "three", "number", "3");
    cr_assert_eq(server_filters_start(&filters, &config, &plugins, &report), SHUNT_OK, "%s", text);
    row = server_filters_all(&filters);
    cr_assert_eq(row->count, 2);
    cr_expect_str_eq(row->items[0]->filter.name, "one");
    cr_expect_eq(row->items[0]->state, base);
    cr_expect_eq(row->items[1]->state, base + 2);
    cr_expect_eq(server_filters_of(&filters, 0), row);
    row = server_filters_of(&filters, 1);
    cr_assert_eq(row->count, 3);
    cr_expect_str_eq(row->items[2]->filter.name, "three");
    cr_expect_eq(row->items[0], server_filters_all(&filters)->items[0]);
    cr_expect_eq(created, 3);
}

Test(server_filters, where_there_is_none_there_is_no_row)
{
    cr_assert_eq(server_filters_start(&filters, &config, &plugins, &report), SHUNT_OK);
    cr_expect_null(server_filters_all(&filters));
    cr_expect_null(server_filters_of(&filters, 1));
    add(&config.routes[1].filters, "three", NULL, NULL);
    cr_assert_eq(server_filters_start(&filters, &config, &plugins, &report), SHUNT_OK);
    cr_expect_null(server_filters_all(&filters));
    cr_expect_null(server_filters_of(&filters, 0));
    cr_expect_not_null(server_filters_of(&filters, 1));
}

Test(server_filters, each_mistake_is_named_with_its_place)
{
    static const struct shunt_filter nothing = {.size = sizeof nothing, .name = "nothing"};
    static const char *const sentences[] = {
        "number of filter one: expected a whole number from 1 to 9",
        "filter two.settings.odd: expected one of the keys key, number, found an unknown key",
        "route /b: filter three: key: expected anything else, found bad",
        "filter nothing.name: expected one of the filters ",
    };

    add(&config.filters, "one", "number", "10");
    add(&config.filters, "two", "odd", "1");
    add(&config.routes[1].filters, "three", "key", "bad");
    cr_assert_eq(config_filters_add(&config.filters, &nothing, &report), SHUNT_OK);
    cr_assert_eq(server_filters_start(&filters, &config, &plugins, &report), SHUNT_EINVAL);
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        cr_expect(strstr(text, sentences[i]), "%s in:\n%s", sentences[i], text);
    }
    cr_expect_eq(report.count, 4);
}

static const struct shunt_filter of_plugin = {
    .size = sizeof of_plugin, .name = "quota", .after = after};
static const struct shunt_filter as_built_in = {
    .size = sizeof as_built_in, .name = "headers", .after = after};
static const struct shunt_plugin plugin = {
    SHUNT_PLUGIN_HEAD,
    .name = "limits",
    .version = "1",
    .filters = (const struct shunt_filter *const[]){&of_plugin, &as_built_in, NULL},
};

static enum shunt_status start_with(const char *name)
{
    const struct shunt_filter one = {.size = sizeof one, .name = name};
    const char *clash;

    plugins.registry.plugin_count = 0;
    cr_assert_eq(registry_add(&plugins.registry, &plugin, base, &clash), SHUNT_OK);
    cr_assert_eq(config_filters_add(&config.filters, &one, &report), SHUNT_OK);
    return server_filters_start(&filters, &config, &plugins, &report);
}

Test(server_filters, a_plugins_is_found_by_its_name_and_has_what_init_set)
{
    cr_assert_eq(start_with("quota"), SHUNT_OK, "%s", text);
    cr_expect_eq(filters.items[0].filter.after, after);
    cr_expect_eq(filters.items[0].state, base);
    cr_expect_eq(filters.items[0].plugin, 1);
}

Test(server_filters, one_that_is_called_as_a_built_in_one_is_asked_for_by_its_plugin)
{
    cr_assert_eq(start_with("limits/headers"), SHUNT_OK, "%s", text);
    server_filters_stop(&filters);
    cr_assert_eq(start_with("headers"), SHUNT_EINVAL);
    cr_expect(strstr(text, "filter headers.name: expected a filter of one plugin, as PLUGIN/NAME, "
                           "found headers of the plugin limits and built in"),
              "%s", text);
}

Test(server_filters, a_name_that_a_plugin_which_is_lacking_may_give_is_not_refused)
{
    plugins.lacking = true;
    cr_expect_eq(start_with("quotas"), SHUNT_OK, "%s", text);
    server_filters_stop(&filters);
    plugins.lacking = false;
    cr_expect_eq(start_with("quotas"), SHUNT_EINVAL);
    cr_expect(strstr(text, ", limits/quota, limits/headers, found quotas"), "%s", text);
}

Test(server_filters, a_malformed_one_is_refused_at_the_call)
{
    static const char *const odd[] = {"key", NULL}, *const twice[] = {"a", "1", "a", "2", NULL};
    static const struct {
        struct shunt_filter filter;
        const char *sentence;
    } rows[] = {
        {{.size = 8, .name = "x"}, "found 8; set its `size`"},
        {{.size = sizeof(struct shunt_filter)}, "filter.name: expected a name, found none"},
        {{.size = sizeof(struct shunt_filter), .name = ""}, "expected a name, found none"},
        {{.size = sizeof(struct shunt_filter), .name = "x", .settings = odd},
         "filter x: settings.key: expected a value, found none"},
        {{.size = sizeof(struct shunt_filter), .name = "x", .settings = twice},
         "filter x: settings.a: expected once, found again"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(config_filters_add(&config.filters, &rows[i].filter, &report), SHUNT_EINVAL);
        cr_expect(strstr(text, rows[i].sentence), "%s in %s", rows[i].sentence, text);
    }
    cr_expect_eq(config.filters.count, 0);
}
