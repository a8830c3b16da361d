/* io_receive, io_ready and their cancel. */
#include "conformance/io_fixture.h"

#include <string.h>
#include <unistd.h>

CONFORMANCE(a_receive_until_the_end_shows_bytes_and_then_the_end)
{
    struct fixture f;
    int far, near;

    fixture_open(&f, backend, NULL);
    near = fixture_pair(&f, 7, &far);
    io_receive(f.io, near, true);
    cr_expect(io_receive_pending(f.io, near));
    fixture_write(far, "hello", 5);
    TURN_UNTIL(&f, f.users[7].bytes == 5);
    cr_expect_str_eq(f.users[7].text, "hello");
    cr_expect_eq(f.users[7].lasts, 0);
    fixture_write(far, " there", 6);
    TURN_UNTIL(&f, f.users[7].bytes == 11);
    cr_expect(io_receive_pending(f.io, near));
    close(far);
    TURN_UNTIL(&f, f.users[7].lasts == 1);
    cr_expect_eq(f.users[7].received_result, 0);
    cr_expect_not(io_receive_pending(f.io, near));
    cr_expect_str_eq(f.users[7].text, "hello there");
    fixture_close(&f);
}

static void echo(struct fixture *f, uint64_t user, uint8_t *bytes, int len, bool more)
{
    static char copy[64];
    struct iovec part = {copy, (size_t)(len > 0 ? len : 0)};

    (void)more;
    if (len > 0) {
        memcpy(copy, bytes, (size_t)len);
        io_send(f->io, f->users[user].fd, &part, 1);
    }
}

CONFORMANCE(an_accepted_connection_is_echoed)
{
    struct fixture f;
    uint16_t port;
    char back[6] = "";
    int client;

    fixture_open(&f, backend, NULL);
    f.accept_receives = true;
    f.on_received = echo;
    (void)fixture_accepting(&f, 1, &port);
    client = fixture_client(port);
    fixture_write(client, "hello", 5);
    TURN_UNTIL(&f, f.users[2].sents == 1);
    cr_expect_eq(f.users[2].sent_result, 5);
    cr_expect_eq(fixture_read(client, back, 5), 5);
    cr_expect_str_eq(back, "hello");
    fixture_close(&f);
    close(client);
}
