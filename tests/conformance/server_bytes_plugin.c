/* The server's side of server_bytes.c. */
#include "conformance/server_bytes.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TAKERS_MAX = 64 };

uint8_t pattern[2 * PATTERN_BYTES];

size_t chance(uint64_t *rng, size_t most)
{
    *rng += 0x9e3779b97f4a7c15u; /* splitmix64 */

    uint64_t z = (*rng ^ *rng >> 30) * 0xbf58476d1ce4e5b9u;

    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (size_t)((z ^ z >> 31) % most);
}

/* ---- an echo that pauses as it likes ---- */

struct echo {
    uint64_t rng;
    uint32_t take_at,
        seen;         /* "beta": gives its descriptor away after so many bytes; 0: it does not */
    bool full, timed; /* why it is paused */
};
_Static_assert(sizeof(struct echo) <= SHUNT_STREAM_STATE_BYTES, "in the stream itself");

static uint64_t streams_seed;
static size_t data_bytes_max;

static struct echo *echo_of(struct shunt_stream *stream)
{
    return probe.host->state(stream);
}

static enum shunt_verdict echo_negotiate(const struct shunt_request *request,
                                         struct shunt_upgrade *upgrade)
{
    struct shunt_span offer = probe.host->upgrade_offer(upgrade);
    struct echo *echo = probe.host->upgrade_state(upgrade);

    (void)request;
    *echo = (struct echo){.rng = streams_seed};
    (void)chance(&streams_seed, 2);
    if (offer.len == 4 && memcmp(offer.at, "beta", 4) == 0) {
        echo->take_at = 1 + (uint32_t)chance(&echo->rng, 20000);
    }
    return SHUNT_ACCEPT;
}

static void echo_open(struct shunt_stream *stream)
{
    struct echo *echo = echo_of(stream);
    size_t high = 2 + chance(&echo->rng, 200000);

    if (chance(&echo->rng, 2)) {
        cr_expect_eq(probe.host->set_marks(stream, 1 + chance(&echo->rng, high - 1), high),
                     SHUNT_OK);
    }
}

static void pause_or_resume(struct shunt_stream *stream)
{
    struct echo *echo = echo_of(stream);

    if (echo->full || echo->timed) {
        probe.host->pause(stream);
    } else {
        probe.host->resume(stream);
    }
}

static enum shunt_status echo_write(struct shunt_stream *stream, const uint8_t *bytes, size_t len)
{
    struct echo *echo = echo_of(stream);
    enum shunt_status status;
    uint8_t *copy;

    if (chance(&echo->rng, 3) > 0) {
        return probe.host->write(stream, bytes, len);
    }
    copy = malloc(len);
    cr_assert_not_null(copy);
    memcpy(copy, bytes, len);
    probe.host->cork(stream);
    status = probe.host->write_borrowed(stream, copy, len, free, copy);
    probe.host->uncork(stream);
    return status;
}

static void take_begin(struct shunt_stream *stream);

static void echo_data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    struct echo *echo = echo_of(stream);

    cr_expect_leq(len, data_bytes_max);
    cr_expect(!echo->full && !echo->timed, "data while paused");
    echo->full = echo_write(stream, bytes, len) == SHUNT_AGAIN;
    echo->seen += (uint32_t)len;
    if (echo->take_at && echo->seen >= echo->take_at) {
        take_begin(stream);
        return;
    }
    if (chance(&echo->rng, 8) == 0) {
        echo->timed = true;
        probe.host->timer(stream, 1 + (uint32_t)chance(&echo->rng, 3));
    }
    pause_or_resume(stream);
}

static void echo_drained(struct shunt_stream *stream)
{
    echo_of(stream)->full = false;
    pause_or_resume(stream);
}

static void echo_timer(struct shunt_stream *stream)
{
    echo_of(stream)->timed = false;
    pause_or_resume(stream);
}

/* ---- "beta": a thread goes on where the worker stopped ---- */

struct taker {
    pthread_t thread;
    int fd;
    bool end;
    uint8_t *bytes;
    size_t len;
};

static struct taker takers[TAKERS_MAX];
static unsigned taker_count;

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t wrote = send(fd, bytes, len, MSG_NOSIGNAL);

        if (wrote <= 0) {
            return false;
        }
        bytes += wrote;
        len -= (size_t)wrote;
    }
    return true;
}

static void *echoes_on(void *arg)
{
    struct taker *taker = arg;
    uint8_t bytes[8192];
    ssize_t got = 0;
    bool goes_on = write_all(taker->fd, taker->bytes, taker->len);

    while (goes_on && !taker->end && (got = recv(taker->fd, bytes, sizeof bytes, 0)) > 0) {
        goes_on = write_all(taker->fd, bytes, (size_t)got);
    }
    close(taker->fd);
    free(taker->bytes);
    return NULL;
}

static void taken(void *arg, int fd, const uint8_t *bytes, size_t len, bool end)
{
    struct taker *taker = &takers[taker_count];

    (void)arg;
    if (fd < 0) {
        return; /* the connection died first */
    }
    cr_assert_lt(taker_count, TAKERS_MAX);
    *taker = (struct taker){.fd = fd, .end = end, .len = len, .bytes = malloc(len + 1)};
    cr_assert_not_null(taker->bytes);
    if (len > 0) {
        memcpy(taker->bytes, bytes, len);
    }
    cr_assert_eq(pthread_create(&taker->thread, NULL, echoes_on, taker), 0);
    taker_count++;
}

