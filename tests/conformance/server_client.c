/* The clients of server_fixture.h. */
#include "conformance/server_fixture.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

int client_open(const struct server *s)
{
    const struct timeval limit = {.tv_sec = 10};
    int fd = fixture_client((uint16_t)s->port);

    meet();
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit), 0);
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    return fd;
}

void client_send(int fd, const char *text)
{
    meet();
    fixture_write(fd, text, strlen(text));
}

void client_expect(int fd, const char *text)
{
    size_t len = strlen(text);
    char *got = calloc(1, len + 1);
    ssize_t count = fixture_read(fd, got, len);

    meet();
    cr_assert_str_eq(got, text, "expected \"%.80s\", got \"%.80s\" (%zd)", text, got, count);
    free(got);
}

/* Peeks, so that what follows the head stays in the socket. */
void client_head(int fd, struct answer *answer)
{
    size_t len = 0;

    memset(answer, 0, sizeof *answer);
    while (!strstr(answer->head, "\r\n\r\n")) {
        ssize_t got;
        const char *end;

        cr_assert_lt(len, sizeof answer->head - 1);
        do {
            got = recv(fd, answer->head + len, sizeof answer->head - 1 - len, MSG_PEEK);
        } while (got < 0 && errno == EINTR); /* no restart where there is a time limit */
        cr_assert_gt(got, 0, "no head: %s, after \"%.200s\"", got ? strerror(errno) : "end",
                     answer->head);
        answer->head[len + (size_t)got] = '\0';
        end = strstr(answer->head, "\r\n\r\n");
        got = end ? end + 4 - (answer->head + len) : got;
        cr_assert_eq(recv(fd, answer->head + len, (size_t)got, 0), got);
        len += (size_t)got;
        answer->head[len] = '\0';
    }
    meet();
    cr_assert_eq(sscanf(answer->head, "HTTP/1.1 %u ", &answer->status), 1, "%s", answer->head);
}

bool answer_has(const struct answer *answer, const char *field_line)
{
    char wanted[512];

    snprintf(wanted, sizeof wanted, "\r\n%s\r\n", field_line);
    return strstr(answer->head, wanted) != NULL;
}

void client_answer(int fd, struct answer *answer)
{
    const char *length;

    client_head(fd, answer);
    length = strstr(answer->head, "\r\nContent-Length: ");
    cr_assert_not_null(length, "%s", answer->head);
    answer->body_len = strtoul(length + 18, NULL, 10);
    cr_assert_lt(answer->body_len, sizeof answer->body);
    cr_assert_eq(fixture_read(fd, answer->body, answer->body_len), (ssize_t)answer->body_len);
}

void client_expect_fin(int fd)
{
    char bytes[64];
    ssize_t got = fixture_read(fd, bytes, sizeof bytes);

    meet();
    cr_expect_eq(got, 0, "expected FIN, got %zd: %.*s", got, got > 0 ? (int)got : 0, bytes);
    close(fd);
}

void client_expect_reset(int fd)
{
    char bytes[4096];
    ssize_t got;

    while ((got = fixture_read(fd, bytes, sizeof bytes)) > 0) {
    }
    meet();
    cr_expect_eq(got, -ECONNRESET, "expected RST, got %zd", got);
    close(fd);
}

const char *upgrade_request(const char *path, const char *offer, const char *more)
{
    static char text[4096];

    snprintf(text, sizeof text,
             "GET %s HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: %s\r\n%s\r\n", path,
             offer, more);
    return text;
}

int client_upgraded(const struct server *s, const char *path, const char *offer)
{
    struct answer answer;
    int fd = client_open(s);

    client_send(fd, upgrade_request(path, offer, ""));
    client_head(fd, &answer);
    cr_assert_eq(answer.status, 101, "%s", answer.head);
    return fd;
}

void client_turn(const struct server *s)
{
    struct answer answer;
    int fd = client_open(s);

    client_send(fd, "GET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client_answer(fd, &answer);
    client_expect_fin(fd);
}

void client_delivered(int fd)
{
    struct tcp_info info;
    socklen_t len;

    do {
        len = sizeof info;
        cr_assert_eq(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
    } while (info.tcpi_unacked > 0);
}
