/* shunt_response_file(): a part of a file as the answer of a handler. */
#include "conformance/server_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILE_BYTES = 3 << 20 };

static uint8_t content[FILE_BYTES];
static int file; /* has it; unlinked */

static void file_make(void)
{
    char name[] = "/var/tmp/shunt-file-XXXXXX";

    for (size_t i = 0; i < FILE_BYTES; i++) {
        content[i] = (uint8_t)(i * 2654435761u >> 24);
    }
    file = mkstemp(name);
    cr_assert_geq(file, 0);
    unlink(name);
    cr_assert_eq(write(file, content, FILE_BYTES), (ssize_t)FILE_BYTES);
}

/* "?OFFSET,LENGTH" */
static void gives_part(void *arg, const struct shunt_request *request,
                       struct shunt_response *response)
{
    char text[64] = "";
    unsigned long offset = 0, length = 0;

    (void)arg;
    memcpy(text, request->query.at, request->query.len < 63 ? request->query.len : 63);
    cr_assert_eq(sscanf(text, "%lu,%lu", &offset, &length), 2);
    value_put(shunt_response_file(response, "text/x-part", dup(file), offset, length));
}

/* A pipe, and a descriptor that is none: "?NUMBER". */
static void gives_none(void *arg, const struct shunt_request *request,
                       struct shunt_response *response)
{
    int pipe_fds[2];

    (void)arg;
    cr_assert_eq(shunt_response_body(response, "text/plain", "before", 6), SHUNT_OK);
    if (*request->query.at == '0') {
        value_put(shunt_response_file(response, NULL, -1, 0, SHUNT_LENGTH_UNKNOWN));
        return;
    }
    cr_assert_eq(pipe(pipe_fds), 0);
    close(pipe_fds[1]);
    value_put(shunt_response_file(response, NULL, pipe_fds[0], 0, SHUNT_LENGTH_UNKNOWN));
}

/* A file, and then a text in its place. */
static void gives_other(void *arg, const struct shunt_request *request,
                        struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_assert_eq(shunt_response_file(response, NULL, dup(file), 0, 10), SHUNT_OK);
    cr_assert_eq(shunt_response_file(response, NULL, dup(file), 0, 20), SHUNT_OK);
    value_put(shunt_response_body(response, "text/plain", "instead", 7));
}

/* More than there will be: it is shortened before the answer goes out. */
static void gives_shortened(void *arg, const struct shunt_request *request,
                            struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_assert_eq(shunt_response_file(response, NULL, dup(file), 0, FILE_BYTES), SHUNT_OK);
    cr_assert_eq(ftruncate(file, 100000), 0);
    value_put(0);
}

static void file_server_open(struct server *s, enum io_backend backend)
{
    static const struct {
        const char *path;
        shunt_handler *handler;
    } rows[] = {{"/part", gives_part},
                {"/none", gives_none},
                {"/other", gives_other},
                {"/shortened", gives_shortened}};

    file_make();
    server_create(s, backend);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct shunt_route route = {
            .size = sizeof route, .path = rows[i].path, .handler = rows[i].handler};

        cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    }
    server_log_keep(s);
    server_start(s);
}

/* Open descriptors, once the server has closed those of all but `live` connections. */
static unsigned descriptors_of(struct server *s, unsigned live)
{
    while (server_counter(s, "conn.live") != live) {
    }
    (void)server_counter(s, "conn.live"); /* a turn for what its last one has begun to close */
    return fixture_descriptors();
}

static void expects_part(int fd, size_t offset, size_t length)
{
    static uint8_t got[FILE_BYTES];
    struct answer answer;
    char field[64];

    client_head(fd, &answer);
    snprintf(field, sizeof field, "Content-Length: %zu", length);
    cr_assert_eq(answer.status, 200);
    cr_assert(answer_has(&answer, field), "%s", answer.head);
    cr_assert(answer_has(&answer, "Content-Type: text/x-part"), "%s", answer.head);
    cr_assert_eq(fixture_read(fd, got, length), (ssize_t)length);
    cr_expect_eq(memcmp(got, content + offset, length), 0, "%zu from %zu", length, offset);
}

