/* <shunt/calls.h>: how a plugin, which links nothing of ours, comes by the functions that it calls. */
#include "plugin/loader.h"
#include "server/host.h"

#include <criterion/criterion.h>
#include <shunt/fields.h>
#include <stdio.h>

static struct plugin_module *opened(const char *name)
{
    char words[512] = "", file[512];
    struct error error = {.text = words, .size = sizeof words};
    struct plugin_module *module = NULL;

    snprintf(file, sizeof file, "%s/%s.so", TEST_PLUGIN_DIR, name);
    cr_assert_eq(plugin_open(file, NULL, &module, &error), SHUNT_OK, "%s", words);
    return module;
}

static enum shunt_verdict asked(const struct plugin_module *module, const char *query)
{
    static const struct shunt_field fields[] = {
        {{"Cookie", 6}, {"a=b; id=42", 10}},
        {{"Accept", 6}, {"application/*", 13}},
    };
    const struct shunt_request request = {
        .size = sizeof request,
        .query = shunt_span_of(query),
        .fields = fields,
        .field_count = sizeof fields / sizeof *fields,
    };

    return plugin_of(module)->protocols[0]->negotiate(NULL, &request, NULL);
}

Test(plugin_calls, functions_of_the_headers_are_called_by_their_names)
{
    struct plugin_module *module = opened("calls");

    plugin_lend(module, &server_calls);
    cr_expect_eq(asked(module, "x=1&name=a+%42"), SHUNT_ACCEPT);
    cr_expect_eq(asked(module, "x=1&name=b"), SHUNT_REFUSE);
    plugin_close(module);
}

Test(plugin_calls, each_object_has_room_of_its_own_and_one_that_was_loaded_before_keeps_it)
{
    struct plugin_module *first = opened("calls"), *second;

    plugin_lend(first, &server_calls);
    second = opened("calls");
    plugin_lend(second, &server_calls);
    plugin_close(first);
    cr_expect_eq(asked(second, "name=a+%42"), SHUNT_ACCEPT);
    plugin_close(second);
}

Test(plugin_calls, a_plugin_without_room_for_them_is_lent_none)
{
    struct plugin_module *module = opened("abi_1_0");

    plugin_lend(module, &server_calls);
    plugin_close(module);
}

Test(plugin_calls, no_function_is_missing)
{
    const char *at = (const char *)&server_calls, *end = at + sizeof server_calls;

    cr_expect_eq(server_calls.size, sizeof server_calls);
    for (at += offsetof(struct shunt_calls, response_status); at < end;
         at += sizeof(void (*)(void))) {
        void (*function)(void);

        memcpy(&function, at, sizeof function);
        cr_expect(function, "number %zu", (size_t)(at - (const char *)&server_calls));
    }
    cr_expect_eq(server_host.calls, &server_calls);
}
