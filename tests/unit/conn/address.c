/* Addresses of both families, as text and masked. */
#include "conn/address.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

Test(conn_address, what_is_read_is_written_in_the_usual_form)
{
    static const struct {
        const char *text, *want; /* NULL: no address */
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"2001:db8::1", "2001:db8::1"},
        {"2001:DB8:0:0::1", "2001:db8::1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::", "::"},
        {"", NULL},
        {"192.0.2", NULL},
        {"192.0.2.256", NULL},
        {"[::1]", NULL},
        {"fe80::1%eth0", NULL},
        {"1111:2222:3333:4444:5555:6666:123.123.123.123",
         "1111:2222:3333:4444:5555:6666:7b7b:7b7b"},
        {"1111:2222:3333:4444:5555:6666:123.123.123.1234", NULL},
    };

    cr_expect_not(conn_address_parse((struct shunt_span){"::1\0", 4}, &(struct conn_address){{0}}));
    cr_expect_not(conn_address_parse((struct shunt_span){NULL, 0}, &(struct conn_address){{0}}));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct conn_address address;
        char text[CONN_ADDRESS_TEXT_BYTES];
        bool is = conn_address_parse(shunt_span_of(rows[i].text), &address);

        cr_assert_eq(is, rows[i].want != NULL, "%s", rows[i].text);
        if (is) {
            conn_address_write(&address, text);
            cr_expect_str_eq(text, rows[i].want);
            cr_expect_eq(conn_address_is_v4(&address), strchr(text, '.') != NULL);
        }
    }
}

Test(conn_address, a_mask_clears_what_is_behind_it)
{
    static const struct {
        const char *text, *want;
        unsigned bits;
    } rows[] = {
        {"192.0.2.255", "192.0.2.0", 96 + 24},
        {"192.0.2.255", "192.0.2.254", 96 + 31},
        {"192.0.2.255", "192.0.2.255", 128},
        {"192.0.2.255", "128.0.0.0", 96 + 1},
        {"2001:db8:1:2:3::4", "2001:db8:1:2::", 64},
        {"ffff::1", "fe00::", 7},
        {"ffff::1", "::", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct conn_address address;
        char text[CONN_ADDRESS_TEXT_BYTES];

        cr_assert(conn_address_parse(shunt_span_of(rows[i].text), &address));
        conn_address_mask(&address, rows[i].bits);
        conn_address_write(&address, text);
        cr_expect_str_eq(text, rows[i].want, "%s/%u: %s", rows[i].text, rows[i].bits, text);
    }
}

Test(conn_address, a_unix_peer_has_none_and_what_is_not_connected_is_an_error)
{
    struct conn_address address;
    int fds[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    cr_expect_eq(conn_address_of_peer(fds[0], &address), SHUNT_ENOTFOUND);
    cr_expect_eq(conn_address_of_peer(-1, &address), SHUNT_ESYS);
    close(fds[0]);
    close(fds[1]);
}

/* The peer of a connection over the loopback `any` has the address `want`. False: this machine has
 * no such loopback. */
static bool expect_peer(const struct sockaddr *any, socklen_t any_len, const char *want)
{
    int listener = socket(any->sa_family, SOCK_STREAM, 0), fd;
    struct conn_address address = {{0}};
    char text[CONN_ADDRESS_TEXT_BYTES];
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;

    if (listener < 0 || bind(listener, any, any_len) != 0) {
        close(listener);
        return false;
    }
    cr_assert_eq(listen(listener, 1), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&bound, &len), 0);
    fd = socket(any->sa_family, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&bound, len), 0);
    cr_expect_eq(conn_address_of_peer(fd, &address), SHUNT_OK);
    conn_address_write(&address, text);
    cr_expect_str_eq(text, want);
    close(fd);
    close(listener);
    return true;
}

Test(conn_address, a_tcp_peer_has_that_of_its_family)
{
    const struct sockaddr_in v4 = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};

    cr_expect(expect_peer((const struct sockaddr *)&v4, sizeof v4, "127.0.0.1"));
    (void)expect_peer((const struct sockaddr *)&v6, sizeof v6, "::1");
}
