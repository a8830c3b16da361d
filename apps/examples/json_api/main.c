/* A JSON API: handlers check a request, and a thread with a slow database answers it later. */
#include <shunt/server.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NAME_BYTES = 40, USERS_MAX = 1000 };

/* What the database has to do for one exchange. Its memory is of the program, for the client may
 * leave while the thread is at work: then the answer goes nowhere, and nothing is lost. */
struct job {
    struct job *next;
    shunt_id exchange;
    unsigned long user; /* to look up; 0: add one called `name` */
    char name[NAME_BYTES + 1];
};

static struct job *first, **last = &first;
static bool over;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct shunt_server *server;

/* ---- the database: one thread ---- */

static char users[USERS_MAX][NAME_BYTES + 1] = {"Ada", "Grace"};
static unsigned long user_count = 2;

static void answer(const struct job *job, unsigned status, const char *json)
{
    if (shunt_exchange_answer(job->exchange, status, "application/json", json, strlen(json)) !=
        SHUNT_OK) {
        fprintf(stderr, "no answer: the server is overloaded or has stopped\n");
    }
}

static void work(const struct job *job)
{
    unsigned long user = job->user;
    char json[128];

    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL); /* a slow query */
    if (user > user_count || (user == 0 && user_count == USERS_MAX)) {
        answer(job, user ? 404 : 507, user ? "{\"error\":\"no such user\"}\n" : "{}\n");
        return;
    }
    if (user == 0) {
        memcpy(users[user_count++], job->name, sizeof job->name);
    }
    snprintf(json, sizeof json, "{\"id\":%lu,\"name\":\"%s\"}\n", user ? user : user_count,
             users[(user ? user : user_count) - 1]);
    answer(job, user ? 200 : 201, json);
}

static void *database(void *arg)
{
    pthread_mutex_lock(&lock);
    while (first || !over) {
        struct job *job = first;

        if (!job) {
            pthread_cond_wait(&changed, &lock);
            continue;
        }
        first = job->next;
        last = first ? last : &first;
        pthread_mutex_unlock(&lock);
        work(job);
        free(job);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return arg;
}

/* ---- the handlers: on the server's workers, which must not wait ---- */

static void refuse(struct shunt_response *response, unsigned status, const char *json)
{
    (void)!shunt_response_status(response, status);
    (void)!shunt_response_body(response, "application/json", json, strlen(json));
}

/* How many may wait is bounded by the server: limits.pending_answers_max, and their time too. */
static void hand_over(const struct job *what, struct shunt_response *response)
{
    struct job *job = malloc(sizeof *job);

    if (!job) {
        refuse(response, 503, "{\"error\":\"no memory\"}\n");
        return;
    }
    *job = *what;
    if (shunt_response_defer(response, NULL, NULL, &job->exchange) != SHUNT_OK) {
        free(job);
        refuse(response, 503, "{\"error\":\"too many wait\"}\n");
        return;
    }
    pthread_mutex_lock(&lock);
    *last = job;
    last = &job->next;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

static void user_get(void *arg, const struct shunt_request *request,
                     struct shunt_response *response)
{
    struct shunt_span id = shunt_request_parameter(request, "id");
    struct job job = {0};

    (void)arg;
    for (size_t i = 0; i < id.len && id.len < 10; i++) {
        if (id.at[i] < '0' || id.at[i] > '9') {
            job.user = 0;
            break;
        }
        job.user = job.user * 10 + (unsigned long)(id.at[i] - '0');
    }
    if (job.user == 0) {
        refuse(response, 404, "{\"error\":\"no such user\"}\n");
        return;
    }
    hand_over(&job, response);
}

static void user_add(void *arg, const struct shunt_request *request,
                     struct shunt_response *response)
{
    struct shunt_span name = request->body;
    struct job job = {0};
    bool letters = name.len > 0 && name.len <= NAME_BYTES;

    (void)arg;
    for (size_t i = 0; i < name.len && letters; i++) {
        letters = (name.at[i] | 0x20) >= 'a' && (name.at[i] | 0x20) <= 'z';
    }
    if (!letters) {
        refuse(response, 422, "{\"error\":\"a name is 1 to 40 letters\"}\n");
        return;
    }
    memcpy(job.name, name.at, name.len);
    hand_over(&job, response);
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

static bool serve(const char *address)
{
    const struct shunt_route get = {
        .size = sizeof get, .path = "/users/{id}", .methods = "GET", .handler = user_get};
    const struct shunt_route add = {
        .size = sizeof add, .path = "/users", .methods = "POST", .handler = user_add};

    if (shunt_server_route(server, &get) == SHUNT_OK &&
        shunt_server_route(server, &add) == SHUNT_OK &&
        shunt_server_listen(server, address) == SHUNT_OK &&
        shunt_server_run(server, ready, NULL) == SHUNT_OK) {
        return true;
    }
    fprintf(stderr, "%s\n", shunt_server_error(server));
    return false;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    bool served;

    if (shunt_server_create(&server) != SHUNT_OK ||
        pthread_create(&thread, NULL, database, NULL) != 0) {
        return 1;
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    served = serve(argc > 1 ? argv[1] : "127.0.0.1:8103");
    pthread_mutex_lock(&lock);
    over = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL); /* the server has waited for what was deferred */
    shunt_server_destroy(server);
    return served ? 0 : 1;
}
