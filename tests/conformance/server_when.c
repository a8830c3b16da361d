/* Which thread a callback comes on, and when: as <shunt/plugin.h> and <shunt/websocket.h> promise. */
#include "conformance/server_defer.h"

#include <shunt/websocket.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static pthread_t worker_thread;
static atomic_bool inside; /* the call that is looked at is under way */

/* ---- drop ---- */

static void never_runs(struct shunt_stream *stream, void *arg)
{
    (void)stream, (void)arg;
    mark("ran");
}

static void drop(void *arg)
{
    meet();
    cr_expect(!inside, "dropped within the call that posted");
    cr_expect(pthread_equal(pthread_self(), worker_thread), "dropped by another thread");
    cr_expect_eq(arg, &worker_thread);
    mark("dropped");
}

static void put_id_and_thread(struct shunt_stream *stream)
{
    worker_thread = pthread_self();
    value_put(probe.host->id(stream));
}

/* The stream's id already misses here. */
static void posts_to_itself(struct shunt_stream *stream, enum shunt_close_reason reason)
{
    shunt_id id = probe.host->id(stream);

    (void)reason;
    inside = true;
    cr_expect_eq(probe.host->post(id, never_runs, drop, &worker_thread), SHUNT_OK);
    inside = false;
}

CLOSING_SERVER(what_misses_is_dropped_on_the_workers_thread_and_never_within_post)
{
    shunt_id id;
    int fd;

    probe.open = put_id_and_thread;
    probe.close = posts_to_itself;
    server_open(s, backend, NULL);
    fd = client_upgraded(s, "/any", "alpha");
    id = value_take();
    meet();
    close(fd);
    mark_wait("dropped", 1);
    cr_assert_eq(probe.host->post(id, never_runs, drop, &worker_thread), SHUNT_OK);
    mark_wait("dropped", 2);
    cr_expect_str_eq(mark_text(), "negotiate open end close dropped dropped ");
}

/* ---- end ---- */

static void resumes(struct shunt_stream *stream, void *arg)
{
    (void)arg;
    mark("resumed");
    probe.host->resume(stream);
}

static void put_id_and_pause(struct shunt_stream *stream)
{
    value_put(probe.host->id(stream));
    probe.host->pause(stream);
}

/* `bare` has no end(): what is done in its place waits as well. */
CLOSING_SERVER(a_stream_without_end_is_not_closed_by_its_peers_end_while_paused)
{
    shunt_id id;
    int fd;

    probe.open = put_id_and_pause;
    server_open(s, backend, NULL);
    fd = client_upgraded(s, "/any", "bare");
    id = value_take();
    client_send(fd, "last words");
    shutdown(fd, SHUT_WR);
    client_delivered(fd);
    for (int i = 0; i < 5; i++) {
        client_turn(s);
    }
    cr_expect_str_eq(mark_text(), "open ");
    cr_assert_eq(probe.host->post(id, resumes, NULL, NULL), SHUNT_OK);
    client_expect(fd, "last words");
    client_expect_fin(fd);
    mark_wait("close", 1);
    cr_expect_str_eq(mark_text(), "open resumed data close ");
}

/* ---- cancel ---- */

static enum shunt_verdict defers_on_its_thread(const struct shunt_request *request,
                                               struct shunt_upgrade *upgrade)
{
    worker_thread = pthread_self();
    probe.host->upgrade_set_user(upgrade, &worker_thread);
    return defer(request, upgrade);
}

static void is_on_the_worker(struct shunt_upgrade *upgrade)
{
    cr_expect(pthread_equal(pthread_self(), worker_thread), "cancelled by another thread");
    cr_expect_eq(probe.host->upgrade_user(upgrade), &worker_thread);
}

static void never_settles(struct shunt_upgrade *upgrade, void *arg)
{
    (void)upgrade, (void)arg;
    mark("ran");
}

/* Who ends only its own direction has left as well: there is nobody to hear of the upgrade. */
CLOSING_SERVER(
    a_client_that_ends_or_resets_cancels_on_the_worker_and_what_is_posted_then_is_dropped_there)
{
    const struct linger now = {.l_onoff = 1};

    probe.negotiate = defers_on_its_thread;
    probe.cancel = is_on_the_worker;
    server_open(s, backend, NULL);
    for (unsigned reset = 0; reset < 2; reset++) {
        shunt_id id;
        int fd = defer_one(s, upgrade_request("/any", "alpha", ""), &id);

        meet();
        if (reset) {
            cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
            close(fd);
        } else {
            shutdown(fd, SHUT_WR);
        }
        mark_wait("cancel", reset + 1);
        cr_assert_eq(probe.host->post_upgrade(id, never_settles, drop, &worker_thread), SHUNT_OK);
        mark_wait("dropped", reset + 1);
        if (!reset) {
            client_expect_fin(fd);
        }
    }
    cr_expect_str_eq(mark_text(), "negotiate cancel dropped negotiate cancel dropped ");
}

