/* Messages for services that want them in parts, and the limits of fragments. */
#include "peer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define ANY NULL

Test(websocket_parts, come_as_they_come_with_their_flags)
{
    static const struct {
        const char *why, *frames, *log;
    } rows[] = {
        {"one frame", "81:abc", "open only 81:abc"},
        {"an empty message", "82:", "open only 82:"},
        {"two frames", "01:ab 80:c", "open first 81:ab 81:c last 81:"},
        {"with an empty one first", "02: 00:a 80:b", "open first 82:a 82:b last 82:"},
        {"with an empty one last", "02:a 80:", "open first 82:a last 82:"},
        {"nothing but empty ones", "01: 00: 80:", "open only 81:"},
        {"two messages", "81:a 82:b", "open only 81:a only 82:b"},
        {"a character across frames", "01:%C3 80:%A9", "open first 81:%C3 81:%A9 last 81:"},
        {"text that goes wrong later", "01:ab 80:%FF", "open first 81:ab closed:1007"},
        {"text that ends within a character", "01:a 80:%C3", "open first 81:a 81:%C3 closed:1007"},
        {"wrong at once", "81:%FF", "open closed:1007"},
        {"closed by the service", "02:!close 80:more", "open first 82:!close"},
        {"the peer closes within", "02:a 88:%03%E8", "open first 82:a closed:1000"},
        {"a ping within", "02:a 89:p 80:b", "open first 82:a 82:b last 82:"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct peer peer = peer_open_offering(ANY, NULL, "parts");

        peer_send(&peer, rows[i].frames);
        cr_expect_str_eq(peer_log, rows[i].log, "%s: %s", rows[i].why, peer_log);
        peer_close(&peer);
    }
}

Test(websocket_parts, of_a_frame_that_is_cut_short_what_has_come_is_a_part)
{
    struct peer peer = peer_open_offering(ANY, NULL, "parts");
    size_t len;
    uint8_t *bytes = peer_frames("82:abcdef", &len);

    fake_data(peer.stream, bytes, len - 4);
    cr_expect_str_eq(peer_log, "open first 82:ab");
    fake_data(peer.stream, bytes + len - 4, 4);
    cr_expect_str_eq(peer_log, "open first 82:ab 82:cdef last 82:");
    cr_expect_null(peer_state(&peer)->partial);
    free(bytes);
    peer_close(&peer);
}

Test(websocket_parts, a_pause_holds_what_comes_next)
{
    struct peer peer = peer_open_offering(ANY, NULL, "parts");

    peer_send(&peer, "02:!pause");
    peer_send(&peer, "80:more");
    cr_expect_str_eq(peer_log, "open first 82:!pause");
    websocket_host->resume(peer.stream);
    fake_turn(peer.worker);
    cr_expect_str_eq(peer_log, "open first 82:!pause 82:more last 82:");
    peer_close(&peer);
}

Test(websocket_parts, have_a_limit_of_their_own)
{
    struct peer peer = peer_open_offering(
        (const char *const[]){"message_bytes_max", "2", "streamed_bytes_max", "5", NULL}, NULL,
        "parts");

    peer_send(&peer, "02:abc 00:de 00:");
    cr_expect_eq(peer_state(&peer)->phase, WEBSOCKET_OPEN);
    peer_send(&peer, "80:f");
    cr_expect_str_eq(peer_sent(&peer), "88:%03%F1");
    peer_close(&peer);
}

Test(websocket_parts, a_message_has_so_many_fragments_at_most)
{
    static const char *const services[] = {"record", "parts"};

    for (size_t i = 0; i < 2; i++) {
        struct peer peer = peer_open_offering((const char *const[]){"fragments_max", "3", NULL},
                                              NULL, services[i]);

        peer_send(&peer, "02:a 00: 80:b 02:a 00: 80:b");
        cr_expect_eq(peer_state(&peer)->phase, WEBSOCKET_OPEN, "as many as may be");
        peer.stream->sent.len = peer.stream->taken = 0;
        peer_send(&peer, "02:a 00: 00: 80:b");
        cr_expect_str_eq(peer_sent(&peer), "88:%03%F1", "%s", services[i]);
        peer_close(&peer);
    }
}

Test(websocket_parts, of_65536_fragments_a_message_is_put_together_unless_set_otherwise)
{
    for (unsigned more = 0; more < 2; more++) {
        struct peer peer = peer_open(NULL);

        peer_send(&peer, "02:a");
        for (unsigned i = 0; i < 65534 + more; i++) {
            fake_data(peer.stream, "\x00\x80\1\2\3\4", 6);
        }
        peer_send(&peer, "80:b");
        cr_expect_str_eq(peer_sent(&peer), more ? "88:%03%F1" : "82:ab");
        peer_close(&peer);
    }
}
