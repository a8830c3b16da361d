/*
 * A worker remembers salted digests of what was good, in a table of fixed size. The file is read once,
 * so what was good stays good.
 */
#include "filter/checker.h"

#include "base/thread.h"
#include "conn/loop.h"
#include "exchange/exchange.h"
#include "filter/credentials.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { WORKERS_MAX = 1024, SLOTS = 1024 /* remembered by a worker, 32 bytes each */ };

struct known {
    uint8_t digests[SLOTS][FILTER_DIGEST_BYTES]; /* all zero: free */
};

struct job {
    struct job *next;
    struct filter_checker *checker;
    shunt_id id;
    bool good;
    uint8_t digest[FILTER_DIGEST_BYTES];
    size_t user_len;
    char credentials[FILTER_CREDENTIALS_BYTES_MAX + 1]; /* ends with NUL */
};

struct filter_checker {
    const struct filter_secrets *secrets;
    uint8_t salt[FILTER_DIGEST_BYTES];
    struct known *known[WORKERS_MAX]; /* of each worker, made by itself */
    pthread_t thread;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t changed;
    struct job *first, **last;
    size_t waiting, waiting_max;
    bool stopping;
};

/* ---- what is remembered; the worker's thread ---- */

static uint8_t *slot_of(struct filter_checker *checker, unsigned worker, const uint8_t *digest)
{
    struct known **known = &checker->known[worker % WORKERS_MAX];
    uint32_t number;

    if (!*known) {
        *known = calloc(1, sizeof **known);
    }
    memcpy(&number, digest, sizeof number);
    return *known ? (*known)->digests[number % SLOTS] : NULL;
}

static void job_free(void *arg)
{
    struct job *job = arg;

    explicit_bzero(job, sizeof *job);
    free(job);
}

static void on_checked(void *arg, const struct shunt_request *request,
                       struct shunt_response *response)
{
    struct job *job = arg;
    unsigned worker = request->exchange->context->loop->post.number;
    uint8_t *slot = job->good ? slot_of(job->checker, worker, job->digest) : NULL;

    if (slot) {
        memcpy(slot, job->digest, FILTER_DIGEST_BYTES);
    }
    if (!job->good || shunt_response_go_on(response) != SHUNT_OK) {
        (void)filter_credentials_refuse(response);
    }
    job_free(job);
}

/* ---- the thread ---- */

/* One that nobody has is checked against somebody's hash all the same: how long it takes must not show
 * which names there are. */
static bool check(const struct filter_secrets *secrets, struct job *job, struct crypt_data *data)
{
    const struct filter_secret *found = NULL;
    const char *made, *hash;

    job->credentials[job->user_len] = '\0';
    for (size_t i = 0; i < secrets->count; i++) {
        if (strcmp(secrets->items[i].name, job->credentials) == 0) {
            found = &secrets->items[i];
        }
    }
    hash = found ? found->hash : secrets->items[0].hash;
    made = crypt_r(job->credentials + job->user_len + 1, hash, data);
    return found && made && strlen(made) == strlen(hash) &&
           CRYPTO_memcmp(made, hash, strlen(hash)) == 0;
}

/* The worker's mailbox may be full for a moment. */
static void hand_back(struct filter_checker *checker, struct job *job)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    enum shunt_status status;

    while ((status = shunt_exchange_post(job->id, on_checked, job_free, job)) == SHUNT_EFULL &&
           !__atomic_load_n(&checker->stopping, __ATOMIC_RELAXED)) {
        nanosleep(&moment, NULL);
    }
    if (status != SHUNT_OK) {
        job_free(job);
    }
}

static struct job *job_wait(struct filter_checker *checker)
{
    struct job *job;

    pthread_mutex_lock(&checker->lock);
    while (!checker->first && !checker->stopping) {
        pthread_cond_wait(&checker->changed, &checker->lock);
    }
    job = checker->stopping ? NULL : checker->first;
    if (job) {
        checker->first = job->next;
        checker->last = checker->first ? checker->last : &checker->first;
        checker->waiting--;
    }
    pthread_mutex_unlock(&checker->lock);
    return job;
}

