/* Uploads to a folder: handlers pass what comes to a thread that writes it, and hold a client back that
 * is faster than the disk. A file gets its name once it is whole; how far one has come is a resource. */
#include <shunt/server.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 100, QUEUED_MAX = 1 << 20 /* of one upload: more is held back */ };

struct upload {
    struct upload *next;
    shunt_id exchange; /* for the thread: to let it come again, then to answer */
    char name[NAME_BYTES + 1], part[NAME_BYTES + 16];
    int fd, error;
    unsigned long long received, total; /* total: 0 where the client has not announced it */
    size_t queued;
    bool held_back, lost; /* lost: there was no memory for some of it */
};

enum job_kind { WRITE, FINISH, DROP };

struct job {
    struct job *next;
    struct upload *upload;
    enum job_kind kind;
    size_t len;
    char bytes[];
};

static struct job *first, **last = &first;
static struct upload *uploads;
static bool over;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all above */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct shunt_server *server;
static int folder;

/* ---- the thread that writes ---- */

/* The worker's mailbox may be full for a moment. */
static void let_come(shunt_id exchange)
{
    while (shunt_exchange_resume(exchange) == SHUNT_EFULL) {
        usleep(1000);
    }
}

static void write_all(struct upload *upload, const char *bytes, size_t len)
{
    while (len > 0 && !upload->error) {
        ssize_t n = write(upload->fd, bytes, len);

        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        } else if (errno != EINTR) {
            upload->error = errno;
        }
    }
}

static void finish(struct upload *upload)
{
    char json[200];

    upload->error = upload->lost ? ENOMEM : upload->error;
    if (!upload->error &&
        (fsync(upload->fd) != 0 || renameat(folder, upload->part, folder, upload->name) != 0)) {
        upload->error = errno;
    }
    snprintf(json, sizeof json, "{\"name\":\"%s\",\"bytes\":%llu}\n", upload->name,
             upload->received);
    if (upload->error) {
        unlinkat(folder, upload->part, 0);
        snprintf(json, sizeof json, "{\"error\":\"it cannot be stored\"}\n");
    }
    (void)!shunt_exchange_answer(upload->exchange, upload->error ? 507 : 201, "application/json",
                                 json, strlen(json));
}

static void forget(struct upload *upload)
{
    struct upload **at = &uploads;

    pthread_mutex_lock(&lock);
    while (*at != upload) {
        at = &(*at)->next;
    }
    *at = upload->next;
    pthread_mutex_unlock(&lock);
    close(upload->fd);
    free(upload);
}

static void work(struct job *job)
{
    struct upload *upload = job->upload;
    shunt_id come = 0;

    if (job->kind == WRITE) {
        write_all(upload, job->bytes, job->len);
        pthread_mutex_lock(&lock);
        upload->queued -= job->len;
        if (upload->held_back && upload->queued < QUEUED_MAX / 2) {
            upload->held_back = false;
            come = upload->exchange;
        }
        pthread_mutex_unlock(&lock);
        if (come) {
            let_come(come);
        }
        return;
    }
    if (job->kind == FINISH) {
        finish(upload);
    } else {
        unlinkat(folder, upload->part, 0);
    }
    forget(upload);
}

static void *writer(void *arg)
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

/* With the lock held. False: no memory. */
static bool pass(struct upload *upload, enum job_kind kind, const void *bytes, size_t len)
{
    struct job *job = malloc(sizeof *job + len);

    if (!job) {
        return false;
    }
    *job = (struct job){.upload = upload, .kind = kind, .len = len};
    if (len > 0) {
        memcpy(job->bytes, bytes, len);
    }
    *last = job;
    last = &job->next;
    upload->queued += len;
    upload->received += len;
    pthread_cond_signal(&changed);
    return true;
}

/* ---- the handlers: on the server's workers ---- */

static void say(struct shunt_response *response, unsigned status, const char *json)
{
    (void)!shunt_response_status(response, status);
    (void)!shunt_response_body(response, "application/json", json, strlen(json));
}

static void on_data(void *arg, const struct shunt_request *request, struct shunt_response *response,
                    const void *bytes, size_t len)
{
    struct upload *upload = arg;

    pthread_mutex_lock(&lock);
    if (!pass(upload, WRITE, bytes, len)) {
        upload->lost = true;
    } else if (upload->queued > QUEUED_MAX) {
        upload->held_back = true;
        shunt_request_pause(request);
    }
    pthread_mutex_unlock(&lock);
    (void)response;
}

