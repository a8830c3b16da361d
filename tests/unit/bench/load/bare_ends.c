/* What a connection costs the kernel without a server, and what that makes the server's part. */
#include "load/bare_ends.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

static struct url_address tcp_address(const char *text)
{
    struct url_address to = {.len = sizeof(struct sockaddr_in)};
    struct sockaddr_in *address = (struct sockaddr_in *)&to.address;

    address->sin_family = AF_INET;
    address->sin_port = htons(80);
    cr_assert_eq(inet_pton(AF_INET, text, &address->sin_addr), 1);
    return to;
}

static struct client_plan plan_to(struct url_address to, enum io_backend backend)
{
    return (struct client_plan){
        .to = to, .way = CLIENT_STAYS, .backend = backend, .timeout_ms = 60000, .rate = 100};
}

/* Descriptors are given out from the lowest one up. */
static int next_descriptor(void)
{
    int fd = dup(0);

    close(fd);
    return fd;
}

static void check_measured(enum io_backend backend)
{
    static struct bare_ends ends; /* large */
    struct client_plan plan = plan_to(tcp_address("127.0.0.1"), backend);
    struct rlimit limit;
    int before = next_descriptor();

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < 2200) {
        cr_skip_test("no more than %llu descriptors", (unsigned long long)limit.rlim_max);
    }
    cr_assert_eq(bare_ends_measure(&plan, 1000, &ends), SHUNT_OK);
    cr_expect_eq(ends.count, 1000, "%u: %s", ends.count, ends.why);
    cr_expect_str_empty(ends.why);
    cr_expect_eq(next_descriptor(), before, "a descriptor is left open");
}

Test(bench_bare_ends, are_measured_on_epoll, .timeout = 60)
{
    check_measured(IO_EPOLL);
}

Test(bench_bare_ends, are_measured_on_io_uring, .timeout = 60)
{
    check_measured(IO_AUTO);
}

Test(bench_bare_ends, are_not_measured_where_they_would_not_be_the_servers, .timeout = 30)
{
    static struct bare_ends ends; /* large */
    struct url_address at_path = {.len = sizeof(struct sockaddr_un)};

    at_path.address.ss_family = AF_UNIX;
    const struct {
        const char *why;
        struct url_address to;
        uint32_t wanted;
        const char *said;
    } rows[] = {
        {"few", tcp_address("127.0.0.1"), 999,
         "it needs 1000 connections and twice as many descriptors"},
        {"another machine (RFC 5737)", tcp_address("192.0.2.1"), 1000,
         "no listener beside the server: Cannot assign requested address"},
        {"a unix socket", at_path, 1000, "the server is not reached over TCP"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client_plan plan = plan_to(rows[i].to, IO_AUTO);
        struct kernel_memory nothing = {0};
        struct kernel_ends split;

        cr_expect_eq(bare_ends_measure(&plan, rows[i].wanted, &ends), SHUNT_OK, "%s", rows[i].why);
        cr_expect_eq(ends.count, 0, "%s", rows[i].why);
        cr_expect_str_eq(ends.why, rows[i].said, "%s: %s", rows[i].why, ends.why);
        cr_expect_not(bare_ends_split(&ends, &nothing, &nothing, 1000, &split), "%s", rows[i].why);
    }
}

/* A socket of 3,000 bytes, 1,000 of them reclaimable; a client that adds 900 and a server that adds
 * 200. What is reclaimable of connections is not looked at. */
Test(bench_bare_ends, split_what_both_ends_cost)
{
    static struct bare_ends ends = {
        .count = 1000,
        .sockets = {.slab_bytes = 3000000, .slab_unreclaimable_bytes = 2000000},
        .before_connections = {.slab_bytes = 77, .slab_unreclaimable_bytes = 5000},
        .connections = {.slab_bytes = 99999999, .slab_unreclaimable_bytes = 5000 + 4900000},
    };
    static struct kernel_memory before = {.slab_unreclaimable_bytes = 1000},
                                after = {.slab_unreclaimable_bytes = 1000 + 5100 * 2000};
    struct kernel_ends split;

    cr_assert(bare_ends_split(&ends, &before, &after, 2000, &split));
    cr_expect_eq(split.socket_bytes, 3000);
    cr_expect_eq(split.client_bytes, 3900);
    cr_expect_eq(split.both_bytes, 3900 + 3200);
    cr_expect_not(bare_ends_split(&ends, &before, &after, 0, &split), "nothing was held");
}
