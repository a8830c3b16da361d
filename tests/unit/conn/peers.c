/* Connections of each peer, against a plain count. */
#include "conn/peers.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SLOTS = 3000, PEERS = 40, MOST = 20 };

/* A client of a listener of its own, from 127.0.0.N; *accepted is its other end. */
static int connect_from(unsigned n, int *accepted)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000 + n)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert_eq(bind(listener, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(listen(listener, 1), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, len), 0);
    *accepted = accept(listener, NULL, NULL);
    cr_assert_geq(*accepted, 0);
    close(listener);
    return fd;
}

static bool may(const struct conn_peers *peers, int fd)
{
    struct conn_address address;
    bool counted;

    return conn_peers_may(peers, fd, &address, &counted);
}

Test(conn_peers, so_many_and_no_more_and_room_comes_back)
{
    const struct conn_peer_limits limits = {.connections_max = MOST, .v4_bits = 32, .v6_bits = 64};
    struct conn_peers *peers = conn_peers_create(&limits);
    struct conn_address addresses[PEERS];
    unsigned counts[PEERS] = {0}, of_slot[SLOTS] = {0}; /* 1 + peer; 0: free */
    int fds[PEERS], others[PEERS];

    cr_assert_not_null(peers);
    for (unsigned i = 0; i < PEERS; i++) {
        bool counted;

        others[i] = connect_from(i + 2, &fds[i]);
        cr_assert(conn_peers_may(peers, fds[i], &addresses[i], &counted));
        cr_assert(counted);
    }
    srand(7);
    for (unsigned round = 0; round < 20000; round++) {
        unsigned slot = 1 + (unsigned)rand() % (SLOTS - 1), peer = (unsigned)rand() % PEERS;

        if (of_slot[slot]) {
            conn_peers_remove(peers, slot);
            counts[of_slot[slot] - 1]--;
            of_slot[slot] = 0;
            continue;
        }
        cr_assert_eq(may(peers, fds[peer]), counts[peer] < MOST, "round %u", round);
        if (counts[peer] < MOST) {
            conn_peers_add(peers, slot, &addresses[peer]);
            counts[peer]++;
            of_slot[slot] = 1 + peer;
        }
    }
    conn_peers_remove(peers, 100000);
    for (unsigned i = 0; i < PEERS; i++) {
        close(fds[i]);
        close(others[i]);
    }
    conn_peers_destroy(peers);
}

Test(conn_peers, trusted_and_unix_peers_are_not_counted)
{
    static const char *const texts[] = {"127.0.0.3", NULL};
    struct conn_prefixes *trusted = conn_prefixes_create(texts);
    const struct conn_peer_limits limits = {
        .connections_max = 1, .v4_bits = 24, .v6_bits = 64, .trusted = trusted};
    struct conn_peers *peers = conn_peers_create(&limits);
    struct conn_address address;
    int fds[2], ends[2], pair[2];
    bool counted;

    cr_assert_not_null(peers);
    ends[0] = connect_from(2, &fds[0]);
    ends[1] = connect_from(3, &fds[1]);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    cr_expect(conn_peers_may(peers, fds[0], &address, &counted) && counted);
    conn_peers_add(peers, 1, &address);
    cr_expect_not(may(peers, fds[0]));
    cr_expect(conn_peers_may(peers, fds[1], &address, &counted) && !counted);
    cr_expect(conn_peers_may(peers, pair[0], &address, &counted) && !counted);
    for (int i = 0; i < 2; i++) {
        close(fds[i]);
        close(ends[i]);
        close(pair[i]);
    }
    conn_peers_destroy(peers);
    free(trusted);
}
