/* Sockets that do nothing, and connections to them, between two looks at the kernel's memory. */
#include "load/bare_ends.h"

#include "base/clock.h"
#include "load/client_threads.h"
#include "observe/process.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT_MIN          1000 /* with fewer, slabs that are partly filled count too much */
#define COUNT_MAX          4000
#define DESCRIPTORS_BESIDE 64
#define LOOK_NS            UINT64_C(5000000)
#define PATIENCE_S         10

/* A listener and the sockets that do nothing. */
struct idlers {
    int listener;
    struct url_address address;
    int *fds;
    uint32_t count;
};

/* The server's own address with a free port: a connection to it goes the same way. */
static struct url_address any_port_of(const struct url_address *to)
{
    struct url_address address = *to;

    if (to->address.ss_family == AF_INET) {
        ((struct sockaddr_in *)&address.address)->sin_port = 0;
    } else {
        ((struct sockaddr_in6 *)&address.address)->sin6_port = 0;
    }
    return address;
}

/* False with errno: EADDRNOTAVAIL where the address is another machine's. */
static bool listen_beside(const struct url_address *to, struct idlers *idlers)
{
    struct sockaddr *address = (struct sockaddr *)&idlers->address.address;

    idlers->address = any_port_of(to);
    idlers->listener = socket(to->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return idlers->listener >= 0 && bind(idlers->listener, address, to->len) == 0 &&
           listen(idlers->listener, COUNT_MAX) == 0 &&
           getsockname(idlers->listener, address, &idlers->address.len) == 0;
}

static void close_all(struct idlers *idlers)
{
    static const struct linger reset = {.l_onoff = 1};

    while (idlers->count > 0) {
        int fd = idlers->fds[--idlers->count];

        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
}

static bool open_sockets(struct idlers *idlers, uint32_t count)
{
    while (idlers->count < count) {
        int fd = socket(idlers->address.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0) {
            return false;
        }
        idlers->fds[idlers->count++] = fd;
    }
    return true;
}

/* Until `count` connections are there and have been so for a moment. */
static enum shunt_status accept_all(struct idlers *idlers, struct threads *threads, uint32_t count)
{
    static struct tally tally; /* large */
    uint64_t until_ns = clock_now_ns() + PATIENCE_S * UINT64_C(1000000000);

    memset(&tally, 0, sizeof tally);
    while (idlers->count < count || tally.established < count) {
        int fd = idlers->count < count ? accept4(idlers->listener, NULL, NULL, SOCK_CLOEXEC) : -1;

        if (fd >= 0) {
            idlers->fds[idlers->count++] = fd;
            continue;
        }
        if (threads_failed(threads) || clock_now_ns() > until_ns) {
            return SHUNT_ESYS;
        }
        if (!threads_sleep(threads, clock_now_ns() + LOOK_NS)) {
            return SHUNT_AGAIN;
        }
        threads_collect(threads, &tally);
    }
    return SHUNT_OK;
}

static enum shunt_status connect_all(const struct client_plan *plan, struct idlers *idlers,
                                     uint32_t count, struct bare_ends *ends)
{
    struct error why = {.text = ends->why, .size = sizeof ends->why};
    struct client_plan bare = *plan;
    struct threads_summary summary;
    struct threads *threads;

    bare.to = idlers->address;
    bare.requests = NULL; /* there is nobody to answer */
    bare.rate = 0;
    if (client_threads_create(&bare, count, 1, &threads, &why) != SHUNT_OK) {
        return SHUNT_ESYS;
    }
    kernel_memory_read_stable(&ends->before_connections);
    threads_start(threads, clock_now_ns(), UINT64_MAX);
    enum shunt_status status = accept_all(idlers, threads, count);

    kernel_memory_read(&ends->connections);
    if (threads_finish(threads, &summary, &why) != SHUNT_OK) {
        status = SHUNT_ESYS;
    }
    threads_destroy(threads);
    close_all(idlers);
    return status;
}

static enum shunt_status measure(const struct client_plan *plan, struct idlers *idlers,
                                 uint32_t count, struct bare_ends *ends)
{
    if (!listen_beside(&plan->to, idlers)) {
        snprintf(ends->why, sizeof ends->why, "no listener beside the server: %s", strerror(errno));
        return SHUNT_ESYS;
    }
    kernel_memory_read_stable(&ends->before_sockets);
    if (!open_sockets(idlers, count)) {
        snprintf(ends->why, sizeof ends->why, "no sockets for it: %s", strerror(errno));
        return SHUNT_ESYS;
    }
    kernel_memory_read(&ends->sockets);
    close_all(idlers);
    return connect_all(plan, idlers, count, ends);
}

/* As many as are wanted and as descriptors allow, two for each. */
static uint32_t count_possible(uint32_t wanted)
{
    struct rlimit limit;
    char words[256];
    struct error error = {.text = words, .size = sizeof words};
    uint64_t most = wanted < COUNT_MAX ? wanted : COUNT_MAX;

    if (process_descriptors(2 * most + DESCRIPTORS_BESIDE, &error) == SHUNT_OK) {
        return (uint32_t)most;
    }
    bool few = getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < DESCRIPTORS_BESIDE;

    return few ? 0 : (uint32_t)(limit.rlim_cur - DESCRIPTORS_BESIDE) / 2;
}

enum shunt_status bare_ends_measure(const struct client_plan *plan, uint32_t wanted,
                                    struct bare_ends *ends)
{
    uint32_t count = count_possible(wanted);
    struct idlers idlers = {.listener = -1};
    sa_family_t family = plan->to.address.ss_family;

    memset(ends, 0, sizeof *ends);
    if (family != AF_INET && family != AF_INET6) {
        snprintf(ends->why, sizeof ends->why, "the server is not reached over TCP");
        return SHUNT_OK;
    }
    if (count < COUNT_MIN) {
        snprintf(ends->why, sizeof ends->why,
                 "it needs %d connections and twice as many descriptors", COUNT_MIN);
        return SHUNT_OK;
    }
    idlers.fds = calloc(count, sizeof *idlers.fds);
    enum shunt_status status = idlers.fds ? measure(plan, &idlers, count, ends) : SHUNT_ENOMEM;

    close_all(&idlers);
    if (idlers.listener >= 0) {
        close(idlers.listener);
    }
    free(idlers.fds);
    ends->count = status == SHUNT_OK ? count : 0;
    return status == SHUNT_AGAIN ? SHUNT_AGAIN : SHUNT_OK;
}

static double unreclaimable_each(const struct kernel_memory *before,
                                 const struct kernel_memory *after, uint64_t count)
{
    return ((double)after->slab_unreclaimable_bytes - (double)before->slab_unreclaimable_bytes) /
           (double)count;
}

bool bare_ends_split(const struct bare_ends *ends, const struct kernel_memory *before,
                     const struct kernel_memory *after, uint64_t held, struct kernel_ends *split)
{
    if (!ends->count || !held) {
        return false;
    }
    double socket_bytes =
        ((double)ends->sockets.slab_bytes - (double)ends->before_sockets.slab_bytes) / ends->count;
    double reclaimable =
        socket_bytes - unreclaimable_each(&ends->before_sockets, &ends->sockets, ends->count);
    double bare_both =
        unreclaimable_each(&ends->before_connections, &ends->connections, ends->count) +
        2 * reclaimable;

    *split = (struct kernel_ends){
        .socket_bytes = socket_bytes,
        .client_bytes = bare_both - socket_bytes,
        .both_bytes = unreclaimable_each(before, after, held) + 2 * reclaimable,
    };
    return true;
}
