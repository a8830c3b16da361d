/* Topics over a whole server: what one thread publishes, and what clients on all workers get. */
#include "conformance/server_topics.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* ---- the service ---- */

static _Atomic(const struct shunt_websocket_api *) the_api;
static _Atomic(struct shunt_websocket_topics *) the_topics;
static const struct shunt_host *the_host;
void (*topics_command)(struct shunt_stream *stream, const char *text);

const struct shunt_websocket_api *topics_api(void)
{
    return atomic_load(&the_api);
}

struct shunt_websocket_topics *topics_of_server(void)
{
    return atomic_load(&the_topics);
}

static void start(void *local, struct shunt_worker *worker, const struct shunt_websocket_api *api,
                  struct shunt_websocket_topics *topics)
{
    (void)local, (void)worker;
    atomic_store(&the_api, api);
    atomic_store(&the_topics, topics);
    mark("start");
}

static void message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                    enum shunt_websocket_kind kind, uint8_t *bytes, size_t len)
{
    const struct shunt_websocket_subscribe live = {.size = sizeof live, .live_only = true};
    struct shunt_span filter = {(char *)bytes + 1, len - 1};
    enum shunt_status status;
    char text[128];

    (void)kind;
    meet();
    snprintf(text, sizeof text, "%.*s", (int)len, (char *)bytes);
    if (text[0] == 's' || text[0] == 'S') {
        status = api->subscribe(stream, filter, text[0] == 'S' ? &live : NULL);
    } else if (text[0] == 'u') {
        status = api->unsubscribe(stream, filter);
    } else {
        topics_command(stream, text);
        return;
    }
    snprintf(text, sizeof text, "=%s", shunt_status_name(status));
    cr_expect_leq(api->send(stream, SHUNT_WEBSOCKET_TEXT, text, strlen(text)), SHUNT_AGAIN);
}

static void timer(struct shunt_stream *stream, const struct shunt_websocket_api *api)
{
    cr_expect_eq(api->send(stream, SHUNT_WEBSOCKET_TEXT, "time", 4), SHUNT_OK);
}

static void stopping(struct shunt_stream *stream, const struct shunt_websocket_api *api)
{
    cr_expect_leq(api->send(stream, SHUNT_WEBSOCKET_TEXT, "bye", 3), SHUNT_AGAIN);
}

static const struct shunt_websocket_service table = {
    .size = sizeof table,
    .message = message,
    .start = start,
    .timer = timer,
    .shutdown = stopping,
};
static const struct shunt_service service = {
    .size = sizeof service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "topics",
    .table = &table,
};

static enum shunt_status init(const struct shunt_host *host, const struct shunt_settings *settings,
                              void **unused)
{
    (void)settings, (void)unused;
    the_host = host;
    return SHUNT_OK;
}

static const struct shunt_plugin plugin = {
    SHUNT_PLUGIN_HEAD,
    .name = "topics",
    .version = "1",
    .init = init,
    .services = (const struct shunt_service *const[]){&service, NULL},
};

