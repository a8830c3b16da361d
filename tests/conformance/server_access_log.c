/* The access log: one line for every kind of end, whatever takes it, and over a rename. */
#include "conformance/server_defer.h"
#include "conformance/server_later.h"
#include "support/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAIT_MS = 10000 };

static const char format[] = "${status} ${bytes} ${end} #${number} ${deferred} \"${request}\" "
                             "${protocol} ${peer} ${route}";

/* ---- a server with a log, and what the log has ---- */

static struct {
    int file;
    char text[65536];
    size_t len, seen; /* ... of which the test has looked at so many bytes */
} reading;

static void log_to(struct server *s, const char *path)
{
    const struct shunt_access_log log = {
        .size = sizeof log, .path = path, .format = format, .flush_ms = 1, .buffer_bytes = 65536};

    cr_assert_eq(shunt_server_access_log(s->server, &log), SHUNT_OK, "%s",
                 shunt_server_error(s->server));
}

static void read_more(void)
{
    ssize_t got =
        read(reading.file, reading.text + reading.len, sizeof reading.text - 1 - reading.len);

    reading.len += got > 0 ? (size_t)got : 0;
    reading.text[reading.len] = '\0';
}

/* The next line of the log, with " 127.0.0.1 " for who asked and the route behind it. */
static void expect_line(const char *why, const char *want)
{
    char *line = reading.text + reading.seen, *end;

    for (unsigned i = 0; !(end = strchr(line, '\n')) && i < WAIT_MS; i++) {
        usleep(1000);
        read_more();
    }
    cr_assert(end, "%s: no line: %s", why, line);
    *end = '\0';
    cr_expect_str_eq(line, want, "%s: %s", why, line);
    reading.seen += strlen(line) + 1;
}

/* The server has ended: that was all. */
static void expect_no_line(void)
{
    read_more();
    cr_expect_str_eq(reading.text + reading.seen, "");
    close(reading.file);
    files_remove();
}

static void logged_routes(struct server *s);

static void logged_open(struct server *s, enum io_backend backend)
{
    files_make();
    server_create(s, backend);
    server_log_keep(s);
    cr_assert_eq(shunt_server_workers(s->server, 1), SHUNT_OK);
    log_to(s, files_path("access.log"));
    logged_routes(s);
    server_start(s);
    reading.file = open(files_path("access.log"), O_RDONLY | O_CLOEXEC);
    cr_assert_geq(reading.file, 0);
    reading.len = reading.seen = 0;
    reading.text[0] = '\0';
}

static void client_reset(int fd)
{
    struct linger reset = {.l_onoff = 1, .l_linger = 0};

    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    close(fd);
}

/* ---- handlers ---- */

static void cancelled(void *arg)
{
    (void)arg;
    mark("cancelled");
}

static void defers(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    shunt_id id;

    (void)arg, (void)request;
    cr_expect_eq(shunt_response_defer(response, cancelled, NULL, &id), SHUNT_OK);
    value_put(id);
}

static void begins(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    shunt_id id;

    (void)arg, (void)request;
    cr_expect_eq(shunt_response_begin(response, NULL, 10, NULL, cancelled, NULL, &id), SHUNT_OK);
    cr_expect_eq(shunt_response_write(response, "abcd", 4), SHUNT_OK);
    value_put(id);
}

static void ends(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_expect_eq(shunt_response_write(response, "efghij", 6), SHUNT_OK);
    cr_expect_eq(shunt_response_end(response), SHUNT_OK);
}

static void aborts(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    shunt_response_abort(response);
}

/* Longer than any socket takes at once. */
static void is_long(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    static char body[8 << 20];

    (void)arg, (void)request;
    cr_expect_eq(shunt_response_body(response, NULL, body, sizeof body), SHUNT_OK);
}

static void logged_routes(struct server *s)
{
    const struct {
        const char *path, *log;
        shunt_handler *handler;
    } rows[] = {
        {"/later", NULL, defers},       {"/pieces", NULL, begins},
        {"/long", NULL, is_long},       {"/quiet", "off", later_describes},
        {"/on", "on", later_describes},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct shunt_route route = {.size = sizeof route,
                                          .path = rows[i].path,
                                          .handler = rows[i].handler,
                                          .arg = (void *)(uintptr_t) "x",
                                          .access_log = rows[i].log};

        cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK, "%s",
                     shunt_server_error(s->server));
    }
}

