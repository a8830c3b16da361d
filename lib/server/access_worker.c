/*
 * Addresses are asked for when connections come, because a socket that was reset has none any more.
 * There is room for the latest of them by their number; an older one is asked for again.
 */
#include "server/access_worker.h"

#include "base/clock.h"
#include "exchange/client.h"
#include "exchange/log_line.h"
#include "server/access_writer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define NS_A_SECOND UINT64_C(1000000000)

enum { PEERS = 4096 /* a power of two */ };

struct peer {
    uint32_t connection; /* 0: nobody */
    uint16_t port;
    uint8_t len;
    char text[INET6_ADDRSTRLEN];
};

struct access_worker {
    struct access_log *log;
    unsigned number;
    size_t unpublished; /* bytes */
    struct exchange_log_second second;
    uint64_t wall_ahead_ns, wall_until_ns; /* of the monotonic clock, and when to look again */
    struct peer *peers;                    /* NULL: no line has them */
    char line[EXCHANGE_LOG_LINE_BYTES_MAX];
};

struct access_worker *access_worker_create(struct access_log *log, unsigned number)
{
    struct access_worker *worker = calloc(1, sizeof *worker);

    if (!worker) {
        return NULL;
    }
    worker->log = log;
    worker->number = number;
    if (log->format->peers) {
        worker->peers = calloc(PEERS, sizeof *worker->peers);
        if (!worker->peers) {
            free(worker);
            return NULL;
        }
    }
    return worker;
}

void access_worker_destroy(struct access_worker *worker)
{
    if (worker) {
        access_worker_turn(worker);
        free(worker->peers);
        free(worker);
    }
}

/* ---- peers ---- */

static void peer_set(struct peer *peer, const char *text)
{
    peer->len = (uint8_t)strlen(text);
    memcpy(peer->text, text, peer->len);
}

static void peer_ask(struct peer *peer, int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
    } address = {.any = {.sa_family = AF_UNSPEC}};
    socklen_t len = sizeof address;
    char text[INET6_ADDRSTRLEN];

    peer->len = 0;
    peer->port = 0;
    if (getpeername(fd, &address.any, &len) != 0) {
        return;
    }
    if (address.any.sa_family == AF_INET) {
        peer->port = ntohs(address.v4.sin_port);
        inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof text);
        peer_set(peer, text);
    } else if (address.any.sa_family == AF_INET6) {
        bool mapped = IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr);

        peer->port = ntohs(address.v6.sin6_port);
        inet_ntop(mapped ? AF_INET : AF_INET6, &address.v6.sin6_addr.s6_addr[mapped ? 12 : 0], text,
                  sizeof text);
        peer_set(peer, text);
    } else {
        peer_set(peer, "unix");
    }
}

static const struct peer *peer_of(struct access_worker *worker, const struct conn *conn,
                                  uint32_t connection)
{
    struct peer *peer = &worker->peers[connection & (PEERS - 1)];

    if (peer->connection != connection) {
        peer_ask(peer, conn->fd);
        peer->connection = connection;
    }
    return peer;
}

/* In `room`, or the peer's where no proxy is trusted; empty where a trusted one does not give it. */
static struct shunt_span client_of(const struct exchange_done *done, struct shunt_span peer,
                                   char room[CONN_ADDRESS_TEXT_BYTES])
{
    struct conn_address address;
    enum shunt_status status;

    if (!done->request || !exchange_context_of(done->conn)->limits.trusted) {
        return peer;
    }
    status = exchange_client(done->request->exchange, &address);
    if (status == SHUNT_OK) {
        conn_address_write(&address, room);
        return shunt_span_of(room);
    }
    return status == SHUNT_ESYS ? peer : (struct shunt_span){0};
}

void access_worker_opened(struct access_worker *worker, const struct conn *conn, uint32_t number)
{
    if (worker->peers) {
        (void)peer_of(worker, conn, number);
    }
}

/* ---- lines ---- */

/* The clocks drift apart by less than a millisecond within a second, unless somebody sets one. */
static uint64_t wall_ns(struct access_worker *worker, uint64_t now_ns)
{
    if (now_ns >= worker->wall_until_ns) {
        worker->wall_ahead_ns = clock_wall_ns() - now_ns;
        worker->wall_until_ns = now_ns + NS_A_SECOND;
    }
    return now_ns + worker->wall_ahead_ns;
}

/* A refusal of a method belongs to no route, as what finds none. */
static unsigned log_of(const struct access_worker *worker, const struct exchange_route *route)
{
    return route && !route->refusal ? route->log : worker->log->server_wide;
}

void access_worker_done(struct access_worker *worker, const struct exchange_done *done,
                        uint64_t now_ns)
{
    struct access_log *log = worker->log;
    unsigned number = log_of(worker, done->route);
    struct exchange_log_line line = {
        .done = done,
        .duration_ns = now_ns - done->begun_ns,
        .worker = worker->number,
        .second = &worker->second,
    };
    char room[CONN_ADDRESS_TEXT_BYTES];
    size_t len;

    if (number == 0) {
        return;
    }
    if (worker->peers) {
        const struct peer *peer = peer_of(worker, done->conn, done->connection);

        line.peer = (struct shunt_span){peer->text, peer->len};
        line.peer_port = peer->port;
    }
    if (log->format->clients) {
        line.client = client_of(done, line.peer, room);
    }
    line.wall_ns = wall_ns(worker, now_ns);
    len = exchange_log_line_write(log->format, &line, worker->line);
    (void)spool_put(log->destinations[number - 1].spools[worker->number], worker->line, len);
    worker->unpublished += len;
    if (worker->unpublished > log->buffer_bytes / 4) {
        access_worker_turn(worker); /* a turn of many requests must not fill the spool unseen */
    }
}

void access_worker_turn(struct access_worker *worker)
{
    struct access_log *log = worker->log;
    bool hurry = false;

    if (worker->unpublished == 0) {
        return;
    }
    worker->unpublished = 0;
    for (unsigned i = 0; i < log->count; i++) {
        struct spool *spool = log->destinations[i].spools[worker->number];

        hurry |= spool_publish(spool) && spool_half_full(spool);
    }
    access_writer_notify(log, hurry);
}
