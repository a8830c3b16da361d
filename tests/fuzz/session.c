/*
 * Any bytes as all that a client sends on one connection, over the server without sockets
 * (bench/memory): requests, bodies, upgrades and what follows them. The first byte chooses: bit 0
 * small limits, bit 1 the client ends its direction at the end, bit 2 deferred answers are never
 * given, bit 3 time passes until all waits are over, bits 4 to 7 the longest piece; the second one
 * the pieces. The same bytes come once whole, and then on two connections side by side, cut in
 * different ways. What is looked for: an answer that depends on the cut, by a byte, or counters
 * that do; a connection, an exchange or memory that is left at the end.
 *
 * An empty line ends the input, so that no head is left open: one that can become no valid one is
 * refused at once or later, by the cut. Interim answers depend on the cut (RFC 9110 section 10.1.1)
 * and are left out, as is what Date shows.
 */
#include "base/log.h"
#include "conn/loop.h"
#include "http1/context.h"
#include "memory/peer.h"
#include "memory/server.h"

#include <shunt/http.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())

enum { CLIENTS = 2, WAITING_MAX = CLIENTS + 1, PASSING_MS = 2000, PASSINGS = 100 };

static struct memory_worker *worker;
static struct shunt_worker *loop;
static uint64_t fake_ms;

static uint64_t fake_clock_ms(void)
{
    return fake_ms;
}

/* ---- handlers ---- */

/* Exchanges that wait for their answers. */
static struct waiting {
    bool used;
    shunt_id id;
    shunt_handler *answer;
} waiting[WAITING_MAX];

static void on_cancelled(void *arg)
{
    ((struct waiting *)arg)->used = false;
}

static struct waiting *waiting_take(shunt_handler *answer)
{
    for (size_t i = 0; i < WAITING_MAX; i++) {
        if (!waiting[i].used) {
            waiting[i] = (struct waiting){.used = true, .answer = answer};
            return &waiting[i];
        }
    }
    abort(); /* a connection waits for one answer at a time */
}

/* Bodies that come in pieces, one a connection at most. */
static struct reading {
    bool used;
    size_t len;
    uint64_t sum;
} readings[WAITING_MAX];

static void on_reading_cancelled(void *arg)
{
    ((struct reading *)arg)->used = false;
}