/* ---- every kind of end ---- */

#define REQUEST(method, path) method " " path " HTTP/1.1\r\nHost: a\r\n"
#define GET(path)             REQUEST("GET", path) "\r\n"
#define LINE(start, end)      start " 127.0.0.1 " end

static void answered_at_once(const struct server *s)
{
    static const struct {
        const char *why, *request, *want[4];
    } rows[] = {
        {"text", GET("/plain"), {LINE("200 6 answered #1 0 \"GET /plain HTTP/1.1\" -", "/plain")}},
        {"HEAD",
         REQUEST("HEAD", "/plain") "\r\n",
         {LINE("200 0 answered #1 0 \"HEAD /plain HTTP/1.1\" -", "/plain")}},
        {"a body",
         REQUEST("POST", "/echo") "Content-Length: 4\r\n\r\nabcd",
         {LINE("200 4 answered #1 0 \"POST /echo HTTP/1.1\" -", "/echo")}},
        {"100 first",
         REQUEST("POST", "/echo") "Content-Length: 4\r\nExpect: 100-continue\r\n\r\nabcd",
         {LINE("200 4 answered #1 0 \"POST /echo HTTP/1.1\" -", "/echo")}},
        {"no route", GET("/none"), {LINE("404 10 answered #1 0 \"GET /none HTTP/1.1\" -", "-")}},
        {"no method",
         REQUEST("BREW", "/plain") "\r\n",
         {LINE("501 16 answered #1 0 \"BREW /plain HTTP/1.1\" -", "-")}},
        {"pipelined",
         GET("/plain") GET("/quiet") GET("/on") GET("/none"),
         {LINE("200 6 answered #1 0 \"GET /plain HTTP/1.1\" -", "/plain"),
          LINE("200 28 answered #3 0 \"GET /on HTTP/1.1\" -", "/on"),
          LINE("404 10 answered #4 0 \"GET /none HTTP/1.1\" -", "-")}},
        {"no request",
         "GET /a\"b\x01 HTTX\r\n\r\n",
         {LINE("400 12 refused #1 0 \"GET /a\\x22b\\x01 HTTX\" -", "-")}},
        {"no Host behind a request",
         GET("/plain") "GET /plain HTTP/1.1\r\n\r\n",
         {LINE("200 6 answered #1 0 \"GET /plain HTTP/1.1\" -", "/plain"),
          LINE("400 12 refused #2 0 \"GET /plain HTTP/1.1\" -", "-")}},
        {"too long",
         REQUEST("POST", "/echo") "Content-Length: 99999999\r\n\r\n",
         {LINE("413 18 refused #1 0 \"POST /echo HTTP/1.1\" -", "-")}},
        {"refused", GET("/must"), {LINE("426 17 answered #1 0 \"GET /must HTTP/1.1\" -", "/must")}},
        {"1.0",
         "GET /plain HTTP/1.0\r\n\r\n",
         {LINE("200 6 answered #1 0 \"GET /plain HTTP/1.0\" -", "/plain")}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int client = client_open(s);

        client_send(client, rows[i].request);
        for (unsigned k = 0; k < 4 && rows[i].want[k]; k++) {
            expect_line(rows[i].why, rows[i].want[k]);
        }
        close(client);
    }
}

static void left_by_the_client(const struct server *s)
{
    int client = client_open(s);
    shunt_id id;

    close(client);
    client = client_open(s);
    client_send(client, "GET /pl");
    client_delivered(client);
    client_turn(s);
    expect_line("that turn", LINE("200 6 answered #1 0 \"GET /plain HTTP/1.1\" -", "/plain"));
    client_reset(client);
    expect_line("half a head", LINE("499 0 left #1 0 \"GET /pl\" -", "-"));
    client = client_open(s);
    client_send(client, GET("/plain") REQUEST("POST", "/echo") "Content-Length: 9\r\n\r\nabc");
    expect_line("one before", LINE("200 6 answered #1 0 \"GET /plain HTTP/1.1\" -", "/plain"));
    shutdown(client, SHUT_WR);
    expect_line("half a body", LINE("499 0 left #2 0 \"POST /echo HTTP/1.1\" -", "-"));
    close(client);
    client = client_open(s);
    client_send(client, GET("/later"));
    id = value_take();
    client_reset(client);
    expect_line("deferred", LINE("499 0 left #1 1 \"GET /later HTTP/1.1\" -", "/later"));
    cr_expect_neq(id, 0);
    client = client_open(s);
    client_send(client, GET("/pieces"));
    value_take();
    client_reset(client);
    expect_line("in pieces", LINE("200 4 cut #1 1 \"GET /pieces HTTP/1.1\" -", "/pieces"));
    client = client_open(s);
    client_send(client, GET("/long"));
    expect_line("queued", LINE("200 8388608 answered #1 0 \"GET /long HTTP/1.1\" -", "/long"));
    client_reset(client);
}

static void answered_later(const struct server *s)
{
    int client = client_open(s);
    shunt_id id;

    client_send(client, GET("/later") GET("/plain"));
    later_answer(value_take(), "later");
    expect_line("deferred", LINE("200 5 answered #1 1 \"GET /later HTTP/1.1\" -", "/later"));
    expect_line("behind it", LINE("200 6 answered #2 0 \"GET /plain HTTP/1.1\" -", "/plain"));
    client_send(client, GET("/pieces"));
    later_post(value_take(), ends);
    expect_line("pieces", LINE("200 10 answered #3 1 \"GET /pieces HTTP/1.1\" -", "/pieces"));
    client_send(client, GET("/pieces"));
    id = value_take();
    later_post(id, aborts);
    expect_line("aborted", LINE("200 4 cut #4 1 \"GET /pieces HTTP/1.1\" -", "/pieces"));
    close(client);
}

static enum shunt_verdict refuses(const struct shunt_request *request,
                                  struct shunt_upgrade *upgrade)
{
    (void)request;
    cr_expect_eq(probe.host->upgrade_refuse(upgrade, 401, "text/x", shunt_span_of("no")), SHUNT_OK);
    return SHUNT_REFUSE;
}

static enum shunt_verdict declines(const struct shunt_request *request,
                                   struct shunt_upgrade *upgrade)
{
    (void)request, (void)upgrade;
    return SHUNT_DECLINE;
}

static void upgraded(const struct server *s)
{
    int client = client_upgraded(s, "/any", "alpha");
    shunt_id id;

    expect_line("accepted", LINE("101 0 switched #1 0 \"GET /any HTTP/1.1\" alpha", "/any"));
    client_reset(client);
    probe.negotiate = refuses;
    client = client_open(s);
    client_send(client, upgrade_request("/any", "alpha", ""));
    expect_line("refused", LINE("401 2 answered #1 0 \"GET /any HTTP/1.1\" -", "/any"));
    probe.negotiate = declines;
    client_send(client, upgrade_request("/any", "alpha", ""));
    expect_line("declined", LINE("200 4 answered #2 0 \"GET /any HTTP/1.1\" -", "/any"));
    close(client);
    probe.negotiate = defer;
    client = defer_one(s, upgrade_request("/any", "beta/2", ""), &id);
    post_settle(id, settle_accept);
    expect_line("deferred", LINE("101 0 switched #1 1 \"GET /any HTTP/1.1\" beta/2", "/any"));
    close(client);
    client = defer_one(s, upgrade_request("/any", "alpha", ""), &id);
    client_reset(client);
    expect_line("left", LINE("499 0 left #1 1 \"GET /any HTTP/1.1\" -", "/any"));
    probe.negotiate = NULL;
}

SERVER_TEST(each_kind_of_end_has_one_line)
{
    struct server s;
    int client;

    logged_open(&s, backend);
    answered_at_once(&s);
    left_by_the_client(&s);
    answered_later(&s);
    upgraded(&s);
    client = client_open(&s);
    client_send(client, GET("/later"));
    value_take();
    shunt_server_stop(s.server);
    shunt_server_stop(s.server);
    server_join(&s);
    expect_line("dropped", LINE("444 0 dropped #1 1 \"GET /later HTTP/1.1\" -", "/later"));
    expect_no_line();
    close(client);
}
