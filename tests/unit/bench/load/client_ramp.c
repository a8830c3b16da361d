/* How fast connections that stay are started: no faster than a backlog takes. */
#include "load/client.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define CLIENTS 300

static int listen_any(struct url_address *to)
{
    struct sockaddr_in *address = (struct sockaddr_in *)&to->address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to->len = sizeof *address;
    cr_assert_eq(bind(listener, (struct sockaddr *)address, to->len), 0);
    cr_assert_eq(listen(listener, 2 * CLIENTS), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)address, &to->len), 0);
    return listener;
}

/* Turn until no connection has come for some turns; nobody answers. Gives how many came. */
static uint32_t connections_of(struct client_group *group, int listener, int fds[CLIENTS])
{
    uint32_t count = 0;

    for (int quiet = 0; quiet < 20; quiet++) {
        cr_assert_eq(client_group_turn(group), SHUNT_OK);
        for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0; quiet = 0) {
            cr_assert_lt(count, CLIENTS);
            fds[count++] = fd;
        }
    }
    return count;
}

static uint32_t started(enum client_way way, enum io_backend backend)
{
    static struct tally tally; /* large */
    static struct requests requests;
    struct client_plan plan = {
        .requests = &requests, .way = way, .backend = backend, .timeout_ms = 600000};
    struct client_group *group;
    struct url url;
    char words[256];
    struct error error = {.text = words, .size = sizeof words};
    int fds[CLIENTS], listener = listen_any(&plan.to);

    memset(&tally, 0, sizeof tally);
    cr_assert_eq(url_parse("ws://127.0.0.1/ws", &url, &error), SHUNT_OK);
    cr_assert_eq(requests_init(&requests, &url, "websocket", &(struct requests_extra){.len = 0}),
                 SHUNT_OK);
    cr_assert_eq(client_group_create(&plan, CLIENTS, 0, &tally, &group, &error), SHUNT_OK, "%s",
                 words);
    uint32_t count = connections_of(group, listener, fds);

    client_group_destroy(group);
    for (uint32_t i = 0; i < count; i++) {
        close(fds[i]);
    }
    close(listener);
    requests_fini(&requests);
    return count;
}

Test(bench_client_ramp, establishes_connections_that_stay_128_at_a_time, .timeout = 60)
{
    cr_expect_eq(started(CLIENT_STAYS, IO_EPOLL), 128);
    cr_expect_eq(started(CLIENT_STAYS, IO_AUTO), 128);
}

Test(bench_client_ramp, has_as_many_that_pass_under_way_as_was_asked_for, .timeout = 60)
{
    cr_expect_eq(started(CLIENT_PASSES, IO_EPOLL), CLIENTS);
    cr_expect_eq(started(CLIENT_PASSES, IO_AUTO), CLIENTS);
}