CLOSING_SERVER(a_part_of_a_file_is_the_body_whatever_its_size)
{
    static const struct {
        size_t offset, length;
    } rows[] = {{0, 0},          {0, 1},       {FILE_BYTES - 1, 1}, {FILE_BYTES, 0},
                {7, 1024},       {100, 16384}, {1, 16385},          {5, 100000},
                {0, FILE_BYTES}, {4095, 2},    {77777, 999999}};
    char request[128];
    int fd;

    file_server_open(s, backend);
    fd = client_open(s);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(request, sizeof request, "GET /part?%zu,%zu HTTP/1.1\r\nHost: a\r\n\r\n",
                 rows[i].offset, rows[i].length);
        client_send(fd, request);
        cr_expect_eq(value_take(), SHUNT_OK);
        expects_part(fd, rows[i].offset, rows[i].length);
    }
    close(fd);
}

CLOSING_SERVER(a_head_request_gets_the_length_of_a_file_only)
{
    struct answer answer;
    int fd;

    file_server_open(s, backend);
    fd = client_open(s);
    client_send(fd, "HEAD /part?5,1000 HTTP/1.1\r\nHost: a\r\n\r\n"
                    "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    client_head(fd, &answer);
    cr_expect(answer_has(&answer, "Content-Length: 1000"), "%s", answer.head);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    close(fd);
}

CLOSING_SERVER(what_is_no_part_of_a_regular_file_is_invalid_and_closed)
{
    static const struct {
        const char *target;
        const char *body;
    } rows[] = {{"/part?0,3145729", ""},
                {"/part?3145729,0", ""},
                {"/part?1,3145728", ""},
                {"/none?0", "before"},
                {"/none?1", "before"}};
    unsigned descriptors;
    struct answer answer;
    char request[128];
    int fd;

    file_server_open(s, backend);
    fd = client_open(s);
    client_turn(s);
    descriptors = descriptors_of(s, 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", rows[i].target);
        client_send(fd, request);
        cr_expect_eq(value_take(), SHUNT_EINVAL, "%s", rows[i].target);
        client_answer(fd, &answer);
        cr_expect_str_eq(answer.body, rows[i].body, "%s", rows[i].target);
    }
    cr_expect_eq(descriptors_of(s, 1), descriptors);
    close(fd);
}

CLOSING_SERVER(a_later_body_takes_the_place_of_a_file)
{
    struct answer answer;
    unsigned descriptors;
    int fd;

    file_server_open(s, backend);
    fd = client_open(s);
    client_turn(s);
    descriptors = descriptors_of(s, 1);
    client_send(fd, "GET /other HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect_eq(value_take(), SHUNT_OK);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "instead");
    cr_expect_eq(descriptors_of(s, 1), descriptors);
    close(fd);
}

/* The client must not take the part for the whole. */
CLOSING_SERVER(a_file_that_becomes_shorter_is_a_reset_which_is_counted_and_logged)
{
    static uint8_t got[FILE_BYTES];
    struct answer answer;
    ssize_t len;
    int fd;

    file_server_open(s, backend);
    fd = client_open(s);
    client_send(fd, "GET /shortened HTTP/1.1\r\nHost: a\r\n\r\n");
    value_take();
    client_head(fd, &answer);
    cr_expect(answer_has(&answer, "Content-Length: 3145728"), "%s", answer.head);
    len = fixture_read(fd, got, FILE_BYTES);
    cr_expect(len == -ECONNRESET || (len >= 0 && len <= 100000), "%zd", len);
    cr_expect_neq(recv(fd, got, 1, 0), 1);
    server_log_wait(s, "a file became shorter while it was sent: its connection is reset");
    cr_expect_eq(server_counter(s, "conn.files_truncated"), 1);
    close(fd);
}

/* Many that do not read, and leave by a reset at some time or other. */
CLOSING_SERVER(readers_that_leave_leave_no_descriptor)
{
    enum { CLIENTS = 20 };
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    unsigned descriptors;
    int fds[CLIENTS];

    file_server_open(s, backend);
    client_turn(s);
    descriptors = descriptors_of(s, 0);
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = client_open(s);
        client_send(fds[i], "GET /part?0,3145728 HTTP/1.1\r\nHost: a\r\n\r\n"
                            "GET /part?0,100 HTTP/1.1\r\nHost: a\r\n\r\n"
                            "GET /part?5,200000 HTTP/1.1\r\nHost: a\r\n\r\n");
        value_take();
    }
    cr_expect_lt(server_counter(s, "conn.memory_bytes"), CLIENTS * 8192, "whatever their size");
    for (int i = 0; i < CLIENTS; i++) {
        if (i % 2) {
            cr_assert_eq(setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
        }
        close(fds[i]);
    }
    cr_expect_eq(descriptors_of(s, 0), descriptors);
}
