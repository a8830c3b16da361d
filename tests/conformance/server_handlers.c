/* Handlers and filters that plugins give by name: one source, as a shared object and linked into this program. */
#include "conformance/server_fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern const struct shunt_plugin handlers_plugin; /* tests/plugins/handlers.c */

static const char *const hello[] = {"greeting", "hello", NULL};
static const char *const many[] = {"greeting", "many", "pieces", "3000", NULL};

static void plugin_add(const struct server *s, bool linked)
{
    enum shunt_status status =
        linked ? shunt_server_plugin_add(s->server, &handlers_plugin, NULL)
               : shunt_server_plugin_load(s->server, TEST_PLUGIN_DIR "/handlers.so", NULL);

    cr_assert_eq(status, SHUNT_OK, "%s", shunt_server_error(s->server));
}

static void route_add(const struct server *s, const char *path, const char *name,
                      const char *const *settings)
{
    const struct shunt_route route = {
        .size = sizeof route, .path = path, .handler_name = name, .settings = settings};

    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK, "%s",
                 shunt_server_error(s->server));
}

static void handlers_open(struct server *s, enum io_backend backend, bool linked)
{
    server_create(s, backend);
    plugin_add(s, linked);
    route_add(s, "/at-once", "at_once", hello);
    route_add(s, "/later", "handlers/later", hello);
    route_add(s, "/by-thread", "by_thread", hello);
    route_add(s, "/never", "never", hello);
    route_add(s, "/pieces", "in_pieces", many);
    server_log_keep(s);
    server_start(s);
}

static void expect_body(int fd, const char *request, const char *body)
{
    struct answer answer;

    client_send(fd, request);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200, "%s: %s", request, answer.head);
    cr_expect_str_eq(answer.body, body, "%s", request);
}

/* 3,000 pieces of 1,000 digits each, the number that was left before it. */
static void expect_pieces(int fd)
{
    static char bytes[1000], want[1000];
    struct answer answer;

    client_send(fd, "GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n");
    client_head(fd, &answer);
    cr_assert(answer_has(&answer, "Content-Length: 3000000"), "%s", answer.head);
    for (unsigned left = 3000; left > 0; left--) {
        memset(want, '0' + (int)(left % 10), sizeof want);
        cr_assert_eq(fixture_read(fd, bytes, sizeof bytes), (ssize_t)sizeof bytes);
        cr_assert_eq(memcmp(bytes, want, sizeof want), 0, "%u left", left);
    }
}

static void answers_in_each_way(struct server *s, enum io_backend backend, bool linked)
{
    struct answer answer;
    int fd;

    handlers_open(s, backend, linked);
    fd = client_open(s);
    expect_body(fd, "GET /at-once?name=a+%42 HTTP/1.1\r\nHost: a\r\n\r\n", "hello a B 1");
    expect_body(fd, "GET /later?x&name=b HTTP/1.1\r\nHost: a\r\n\r\n", "hello b 2");
    for (unsigned i = 0; i < 50; i++) {
        expect_body(fd, "GET /by-thread HTTP/1.1\r\nHost: a\r\n\r\n", "by a thread");
    }
    expect_pieces(fd);
    expect_body(fd, "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", "hello  3");
    client_send(fd, "HEAD /at-once HTTP/1.1\r\nHost: a\r\n\r\n");
    client_head(fd, &answer);
    cr_expect(answer_has(&answer, "Content-Length: 8"), "%s", answer.head);
    close(fd);
}

CLOSING_SERVER(a_plugins_handlers_answer_at_once_later_and_in_pieces)
{
    answers_in_each_way(s, backend, false);
}

CLOSING_SERVER(the_same_handlers_linked_into_a_program_do)
{
    answers_in_each_way(s, backend, true);
}

enum { BODY_BYTES = 4 << 20 };

