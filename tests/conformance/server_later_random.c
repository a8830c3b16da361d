/*
 * Several connections, requests of several kinds pipelined at random, and a thread that answers what
 * is deferred in an order of its own: each client gets the answers to its requests in their order.
 */
#include "conformance/server_later.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CLIENTS = 12, REQUESTS = 60, JOBS_MAX = CLIENTS, LONG = 20000 };

/* What is deferred: the first `count` of `jobs`. */
static struct job {
    shunt_id id;
    unsigned number;
} jobs[JOBS_MAX];
static unsigned count;
static bool over;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static unsigned number_of(const struct shunt_request *request)
{
    return (unsigned)strtoul(request->query.at, NULL, 10);
}

static void defers_a_job(void *arg, const struct shunt_request *request,
                         struct shunt_response *response)
{
    struct job job = {.number = number_of(request)};

    (void)arg;
    cr_assert_eq(shunt_response_defer(response, NULL, NULL, &job.id), SHUNT_OK);
    pthread_mutex_lock(&lock);
    cr_assert_lt(count, JOBS_MAX, "a connection defers one at a time");
    jobs[count++] = job;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

/* A body that only its number can have; every seventh is long. */
static size_t body_write(unsigned number, char *body)
{
    size_t len = (size_t)sprintf(body, "later %u", number);

    if (number % 7 == 0) {
        memset(body + len, 'a' + (int)(number % 26), LONG);
        len += LONG;
    }
    return len;
}

static void answers_by_handler(void *arg, const struct shunt_request *request,
                               struct shunt_response *response)
{
    char body[64 + LONG];
    size_t len = body_write(number_of(request), body);

    (void)arg;
    cr_assert_eq(shunt_response_body(response, "text/plain", body, len), SHUNT_OK);
}

static void answer_job(const struct job *job)
{
    char body[64 + LONG];
    size_t len = body_write(job->number, body);

    if (job->number % 3 == 0) {
        cr_assert_eq(shunt_exchange_post(job->id, answers_by_handler, NULL, NULL), SHUNT_OK);
    } else {
        cr_assert_eq(shunt_exchange_answer(job->id, 200, "text/plain", body, len), SHUNT_OK);
    }
}

/* Waits now and then until several are there, so that they are answered out of order. */
static void *answers_at_random(void *arg)
{
    unsigned *seed = arg;

    pthread_mutex_lock(&lock);
    while (!over || count > 0) {
        if (count == 0) {
            pthread_cond_wait(&changed, &lock);
            continue;
        }
        unsigned chosen = (unsigned)rand_r(seed) % count;
        struct job job = jobs[chosen];
        unsigned yields = (unsigned)rand_r(seed) % 50;

        jobs[chosen] = jobs[--count];
        pthread_mutex_unlock(&lock);
        while (yields-- > 0) {
            sched_yield();
        }
        answer_job(&job);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

enum kind { LATER, PLAIN, ECHO, KINDS };

struct client {
    const struct server *s;
    unsigned number, seed;
    enum kind kinds[REQUESTS];
};

static unsigned request_number(const struct client *client, unsigned i)
{
    return client->number * REQUESTS + i;
}

/* All in one piece of memory, which is sent in pieces of any length. */
static void send_all(struct client *client, int fd)
{
    char *text = malloc(REQUESTS * 256);
    size_t len = 0, sent = 0;

    for (unsigned i = 0; i < REQUESTS; i++) {
        unsigned number = request_number(client, i);

        client->kinds[i] = (enum kind)((unsigned)rand_r(&client->seed) % KINDS);
        len +=
            (size_t)(client->kinds[i] == LATER
                         ? sprintf(text + len, "GET /jobs?%u HTTP/1.1\r\nHost: a\r\n\r\n", number)
                     : client->kinds[i] == PLAIN
                         ? sprintf(text + len, "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n")
                         : sprintf(text + len,
                                   "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n"
                                   "%08u",
                                   number));
    }
    while (sent < len) {
        size_t piece = 1 + (size_t)rand_r(&client->seed) % 400;

        piece = piece < len - sent ? piece : len - sent;
        fixture_write(fd, text + sent, piece);
        sent += piece;
    }
    free(text);
}

static void expect_answer(const struct client *client, int fd, unsigned i)
{
    unsigned number = request_number(client, i);
    char wanted[64 + LONG] = "/plain";
    struct answer answer;
    size_t len = client->kinds[i] == LATER   ? body_write(number, wanted)
                 : client->kinds[i] == PLAIN ? strlen(wanted)
                                             : (size_t)sprintf(wanted, "%08u", number);

    client_answer(fd, &answer);
    cr_assert_eq(answer.status, 200, "client %u, request %u: %s", client->number, i, answer.head);
    cr_assert(answer.body_len == len && memcmp(answer.body, wanted, len) == 0,
              "client %u, request %u: \"%.40s\" in place of \"%.40s\"", client->number, i,
              answer.body, wanted);
}

static void *asks(void *arg)
{
    struct client *client = arg;
    int fd = client_open(client->s);

    send_all(client, fd);
    for (unsigned i = 0; i < REQUESTS; i++) {
        expect_answer(client, fd, i);
    }
    close(fd);
    return NULL;
}

WITH_LATER(answers_at_random_times_come_in_the_order_of_their_requests, NULL, "/jobs", defers_a_job)
{
    struct client *clients = calloc(CLIENTS, sizeof *clients);
    pthread_t threads[CLIENTS], answering;
    unsigned seed = 20261128;

    cr_assert_eq(pthread_create(&answering, NULL, answers_at_random, &seed), 0);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.s = s, .number = i, .seed = i};
        cr_assert_eq(pthread_create(&threads[i], NULL, asks, &clients[i]), 0);
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_lock(&lock);
    over = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(answering, NULL);
    free(clients);
}
