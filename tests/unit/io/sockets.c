#include "io/sockets.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct sockets_listen_options plain;

/* A path of this process's own; a test that makes it removes it. */
static const char *unix_path(char *path, size_t size)
{
    snprintf(path, size, "unix:/tmp/shunt-sockets-%d", (int)getpid());
    return path + strlen("unix:");
}

Test(io_sockets, addresses_are_parsed_and_written_back)
{
    static const struct {
        const char *why, *text, *back;
        int family;
    } rows[] = {
        {"IPv4", "127.0.0.1:8080", "127.0.0.1:8080", AF_INET},
        {"port 0", "0.0.0.0:0", "0.0.0.0:0", AF_INET},
        {"the highest port", "1.2.3.4:65535", "1.2.3.4:65535", AF_INET},
        {"IPv6", "[::1]:80", "[::1]:80", AF_INET6},
        {"IPv6, written shorter", "[2001:db8:0:0:0:0:0:1]:443", "[2001:db8::1]:443", AF_INET6},
        {"all addresses", ":8080", "[::]:8080", AF_INET6},
        {"IPv4 in IPv6 reads as IPv4", "[::ffff:10.0.0.1]:1", "10.0.0.1:1", AF_INET6},
        {"a unix path", "unix:/run/shunt.sock", "unix:/run/shunt.sock", AF_UNIX},
        {"a relative unix path", "unix:s", "unix:s", AF_UNIX},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sockets_address address;
        char words[160] = "", back[SOCKETS_TEXT_SIZE];
        struct error why = {.text = words, .size = sizeof words};

        cr_assert_eq(sockets_address_parse(rows[i].text, &address, &why), SHUNT_OK, "%s: %s",
                     rows[i].why, words);
        cr_expect_eq(address.storage.ss_family, rows[i].family, "%s", rows[i].why);
        sockets_address_format((struct sockaddr *)&address.storage, address.len, back, sizeof back);
        cr_expect_str_eq(back, rows[i].back, "%s", rows[i].why);
        cr_expect_eq(address.any, rows[i].text[0] == ':', "%s", rows[i].why);
    }
}

