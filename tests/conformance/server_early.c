/* Upgrade rule 5: bytes behind the upgrade request, wherever they are cut. */
#include "conformance/server_fixture.h"

#include <stdio.h>
#include <unistd.h>

#define REQUEST                                                                                    \
    "POST /any HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: alpha\r\n"                   \
    "Content-Length: 4\r\n\r\nbody"

/* Pitfall 3. Each piece is its own segment; a turn of the worker lies between them. */
WITH_SERVER(early_bytes_split_at_every_offset_are_the_first_data_in_order, NULL)
{
    static const char all[] = REQUEST "first GET / HTTP/1.1\r\n\r\n last";

    for (size_t cut = 1; cut < sizeof all - 1; cut++) {
        struct answer answer;
        int fd = client_open(s);

        fixture_write(fd, all, cut);
        client_turn(s);
        fixture_write(fd, all + cut, sizeof all - 1 - cut);
        client_head(fd, &answer);
        cr_expect_eq(answer.status, 101, "cut at %zu: %s", cut, answer.head);
        client_expect(fd, all + sizeof REQUEST - 1);
        close(fd);
    }
}

WITH_SERVER(early_bytes_come_one_by_one_too, NULL)
{
    static const char all[] = REQUEST "early";
    struct answer answer;
    int fd;

    fd = client_open(s);
    for (const char *at = all; *at; at++) {
        fixture_write(fd, at, 1);
    }
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101);
    client_expect(fd, "early");
    close(fd);
}

static enum shunt_verdict declines(const struct shunt_request *request,
                                   struct shunt_upgrade *upgrade)
{
    (void)request, (void)upgrade;
    return SHUNT_DECLINE;
}

CLOSING_SERVER(bytes_behind_an_offer_that_is_not_taken_are_http_wherever_they_are_cut)
{
    static const char all[] =
        REQUEST "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

    probe.negotiate = declines;
    server_open(s, backend, NULL);
    for (size_t cut = 1; cut < sizeof all - 1; cut++) {
        struct answer answer;
        int fd = client_open(s);

        fixture_write(fd, all, cut);
        fixture_write(fd, all + cut, sizeof all - 1 - cut);
        client_answer(fd, &answer);
        cr_expect_str_eq(answer.body, "/any", "cut at %zu", cut);
        client_answer(fd, &answer);
        cr_expect_str_eq(answer.body, "abc", "cut at %zu", cut);
        close(fd);
    }
}

SERVER_TEST(the_end_behind_early_bytes_comes_after_them)
{
    struct server s;
    struct answer answer;
    int fd;

    server_open(&s, backend, NULL);
    fd = client_open(&s);
    client_send(fd, REQUEST "early");
    shutdown(fd, SHUT_WR);
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101);
    client_expect(fd, "early");
    client_expect_fin(fd);
    server_close(&s);
    cr_expect_str_eq(mark_text(), "negotiate open data end close ");
}

/* ---- protocols that forbid them ---- */

static enum shunt_verdict counts_early(const struct shunt_request *request,
                                       struct shunt_upgrade *upgrade)
{
    (void)request;
    value_put(probe.host->upgrade_early_bytes(upgrade));
    return SHUNT_ACCEPT;
}

CLOSING_SERVER(where_forbidden_early_bytes_are_counted_and_still_given)
{
    struct answer answer;
    int fd;

    probe.negotiate = counts_early;
    server_create(s, backend);
    server_log_keep(s);
    server_start(s);
    close(client_upgraded(s, "/strict", "strict"));
    cr_expect_eq(value_take(), 0);
    close(client_upgraded(s, "/any", "alpha"));
    cr_expect_eq(value_take(), 0);
    cr_expect_eq(server_counter(s, "session.early_bytes"), 0);
    fd = client_open(s);
    client_send(fd, "GET /strict HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                    "Upgrade: strict\r\n\r\nearly");
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101);
    client_expect(fd, "early");
    cr_expect_eq(value_take(), 5);
    cr_expect_eq(server_counter(s, "session.early_bytes"), 1);
    close(fd);
}

static void strictly(struct config *config)
{
    config->strict_early_bytes = true;
}

static enum shunt_verdict keeps_memory(const struct shunt_request *request,
                                       struct shunt_upgrade *upgrade)
{
    (void)request;
    probe.host->upgrade_set_user(upgrade, &probe);
    return SHUNT_ACCEPT;
}

static void expects_memory(struct shunt_upgrade *upgrade)
{
    cr_expect_eq(probe.host->upgrade_user(upgrade), &probe);
}

CLOSING_SERVER(a_strict_server_refuses_them_and_the_protocol_hears_that_nothing_follows)
{
    struct answer answer;
    int fd;

    probe.negotiate = keeps_memory;
    probe.cancel = expects_memory;
    server_open(s, backend, strictly);
    fd = client_open(s);
    client_send(fd, "GET /strict HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                    "Upgrade: strict\r\n\r\nearly");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 400);
    client_expect_fin(fd);
    cr_expect_str_eq(mark_text(), "negotiate cancel ");
    fd = client_open(s);
    client_send(fd, REQUEST "early"); /* alpha allows them */
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101);
    client_expect(fd, "early");
    close(fd);
}
