/* Protocols and services by name. */
#include "conn/registry.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct shunt_protocol echo = {.size = sizeof echo, .token = "echo"};
static const struct shunt_protocol raw = {.size = sizeof raw, .token = "raw"};
static const struct shunt_protocol shout = {.size = sizeof shout, .token = "ECHO"};
static const struct shunt_service chat = {
    .size = sizeof chat, .version = 2, .interface = "websocket", .name = "chat"};
static const struct shunt_service other_chat = {
    .size = sizeof other_chat, .version = 1, .interface = "frames", .name = "chat"};

static const struct shunt_protocol *const two[] = {&echo, &raw, NULL}, *const again[] = {&shout,
                                                                                         NULL};
static const struct shunt_service *const chats[] = {&chat, &other_chat, NULL};
static const struct shunt_service *const one_chat[] = {&chat, NULL};

static struct registry registry;

Test(conn_registry, a_protocol_is_found_by_its_token_in_any_case)
{
    const struct shunt_plugin plugin = {.protocols = two};
    const char *clash;

    cr_expect_eq(registry_protocol_find(&registry, shunt_span_of("echo")), -1);
    cr_assert_eq(registry_add(&registry, &plugin, &registry, &clash), SHUNT_OK);
    cr_expect_eq(registry_protocol_find(&registry, shunt_span_of("Echo")), 0);
    cr_expect_eq(registry_protocol_find(&registry, shunt_span_of("raw")), 1);
    cr_expect_eq(registry_protocol_find(&registry, shunt_span_of("ra")), -1);
    cr_expect_eq(registry_protocol_find(&registry, shunt_span_of("")), -1);
    cr_expect_eq(registry.protocols[1].plugin, 0);
    cr_expect_eq(registry.plugins[0].state, &registry);
}

Test(conn_registry, a_service_is_found_by_interface_name_and_least_version)
{
    const struct shunt_plugin plugin = {.services = chats};
    const char *clash;

    cr_assert_eq(registry_add(&registry, &plugin, NULL, &clash), SHUNT_OK);
    cr_expect_eq(registry_service_find(&registry, "websocket", "chat", 1), 0);
    cr_expect_eq(registry_service_find(&registry, "websocket", "chat", 2), 0);
    cr_expect_eq(registry_service_find(&registry, "websocket", "chat", 3), -1);
    cr_expect_eq(registry_service_find(&registry, "frames", "chat", 1), 1);
    cr_expect_eq(registry_service_find(&registry, "frames", "Chat", 1), -1);
}

Test(conn_registry, what_is_there_already_is_refused_by_name_and_nothing_of_it_is_added)
{
    const struct shunt_plugin first = {.protocols = two, .services = one_chat};
    const struct shunt_plugin same_token = {.protocols = again};
    const struct shunt_plugin same_service = {.services = chats};
    const char *clash = NULL;

    cr_assert_eq(registry_add(&registry, &first, NULL, &clash), SHUNT_OK);
    cr_expect_eq(registry_add(&registry, &same_token, NULL, &clash), SHUNT_EINVAL);
    cr_expect_str_eq(clash, "ECHO");
    cr_expect_eq(registry_add(&registry, &same_service, NULL, &clash), SHUNT_EINVAL);
    cr_expect_str_eq(clash, "chat");
    cr_expect_eq(registry.plugin_count, 1);
    cr_expect_eq(registry.protocol_count, 2);
    cr_expect_eq(registry.service_count, 1);
}

Test(conn_registry, it_takes_so_many_and_no_more)
{
    static struct shunt_protocol many[REGISTRY_PROTOCOLS_MAX];
    static char tokens[REGISTRY_PROTOCOLS_MAX][16];
    static const struct shunt_protocol *list[REGISTRY_PROTOCOLS_MAX + 1];
    const struct shunt_plugin full = {.protocols = list}, more = {.protocols = two}, none = {0};
    const char *clash;

    for (int i = 0; i < REGISTRY_PROTOCOLS_MAX; i++) {
        snprintf(tokens[i], sizeof tokens[i], "t%d", i);
        many[i].size = sizeof many[i];
        many[i].token = tokens[i];
        list[i] = &many[i];
    }
    cr_assert_eq(registry_add(&registry, &full, NULL, &clash), SHUNT_OK);
    cr_expect_eq(registry_protocol_find(&registry, shunt_span_of("t254")), 254);
    cr_expect_eq(registry_add(&registry, &more, NULL, &clash), SHUNT_EFULL);
    cr_expect_eq(registry.plugin_count, 1);
    for (int i = 1; i < REGISTRY_PLUGINS_MAX; i++) {
        cr_assert_eq(registry_add(&registry, &none, NULL, &clash), SHUNT_OK);
    }
    cr_expect_eq(registry_add(&registry, &none, NULL, &clash), SHUNT_EFULL);
}

/* Plugins whose worker_start and worker_stop leave a trace; the one with no state fails. */
static char trace[64];

static enum shunt_status traced_start(void *plugin, struct shunt_worker *worker, void **local)
{
    (void)worker;
    if (!plugin) {
        return SHUNT_ENOTSUP;
    }
    strcat(strcat(trace, "+"), plugin);
    *local = plugin;
    return SHUNT_OK;
}

static void traced_stop(void *local)
{
    strcat(strcat(trace, "-"), local);
}

Test(conn_registry, plugins_start_on_a_worker_in_order_and_stop_in_reverse)
{
    const struct shunt_plugin traced = {.worker_start = traced_start, .worker_stop = traced_stop};
    const struct shunt_plugin neither = {.name = "neither"};
    const struct shunt_plugin *failed = NULL;
    void *locals[3] = {NULL};
    const char *clash;

    cr_assert_eq(registry_add(&registry, &traced, (void *)(uintptr_t) "a", &clash), SHUNT_OK);
    cr_assert_eq(registry_add(&registry, &neither, NULL, &clash), SHUNT_OK);
    cr_assert_eq(registry_add(&registry, &traced, (void *)(uintptr_t) "b", &clash), SHUNT_OK);
    cr_expect_eq(registry_worker_start(&registry, NULL, locals, &failed), SHUNT_OK);
    cr_expect_str_eq(trace, "+a+b");
    registry_worker_stop(&registry, locals);
    cr_expect_str_eq(trace, "+a+b-b-a");
}

Test(conn_registry, when_one_fails_on_a_worker_those_before_it_are_stopped)
{
    const struct shunt_plugin traced = {.worker_start = traced_start, .worker_stop = traced_stop};
    const struct shunt_plugin fails = {.name = "fails", .worker_start = traced_start};
    const struct shunt_plugin *failed = NULL;
    void *locals[3] = {NULL};
    const char *clash;

    cr_assert_eq(registry_add(&registry, &traced, (void *)(uintptr_t) "a", &clash), SHUNT_OK);
    cr_assert_eq(registry_add(&registry, &fails, NULL, &clash), SHUNT_OK);
    cr_assert_eq(registry_add(&registry, &traced, (void *)(uintptr_t) "b", &clash), SHUNT_OK);
    cr_expect_eq(registry_worker_start(&registry, NULL, locals, &failed), SHUNT_ENOTSUP);
    cr_expect_str_eq(failed->name, "fails");
    cr_expect_str_eq(trace, "+a-a");
}