static void *run(void *arg)
{
    struct filter_checker *checker = arg;
    struct crypt_data *data = calloc(1, sizeof *data);
    struct job *job;

    while ((job = job_wait(checker)) != NULL) {
        job->good = data && check(checker->secrets, job, data);
        hand_back(checker, job);
    }
    if (data) {
        explicit_bzero(data, sizeof *data);
    }
    free(data);
    return NULL;
}

/* ---- asking; the worker's thread ---- */

/* A place in the queue; before the exchange is deferred, which cannot be taken back. */
static bool place_take(struct filter_checker *checker)
{
    bool room;

    pthread_mutex_lock(&checker->lock);
    room = checker->waiting < checker->waiting_max;
    checker->waiting += room;
    pthread_mutex_unlock(&checker->lock);
    return room;
}

static void place_put(struct filter_checker *checker)
{
    pthread_mutex_lock(&checker->lock);
    checker->waiting--;
    pthread_mutex_unlock(&checker->lock);
}

static void job_add(struct filter_checker *checker, struct job *job)
{
    pthread_mutex_lock(&checker->lock);
    *checker->last = job;
    checker->last = &job->next;
    pthread_cond_signal(&checker->changed);
    pthread_mutex_unlock(&checker->lock);
}

static enum shunt_filtering busy(struct shunt_response *response)
{
    exchange_response_text(response, 503, shunt_span_of("Service Unavailable\n"));
    (void)!exchange_response_field(response, shunt_span_of("Retry-After"), shunt_span_of("1"));
    return SHUNT_ANSWERED;
}

static struct job *job_create(struct filter_checker *checker, struct shunt_response *response)
{
    struct job *job = calloc(1, sizeof *job);

    if (!job || !place_take(checker)) {
        free(job);
        return NULL;
    }
    if (shunt_response_defer(response, NULL, NULL, &job->id) != SHUNT_OK) {
        place_put(checker);
        free(job);
        return NULL;
    }
    job->checker = checker;
    return job;
}

enum shunt_filtering filter_checker_ask(struct filter_checker *checker,
                                        struct shunt_response *response,
                                        struct shunt_span credentials, size_t user_len)
{
    uint8_t digest[FILTER_DIGEST_BYTES], *slot;
    struct job *job;

    filter_digest(checker->salt, credentials, digest);
    slot = slot_of(checker, response->loop->post.number, digest);
    if (slot && CRYPTO_memcmp(slot, digest, sizeof digest) == 0) {
        return SHUNT_GO_ON;
    }
    job = job_create(checker, response);
    if (!job) {
        exchange_of_response(response)->context->counters.password_overflow++;
        return busy(response);
    }
    job->user_len = user_len;
    memcpy(job->digest, digest, sizeof digest);
    memcpy(job->credentials, credentials.at, credentials.len);
    job_add(checker, job);
    return SHUNT_DEFERRED;
}

/* ---- life ---- */

enum shunt_status filter_checker_create(const struct filter_secrets *secrets, size_t waiting_max,
                                        struct filter_checker **checker)
{
    struct filter_checker *one = calloc(1, sizeof *one);

    if (!one) {
        return SHUNT_ENOMEM;
    }
    one->secrets = secrets;
    one->waiting_max = waiting_max;
    one->last = &one->first;
    pthread_mutex_init(&one->lock, NULL);
    pthread_cond_init(&one->changed, NULL);
    if (getrandom(one->salt, sizeof one->salt, 0) != sizeof one->salt ||
        thread_start(&one->thread, run, one) != SHUNT_OK) {
        free(one);
        return SHUNT_ESYS;
    }
    *checker = one;
    return SHUNT_OK;
}

void filter_checker_destroy(struct filter_checker *checker)
{
    pthread_mutex_lock(&checker->lock);
    __atomic_store_n(&checker->stopping, true, __ATOMIC_RELAXED);
    pthread_cond_signal(&checker->changed);
    pthread_mutex_unlock(&checker->lock);
    pthread_join(checker->thread, NULL);
    while (checker->first) {
        struct job *job = checker->first;

        checker->first = job->next;
        job_free(job);
    }
    for (unsigned i = 0; i < WORKERS_MAX; i++) {
        free(checker->known[i]);
    }
    pthread_cond_destroy(&checker->changed);
    pthread_mutex_destroy(&checker->lock);
    free(checker);
}
