/*
 * A reverse proxy for one path: each request under /api/ goes to a server behind this one, and its
 * answer comes back, both as they come. Whoever is slower holds the other back: nothing is kept but
 * what is on its way. The other server is asked in HTTP/1.0, whose answers end with the connection or
 * have a length, so a request's body needs a length too (411).
 */
#include <shunt/plugin.h>
#include <shunt/server.h>

#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEAD_BYTES = 16384, CONNECT_MS = 5000 };

/* A request here and a stream there; whichever ends last frees it. All of one worker. */
struct pair {
    struct shunt_worker *worker;
    shunt_id exchange, connect; /* 0: there is none, or not any more */
    struct shunt_stream *stream;
    bool begun;      /* the answer has */
    size_t head_len; /* of the request's head, then of what has come of the answer's */
    char head[HEAD_BYTES + 1];
    const void *bytes; /* of the answer's body, in hand */
    size_t len;
};

static const struct shunt_host *host;
static struct addrinfo *upstream;
static struct shunt_server *server;

static void pair_free(struct pair *pair)
{
    if (!pair->exchange && !pair->stream && !pair->connect) {
        free(pair);
    }
}

/* ---- heads ---- */

static bool is_one_of(struct shunt_span name, const char *const *names)
{
    for (; *names; names++) {
        if (shunt_span_equal_nocase(name, shunt_span_of(*names))) {
            return true;
        }
    }
    return false;
}

/* Fields of a connection, and not of a message, end here (RFC 9110 section 7.6.1). */
static bool is_hop_by_hop(struct shunt_span name)
{
    static const char *const names[] = {"Connection", "Keep-Alive", "Proxy-Connection",
                                        "TE",         "Trailer",    "Transfer-Encoding",
                                        "Upgrade",    "Expect",     NULL};

    return is_one_of(name, names);
}

/* ... and those that Connection names. */
static bool is_named_by_connection(const struct shunt_request *request, struct shunt_span name)
{
    const struct shunt_field *field = NULL;

    while ((field = shunt_request_field(request, "Connection", field)) != NULL) {
        struct shunt_span value = field->value;

        for (size_t i = 0; i + name.len <= value.len; i++) {
            if (shunt_span_equal_nocase((struct shunt_span){value.at + i, name.len}, name)) {
                return true; /* one that only contains it goes too, which is harmless */
            }
        }
    }
    return false;
}

/* False: it is too long. */
static bool add(struct pair *pair, struct shunt_span a, const char *between, struct shunt_span b)
{
    int len = snprintf(pair->head + pair->head_len, sizeof pair->head - pair->head_len,
                       "%.*s%s%.*s\r\n", (int)a.len, a.at, between, (int)b.len, b.at);

    pair->head_len += (size_t)len;
    return pair->head_len < sizeof pair->head;
}

static bool write_head(struct pair *pair, const struct shunt_request *request)
{
    bool fits = add(pair, request->method, " ", request->target);

    pair->head_len -= 2;
    fits = fits && add(pair, shunt_span_of(" HTTP/1.0"), "", shunt_span_of(""));
    for (size_t i = 0; i < request->field_count && fits; i++) {
        const struct shunt_field *field = &request->fields[i];

        if (!is_hop_by_hop(field->name) && !is_named_by_connection(request, field->name)) {
            fits = add(pair, field->name, ": ", field->value);
        }
    }
    fits = fits && add(pair, shunt_span_of("Via"), ": ", shunt_span_of("1.1 shunt"));
    return fits && add(pair, shunt_span_of(""), "", shunt_span_of(""));
}

/* ---- handlers that run for the exchange: from the stream, and from the body ---- */

static void on_cancelled(void *arg)
{
    struct pair *pair = arg;

    pair->exchange = 0;
    if (pair->stream) {
        host->close(pair->stream, SHUNT_CLOSE_NOW);
    } else if (pair->connect && host->connect_cancel(pair->worker, pair->connect) == SHUNT_OK) {
        pair->connect = 0;
    }
    pair_free(pair);
}

static void lets_come(void *arg, const struct shunt_request *request,
                      struct shunt_response *response)
{
    (void)arg, (void)response;
    shunt_request_resume(request);
}

static void takes_more(void *arg, const struct shunt_request *request,
                       struct shunt_response *response)
{
    const struct pair *pair = arg;

    (void)request, (void)response;
    if (pair->stream) {
        host->resume(pair->stream);
    }
}