void topics_server(struct server *s, enum io_backend backend, unsigned workers,
                   const char *const *settings, void (*change)(struct config *config))
{
    static const char *const upgrade[] = {"websocket", NULL};
    static const char *const named[] = {"service", "topics", NULL};
    const struct shunt_route route = {
        .size = sizeof route, .path = "/ws", .upgrade = upgrade, .settings = named};
    char file[512];

    server_create(s, backend);
    cr_assert_eq(shunt_server_workers(s->server, workers), SHUNT_OK);
    snprintf(file, sizeof file, "%s/websocket.so", SHIPPED_PLUGIN_DIR);
    cr_assert_eq(shunt_server_plugin_load(s->server, file, settings), SHUNT_OK, "%s",
                 shunt_server_error(s->server));
    cr_assert_eq(shunt_server_plugin_add(s->server, &plugin, NULL), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    if (change) {
        change(server_config(s->server));
    }
    server_start(s);
    mark_wait("start", workers);
}

/* ---- clients ---- */

int topics_client(const struct server *s)
{
    struct answer answer;
    int fd = client_open(s);

    client_send(fd, upgrade_request("/ws", "websocket",
                                    "Sec-WebSocket-Version: 13\r\n"
                                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
    client_head(fd, &answer);
    cr_assert_eq(answer.status, 101, "%s", answer.head);
    return fd;
}

void topics_send(int fd, const char *text)
{
    uint8_t frame[6 + 125] = {0x81, (uint8_t)(0x80 | strlen(text))};

    meet();
    memcpy(frame + 6, text, strlen(text));
    fixture_write(fd, frame, 6 + strlen(text));
}

void topics_expect(int fd, const char *text)
{
    uint8_t got[2 + 125];
    size_t len = strlen(text);

    cr_assert_eq(fixture_read(fd, got, 2 + len), (ssize_t)(2 + len), "%s", text);
    cr_assert_eq(got[1], len, "%s, not %.*s", text, (int)len, (char *)got + 2);
    cr_assert_eq(memcmp(got + 2, text, len), 0, "%s, not %.*s", text, (int)len, (char *)got + 2);
}

void topics_ask(int fd, const char *text, enum shunt_status want)
{
    char answer[64];

    snprintf(answer, sizeof answer, "=%s", shunt_status_name(want));
    topics_send(fd, text);
    topics_expect(fd, answer);
}

static enum shunt_status publish(const char *topic, const char *text,
                                 const struct shunt_websocket_publish *options)
{
    return topics_api()->publish(topics_of_server(), shunt_span_of(topic), SHUNT_WEBSOCKET_TEXT,
                                 text, strlen(text), options);
}

/* ---- the sentences of the header ---- */

static void reached(void *arg, uint64_t count)
{
    (void)arg;
    value_put(count);
}

static void close_all(const int *clients, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        close(clients[i]);
    }
}

CLOSING_SERVER(whoever_subscribes_gets_what_any_thread_publishes_on_whichever_worker)
{
    enum { CLIENTS = 8 };
    const struct shunt_websocket_publish counts = {.size = sizeof counts, .done = reached};
    int clients[CLIENTS];

    topics_server(s, backend, 3, NULL, NULL);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = topics_client(s);
        topics_ask(clients[i], i % 2 ? "sroom/+" : "sroom/7/#", SHUNT_OK);
    }
    cr_expect_eq(publish("room/7", "both", &counts), SHUNT_OK);
    cr_expect_eq(value_take(), CLIENTS);
    cr_expect_eq(publish("room/7/x", "below", &counts), SHUNT_OK);
    cr_expect_eq(value_take(), CLIENTS / 2);
    cr_expect_eq(publish("nowhere", "nobody", &counts), SHUNT_OK);
    cr_expect_eq(value_take(), 0);
    for (unsigned i = 0; i < CLIENTS; i++) {
        topics_expect(clients[i], "both");
        if (i % 2 == 0) {
            topics_expect(clients[i], "below");
        }
    }
    close_all(clients, CLIENTS);
}

CLOSING_SERVER(a_message_comes_once_however_many_filters_match)
{
    int client;

    topics_server(s, backend, 2, NULL, NULL);
    client = topics_client(s);
    topics_ask(client, "sa/b", SHUNT_OK);
    topics_ask(client, "sa/b", SHUNT_ESTATE);
    topics_ask(client, "sa/+", SHUNT_OK);
    topics_ask(client, "s#", SHUNT_OK);
    topics_ask(client, "sa+", SHUNT_EINVAL);
    cr_expect_eq(publish("a/b", "one", NULL), SHUNT_OK);
    topics_expect(client, "one");
    topics_ask(client, "ua/b", SHUNT_OK);
    topics_ask(client, "ua/b", SHUNT_ENOTFOUND);
    cr_expect_eq(publish("a/b", "two", NULL), SHUNT_OK);
    topics_expect(client, "two");
    topics_ask(client, "u#", SHUNT_OK);
    topics_ask(client, "ua/+", SHUNT_OK);
    cr_expect_eq(publish("a/b", "none", NULL), SHUNT_OK);
    topics_ask(client, "sa", SHUNT_OK);
    close(client);
}

CLOSING_SERVER(the_last_value_comes_to_whoever_subscribes_later_on_any_worker)
{
    enum { CLIENTS = 6 };
    const struct shunt_websocket_publish keeps = {.size = sizeof keeps, .retain = true};
    int clients[CLIENTS];

    topics_server(s, backend, 3, NULL, NULL);
    cr_expect_eq(publish("t/a", "old", &keeps), SHUNT_OK);
    cr_expect_eq(publish("t/b", "gone", &keeps), SHUNT_OK);
    cr_expect_eq(publish("t/a", "new", &keeps), SHUNT_OK);
    cr_expect_eq(publish("t/b", "", &keeps), SHUNT_OK);
    cr_expect_eq(publish("t/c", "live", NULL), SHUNT_OK);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = topics_client(s);
        topics_send(clients[i], i % 2 ? "st/#" : "St/#");
        if (i % 2) {
            topics_expect(clients[i], "new");
        }
        topics_expect(clients[i], "=SHUNT_OK");
    }
    close_all(clients, CLIENTS);
}

