/* The listeners of a worker, and how a connection begins. */
#ifndef CONN_LISTEN_H
#define CONN_LISTEN_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stdint.h>

#define CONN_LISTENERS_MAX 16

struct shunt_worker;

struct conn_listeners {
    int fds[CONN_LISTENERS_MAX];
    uint16_t shared; /* a bit for each of them */
    unsigned count, paused;
    uint64_t retry_ms; /* when the paused ones go on */
};

/* Accept on `fd`, which belongs to the loop on SHUNT_OK; `shared` as io_accept(). SHUNT_EFULL,
 * SHUNT_ENOMEM, SHUNT_ESYS. */
enum shunt_status conn_listen(struct shunt_worker *loop, int fd, bool shared) SHUNT_MUST_USE;
/* Let no TCP handshake begin any more; those under way complete and are accepted. */
void conn_listen_refuse_syn(struct shunt_worker *loop);

/* ---- for the loop ---- */

/* io's answer to an accept: a descriptor that is known to io, or -errno. The connection, or NULL. */
struct conn *conn_listen_accepted(struct shunt_worker *loop, int fd);
/* Go on accepting where it has paused for long enough. Once a turn. */
void conn_listen_retry(struct shunt_worker *loop);
/* Accept nothing more; a turn or two later nothing is under way. */
void conn_listen_pause(struct shunt_worker *loop);
/* Accept what the kernel has completed. After conn_listen_pause() and its turns. */
void conn_listen_drain(struct shunt_worker *loop);
/* Close the listeners. What the kernel has completed for them is reset. */
void conn_listen_close(struct shunt_worker *loop);

#endif