static void on_data(void *arg, const struct shunt_request *request, struct shunt_response *response,
                    const void *bytes, size_t len)
{
    struct pair *pair = arg;

    (void)response;
    if (pair->stream && host->write(pair->stream, bytes, len) == SHUNT_AGAIN) {
        shunt_request_pause(request); /* until on_stream_drained() */
    }
}

/* What is left to do comes from there. */
static void on_end(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct pair *pair = arg;

    (void)request;
    if (!pair->begun &&
        shunt_response_defer(response, on_cancelled, pair, &pair->exchange) != SHUNT_OK) {
        pair->exchange = 0;
        (void)!shunt_response_status(response, 503);
    }
}

/* There is no answer, or not all of it. */
static void fails(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct pair *pair = arg;

    (void)request;
    if (pair->begun) {
        shunt_response_abort(response); /* on_cancelled() follows */
        return;
    }
    pair->exchange = 0;
    (void)!shunt_response_status(response, 502);
    (void)!shunt_response_body(response, "text/plain", "Bad Gateway\n", 12);
    (void)!shunt_response_end(response); /* also where the request's body still comes */
}

/* "HTTP/1.1 200 OK", fields, an empty line: in pair->head, NUL-terminated. */
static bool read_head(struct pair *pair, struct shunt_response *response, uint64_t *length)
{
    char *line = strchr(pair->head, '\n'), *space = strchr(pair->head, ' '), *next;

    if (strncmp(pair->head, "HTTP/1.", 7) != 0 || !line || !space || space > line ||
        shunt_response_status(response, (unsigned)atoi(space + 1)) != SHUNT_OK) {
        return false;
    }
    for (line++; *line != '\r' && *line != '\n' && *line; line = next + 1) {
        char *colon = strchr(line, ':'), *value = colon ? colon + 1 : NULL, *end;

        next = strchr(line, '\n');
        if (!next || !colon || colon > next) {
            return false;
        }
        end = next > value && next[-1] == '\r' ? next - 1 : next;
        *colon = *end = '\0';
        value += strspn(value, " \t");
        if (shunt_span_equal_nocase(shunt_span_of(line), shunt_span_of("Content-Length"))) {
            *length = strtoull(value, NULL, 10);
        } else if (!is_hop_by_hop(shunt_span_of(line))) {
            (void)!shunt_response_field(response, line, value); /* Date is this server's */
        }
    }
    return true;
}

static void begins(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct pair *pair = arg;
    uint64_t length = SHUNT_LENGTH_UNKNOWN;

    if (!read_head(pair, response, &length) ||
        shunt_response_begin(response, NULL, length, takes_more, on_cancelled, pair,
                             &pair->exchange) != SHUNT_OK) {
        fails(pair, request, response);
        return;
    }
    pair->begun = true;
}

static void writes(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct pair *pair = arg;
    enum shunt_status status = shunt_response_write(response, pair->bytes, pair->len);

    (void)request;
    if (status == SHUNT_AGAIN) {
        host->pause(pair->stream); /* until takes_more() */
    } else if (status != SHUNT_OK) {
        shunt_response_abort(response);
    }
}

static void ends(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct pair *pair = arg;

    (void)request;
    if (shunt_response_end(response) == SHUNT_OK) { /* else it was too short: on_cancelled() */
        pair->exchange = 0;
    }
}

static void run(struct pair *pair, shunt_handler *handler)
{
    if (pair->exchange) {
        (void)!shunt_exchange_run(pair->worker, pair->exchange, handler, pair);
    }
}

/* ---- the stream to the other server ---- */

static void on_stream_open(void *local, struct shunt_stream *stream)
{
    struct pair *pair = host->user(stream);

    (void)local;
    pair->stream = stream;
    pair->connect = 0;
    host->write(stream, pair->head, pair->head_len);
    pair->head_len = 0;
    run(pair, lets_come);
}

static void on_stream_data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    struct pair *pair = host->user(stream);
    char *end;

    if (!pair->begun) {
        size_t before = pair->head_len;
        size_t some = len < HEAD_BYTES - before ? len : HEAD_BYTES - before;

        memcpy(pair->head + before, bytes, some);
        pair->head_len += some;
        pair->head[pair->head_len] = '\0';
        end = strstr(pair->head, "\r\n\r\n");
        if (!end && pair->head_len < HEAD_BYTES) {
            return;
        }
        some = end ? (size_t)(end + 4 - pair->head) - before : 0;
        if (end) {
            end[2] = '\0';
        }
        run(pair, end ? begins : fails);
        if (!pair->exchange) {
            host->close(stream, SHUNT_CLOSE_NOW); /* that was no answer */
        }
        bytes += some;
        len -= some;
    }
    if (pair->begun && len > 0) {
        pair->bytes = bytes;
        pair->len = len;
        run(pair, writes);
    }
}

