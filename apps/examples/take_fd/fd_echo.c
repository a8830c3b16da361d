/*
 * A protocol that wants the bare descriptor: `fd-echo` takes it out of the server and echoes from
 * a thread of its own with plain, blocking read and write. A shape for code that cannot be turned
 * into callbacks; each such connection costs a thread, so there are at most `threads` of them, and
 * an upgrade beyond that is refused with 503.
 *
 * Threads: taker() runs on workers, echo() on threads of ours, fini() on the main thread when no
 * worker is left. The lock guards the seats, and a descriptor is closed only under it, so that
 * fini() never shuts down a number that belongs to another descriptor by then.
 */
#include <pthread.h>
#include <shunt/plugin.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct shunt_host *host;

enum seat_state { SEAT_FREE, SEAT_TAKEN, SEAT_OVER /* its thread can be joined without a wait */ };

struct seat {
    struct plugin *plugin;
    enum seat_state state;
    pthread_t thread;
    int fd;
    uint8_t *early; /* what had been received before the descriptor was ours */
    size_t early_len;
    bool ended; /* the peer will send no more */
};

struct plugin {
    pthread_mutex_t lock;
    uint64_t seat_count;
    struct seat seats[];
};

/* ---- a connection's thread ---- */

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(fd, bytes, len);

        if (wrote < 0) {
            return false;
        }
        bytes += wrote;
        len -= (size_t)wrote;
    }
    return true;
}

static void *echo(void *arg)
{
    struct seat *seat = arg;
    bool good = write_all(seat->fd, seat->early, seat->early_len);
    uint8_t bytes[16 * 1024];
    ssize_t got;

    while (good && !seat->ended && (got = read(seat->fd, bytes, sizeof bytes)) > 0) {
        good = write_all(seat->fd, bytes, (size_t)got);
    }
    free(seat->early);
    pthread_mutex_lock(&seat->plugin->lock);
    close(seat->fd);
    seat->state = SEAT_OVER;
    pthread_mutex_unlock(&seat->plugin->lock);
    return NULL;
}

/* Signals are the program's matter, and SIGPIPE would end it: our threads take none. */
static bool thread_start(struct seat *seat)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&seat->thread, NULL, echo, seat);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return !failed;
}

/* ---- seats, under the lock ---- */

static struct seat *seat_find(struct plugin *plugin)
{
    for (uint64_t i = 0; i < plugin->seat_count; i++) {
        struct seat *seat = &plugin->seats[i];

        if (seat->state == SEAT_OVER) {
            pthread_join(seat->thread, NULL);
            seat->state = SEAT_FREE;
        }
        if (seat->state == SEAT_FREE) {
            return seat;
        }
    }
    return NULL;
}

static bool seat_take(struct plugin *plugin, int fd, const uint8_t *bytes, size_t len, bool ended)
{
    struct seat *seat = seat_find(plugin);
    uint8_t *early = len > 0 ? malloc(len) : NULL;

    if (!seat || (len > 0 && !early)) {
        free(early);
        return false;
    }
    if (len > 0) {
        memcpy(early, bytes, len);
    }
    seat->plugin = plugin;
    seat->fd = fd;
    seat->early = early;
    seat->early_len = len;
    seat->ended = ended;
    seat->state = SEAT_TAKEN;
    if (!thread_start(seat)) {
        seat->state = SEAT_FREE;
        free(early);
        return false;
    }
    return true;
}

/* ---- callbacks ---- */

static void taker(void *arg, int fd, const uint8_t *bytes, size_t len, bool end)
{
    struct plugin *plugin = arg;
    bool taken;

    if (fd < 0) {
        return; /* the connection died first */
    }
    pthread_mutex_lock(&plugin->lock);
    taken = seat_take(plugin, fd, bytes, len, end);
    pthread_mutex_unlock(&plugin->lock);
    if (!taken) {
        close(fd); /* negotiate() saw a seat that another upgrade has since taken */
    }
}

static enum shunt_verdict fd_echo_negotiate(void *local, const struct shunt_request *request,
                                            struct shunt_upgrade *upgrade)
{
    struct plugin *plugin = local;
    bool room;

    (void)request;
    pthread_mutex_lock(&plugin->lock);
    room = seat_find(plugin);
    pthread_mutex_unlock(&plugin->lock);
    if (room) {
        return SHUNT_ACCEPT;
    }
    (void)!host->upgrade_refuse(upgrade, 503, "text/plain",
                                shunt_span_of("All threads are taken.\n"));
    return SHUNT_REFUSE;
}

static void fd_echo_open(void *local, struct shunt_stream *stream)
{
    if (host->take_fd(stream, taker, local) != SHUNT_OK) {
        host->close(stream, SHUNT_CLOSE_NOW);
    }
}

/* Never runs: reading has stopped when open() returns. The server asks for it all the same. */
static void fd_echo_data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    (void)stream;
    (void)bytes;
    (void)len;
}

static enum shunt_status fd_echo_init(const struct shunt_host *given,
                                      const struct shunt_settings *settings, void **out)
{
    uint64_t threads = 64;
    struct plugin *plugin;

    host = given;
    if (host->setting_number(settings, "threads", 1, 4096, &threads) != SHUNT_OK) {
        return SHUNT_EINVAL;
    }
    plugin = calloc(1, sizeof *plugin + threads * sizeof *plugin->seats);
    if (!plugin) {
        return SHUNT_ENOMEM;
    }
    pthread_mutex_init(&plugin->lock, NULL);
    plugin->seat_count = threads;
    *out = plugin;
    return SHUNT_OK;
}

/* The seats are shared, so what a worker has is the plugin itself. */
static enum shunt_status fd_echo_worker_start(void *plugin, struct shunt_worker *worker,
                                              void **local)
{
    (void)worker;
    *local = plugin;
    return SHUNT_OK;
}

static bool seat_was_taken(struct plugin *plugin, uint64_t i)
{
    bool taken;

    pthread_mutex_lock(&plugin->lock);
    taken = plugin->seats[i].state != SEAT_FREE;
    pthread_mutex_unlock(&plugin->lock);
    return taken;
}

/* Connections that still talk are cut: their threads' reads and writes return, and they end. */
static void fd_echo_fini(void *given)
{
    struct plugin *plugin = given;

    pthread_mutex_lock(&plugin->lock);
    for (uint64_t i = 0; i < plugin->seat_count; i++) {
        if (plugin->seats[i].state == SEAT_TAKEN) {
            shutdown(plugin->seats[i].fd, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&plugin->lock);
    for (uint64_t i = 0; i < plugin->seat_count; i++) {
        if (seat_was_taken(plugin, i)) {
            pthread_join(plugin->seats[i].thread, NULL);
        }
    }
    pthread_mutex_destroy(&plugin->lock);
    free(plugin);
}

static const struct shunt_protocol protocol = {
    .size = sizeof protocol,
    .token = "fd-echo",
    .negotiate = fd_echo_negotiate,
    .open = fd_echo_open,
    .data = fd_echo_data,
};

SHUNT_PLUGIN = {
    SHUNT_PLUGIN_HEAD,
    .name = "fd-echo",
    .version = "1.0",
    .init = fd_echo_init,
    .worker_start = fd_echo_worker_start,
    .fini = fd_echo_fini,
    .protocols = (const struct shunt_protocol *const[]){&protocol, NULL},
};
