#include "support/fake_host.h"

#include <criterion/criterion.h>
#include <shunt/websocket.h>

extern const struct shunt_plugin echo_plugin;

static struct shunt_worker *worker;
static struct shunt_upgrade *upgrade;
static struct shunt_stream *stream;

static void open_stream(void)
{
    worker = fake_worker_create();
    cr_assert_eq(fake_plugin_start(worker, &echo_plugin, NULL), SHUNT_OK);
    upgrade = fake_upgrade(worker, &(struct fake_offer){.offer = "echo"});
    stream = fake_open(upgrade);
}

static void close_stream(void)
{
    fake_free(stream);
    fake_upgrade_free(upgrade);
    fake_worker_destroy(worker);
}

static void expect_sent(const char *want)
{
    cr_expect_eq(stream->sent.len, strlen(want));
    cr_expect_arr_eq(stream->sent.at, want, strlen(want));
}

Test(echo, sends_back_each_byte_in_order, .init = open_stream, .fini = close_stream)
{
    fake_data(stream, "early-", 6);
    fake_data(stream, "l", 1);
    fake_data(stream, "ate", 3);
    expect_sent("early-late");
}

Test(echo, answers_the_end_once_all_is_sent, .init = open_stream, .fini = close_stream)
{
    stream->stalled = true;
    fake_data(stream, "last words", 10);
    fake_end(stream);
    cr_expect_not(stream->closed, "closed with bytes in the queue");
    fake_read(stream, 10);
    cr_expect(stream->closed);
    cr_expect_eq(stream->mode, SHUNT_CLOSE_GRACEFUL);
    expect_sent("last words");
}

Test(echo, stops_reading_while_the_queue_is_full, .init = open_stream, .fini = close_stream)
{
    static uint8_t block[70 * 1024];

    stream->stalled = true;
    fake_data(stream, block, sizeof block);
    cr_expect(stream->paused);
    fake_data(stream, "more", 4);
    cr_expect_eq(stream->sent.len, sizeof block, "what came while paused waits");

    stream->stalled = false;
    fake_read(stream, sizeof block);
    cr_expect_not(stream->paused);
    cr_expect_eq(stream->sent.len, sizeof block + 4);
}

Test(echo, an_end_behind_a_pause_loses_nothing, .init = open_stream, .fini = close_stream)
{
    static uint8_t block[70 * 1024];

    stream->stalled = true;
    fake_data(stream, block, sizeof block);
    fake_data(stream, "more", 4);
    fake_end(stream);
    cr_expect_not(stream->closed);
    stream->stalled = false;
    fake_read(stream, sizeof block);
    cr_expect_eq(stream->sent.len, sizeof block + 4);
    cr_expect(stream->closed);
}

/* ---- the service, over an interface that writes down what is asked of it ---- */

static enum shunt_status answer;
static enum shunt_websocket_kind sent_kind;
static char sent_text[64];
static int pauses, resumes;

static enum shunt_status note_send(struct shunt_stream *to, enum shunt_websocket_kind kind,
                                   const void *bytes, size_t len)
{
    cr_expect_null(to);
    sent_kind = kind;
    memcpy(sent_text, bytes, len);
    sent_text[len] = '\0';
    return answer;
}

static void note_pause(struct shunt_stream *which)
{
    cr_expect_null(which);
    pauses++;
}

static void note_resume(struct shunt_stream *which)
{
    cr_expect_null(which);
    resumes++;
}

static const struct shunt_websocket_api api = {
    .size = sizeof api, .send = note_send, .pause = note_pause, .resume = note_resume};

static const struct shunt_websocket_service *service(void)
{
    const struct shunt_service *given = echo_plugin.services[0];

    cr_assert_str_eq(given->interface, SHUNT_WEBSOCKET_INTERFACE);
    cr_assert_str_eq(given->name, "echo");
    cr_assert_eq(given->version, SHUNT_WEBSOCKET_VERSION);
    return given->table;
}

Test(echo_service, sends_a_message_back_with_its_kind)
{
    uint8_t bytes[] = "hello";

    answer = SHUNT_OK;
    service()->message(NULL, &api, SHUNT_WEBSOCKET_TEXT, bytes, 5);
    cr_expect_eq(sent_kind, SHUNT_WEBSOCKET_TEXT);
    cr_expect_str_eq(sent_text, "hello");
    service()->message(NULL, &api, SHUNT_WEBSOCKET_BINARY, bytes, 2);
    cr_expect_eq(sent_kind, SHUNT_WEBSOCKET_BINARY);
    cr_expect_str_eq(sent_text, "he");
    cr_expect_eq(pauses, 0);
}

Test(echo_service, stops_reading_while_the_queue_is_full)
{
    uint8_t bytes[] = "x";

    answer = SHUNT_AGAIN;
    service()->message(NULL, &api, SHUNT_WEBSOCKET_TEXT, bytes, 1);
    cr_expect_eq(pauses, 1);
    cr_expect_eq(resumes, 0);
    service()->drained(NULL, &api);
    cr_expect_eq(resumes, 1);
}