static void publish_without_me(struct shunt_stream *stream, const char *text)
{
    const struct shunt_websocket_api *api = topics_api();
    const struct shunt_websocket_publish options = {.size = sizeof options,
                                                    .except = the_host->id(stream)};

    cr_expect_eq(api->publish(api->topics(stream), shunt_span_of("room"), SHUNT_WEBSOCKET_TEXT,
                              text, strlen(text), &options),
                 SHUNT_OK);
    cr_expect_eq(api->publish(api->topics(stream), shunt_span_of("room"), SHUNT_WEBSOCKET_TEXT,
                              "all", 3, NULL),
                 SHUNT_OK);
}

CLOSING_SERVER(a_publisher_can_leave_itself_out)
{
    int a, b;

    topics_command = publish_without_me;
    topics_server(s, backend, 2, NULL, NULL);
    a = topics_client(s);
    b = topics_client(s);
    topics_ask(a, "sroom", SHUNT_OK);
    topics_ask(b, "sroom", SHUNT_OK);
    topics_send(a, "others");
    topics_expect(b, "others");
    topics_expect(b, "all");
    topics_expect(a, "all");
    close(a);
    close(b);
}

/* ---- presence ---- */

static void join_named(struct shunt_stream *stream, const char *text)
{
    const struct shunt_websocket_subscribe named = {.size = sizeof named,
                                                    .name = shunt_span_of(text)};

    cr_expect_eq(topics_api()->subscribe(stream, shunt_span_of("room"), &named), SHUNT_OK);
    mark("joined");
}

static void add_name(void *arg, shunt_id id, struct shunt_span name)
{
    char *names = arg;

    cr_expect_neq(id, 0);
    strncat(names, name.at, name.len);
}

static const char *present(void)
{
    static char names[64];

    names[0] = '\0';
    (void)topics_api()->present(topics_of_server(), shunt_span_of("room"), add_name, names);
    return names;
}

CLOSING_SERVER(who_is_there_is_known_on_any_thread)
{
    int a, b;

    topics_command = join_named;
    topics_server(s, backend, 3, NULL, NULL);
    a = topics_client(s);
    b = topics_client(s);
    topics_send(a, "Ada ");
    mark_wait("joined", 1);
    topics_send(b, "Bob ");
    mark_wait("joined", 2);
    cr_expect_str_eq(present(), "Ada Bob ");
    topics_ask(a, "uroom", SHUNT_OK);
    cr_expect_str_eq(present(), "Bob ");
    close(b);
    while (topics_api()->present(topics_of_server(), shunt_span_of("room"), NULL, NULL) > 0) {
        client_turn(s);
    }
    close(a);
}

/* ---- a burst ---- */

enum { MEMBERS = 1000, BURST = 200, FRAME = 5 };

static void burst(struct shunt_stream *stream, const char *text)
{
    const struct shunt_websocket_publish counts = {.size = sizeof counts, .done = reached};
    const struct shunt_websocket_api *api = topics_api();

    (void)text;
    for (unsigned i = 0; i < BURST; i++) {
        char number[4];

        snprintf(number, sizeof number, "%03u", i);
        cr_expect_eq(api->publish(api->topics(stream), shunt_span_of("all"), SHUNT_WEBSOCKET_TEXT,
                                  number, 3, i + 1 == BURST ? &counts : NULL),
                     SHUNT_OK);
    }
}