CLOSING_SERVER(a_plugins_handler_may_have_its_requests_bodies_in_pieces)
{
    const struct shunt_route route = {.size = sizeof route,
                                      .path = "/body",
                                      .handler_name = "body",
                                      .body_bytes_max = BODY_BYTES};
    static char bytes[BODY_BYTES];
    uint32_t hash = 2166136261u;
    struct answer answer;
    char want[64], head[128];
    int fd;

    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)(i * 7 >> 3);
        hash = (hash ^ (uint8_t)bytes[i]) * 16777619u;
    }
    server_create(s, backend);
    plugin_add(s, false);
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    server_start(s);
    fd = client_open(s);
    snprintf(head, sizeof head, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n",
             BODY_BYTES);
    client_send(fd, head);
    fixture_write(fd, bytes, sizeof bytes);
    client_answer(fd, &answer);
    snprintf(want, sizeof want, "%d %08x, 0 whole", BODY_BYTES, (unsigned)hash);
    cr_expect_str_eq(answer.body, want);
    close(fd);
}

CLOSING_SERVER(a_plugins_handler_may_serve_a_folder)
{
    static const char *const here[] = {"path", TEST_SOURCE_DIR "/plugins", NULL};
    struct answer answer;
    int fd;

    server_create(s, backend);
    plugin_add(s, false);
    route_add(s, "/files/{name...}", "folder", here);
    server_start(s);
    fd = client_open(s);
    client_send(fd, "GET /files/witness.h HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200, "%s", answer.head);
    cr_expect(strstr(answer.body, "constructor"), "%s", answer.body);
    client_send(fd, "GET /files/../lint/run.sh HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 404, "%s", answer.head);
    close(fd);
}

CLOSING_SERVER(a_plugins_handler_is_notified_when_its_client_has_left)
{
    int fd;

    handlers_open(s, backend, false);
    fd = client_open(s);
    client_send(fd, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
    client_turn(s);
    close(fd);
    server_log_wait(s, "handlers: cancelled hello");
}

SERVER_TEST(what_a_plugin_has_made_of_routes_is_destroyed_between_its_workers_and_its_end)
{
    static const char *const steps[] = {
        "init",          "create hello",  "create hello",  "create hello",  "create hello",
        "create many",   "worker_start",  "worker_stop",   "destroy many",  "destroy hello",
        "destroy hello", "destroy hello", "destroy hello", "fini of init's"};
    struct server s;

    handlers_open(&s, backend, false);
    client_turn(&s);
    server_close(&s);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char line[80];

        snprintf(line, sizeof line, "handlers: %s\n", steps[i]);
        server_log_wait(&s, line);
    }
}

SERVER_TEST(what_a_plugin_has_deferred_is_cancelled_at_a_stop_before_its_worker_stops)
{
    struct server s;
    int fd;

    handlers_open(&s, backend, false);
    fd = client_open(&s);
    client_send(fd, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
    client_turn(&s);
    shunt_server_stop(s.server);
    server_close(&s); /* at once */
    server_log_wait(&s, "handlers: cancelled hello");
    server_log_wait(&s, "handlers: worker_stop");
    server_log_wait(&s, "handlers: destroy hello");
    close(fd);
}

/* The functions that plugins are handed are a program's too. */
static void answers_a_note(void *arg, const struct shunt_request *request,
                           struct shunt_response *response)
{
    (void)request;
    cr_expect_eq(shunt_response_body(response, NULL, arg, strlen(arg)), SHUNT_OK);
}

static void time_is_over(struct shunt_worker *worker, void *arg)
{
    static char note[] = "by a timer";

    cr_expect_eq(shunt_exchange_run(worker, *(const shunt_id *)arg, answers_a_note, note),
                 SHUNT_OK);
}

static void waits_for_a_timer(void *arg, const struct shunt_request *request,
                              struct shunt_response *response)
{
    shunt_id *id = shunt_request_alloc(request, sizeof *id);

    (void)arg;
    cr_assert_eq(shunt_response_defer(response, NULL, NULL, id), SHUNT_OK);
    cr_assert_eq(shunt_server_host()->worker_timer_set(shunt_response_worker(response), 1, 0,
                                                       time_is_over, NULL, id, NULL),
                 SHUNT_OK);
}

CLOSING_SERVER(a_programs_handler_has_the_functions_of_plugins)
{
    const struct shunt_route route = {
        .size = sizeof route, .path = "/timer", .handler = waits_for_a_timer};
    int fd;

    server_create(s, backend);
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    server_start(s);
    fd = client_open(s);
    expect_body(fd, "GET /timer HTTP/1.1\r\nHost: a\r\n\r\n", "by a timer");
    close(fd);
}

SERVER_TEST(a_server_runs_again_with_what_its_plugins_make_of_routes_then)
{
    struct server s;
    int fd;

    handlers_open(&s, backend, true);
    shunt_server_stop(s.server);
    cr_assert_eq(pthread_join(s.thread, NULL), 0);
    server_start(&s);
    fd = client_open(&s);
    expect_body(fd, "GET /at-once HTTP/1.1\r\nHost: a\r\n\r\n", "hello  1");
    close(fd);
    server_close(&s);
}

/* ---- filters ---- */

static const char *const sesame[] = {"word", "sesame", NULL};

static void filters_open(struct server *s, enum io_backend backend, bool linked)
{
    static const char *const alpha[] = {"alpha", NULL};
    const struct shunt_filter gate = {.size = sizeof gate, .name = "gate", .settings = sesame};
    const struct shunt_filter wait = {.size = sizeof wait, .name = "handlers/wait"};
    const struct shunt_route routes[] = {
        {.size = sizeof *routes,
         .path = "/at-once",
         .handler_name = "at_once",
         .settings = hello,
         .upgrade = alpha,
         .filters = (const struct shunt_filter *const[]){&gate, &wait, NULL}},
        {.size = sizeof *routes,
         .path = "/pieces",
         .handler_name = "in_pieces",
         .settings = many,
         .filters = (const struct shunt_filter *const[]){&gate, NULL}},
    };

    server_create(s, backend);
    plugin_add(s, linked);
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        cr_assert_eq(shunt_server_route(s->server, &routes[i]), SHUNT_OK, "%s",
                     shunt_server_error(s->server));
    }
    server_log_keep(s);
    server_start(s);
}

static void filters_act(struct server *s, enum io_backend backend, bool linked)
{
    struct answer answer;
    int fd;

    filters_open(s, backend, linked);
    fd = client_open(s);
    client_send(fd, "GET /at-once HTTP/1.1\r\nHost: a\r\nWord: abracadabra\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 403);
    cr_expect(answer_has(&answer, "Gate: 1") && answer_has(&answer, "Gated: yes"), "%s",
              answer.head);
    client_send(fd, "GET /at-once?name=b HTTP/1.1\r\nHost: a\r\nWord: sesame\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "hello b 3", "it and the filter count in one place");
    cr_expect(answer_has(&answer, "Gate: 2") && answer_has(&answer, "Gated: yes") &&
                  answer_has(&answer, "Waited: yes"),
              "%s", answer.head);
    client_send(fd, "HEAD /pieces HTTP/1.1\r\nHost: a\r\nWord: sesame\r\n\r\n");
    client_head(fd, &answer);
    cr_expect(answer_has(&answer, "Gate: 4") && answer_has(&answer, "Gated: yes"), "%s",
              answer.head);
    client_send(fd, upgrade_request("/at-once", "alpha", "Word: none\r\n"));
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 403);
    client_send(fd, upgrade_request("/at-once", "alpha", "Word: sesame\r\n"));
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101, "%s", answer.head);
    cr_expect(answer_has(&answer, "Waited: yes"), "%s", answer.head);
    close(fd);
}

CLOSING_SERVER(a_plugins_filters_are_asked_before_its_handlers_and_before_upgrades)
{
    filters_act(s, backend, false);
}

CLOSING_SERVER(the_same_filters_linked_into_a_program_are)
{
    filters_act(s, backend, true);
}

SERVER_TEST(what_a_plugins_filters_have_made_of_their_places_is_destroyed_before_its_end)
{
    static const char *const steps[] = {"create gate",   "create gate",  "worker_start",
                                        "worker_stop",   "destroy gate", "destroy gate",
                                        "fini of init's"};
    struct server s;

    filters_open(&s, backend, false);
    client_turn(&s);
    server_close(&s);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        server_log_wait(&s, steps[i]);
    }
}

/* ---- refused ---- */

static void filter_refused(enum io_backend backend, const char *name, const char *const *settings,
                           bool twice, const char *sentence)
{
    const struct shunt_filter filter = {.size = sizeof filter, .name = name, .settings = settings};
    struct server s;

    server_create(&s, backend);
    plugin_add(&s, false);
    if (twice) {
        plugin_add(&s, true);
    }
    cr_assert_eq(shunt_server_filter(s.server, &filter), SHUNT_OK);
    cr_expect_eq(shunt_server_check(s.server), SHUNT_EINVAL);
    cr_expect(strstr(shunt_server_error(s.server), sentence), "%s", shunt_server_error(s.server));
    shunt_server_destroy(s.server);
}

SERVER_TEST(what_is_asked_of_a_plugins_filter_in_vain_is_refused_before_the_start)
{
    static const char *const mistyped[] = {"word", "a", "wrod", "b", NULL};

    filter_refused(backend, "gate", NULL, false, "word: expected one, found none");
    filter_refused(backend, "gate", mistyped, false,
                   "settings.wrod: expected one of the keys word, found an unknown key");
    filter_refused(backend, "gaet", NULL, false, "handlers/gate, handlers/wait, found gaet");
    filter_refused(backend, "wait", NULL, true,
                   "expected a filter of one plugin, as PLUGIN/NAME, found wait of the plugins "
                   "handlers and handlers");
}

static void refused(struct server *s, const struct shunt_route *route, const char *sentence)
{
    cr_assert_eq(shunt_server_route(s->server, route), SHUNT_OK);
    cr_expect_eq(shunt_server_check(s->server), SHUNT_EINVAL);
    cr_expect(strstr(shunt_server_error(s->server), sentence), "%s", shunt_server_error(s->server));
    config_drop_last_route(server_config(s->server));
}

CLOSING_SERVER(what_a_route_asks_of_a_plugins_handler_in_vain_is_refused_before_the_start)
{
    static const char *const mistyped[] = {"greeting", "a", "peices", "1", NULL};
    static const char *const negative[] = {"greeting", "a", "pieces", "-1", NULL};
    struct shunt_route route = {.size = sizeof route, .path = "/x", .handler_name = "at_once"};

    server_create(s, backend);
    plugin_add(s, false);
    refused(s, &route, "route /x: handler at_once: greeting: expected a text, found none");
    route.settings = mistyped;
    refused(s, &route,
            "route /x.settings.peices: expected one of the keys greeting, pieces, found "
            "an unknown key");
    route.settings = negative;
    refused(s, &route,
            "pieces of route /x: expected a whole number from 1 to 1000000, found \"-1\"");
    route.handler_name = "at-once";
    refused(s, &route,
            "route /x.handler: expected one of the handlers handlers/at_once, "
            "handlers/later, handlers/by_thread, handlers/never, handlers/in_pieces, "
            "handlers/body, handlers/folder, found at-once");
    route.handler_name = "at_once";
    route.settings = hello;
    plugin_add(s, true);
    refused(s, &route,
            "route /x.handler: expected a handler of one plugin, as PLUGIN/NAME, found "
            "at_once of the plugins handlers and handlers");
    server_start(s);
}

static void answers(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_expect_null(shunt_response_local(response), "no plugin's");
}

CLOSING_SERVER(a_route_has_one_handler)
{
    struct answer answer;
    struct shunt_route route = {
        .size = sizeof route, .path = "/x", .handler_name = "at_once", .handler = answers};
    int fd;

    server_create(s, backend);
    cr_expect_eq(shunt_server_route(s->server, &route), SHUNT_EINVAL);
    cr_expect(strstr(shunt_server_error(s->server), "route.handler_name: expected none beside a "
                                                    "handler, found \"at_once\""),
              "%s", shunt_server_error(s->server));
    route.handler_name = NULL;
    cr_expect_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    server_start(s);
    fd = client_open(s);
    client_send(fd, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200);
    close(fd);
}
