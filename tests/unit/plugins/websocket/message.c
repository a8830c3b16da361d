/* Messages for many: one frame, shared, and counted. */
#include "message.h"

#include "api.h"
#include "peer.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { SHORT = 5, LONG = 4000 };

static struct shunt_websocket_message *message_of(size_t len)
{
    uint8_t *bytes = malloc(len);
    struct shunt_websocket_message *message;

    memset(bytes, 'x', len);
    message = websocket_api.message_create(SHUNT_WEBSOCKET_TEXT, bytes, len);
    free(bytes);
    cr_assert_not_null(message);
    return message;
}

static unsigned references(const struct shunt_websocket_message *message)
{
    return atomic_load(&message->references);
}

WITH_PEER(websocket_message, a_message_arrives_as_what_send_gives, NULL)
{
    struct shunt_websocket_message *message = message_of(SHORT);

    cr_expect_eq(websocket_api.send_message(peer->stream, message), SHUNT_OK);
    cr_expect_eq(websocket_api.send_message(peer->stream, message), SHUNT_OK);
    websocket_api.message_release(message);
    fake_turn(peer->worker);
    cr_expect_str_eq(peer_sent(peer), "81:xxxxx 81:xxxxx");
}

WITH_PEER(websocket_message, an_empty_message_may_be_sent_to_many, NULL)
{
    struct shunt_websocket_message *message =
        websocket_api.message_create(SHUNT_WEBSOCKET_BINARY, NULL, 0);

    cr_expect_eq(websocket_api.send_message(peer->stream, message), SHUNT_OK);
    websocket_api.message_release(message);
    fake_turn(peer->worker);
    cr_expect_str_eq(peer_sent(peer), "82:");
}

WITH_PEER(websocket_message, a_long_message_is_held_until_the_peer_has_it, NULL)
{
    struct shunt_websocket_message *message = message_of(LONG);

    peer->stream->stalled = true;
    cr_expect_eq(websocket_api.send_message(peer->stream, message), SHUNT_OK);
    cr_expect_eq(websocket_api.queued(peer->stream), 4 + LONG);
    websocket_api.message_release(message);
    fake_read(peer->stream, 4 + LONG);
    cr_expect_eq(websocket_api.queued(peer->stream), 0);
    cr_expect_eq(peer->stream->sent.len, 4 + LONG);
    cr_expect_eq(memcmp(peer->stream->sent.at, "\x81\x7e\x0f\xa0xx", 6), 0);
}

WITH_PEER(websocket_message, a_message_that_does_not_fit_is_refused_as_send_refuses_it, NULL)
{
    struct shunt_websocket_message *message = message_of((size_t)fake_queue_bytes_max);

    cr_expect_eq(websocket_api.send_message(peer->stream, message), SHUNT_EFULL);
    cr_expect_eq(websocket_api.send_message(peer->stream, message), SHUNT_ESTATE);
    cr_expect_eq(references(message), 1);
    websocket_api.message_release(message);
    fake_turn(peer->worker);
    cr_expect_str_eq(peer_sent(peer), "88:%03%F3");
}

WITH_PEER(websocket_message, what_is_posted_is_sent_by_the_worker, NULL)
{
    struct shunt_websocket_message *message = message_of(SHORT);
    shunt_id id = websocket_host->id(peer->stream);

    cr_expect_eq(websocket_api.post(id, SHUNT_WEBSOCKET_BINARY, "one", 3), SHUNT_OK);
    cr_expect_eq(websocket_api.post_message(id, message), SHUNT_OK);
    cr_expect_eq(references(message), 2);
    cr_expect_str_eq(peer_sent(peer), "");
    fake_turn(peer->worker);
    cr_expect_eq(references(message), 1);
    cr_expect_str_eq(peer_sent(peer), "82:one 81:xxxxx");
    websocket_api.message_release(message);
}

WITH_PEER(websocket_message, what_is_posted_to_a_stream_that_is_gone_is_dropped, NULL)
{
    struct shunt_websocket_message *message = message_of(SHORT);
    shunt_id id = websocket_host->id(peer->stream);

    fake_error(peer->stream);
    cr_expect_eq(websocket_api.post_message(id, message), SHUNT_OK);
    fake_turn(peer->worker);
    cr_expect_eq(references(message), 1);
    websocket_api.message_release(message);
}