static void take_begin(struct shunt_stream *stream)
{
    cr_expect_eq(probe.host->take_fd(stream, taken, NULL), SHUNT_OK);
}

void bytes_takers_join(void)
{
    for (unsigned i = 0; i < taker_count; i++) {
        pthread_join(takers[i].thread, NULL);
    }
    taker_count = 0;
}

/* ---- the server ---- */

static void answer_bytes(void *arg, const struct shunt_request *request,
                         struct shunt_response *response)
{
    char text[64] = "";
    size_t at = 0, len = 0;

    (void)arg;
    memcpy(text, request->query.at, request->query.len < 63 ? request->query.len : 63);
    cr_assert_eq(sscanf(text, "%zu,%zu", &at, &len), 2);
    cr_assert(at + len <= sizeof pattern);
    cr_assert_eq(shunt_response_body(response, "text/plain", (const char *)pattern + at, len),
                 SHUNT_OK);
}

static int pattern_file; /* has the pattern; unlinked */

static void pattern_file_make(void)
{
    char name[] = "/var/tmp/shunt-bytes-XXXXXX";

    pattern_file = mkstemp(name);
    cr_assert_geq(pattern_file, 0);
    unlink(name);
    cr_assert_eq(write(pattern_file, pattern, sizeof pattern), (ssize_t)sizeof pattern);
}

static void answer_file(void *arg, const struct shunt_request *request,
                        struct shunt_response *response)
{
    char text[64] = "";
    size_t at = 0, len = 0;

    (void)arg;
    memcpy(text, request->query.at, request->query.len < 63 ? request->query.len : 63);
    cr_assert_eq(sscanf(text, "%zu,%zu", &at, &len), 2);
    cr_assert_eq(shunt_response_file(response, "text/plain", dup(pattern_file), at, len), SHUNT_OK);
}

static void limits_choose(struct config_limits *limits, uint64_t *rng)
{
    limits->receive_buffer_bytes = (uint32_t[]){256, 4096, 4096, 16384}[chance(rng, 4)];
    limits->receive_buffers = (uint32_t[]){2, 16, 1024}[chance(rng, 3)];
    limits->queue_high_bytes = 2 + (uint32_t)chance(rng, 300000);
    limits->queue_low_bytes = 1 + (uint32_t)chance(rng, limits->queue_high_bytes - 1);
    limits->unsent_bytes = 4096 << chance(rng, 8);
}

/* A listener's buffers are its connections' too. */
void bytes_server_send_buffer(const struct server *s, int bytes)
{
    unsigned found = 0;

    for (int fd = 0; fd < 1024; fd++) {
        struct sockaddr_in name = {0};
        socklen_t name_len = sizeof name, len = sizeof(int);
        int listens = 0;

        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens &&
            getsockname(fd, (struct sockaddr *)&name, &name_len) == 0 &&
            ntohs(name.sin_port) == s->port) {
            cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), 0);
            found++;
        }
    }
    cr_assert_gt(found, 0);
}

static void websocket_add(struct server *s)
{
    static const char *const names[] = {"websocket.so", "echo.so"};
    char file[512];

    for (size_t i = 0; i < 2; i++) {
        snprintf(file, sizeof file, "%s/%s", SHIPPED_PLUGIN_DIR, names[i]);
        cr_assert_eq(shunt_server_plugin_load(s->server, file, NULL), SHUNT_OK, "%s",
                     shunt_server_error(s->server));
    }
}

void bytes_server_create(struct server *s, enum io_backend backend, uint64_t seed)
{
    const struct shunt_route route = {
        .size = sizeof route, .path = "/bytes", .handler = answer_bytes};
    const struct shunt_route file_route = {
        .size = sizeof route, .path = "/file", .handler = answer_file};
    const struct shunt_route socket_route = {.size = sizeof route,
                                             .path = "/ws",
                                             .upgrade = (const char *const[]){"websocket", NULL},
                                             .settings =
                                                 (const char *const[]){"service", "echo", NULL}};
    uint64_t rng = seed;

    for (size_t i = 0; i < PATTERN_BYTES; i++) {
        pattern[i] = pattern[i + PATTERN_BYTES] = (uint8_t)chance(&rng, 256);
    }
    streams_seed = seed << 32;
    probe.negotiate = echo_negotiate;
    probe.open = echo_open;
    probe.data = echo_data;
    probe.drained = echo_drained;
    probe.timer = echo_timer;
    server_create(s, backend);
    websocket_add(s);
    pattern_file_make();
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s->server, &file_route), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s->server, &socket_route), SHUNT_OK);
    limits_choose(&server_config(s->server)->limits, &rng);
    data_bytes_max = server_config(s->server)->limits.receive_buffer_bytes;
    server_config(s->server)->timeouts.park_ms = 16;
}

void bytes_server_close(struct server *s)
{
    server_close(s);
    close(pattern_file);
}