static void on_stream_drained(struct shunt_stream *stream)
{
    run(host->user(stream), lets_come);
}

static void on_stream_end(struct shunt_stream *stream)
{
    struct pair *pair = host->user(stream);

    run(pair, pair->begun ? ends : fails);
    host->close(stream, SHUNT_CLOSE_GRACEFUL);
}

static void on_stream_close(struct shunt_stream *stream, enum shunt_close_reason reason)
{
    struct pair *pair = host->user(stream);

    (void)reason;
    pair->stream = NULL;
    if (pair->exchange) {
        run(pair, fails); /* a reset */
    }
    pair_free(pair);
}

static void on_connect_failed(struct shunt_worker *worker, int error, void *user)
{
    struct pair *pair = user;

    (void)worker, (void)error;
    pair->connect = 0;
    run(pair, fails);
    pair_free(pair);
}

static enum shunt_status plugin_init(const struct shunt_host *given,
                                     const struct shunt_settings *settings, void **plugin)
{
    (void)settings, (void)plugin;
    host = given;
    return SHUNT_OK;
}

static const struct shunt_protocol protocol = {.size = sizeof protocol,
                                               .token = "upstream",
                                               .open = on_stream_open,
                                               .data = on_stream_data,
                                               .drained = on_stream_drained,
                                               .end = on_stream_end,
                                               .close = on_stream_close};
static const struct shunt_protocol *const protocols[] = {&protocol, NULL};
static const struct shunt_plugin plugin = {SHUNT_PLUGIN_HEAD, .name = "reverse_proxy",
                                           .version = "1", .init = plugin_init,
                                           .protocols = protocols};

/* ---- the handler: called at the head of each request ---- */

static void proxy(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct pair *pair = calloc(1, sizeof *pair);

    (void)arg;
    if (!pair || !write_head(pair, request)) {
        (void)!shunt_response_status(response, pair ? 431 : 503);
        free(pair);
        return;
    }
    if (shunt_request_field(request, "Transfer-Encoding", NULL)) {
        (void)!shunt_response_status(response, 411);
        free(pair);
        return;
    }
    pair->worker = shunt_response_worker(response);
    if (shunt_request_read(request, on_data, on_end, on_cancelled, pair, &pair->exchange) !=
        SHUNT_OK) {
        (void)!shunt_response_status(response, 503);
        free(pair);
        return;
    }
    shunt_request_pause(request); /* until on_stream_open() */
    if (host->connect(pair->worker, upstream->ai_addr, upstream->ai_addrlen, CONNECT_MS, "upstream",
                      on_connect_failed, pair, &pair->connect) != SHUNT_OK) {
        fails(pair, request, response);
        pair_free(pair);
    }
}

/* ---- the program ---- */

static void stop(int signal)
{
    (void)signal, shunt_server_stop(server);
}

static void ready(void *arg)
{
    (void)arg, printf("port %u\n", shunt_server_port(server, 0)), fflush(stdout);
}

int main(int argc, char **argv)
{
    const struct shunt_route route = {.size = sizeof route,
                                      .path = "/api/{rest...}",
                                      .handler = proxy,
                                      .streamed = true,
                                      .body_bytes_max = 1ull << 40};
    int result = 1;

    if (argc < 4 || getaddrinfo(argv[2], argv[3], &(struct addrinfo){.ai_socktype = SOCK_STREAM},
                                &upstream) != 0) {
        fprintf(stderr, "usage: reverse_proxy ADDRESS HOST PORT\n");
        return 2;
    }
    if (shunt_server_create(&server) != SHUNT_OK) {
        return 1;
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    if (shunt_server_plugin_add(server, &plugin, NULL) == SHUNT_OK &&
        shunt_server_route(server, &route) == SHUNT_OK &&
        shunt_server_listen(server, argv[1]) == SHUNT_OK &&
        shunt_server_run(server, ready, NULL) == SHUNT_OK) {
        result = 0;
    } else {
        fprintf(stderr, "%s\n", shunt_server_error(server));
    }
    shunt_server_destroy(server);
    freeaddrinfo(upstream);
    return result;
}