/* The file is not there before the thread has written the rest, so the answer is its. */
static void on_end(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct upload *upload = arg;
    enum shunt_status status;

    (void)request;
    pthread_mutex_lock(&lock);
    status = shunt_response_defer(response, NULL, NULL, &upload->exchange);
    if (!pass(upload, status == SHUNT_OK ? FINISH : DROP, NULL, 0)) {
        abort();
    }
    pthread_mutex_unlock(&lock);
    if (status != SHUNT_OK) {
        say(response, 503, "{\"error\":\"too many wait\"}\n");
    }
}

/* The client has left, or what it sent was wrong: the part goes. */
static void cancelled(void *arg)
{
    pthread_mutex_lock(&lock);
    if (!pass(arg, DROP, NULL, 0)) {
        abort();
    }
    pthread_mutex_unlock(&lock);
}

/* Letters, digits, dash, underscore and dot, which is not the first: no way out of the folder. */
static bool name_read(const struct shunt_request *request, char name[NAME_BYTES + 1])
{
    struct shunt_span given = shunt_request_parameter(request, "name");

    if (given.len == 0 || given.len > NAME_BYTES || *given.at == '.') {
        return false;
    }
    for (size_t i = 0; i < given.len; i++) {
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.",
                    given.at[i]) ||
            !given.at[i]) {
            return false;
        }
    }
    memcpy(name, given.at, given.len);
    name[given.len] = '\0';
    return true;
}

static struct upload *upload_create(const struct shunt_request *request)
{
    static unsigned number;
    const struct shunt_field *length = shunt_request_field(request, "Content-Length", NULL);
    struct upload *upload = calloc(1, sizeof *upload);

    if (upload && name_read(request, upload->name)) {
        upload->total = length ? strtoull(length->value.at, NULL, 10) : 0;
        snprintf(upload->part, sizeof upload->part, ".%s.%x", upload->name,
                 __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED));
        upload->fd = openat(folder, upload->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (upload->fd >= 0) {
            return upload;
        }
    }
    free(upload);
    return NULL;
}

static void upload_begin(void *arg, const struct shunt_request *request,
                         struct shunt_response *response)
{
    struct upload *upload = upload_create(request);

    (void)arg;
    if (!upload) {
        say(response, 400, "{\"error\":\"no such name, or no room\"}\n");
        return;
    }
    pthread_mutex_lock(&lock);
    if (shunt_request_read(request, on_data, on_end, cancelled, upload, &upload->exchange) !=
        SHUNT_OK) {
        say(response, 503, "{\"error\":\"too many wait\"}\n");
        close(upload->fd);
        unlinkat(folder, upload->part, 0);
        free(upload);
    } else {
        upload->next = uploads;
        uploads = upload;
    }
    pthread_mutex_unlock(&lock);
}

static void progress(void *arg, const struct shunt_request *request,
                     struct shunt_response *response)
{
    char name[NAME_BYTES + 1] = "", json[200] = "";

    (void)arg;
    if (name_read(request, name)) {
        pthread_mutex_lock(&lock);
        for (const struct upload *one = uploads; one && !*json; one = one->next) {
            if (strcmp(one->name, name) == 0) {
                snprintf(json, sizeof json, "{\"received\":%llu,\"total\":%llu}\n", one->received,
                         one->total);
            }
        }
        pthread_mutex_unlock(&lock);
    }
    say(response, *json ? 200 : 404, *json ? json : "{\"error\":\"none is under way\"}\n");
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
    const struct shunt_route put = {.size = sizeof put,
                                    .path = "/files/{name}",
                                    .methods = "PUT",
                                    .handler = upload_begin,
                                    .streamed = true,
                                    .body_bytes_max = 1ull << 40};
    const struct shunt_route get = {
        .size = sizeof get, .path = "/progress/{name}", .methods = "GET", .handler = progress};

    if (shunt_server_route(server, &put) == SHUNT_OK &&
        shunt_server_route(server, &get) == SHUNT_OK &&
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

    folder = open(argc > 2 ? argv[2] : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || shunt_server_create(&server) != SHUNT_OK ||
        pthread_create(&thread, NULL, writer, NULL) != 0) {
        return 1;
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    served = serve(argc > 1 ? argv[1] : "127.0.0.1:8104");
    pthread_mutex_lock(&lock);
    over = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    shunt_server_destroy(server);
    return served ? 0 : 1;
}