static void on_body(void *arg, const struct shunt_request *request, struct shunt_response *response,
                    const void *bytes, size_t len)
{
    struct reading *reading = arg;

    (void)request, (void)response;
    CHECK(reading->used && len > 0);
    for (size_t i = 0; i < len; i++) {
        reading->sum = (reading->sum ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
    }
    reading->len += len;
}

/* Its length, a sum of its bytes, and how many trailers came behind it. */
static void on_body_end(void *arg, const struct shunt_request *request,
                        struct shunt_response *response)
{
    struct reading *reading = arg;
    char text[96];
    int len = snprintf(text, sizeof text, "%zu %llx %zu", reading->len,
                       (unsigned long long)reading->sum, request->trailer_count);

    CHECK(reading->used);
    reading->used = false;
    CHECK(shunt_response_body(response, NULL, text, (size_t)len) == SHUNT_OK);
}

/* With a query the answer does not wait for the body. */
static void on_stream(void *arg, const struct shunt_request *request,
                      struct shunt_response *response)
{
    struct reading *reading = readings;
    shunt_id id;

    (void)arg, (void)response;
    if (request->query.len > 0) {
        return;
    }
    while (reading->used) {
        reading++;
        CHECK(reading < readings + WAITING_MAX);
    }
    *reading = (struct reading){.used = true};
    CHECK(shunt_request_read(request, on_body, on_body_end, on_reading_cancelled, reading, &id) ==
          SHUNT_OK);
}

static void body_set(struct shunt_response *response, struct shunt_span body)
{
    CHECK(shunt_response_body(response, "text/plain", body.at, body.len) == SHUNT_OK);
}

static void answer_later(void *arg, const struct shunt_request *request,
                         struct shunt_response *response)
{
    (void)arg;
    body_set(response, request->body.len > 0 ? request->body : request->target);
}

static void on_later(void *arg, const struct shunt_request *request,
                     struct shunt_response *response)
{
    struct waiting *one = waiting_take(answer_later);

    (void)arg, (void)request;
    CHECK(shunt_response_defer(response, on_cancelled, one, &one->id) == SHUNT_OK);
}

static void answer_pieces(void *arg, const struct shunt_request *request,
                          struct shunt_response *response)
{
    (void)arg;
    CHECK(shunt_response_write(response, request->method.at, request->method.len) == SHUNT_OK);
    CHECK(shunt_response_write(response, "second", 6) == SHUNT_OK);
    (void)!shunt_response_trailer(response, "X-Behind", "1");
    CHECK(shunt_response_end(response) == SHUNT_OK);
}

/* The first piece at once, the others later; of a known length where there is a query. */
static void on_pieces(void *arg, const struct shunt_request *request,
                      struct shunt_response *response)
{
    struct waiting *one = waiting_take(answer_pieces);
    uint64_t length = request->query.len > 0 ? 11 + request->method.len : SHUNT_LENGTH_UNKNOWN;

    (void)arg;
    CHECK(shunt_response_begin(response, NULL, length, NULL, on_cancelled, one, &one->id) ==
          SHUNT_OK);
    CHECK(shunt_response_write(response, "first", 5) == SHUNT_OK);
}

static void on_parameter(void *arg, const struct shunt_request *request,
                         struct shunt_response *response)
{
    struct shunt_span name = shunt_request_parameter(request, "name");
    struct shunt_span rest = shunt_request_parameter(request, "rest");

    (void)arg;
    CHECK(name.len > 0 && !memchr(name.at, '/', name.len));
    CHECK(rest.at + rest.len == request->path.at + request->path.len);
    body_set(response, rest);
}

/* Give the answers that wait. */
static bool answers_give(void)
{
    bool given = false;

    for (size_t i = 0; i < WAITING_MAX; i++) {
        struct waiting one = waiting[i];

        if (one.used) {
            waiting[i].used = false;
            CHECK(shunt_exchange_run(loop, one.id, one.answer, NULL) == SHUNT_OK);
            given = true;
        }
    }
    return given;
}

/* ---- clients ---- */

struct client {
    int fd; /* -1: not connected */
    size_t sent;
    uint64_t seed;
    char *received;
    size_t received_len, room;
};

static struct client whole, pieces[CLIENTS];

static void on_piece(void *arg, int fd, struct shunt_span piece)
{
    struct client *client = fd == whole.fd ? &whole : fd == pieces[0].fd ? &pieces[0] : &pieces[1];

    (void)arg;
    CHECK(fd == client->fd);
    while (client->room - client->received_len < piece.len) {
        client->room = client->room ? 2 * client->room : 65536;
        client->received = realloc(client->received, client->room);
        CHECK(client->received != NULL);
    }
    if (piece.len > 0) {
        memcpy(client->received + client->received_len, piece.at, piece.len);
        client->received_len += piece.len;
    }
}

static void client_open(struct client *client, uint64_t seed)
{
    client->sent = client->received_len = 0;
    client->seed = seed;
    client->fd = memory_peer_connect(loop->io);
    CHECK(client->fd >= 0);
}

/* Send the next piece, of `most` bytes at most; where the server has not read the one before, it
 * gets none yet. False: all has been sent, or the server has closed. */
static bool client_send(struct client *client, struct shunt_span input, size_t most)
{
    size_t len, left = input.len - client->sent;

    if (left == 0 || (client->sent > 0 && memory_peer_user(loop->io, client->fd) == 0)) {
        return false;
    }
    if (memory_peer_unread(loop->io, client->fd) > 0) {
        return true;
    }
    client->seed = client->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    len = most == 0 ? left : (size_t)(client->seed >> 33) % most + 1;
    len = len < left ? len : left;
    memory_peer_send(loop->io, client->fd, (struct shunt_span){input.at + client->sent, len});
    client->sent += len;
    return true;
}

/* Without interim answers, and without what Date shows. */
static void client_normalise(struct client *client)
{
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n", date[] = "\r\nDate: ";
    char *at = client->received, *end = at + client->received_len, *to = at;

    while (at < end) {
        if ((size_t)(end - at) >= sizeof interim - 1 &&
            memcmp(at, interim, sizeof interim - 1) == 0) {
            at += sizeof interim - 1;
            continue;
        }
        if (end - at >= 37 && memcmp(at, date, sizeof date - 1) == 0) {
            memset(at + sizeof date - 1, '#', 29);
        }
        *to++ = *at++;
    }
    client->received_len = (size_t)(to - client->received);
}

/* ---- one run ---- */

struct options {
    bool ends, unanswered, passes;
    size_t most; /* bytes of a piece; 0: all */
};

static void turn(void)
{
    CHECK(conn_loop_turn(loop, 0) == SHUNT_OK);
}

static void turn_until_idle(const struct options *options)
{
    do {
        turn();
    } while (memory_busy(loop->io) || (!options->unanswered && answers_give()));
}

static void pass(const struct options *options)
{
    for (size_t i = 0; options->passes && i < PASSINGS; i++) {
        fake_ms += PASSING_MS;
        turn_until_idle(options);
    }
}

/* They have reset their connections: where one had ended its direction before, the server finds out
 * by sending. */
static void leave(const struct options *options)
{
    const struct options quiet = {.unanswered = true};

    turn_until_idle(&quiet);
    for (size_t i = 0; i < PASSINGS && options->ends && memory_worker_live(worker) > 0; i++) {
        fake_ms += PASSING_MS;
        turn_until_idle(&quiet);
    }
}

/* All that clients do, side by side; then they leave, and nothing of them is left. */
static void run(struct client *clients, size_t count, struct shunt_span input,
                const struct options *options)
{
    const struct exchange_context *context = loop->http_context;
    bool more = true;

    for (unsigned stuck = 0; more && stuck < 64; stuck++) {
        more = false;
        for (size_t i = 0; i < count; i++) {
            size_t before = clients[i].sent;

            more |= client_send(&clients[i], input, options->most);
            stuck = clients[i].sent > before ? 0 : stuck;
        }
        turn_until_idle(options);
    }
    for (size_t i = 0; i < count && options->ends; i++) {
        memory_peer_end(loop->io, clients[i].fd);
    }
    turn_until_idle(options);
    pass(options);
    for (size_t i = 0; i < count; i++) {
        client_normalise(&clients[i]);
        memory_peer_reset(loop->io, clients[i].fd);
    }
    leave(options);
    for (size_t i = 0; i < count; i++) {
        clients[i].fd = -1;
    }
    CHECK(memory_worker_live(worker) == 0 && memory_held(loop->io) == 0);
    CHECK(loop->memory.used == 0);
    CHECK(context->pending_answers == 0 && context->pending_upgrades == 0);
    for (size_t i = 0; i < WAITING_MAX; i++) {
        CHECK(!waiting[i].used && !readings[i].used);
    }
}

/* What must not depend on the cut. */
struct counts {
    uint64_t values[12];
};

static struct counts counts_now(void)
{
    const struct exchange_counters *http =
        &((const struct exchange_context *)loop->http_context)->counters;

    return (struct counts){{http->requests, http->responses_4xx, http->responses_5xx,
                            http->malformed, http->too_big, http->upgrades_accepted,
                            http->upgrades_declined, http->upgrades_refused, http->answers_deferred,
                            loop->counters.upgrades, loop->counters.accepted,
                            loop->counters.closed}};
}

/* ---- the server ---- */

static void prepare(void)
{
    static const char *const upgrade[] = {"echo", "websocket", NULL}, *const echo[] = {"echo",
                                                                                       NULL};
    static const char *const post[] = {"POST", "PUT", NULL};
    static const struct exchange_route routes[] = {
        {.path = {"/", 1}, .has_text = true, .text = {"hello", 5}, .content_type = "text/plain"},
        {.path = {"/echo", 5}, .echo = true, .content_type = "text/plain", .upgrade = upgrade},
        {.path = {"/need", 5}, .upgrade = echo, .upgrade_required = true},
        {.path = {"/later", 6}, .handler = on_later},
        {.path = {"/pieces", 7}, .handler = on_pieces},
        {.path = {"/stream", 7}, .handler = on_stream, .streamed = true},
        {.path = {"/p/{name}/{rest...}", 19}, .handler = on_parameter},
        {.path = {"/p/{other}/x", 12}, .handler = on_later, .methods = post},
    };
    static struct memory_server *server;

    log_level_set(SHUNT_LOG_ERROR);
    CHECK(memory_server_create(routes, sizeof routes / sizeof *routes, &server, NULL) == SHUNT_OK);
    CHECK(memory_worker_create(server, CLIENTS + 1, &worker, NULL) == SHUNT_OK);
    loop = memory_worker_loop(worker);
    fake_ms = loop->now_ms;
    loop->clock_ms = fake_clock_ms;
    memory_sink_set(loop->io, on_piece, NULL);
    whole.fd = pieces[0].fd = pieces[1].fd = -1;
}

static void limits_set(bool small)
{
    static struct exchange_limits usual;
    struct exchange_limits *limits = &((struct exchange_context *)loop->http_context)->limits;

    if (usual.body_bytes_max == 0) {
        usual = *limits;
    }
    *limits = usual;
    if (small) {
        limits->http = (struct http_limits){256, 64, 6};
        limits->body_bytes_max = 40;
        limits->response_bytes_max = 60;
        limits->requests_max = 3;
        limits->offers_max = 2;
    }
}

static void check_same(const struct client *client)
{
    CHECK(client->received_len == whole.received_len);
    CHECK(client->received_len == 0 ||
          memcmp(client->received, whole.received, whole.received_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct options options;
    struct shunt_span input;
    struct counts before, between, after;
    char *bytes;

    if (size < 3) {
        return 0;
    }
    if (!worker) {
        prepare();
    }
    limits_set(data[0] & 1);
    options = (struct options){data[0] >> 1 & 1, data[0] >> 2 & 1, data[0] >> 3 & 1, 0};
    bytes = malloc(size + 2);
    CHECK(bytes != NULL);
    memcpy(bytes, data + 2, size - 2);
    memcpy(bytes + size - 2, "\r\n\r\n", 4);
    input = (struct shunt_span){bytes, size + 2};
    before = counts_now();
    client_open(&whole, 0);
    run(&whole, 1, input, &options);
    between = counts_now();
    options.most = (data[0] >> 4) * (data[0] >> 4) + 1u;
    client_open(&pieces[0], data[1]);
    client_open(&pieces[1], data[1] + 256u);
    run(pieces, CLIENTS, input, &options);
    after = counts_now();
    check_same(&pieces[0]);
    check_same(&pieces[1]);
    for (size_t i = 0; i < sizeof before.values / sizeof *before.values; i++) {
        CHECK((between.values[i] - before.values[i]) * CLIENTS ==
              after.values[i] - between.values[i]);
    }
    free(bytes);
    return 0;
}
