/* The parts of server_later.h. */
#include "conformance/server_later.h"

#include <stdio.h>

static void cancelled(void *arg)
{
    cr_expect_str_eq(arg, "cancelled");
    mark(arg);
}

static void defers(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    static char note[] = "cancelled";
    shunt_id id = 0;

    (void)arg, (void)request;
    cr_expect_eq(shunt_response_defer(response, cancelled, note, &id), SHUNT_OK);
    cr_expect_eq(shunt_response_defer(response, cancelled, note, &id), SHUNT_ESTATE);
    value_put(id);
}

void later_open_with(struct server *s, enum io_backend backend,
                     void (*change)(struct config *config), const char *path,
                     shunt_handler *handler)
{
    const struct shunt_route later = {
        .size = sizeof(struct shunt_route), .path = "/later", .handler = defers};
    const struct shunt_route other = {
        .size = sizeof(struct shunt_route), .path = path, .handler = handler};

    server_create(s, backend);
    cr_assert_eq(shunt_server_route(s->server, &later), SHUNT_OK);
    if (path) {
        cr_assert_eq(shunt_server_route(s->server, &other), SHUNT_OK);
    }
    if (change) {
        change(server_config(s->server));
    }
    server_log_keep(s);
    server_start(s);
}

void later_open(struct server *s, enum io_backend backend, void (*change)(struct config *config))
{
    later_open_with(s, backend, change, NULL, NULL);
}

int later_one(const struct server *s, const char *request, shunt_id *id)
{
    int fd = client_open(s);

    client_send(fd, request);
    *id = value_take();
    return fd;
}

void later_answer(shunt_id id, const char *text)
{
    cr_assert_eq(shunt_exchange_answer(id, 200, "text/plain", text, strlen(text)), SHUNT_OK);
}

static void dropped(void *arg)
{
    cr_expect_str_eq(arg, "posted");
    mark("dropped");
}

void later_post(shunt_id id, shunt_handler *handler)
{
    static char note[] = "posted";

    cr_assert_eq(shunt_exchange_post(id, handler, dropped, note), SHUNT_OK);
}

void later_describes(void *arg, const struct shunt_request *request,
                     struct shunt_response *response)
{
    const struct shunt_field *key = shunt_request_field(request, "X-Key", NULL);
    char text[512];
    int len = snprintf(text, sizeof text, "%.*s %.*s ?%.*s @%.*s key %.*s body %.*s by %s",
                       (int)request->method.len, request->method.at, (int)request->path.len,
                       request->path.at, (int)request->query.len, request->query.at,
                       (int)request->host.len, request->host.at, key ? (int)key->value.len : 0,
                       key ? key->value.at : "", (int)request->body.len, request->body.at,
                       (const char *)arg);

    cr_expect_eq(shunt_response_body(response, "text/plain", text, (size_t)len), SHUNT_OK);
}

void later_final_answer(int fd, struct answer *answer)
{
    do {
        client_head(fd, answer);
    } while (answer->status == 100);
    if (strstr(answer->head, "\r\nContent-Length: ")) {
        answer->body_len = strtoul(strstr(answer->head, "\r\nContent-Length: ") + 18, NULL, 10);
        cr_assert_eq(fixture_read(fd, answer->body, answer->body_len), (ssize_t)answer->body_len);
    }
}