static void strictly(struct config *config)
{
    config->strict_early_bytes = true;
}

static void is_within_settle(struct shunt_upgrade *upgrade)
{
    is_on_the_worker(upgrade);
    cr_expect(inside, "cancelled outside of upgrade_settle()");
}

static void accepts(struct shunt_upgrade *upgrade, void *arg)
{
    (void)arg;
    inside = true;
    probe.host->upgrade_settle(upgrade, SHUNT_ACCEPT);
    inside = false;
    mark("settled");
}

CLOSING_SERVER(what_a_strict_setting_forbids_is_cancelled_within_the_settling_call)
{
    struct answer answer;
    shunt_id id;
    int fd;

    probe.negotiate = defers_on_its_thread;
    probe.cancel = is_within_settle;
    server_open(s, backend, strictly);
    fd = defer_one(s,
                   "GET /strict HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                   "Upgrade: strict\r\n\r\nearly",
                   &id);
    post_settle(id, accepts);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 400);
    mark_wait("settled", 1);
    cr_expect_str_eq(mark_text(), "negotiate cancel settled ");
    close(fd);
}

/* ---- api ---- */

static const struct shunt_websocket_api *kept;

static void keeps_api(void *local, struct shunt_stream *stream,
                      const struct shunt_websocket_api *api)
{
    (void)local, (void)stream;
    meet();
    cr_expect(!kept || kept == api, "each stream has an api of its own");
    kept = api;
    mark("kept");
}

static void answers_by_what_was_kept(struct shunt_stream *stream,
                                     const struct shunt_websocket_api *api,
                                     enum shunt_websocket_kind kind, uint8_t *bytes, size_t len)
{
    cr_expect_eq(api, kept);
    cr_expect_eq(kept->send(stream, kind, bytes, len), SHUNT_OK);
}

static void looks_at_api(void *plugin)
{
    (void)plugin;
    if (SHUNT_HAS(kept, resume) && kept->send) {
        mark("fini");
    }
}

static const struct shunt_websocket_service keeper = {
    .size = sizeof keeper, .open = keeps_api, .message = answers_by_what_was_kept};
static const struct shunt_service keeper_service = {.size = sizeof keeper_service,
                                                    .version = SHUNT_WEBSOCKET_VERSION,
                                                    .interface = SHUNT_WEBSOCKET_INTERFACE,
                                                    .name = "keeper",
                                                    .table = &keeper};
static const struct shunt_plugin keeper_plugin = {
    SHUNT_PLUGIN_HEAD, .name = "keeper", .version = "1", .fini = looks_at_api,
    .services = (const struct shunt_service *const[]){&keeper_service, NULL}};

/* Whichever of the two plugins ends first: here the websocket plugin is started last. */
SERVER_TEST(the_websocket_api_is_one_for_all_streams_and_lives_until_the_services_fini_returns)
{
    static const char masked[] = {'\x81', '\x82', 0, 0, 0, 0, 'o', 'k'};
    static const char *const websocket[] = {"websocket", NULL};
    static const char *const settings[] = {"service", "keeper", NULL};
    const struct shunt_route route = {
        .size = sizeof route, .path = "/ws", .upgrade = websocket, .settings = settings};
    struct server s;
    char file[512];

    kept = NULL;
    server_create(&s, backend);
    snprintf(file, sizeof file, "%s/websocket.so", SHIPPED_PLUGIN_DIR);
    cr_assert_eq(shunt_server_plugin_add(s.server, &keeper_plugin, NULL), SHUNT_OK);
    cr_assert_eq(shunt_server_plugin_load(s.server, file, NULL), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s.server, &route), SHUNT_OK);
    server_start(&s);
    for (unsigned i = 0; i < 2; i++) {
        struct answer answer;
        int fd = client_open(&s);

        client_send(fd, upgrade_request("/ws", "websocket",
                                        "Sec-WebSocket-Version: 13\r\n"
                                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
        client_head(fd, &answer);
        cr_assert_eq(answer.status, 101, "%s", answer.head);
        fixture_write(fd, masked, sizeof masked);
        client_expect(fd, "\x81\x02ok");
        close(fd);
    }
    mark_wait("kept", 2);
    server_close(&s);
    cr_expect_eq(mark_count("fini"), 1);
}
