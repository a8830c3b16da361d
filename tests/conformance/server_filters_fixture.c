/* The parts of server_filters.h. */
#include "conformance/server_filters.h"

#include <stdio.h>
#include <stdlib.h>

enum shunt_filtering (*filter_acts)(const char *name, const struct shunt_request *request,
                                    struct shunt_response *response);

static char names[] = "abcd";

static enum shunt_filtering before(void *state, const struct shunt_request *request,
                                   struct shunt_response *response)
{
    const char name[] = {*(const char *)state, '\0'};
    char text[] = {name[0], '+', '\0'};

    mark(text);
    cr_expect_eq(shunt_response_field(response, "Filter", name), SHUNT_OK);
    return filter_acts ? filter_acts(name, request, response) : SHUNT_GO_ON;
}

static void after(void *state, const struct shunt_request *request, struct shunt_response *response)
{
    char text[16];

    cr_expect_gt(request->method.len, 0);
    snprintf(text, sizeof text, "%c-%u", *(const char *)state, shunt_response_status_get(response));
    mark(text);
}

static void handle(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg;
    mark("handler");
    cr_expect_eq(shunt_response_body(response, "text/plain", request->body.at, request->body.len),
                 SHUNT_OK);
}

void filters_open(struct server *s, enum io_backend backend, void (*change)(struct config *config))
{
    static const char *const alpha[] = {"alpha", "beta", NULL};
    struct shunt_filter filters[4];
    const struct shunt_filter *const own[] = {&filters[2], &filters[3], NULL};
    const struct shunt_route one = {.size = sizeof one,
                                    .path = "/one",
                                    .handler = handle,
                                    .upgrade = alpha,
                                    .methods = "GET, POST",
                                    .filters = own};
    struct config_route text = {.path = strdup("/text"),
                                .text = strdup("text"),
                                .text_len = 4,
                                .content_type = strdup("text/plain")};

    for (size_t i = 0; i < 4; i++) {
        char name[] = {names[i], '\0'};

        filters[i] = (struct shunt_filter){.size = sizeof filters[i],
                                           .name = strdup(name),
                                           .arg = &names[i],
                                           .before = before,
                                           .after = after};
    }
    server_create(s, backend);
    cr_assert_eq(shunt_server_filter(s->server, &filters[0]), SHUNT_OK);
    cr_assert_eq(shunt_server_filter(s->server, &filters[1]), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s->server, &one), SHUNT_OK);
    cr_assert_eq(config_append_route(server_config(s->server), &text), SHUNT_OK);
    for (size_t i = 0; i < 4; i++) {
        free((char *)(uintptr_t)filters[i].name);
    }
    memset(filters, 0xff, sizeof filters); /* the server has its own */
    if (change) {
        change(server_config(s->server));
    }
    server_log_keep(s);
    server_start(s);
}

int filters_client(struct server *s, enum io_backend backend,
                   enum shunt_filtering (*acts)(const char *name,
                                                const struct shunt_request *request,
                                                struct shunt_response *response))
{
    filter_acts = acts;
    filters_open(s, backend, NULL);
    return client_open(s);
}