/* By posting to each member, a burst like this once lost more than half. */
CLOSING_SERVER(of_a_burst_to_a_thousand_members_nothing_is_lost_or_refused)
{
    static char want[BURST * FRAME + 1], got[BURST * FRAME];
    static int members[MEMBERS];

    for (unsigned i = 0; i < BURST; i++) {
        snprintf(want + (size_t)i * FRAME, FRAME + 1, "\x81\x03%03u", i);
    }
    topics_command = burst;
    topics_server(s, backend, 2, NULL, NULL);
    for (unsigned i = 0; i < MEMBERS; i++) {
        members[i] = topics_client(s);
        topics_ask(members[i], "sall", SHUNT_OK);
    }
    topics_send(members[0], "burst");
    cr_expect_eq(value_take(), MEMBERS);
    for (unsigned i = 0; i < MEMBERS; i++) {
        cr_assert_eq(fixture_read(members[i], got, sizeof got), sizeof got);
        cr_assert_eq(memcmp(got, want, sizeof got), 0, "member %u", i);
    }
    close_all(members, MEMBERS);
}

/* ---- limits ---- */

CLOSING_SERVER(subscriptions_above_the_settings_are_refused)
{
    static const char *const settings[] = {"stream_subscriptions_max",
                                           "2",
                                           "subscriptions_max",
                                           "3",
                                           "topic_subscribers_max",
                                           "1",
                                           NULL};
    int a, b;

    topics_server(s, backend, 1, settings, NULL);
    a = topics_client(s);
    b = topics_client(s);
    topics_ask(a, "sx", SHUNT_OK);
    topics_ask(a, "sy", SHUNT_OK);
    topics_ask(a, "sz", SHUNT_EFULL);
    topics_ask(b, "sx", SHUNT_EFULL);
    topics_ask(b, "sz", SHUNT_OK);
    topics_ask(b, "sw", SHUNT_EFULL);
    close(a);
    close(b);
}

/* The worker is kept busy by the callback, so its inbox takes what it may and no more. */
static void fill_inbox(struct shunt_stream *stream, const char *text)
{
    const struct shunt_websocket_api *api = topics_api();
    struct shunt_websocket_topics *topics = api->topics(stream);
    static char large[20000];
    unsigned counts[3] = {0};

    (void)text;
    for (unsigned i = 0; i < 20; i++) {
        enum shunt_status status =
            api->publish(topics, shunt_span_of("full"), SHUNT_WEBSOCKET_BINARY, large,
                         i ? 1 : sizeof large, NULL);

        counts[status == SHUNT_OK ? 0 : status == SHUNT_AGAIN ? 1 : 2]++;
    }
    value_put(counts[0] * 10000 + counts[1] * 100 + counts[2]);
}

CLOSING_SERVER(a_publisher_is_refused_whole_once_an_inbox_is_full)
{
    static const char *const settings[] = {"publications_max", "8", NULL};
    static char got[4 + 20000 + 8 * 3 + 10];
    int client;

    topics_command = fill_inbox;
    topics_server(s, backend, 1, settings, NULL);
    client = topics_client(s);
    topics_ask(client, "sfull", SHUNT_OK);
    topics_send(client, "fill");
    cr_expect_eq(value_take(), 5 * 10000 + 4 * 100 + 11, "one at once, four, four with a warning");
    cr_assert_eq(fixture_read(client, got, 4 + 20000 + 8 * 3), 4 + 20000 + 8 * 3);
    topics_ask(client, "ufull", SHUNT_OK);
    close(client);
}

/* ---- timer and shutdown ---- */

static void set_timer(struct shunt_stream *stream, const char *text)
{
    (void)text;
    cr_expect_eq(topics_api()->timer(stream, 100000), SHUNT_OK);
    cr_expect_eq(topics_api()->timer(stream, 1), SHUNT_OK, "instead");
}

SERVER_TEST(a_service_has_a_timer_and_sends_a_last_word_before_the_server_stops)
{
    struct server s;
    int client;

    topics_command = set_timer;
    topics_server(&s, backend, 1, NULL, NULL);
    client = topics_client(&s);
    topics_send(client, "timer");
    topics_expect(client, "time");
    shunt_server_stop(s.server);
    topics_expect(client, "bye");
    close(client);
    server_join(&s);
}