Test(io_sockets, what_is_no_address_is_refused_with_a_sentence)
{
    static const struct {
        const char *why, *text, *sentence;
    } rows[] = {
        {"empty", "", "port"},
        {"no port", "127.0.0.1", "port"},
        {"an empty port", "127.0.0.1:", "port"},
        {"a port that is too high", "127.0.0.1:65536", "65535"},
        {"a very long port", "127.0.0.1:00000000080", "port"},
        {"a port with a sign", "127.0.0.1:-1", "port"},
        {"a port with text behind it", "127.0.0.1:80a", "port"},
        {"a name", "localhost:80", "IPv4"},
        {"an IPv6 address without brackets", "::1:80", "brackets"},
        {"an open bracket", "[::1:80", "bracket"},
        {"only a bracket", "[:80", "bracket"},
        {"nothing in the brackets", "[]:80", "IPv6"},
        {"IPv4 in brackets", "[127.0.0.1]:80", "IPv6"},
        {"an IPv4 address that is too short", "127.1:80", "IPv4"},
        {"a host that is too long", "11111111111111111111111111111111111111111111111111:80",
         "numeric"},
        {"a unix socket without a path", "unix:", "path"},
        {"a unix path of 108 bytes",
         "unix:/abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"
         "stuvwxyz0123456789abcdefghijklmnopqrstuvwxyz012345678",
         "107"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sockets_address address = {.len = 77};
        char words[256] = "";
        struct error why = {.text = words, .size = sizeof words};

        cr_expect_eq(sockets_address_parse(rows[i].text, &address, &why), SHUNT_EINVAL, "%s",
                     rows[i].why);
        cr_expect_not_null(strstr(words, rows[i].sentence), "%s: %s", rows[i].why, words);
        cr_expect_eq(address.len, 77, "%s: written only on SHUNT_OK", rows[i].why);
        cr_expect_eq(sockets_address_parse(rows[i].text, &address, NULL), SHUNT_EINVAL);
    }
}

static int listen_to(const char *text, const struct sockets_listen_options *options)
{
    struct sockets_address address;
    char words[256] = "";
    struct error why = {.text = words, .size = sizeof words};
    int fd = -1;

    cr_assert_eq(sockets_address_parse(text, &address, &why), SHUNT_OK, "%s", words);
    cr_assert_eq(sockets_listen(&address, options, &fd, &why), SHUNT_OK, "%s", words);
    return fd;
}

static struct sockets_address local_of(int fd)
{
    struct sockets_address local;

    cr_assert_eq(sockets_address_local(fd, &local), SHUNT_OK);
    return local;
}

static int option_of(int fd, int level, int name)
{
    int value = 0;
    socklen_t len = sizeof value;

    cr_assert_eq(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

static int connect_to(const struct sockets_address *address)
{
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_geq(fd, 0);
    cr_assert_eq(connect(fd, (const struct sockaddr *)&address->storage, address->len), 0);
    return fd;
}

Test(io_sockets, a_listener_is_nonblocking_and_its_connections_do_not_delay)
{
    struct sockets_listen_options options = {.defer_accept_s = 5, .tcp.unsent_bytes = 50000};
    int fd = listen_to("127.0.0.1:0", &options), client, server;
    struct sockets_address local = local_of(fd);

    cr_expect(fcntl(fd, F_GETFL) & O_NONBLOCK);
    cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    cr_expect_gt(option_of(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
    cr_expect_eq(option_of(fd, SOL_SOCKET, SO_REUSEPORT), 0);
    close(fd);

    fd = listen_to("127.0.0.1:0", &plain);
    cr_expect_eq(option_of(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
    close(fd);

    options.defer_accept_s = 0;
    fd = listen_to("127.0.0.1:0", &options);
    local = local_of(fd);
    client = connect_to(&local);
    server = accept(fd, NULL, NULL);
    cr_assert_geq(server, 0);
    cr_expect_neq(option_of(server, IPPROTO_TCP, TCP_NODELAY), 0);
    cr_expect_eq(option_of(server, IPPROTO_TCP, TCP_NOTSENT_LOWAT), 50000);
    close(server);
    close(client);
    close(fd);
}

Test(io_sockets, connections_inherit_the_keep_alive)
{
    struct sockets_listen_options options = {.tcp.keep_alive = {20, 5, 3, 40000}};
    int fd = listen_to("127.0.0.1:0", &options);
    struct sockets_address local = local_of(fd);
    int client = connect_to(&local), server = accept(fd, NULL, NULL);

    cr_assert_geq(server, 0);
    cr_expect_eq(option_of(server, SOL_SOCKET, SO_KEEPALIVE), 1);
    cr_expect_eq(option_of(server, IPPROTO_TCP, TCP_KEEPIDLE), 20);
    cr_expect_eq(option_of(server, IPPROTO_TCP, TCP_KEEPINTVL), 5);
    cr_expect_eq(option_of(server, IPPROTO_TCP, TCP_KEEPCNT), 3);
    cr_expect_eq(option_of(server, IPPROTO_TCP, TCP_USER_TIMEOUT), 40000);
    close(server);
    close(client);
    close(fd);

    fd = listen_to("127.0.0.1:0", &plain);
    cr_expect_eq(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
    cr_expect_eq(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
    close(fd);
}

Test(io_sockets, a_port_that_is_taken_is_named)
{
    int first = listen_to("127.0.0.1:0", &plain), second = -1;
    struct sockets_address local = local_of(first);
    char words[256] = "", text[SOCKETS_TEXT_SIZE];
    struct error why = {.text = words, .size = sizeof words};

    cr_assert_eq(sockets_listen(&local, &plain, &second, &why), SHUNT_ESYS);
    cr_expect_eq(errno, EADDRINUSE);
    cr_expect_eq(second, -1);
    sockets_address_format((struct sockaddr *)&local.storage, local.len, text, sizeof text);
    cr_expect_not_null(strstr(words, text), "%s", words);
    cr_expect_not_null(strstr(words, "another program listens there"), "%s", words);
    close(first);
}

Test(io_sockets, reuse_port_shares_a_port)
{
    struct sockets_listen_options options = {.reuse_port = true};
    int first = listen_to("127.0.0.1:0", &options), second = -1;
    struct sockets_address local = local_of(first);

    cr_assert_eq(sockets_listen(&local, &options, &second, NULL), SHUNT_OK);
    cr_expect_neq(first, second);
    close(second);
    close(first);
}

Test(io_sockets, all_addresses_takes_ipv4_clients)
{
    int fd = listen_to(":0", &plain), client;
    struct sockets_address local = local_of(fd), v4 = {.len = sizeof(struct sockaddr_in)};

    /* The port lies at the same place for both families. */
    *(struct sockaddr_in *)&v4.storage = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = ((struct sockaddr_in *)&local.storage)->sin_port,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    client = connect_to(&v4);
    close(client);
    close(fd);
}

Test(io_sockets, a_unix_path_left_behind_is_taken_over_and_one_that_answers_is_not)
{
    struct sockets_address address;
    char text[64], words[256] = "";
    struct error why = {.text = words, .size = sizeof words};
    const char *path = unix_path(text, sizeof text);
    int first = listen_to(text, &plain), second = -1;

    cr_assert_eq(sockets_address_parse(text, &address, NULL), SHUNT_OK);
    cr_assert_eq(sockets_listen(&address, &plain, &second, &why), SHUNT_ESYS);
    cr_expect_eq(errno, EADDRINUSE);
    cr_expect_not_null(strstr(words, "a server answers there"), "%s", words);
    close(first);
    cr_assert_eq(sockets_listen(&address, &plain, &second, &why), SHUNT_OK, "%s", words);
    close(connect_to(&address));
    close(second);
    cr_expect_eq(unlink(path), 0);
}

Test(io_sockets, a_file_that_is_no_socket_is_left_alone)
{
    struct sockets_address address;
    char text[64], words[256] = "";
    struct error why = {.text = words, .size = sizeof words};
    const char *path = unix_path(text, sizeof text);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    struct stat status;

    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert_eq(sockets_address_parse(text, &address, NULL), SHUNT_OK);
    cr_expect_eq(sockets_listen(&address, &plain, &fd, &why), SHUNT_ESYS);
    cr_expect_eq(errno, EADDRINUSE);
    cr_expect_eq(stat(path, &status), 0, "still there");
    cr_expect_eq(unlink(path), 0);
}

Test(io_sockets, an_address_of_another_machine_is_refused)
{
    struct sockets_address address;
    char words[256] = "";
    struct error why = {.text = words, .size = sizeof words};
    int fd;

    cr_assert_eq(sockets_address_parse("192.0.2.1:0", &address, NULL), SHUNT_OK);
    cr_assert_eq(sockets_listen(&address, &plain, &fd, &why), SHUNT_ESYS);
    cr_expect_eq(errno, EADDRNOTAVAIL);
    cr_expect_not_null(strstr(words, "no interface of this machine"), "%s", words);
}

Test(io_sockets, an_address_without_text_is_still_written)
{
    struct sockaddr unknown = {.sa_family = AF_NETLINK};
    struct sockaddr_un unnamed = {.sun_family = AF_UNIX};
    char text[SOCKETS_TEXT_SIZE], small[6];

    sockets_address_format(&unknown, sizeof unknown, text, sizeof text);
    cr_expect_not_null(strstr(text, "family"), "%s", text);
    sockets_address_format((struct sockaddr *)&unnamed, sizeof(sa_family_t), text, sizeof text);
    cr_expect_str_eq(text, "unix:");
    sockets_address_format(&unknown, sizeof unknown, small, sizeof small);
    cr_expect_eq(strlen(small), 5, "cut, and NUL-terminated");
}
