/*
 * Bodies both ways at once, by many clients: an echo that writes each piece it is given and holds the
 * body back while the client does not read, one that adds up, one that answers before the end. Sizes,
 * chunks, pauses, the threads that end them, and what cuts a request off are chosen at random; every
 * byte of an answer is compared, and each exchange ends once, in one way.
 */
#include "conformance/server_later.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CLIENTS = 8, ROUNDS = 10, REQUESTS_MAX = 4, BODY_MAX = 200000, HELD_MAX = 4096 };

static atomic_uint begun, finished, left;

/* ---- what holds bodies back: another thread lets them go on ---- */

static shunt_id held[HELD_MAX];
static unsigned held_count;
static bool over;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void hold(shunt_id id)
{
    pthread_mutex_lock(&lock);
    cr_assert_lt(held_count, HELD_MAX);
    held[held_count++] = id;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

static void resumes_posted(void *arg, const struct shunt_request *request,
                           struct shunt_response *response)
{
    (void)arg, (void)response;
    shunt_request_resume(request);
}

static void *lets_go_on(void *arg)
{
    unsigned *seed = arg;

    pthread_mutex_lock(&lock);
    while (!over || held_count > 0) {
        if (held_count == 0) {
            pthread_cond_wait(&changed, &lock);
            continue;
        }
        unsigned chosen = (unsigned)rand_r(seed) % held_count;
        shunt_id id = held[chosen];
        enum shunt_status status;

        held[chosen] = held[--held_count];
        pthread_mutex_unlock(&lock);
        sched_yield();
        status = rand_r(seed) % 2 ? shunt_exchange_resume(id)
                                  : shunt_exchange_post(id, resumes_posted, NULL, NULL);
        cr_assert_eq(status, SHUNT_OK, "%s", shunt_status_name(status));
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* ---- the handlers ---- */

enum kind { ECHO, SUM, EARLY, KINDS };

struct job {
    enum kind kind;
    shunt_id id;
    unsigned seed;
    uint64_t hash, stop_at;
    size_t len;
    bool waits; /* for drained() */
    bool gone;
};

static uint64_t hash_more(uint64_t hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static void end_job(struct job *job, atomic_uint *how)
{
    cr_assert_not(job->gone, "one end");
    job->gone = true;
    atomic_fetch_add(how, 1);
    free(job);
}

static void job_cancelled(void *arg)
{
    end_job(arg, &left);
}

static void drained(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct job *job = arg;

    (void)response;
    cr_assert(job->waits);
    job->waits = false;
    shunt_request_resume(request);
}

static void answer_sum(struct job *job, struct shunt_response *response)
{
    char text[64];
    int len = snprintf(text, sizeof text, "%016llx %zu", (unsigned long long)job->hash, job->len);

    cr_assert_eq(shunt_response_body(response, "text/plain", text, (size_t)len), SHUNT_OK);
}

static void on_data(void *arg, const struct shunt_request *request, struct shunt_response *response,
                    const void *bytes, size_t len)
{
    struct job *job = arg;

    cr_assert_not(job->waits, "held back");
    job->hash = hash_more(job->hash, bytes, len);
    job->len += len;
    if (job->kind == ECHO) {
        enum shunt_status status = shunt_response_write(response, bytes, len);

        if (status == SHUNT_AGAIN) {
            job->waits = true;
            shunt_request_pause(request);
            return;
        }
        cr_assert(status == SHUNT_OK || status == SHUNT_ESTATE, "%s", shunt_status_name(status));
    } else if (job->kind == EARLY && job->len >= job->stop_at) {
        cr_assert_eq(shunt_response_body(response, "text/plain", "early", 5), SHUNT_OK);
        cr_assert_eq(shunt_response_end(response), SHUNT_OK);
        end_job(job, &finished);
        return;
    }
    if (rand_r(&job->seed) % 16 == 0) {
        shunt_request_pause(request);
        hold(job->id);
    }
}

static void on_end(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct job *job = arg;

    (void)request;
    cr_assert_not(job->waits, "the end waits too");
    if (job->kind == ECHO) {
        cr_assert_eq(shunt_response_end(response), SHUNT_OK);
    } else {
        answer_sum(job, response);
    }
    end_job(job, &finished);
}

/* "/job?KIND,SEED,LENGTH,STOP": an echo has a length where it is not 0. */
static void starts(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct job *job = calloc(1, sizeof *job);
    char query[80];
    unsigned long length, stop;
    shunt_id id;

    (void)arg;
    snprintf(query, sizeof query, "%.*s", (int)request->query.len, request->query.at);
    cr_assert_eq(sscanf(query, "%u,%u,%lu,%lu", (unsigned *)&job->kind, &job->seed, &length, &stop),
                 4);
    job->stop_at = stop;
    atomic_fetch_add(&begun, 1);
    cr_assert_eq(shunt_request_read(request, on_data, on_end, job_cancelled, job, &job->id),
                 SHUNT_OK);
    if (job->kind == ECHO) {
        cr_assert_eq(shunt_response_begin(response, NULL, length ? length : SHUNT_LENGTH_UNKNOWN,
                                          drained, job_cancelled, job, &id),
                     SHUNT_OK);
        cr_assert_eq(id, job->id);
    }
    if (job->seed % 5 == 0) {
        shunt_request_pause(request);
        hold(job->id);
    }
}

/* ---- the clients ---- */

struct request {
    enum kind kind;
    bool plain;
    size_t len, stop;
    unsigned char *body;
};

struct client {
    const struct server *s;
    unsigned number, seed;
};

static unsigned chance(struct client *client, unsigned of)
{
    return (unsigned)rand_r(&client->seed) % of;
}

/* Small ones mostly; then of any length. */
static size_t some(struct client *client, size_t most)
{
    size_t bound = chance(client, 3) ? most / 50 + 1 : most;

    return (size_t)rand_r(&client->seed) % bound;
}

static size_t write_chunks(struct client *client, char *out, const struct request *request)
{
    static const char *const extensions[] = {"", "", ";a", " ; b = \"c;d\"", ";e=f"};
    size_t at = 0, len = 0, most = chance(client, 4) ? 65536 : 8;

    while (at < request->len) {
        size_t chunk = 1 + some(client, most);
        const char *extension = chunk > 1000 ? extensions[chance(client, 5)] : "";

        chunk = chunk < request->len - at ? chunk : request->len - at;
        len += (size_t)sprintf(out + len, "%zx%s\r\n", chunk, extension);
        memcpy(out + len, request->body + at, chunk);
        len += chunk;
        at += chunk;
        len += (size_t)sprintf(out + len, "\r\n");
    }
    return len + (size_t)sprintf(out + len, "0\r\n%s\r\n", chance(client, 2) ? "X-T: u\r\n" : "");
}

/* In `out`, which has room for 8 times the body and 1,000 bytes. */
static size_t write_request(struct client *client, char *out, struct request *request)
{
    bool chunked = chance(client, 2);
    size_t len;

    *request = (struct request){.plain = chance(client, 4) == 0,
                                .kind = (enum kind)chance(client, KINDS),
                                .len = some(client, BODY_MAX)};
    if (request->plain) {
        return (size_t)sprintf(out, "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    request->stop = 1 + some(client, BODY_MAX);
    request->body = malloc(request->len + 1);
    for (size_t i = 0; i < request->len; i++) {
        request->body[i] = (unsigned char)rand_r(&client->seed);
    }
    len = (size_t)sprintf(out, "POST /job?%u,%u,%zu,%zu HTTP/1.1\r\nHost: a\r\n", request->kind,
                          (unsigned)rand_r(&client->seed), chance(client, 2) ? request->len : 0,
                          request->stop);
    if (chunked) {
        len += (size_t)sprintf(out + len, "Transfer-Encoding: chunked\r\n\r\n");
        return len + write_chunks(client, out + len, request);
    }
    len += (size_t)sprintf(out + len, "Content-Length: %zu\r\n\r\n", request->len);
    memcpy(out + len, request->body, request->len);
    return len + request->len;
}

/* What has come of the answers. */
struct input {
    char *bytes;
    size_t at, len, room;
};

/* A slow reader now and then: nothing, or a few bytes. False: the end, or a reset. */
static bool receive(struct client *client, int fd, struct input *in)
{
    size_t most = chance(client, 4) ? 65536 : 1 + chance(client, 500);
    ssize_t got;

    if (in->room - in->len < most) {
        in->room = in->room * 2 + most;
        in->bytes = realloc(in->bytes, in->room);
    }
    got = recv(fd, in->bytes + in->len, most, MSG_DONTWAIT);
    in->len += got > 0 ? (size_t)got : 0;
    return got > 0 || (got < 0 && errno == EAGAIN);
}

/* Sends `len` bytes in odd pieces, and receives meanwhile until `until` bytes more are there. False:
 * the connection has ended. */
static bool exchange(struct client *client, int fd, const char *out, size_t len, struct input *in,
                     size_t until)
{
    size_t sent = 0;

    while (sent < len || in->len - in->at < until) {
        struct pollfd wait = {.fd = fd, .events = (short)(POLLIN | (sent < len ? POLLOUT : 0))};

        cr_assert_gt(poll(&wait, 1, 20000), 0, "client %u stands still: %zu of %zu sent",
                     client->number, sent, len);
        if (wait.revents & POLLOUT && sent < len) {
            size_t piece = 1 + some(client, 50000);
            ssize_t took = send(fd, out + sent, piece < len - sent ? piece : len - sent,
                                MSG_DONTWAIT | MSG_NOSIGNAL);

            sent += took > 0 ? (size_t)took : 0;
        }
        if (wait.revents & (POLLIN | POLLHUP | POLLERR) && (chance(client, 3) || sent == len) &&
            !receive(client, fd, in)) {
            return false;
        }
    }
    return true;
}

static void need(struct client *client, int fd, struct input *in, size_t bytes)
{
    cr_assert(exchange(client, fd, NULL, 0, in, bytes), "client %u: cut off", client->number);
}

/* The next line or, with `blank`, head; `in->at` moves behind it. */
static char *take_text(struct client *client, int fd, struct input *in, const char *end)
{
    size_t want = 1;
    char *found;

    for (;;) {
        need(client, fd, in, want);
        found = memmem(in->bytes + in->at, in->len - in->at, end, strlen(end));
        if (found) {
            char *start = in->bytes + in->at;

            *found = '\0';
            in->at = (size_t)(found - in->bytes) + strlen(end);
            return start;
        }
        want = in->len - in->at + 1;
    }
}

/* The body of the next answer: its length and hash. */
static size_t take_body(struct client *client, int fd, struct input *in, uint64_t *hash, char *text)
{
    char *head = take_text(client, fd, in, "\r\n\r\n"), *length;
    size_t len = 0, chunk;

    cr_assert_eq(strncmp(head, "HTTP/1.1 200 ", 13), 0, "client %u: %s", client->number, head);
    length = strstr(head, "Content-Length: ");
    *hash = 0;
    if (length) {
        len = strtoul(length + 16, NULL, 10);
        need(client, fd, in, len);
        *hash = hash_more(0, in->bytes + in->at, len);
        snprintf(text, 64, "%.*s", (int)(len < 63 ? len : 63), in->bytes + in->at);
        in->at += len;
        return len;
    }
    while ((chunk = strtoul(take_text(client, fd, in, "\r\n"), NULL, 16)) > 0) {
        need(client, fd, in, chunk + 2);
        *hash = hash_more(*hash, in->bytes + in->at, chunk);
        in->at += chunk + 2;
        len += chunk;
    }
    take_text(client, fd, in, "\r\n");
    return len;
}

static void expect_answer(struct client *client, int fd, struct input *in,
                          const struct request *request)
{
    char text[64] = "", want[64] = "/plain";
    uint64_t hash, sent = request->plain ? 0 : hash_more(0, request->body, request->len);
    size_t len = take_body(client, fd, in, &hash, text);

    if (request->plain) {
        cr_assert_str_eq(text, want);
        return;
    }
    if (request->kind == ECHO) {
        cr_assert(len == request->len && hash == sent, "client %u: %zu of %zu bytes back",
                  client->number, len, request->len);
        return;
    }
    snprintf(want, sizeof want, "%016llx %zu", (unsigned long long)sent, request->len);
    if (request->kind == EARLY && request->len >= request->stop) {
        strcpy(want, "early");
    }
    cr_assert_str_eq(text, want, "client %u", client->number);
}

/* Ends in the middle of what it has sent: a reset, an end, or the end of its direction only. */
static void leave(struct client *client, int fd, const char *out, size_t len)
{
    const struct linger now = {.l_onoff = 1};
    struct input in = {0};
    size_t part = some(client, len) + 1;

    (void)exchange(client, fd, out, part < len ? part : len, &in, 0);
    if (chance(client, 2)) {
        cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    } else if (chance(client, 2)) {
        shutdown(fd, SHUT_WR);
        while (receive(client, fd, &in)) {
            struct pollfd wait = {.fd = fd, .events = POLLIN};

            cr_assert_gt(poll(&wait, 1, 20000), 0, "client %u: its end is not seen",
                         client->number);
        }
    }
    free(in.bytes);
    close(fd);
}

static void run_round(struct client *client)
{
    struct request requests[REQUESTS_MAX];
    unsigned count = 1 + chance(client, REQUESTS_MAX);
    char *out = malloc(REQUESTS_MAX * (8 * BODY_MAX + 1000));
    struct input in = {0};
    int fd = client_open(client->s);
    size_t len = 0;

    for (unsigned i = 0; i < count; i++) {
        len += write_request(client, out + len, &requests[i]);
    }
    if (chance(client, 4) == 0) {
        leave(client, fd, out, len);
    } else {
        cr_assert(exchange(client, fd, out, len, &in, 0));
        for (unsigned i = 0; i < count; i++) {
            expect_answer(client, fd, &in, &requests[i]);
        }
        close(fd);
    }
    for (unsigned i = 0; i < count; i++) {
        free(requests[i].body);
    }
    free(in.bytes);
    free(out);
}

static void *runs_rounds(void *arg)
{
    struct client *client = arg;

    for (unsigned i = 0; i < ROUNDS; i++) {
        run_round(client);
    }
    return NULL;
}

/* ---- all of it ---- */

static void small_queues(struct config *config)
{
    config->limits.queue_bytes_max = 65536 * 2;
    config->limits.queue_high_bytes = 16384;
    config->limits.queue_low_bytes = 4096;
    config->limits.body_bytes_max = BODY_MAX;
}

static void open_jobs(struct server *s, enum io_backend backend)
{
    const struct shunt_route jobs = {
        .size = sizeof jobs, .path = "/job", .handler = starts, .streamed = true};

    server_create(s, backend);
    cr_assert_eq(shunt_server_route(s->server, &jobs), SHUNT_OK);
    small_queues(server_config(s->server));
    server_log_keep(s);
    server_start(s);
}

CLOSING_SERVER(bodies_both_ways_arrive_whole_and_each_ends_once)
{
    const char *chosen = getenv("SHUNT_BYTES_SEED");
    unsigned seed = chosen ? (unsigned)strtoul(chosen, NULL, 10) : 20261128;
    struct client clients[CLIENTS];
    pthread_t threads[CLIENTS], helper;

    open_jobs(s, backend);
    cr_assert_eq(pthread_create(&helper, NULL, lets_go_on, &seed), 0);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.s = s, .number = i, .seed = seed * 97 + i};
        cr_assert_eq(pthread_create(&threads[i], NULL, runs_rounds, &clients[i]), 0);
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_lock(&lock);
    over = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(helper, NULL);
    while (atomic_load(&begun) != atomic_load(&finished) + atomic_load(&left)) {
        client_turn(s); /* who has left is noticed */
    }
    while (server_counter(s, "conn.memory_bytes") > 0) {
    }
    cr_expect_gt(atomic_load(&left), 0);
    cr_expect_gt(atomic_load(&finished), CLIENTS * ROUNDS / 2);
}
