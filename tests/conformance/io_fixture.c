#include "conformance/io_fixture.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- callbacks: count, then the hook ---- */

static struct fixture_user *user_of(struct fixture *f, uint64_t user)
{
    cr_assert_lt(user, FIXTURE_USERS, "a callback with user %lu", user);
    return &f->users[user];
}

static void accepted(void *context, uint64_t listener, int fd)
{
    struct fixture *f = context;

    if (fd < 0) {
        f->accept_errors++;
        f->accept_error = fd;
        return;
    }
    user_of(f, listener)->accepted++;
    if (f->on_accepted) {
        f->on_accepted(f, fd);
        return;
    }
    io_user_set(f->io, fd, f->next_user);
    f->users[f->next_user++].fd = fd;
    if (f->accept_receives) {
        io_receive(f->io, fd, true);
    }
}

static void received(void *context, uint64_t user, uint8_t *bytes, int len, bool more)
{
    struct fixture *f = context;
    struct fixture_user *u = user_of(f, user);

    u->received++;
    u->received_result = len;
    u->lasts += !more;
    cr_expect(len > 0 || !more, "a result <= 0 comes with !more");
    if (len > 0) {
        size_t have = strlen(u->text), room = sizeof u->text - 1 - have;

        memcpy(u->text + have, bytes, (size_t)len < room ? (size_t)len : room);
        u->hash = fixture_hash(u->bytes ? u->hash : FIXTURE_HASH, bytes, (size_t)len);
        u->bytes += (uint64_t)len;
    }
    if (f->on_received) {
        f->on_received(f, user, bytes, len, more);
    }
}

static void ready(void *context, uint64_t user, int result)
{
    struct fixture *f = context;

    user_of(f, user)->readies++;
    user_of(f, user)->ready_result = result;
    if (f->on_ready) {
        f->on_ready(f, user, result);
    }
}

static void sent(void *context, uint64_t user, int result)
{
    struct fixture *f = context;
    struct fixture_user *u = user_of(f, user);

    u->sents++;
    u->sent_result = result;
    u->sent_bytes += result > 0 ? (uint64_t)result : 0;
    if (f->on_sent) {
        f->on_sent(f, user, result);
    }
}

static void connected(void *context, uint64_t user, int result)
{
    struct fixture *f = context;

    user_of(f, user)->connects++;
    user_of(f, user)->connect_result = result;
}

static void woken(void *context)
{
    struct fixture *f = context;

    f->woken++;
}

/* ---- the loop ---- */

void fixture_open(struct fixture *f, enum io_backend backend, const struct io_options *options)
{
    static const struct io_handler handler = {accepted, received, ready, sent, connected, woken};
    struct io_options o = options ? *options : (struct io_options){0};
    struct error why = {.text = f->why, .size = sizeof f->why};
    enum shunt_status status;

    o.backend = backend;
    memset(f, 0, sizeof *f);
    f->next_user = 1;
    status = io_create(&o, &handler, f, &f->io, &why);
    cr_assert_eq(status, SHUNT_OK, "%s: %s", shunt_status_name(status), f->why);
}

void fixture_close(struct fixture *f)
{
    io_destroy(f->io);
}

void fixture_turn(struct fixture *f, int timeout_ms)
{
    enum shunt_status status = io_turn(f->io, timeout_ms);

    cr_assert_eq(status, SHUNT_OK, "io_turn: %s: %s", shunt_status_name(status), strerror(errno));
}

uint64_t fixture_now_ms(void)
{
    return clock_now_ns() / 1000000;
}

void fixture_idle(struct fixture *f)
{
    uint64_t start, end_ms = fixture_now_ms() + 20000;

    do {
        start = fixture_now_ms();
        cr_assert_lt(start, end_ms, "the loop never sleeps");
        fixture_turn(f, 40);
    } while (fixture_now_ms() - start < 38);
}

/* ---- sockets ---- */

int fixture_listener(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(listen(fd, 4096), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

int fixture_accepting(struct fixture *f, uint64_t user, uint16_t *port)
{
    int fd = fixture_listener(port);

    cr_assert_eq(io_add(f->io, fd, user), SHUNT_OK);
    cr_assert_eq(io_accept(f->io, fd, false), SHUNT_OK);
    f->next_user = f->next_user > user ? f->next_user : user + 1;
    return fd;
}

int fixture_client(uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_geq(fd, 0, "socket: %s", strerror(errno));
    cr_assert_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0, "%s", strerror(errno));
    cr_assert_eq(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), 0);
    return fd;
}

int fixture_pair(struct fixture *f, uint64_t user, int *far)
{
    uint16_t port;
    int listener = fixture_listener(&port), near;

    *far = fixture_client(port);
    near = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    cr_assert_geq(near, 0);
    close(listener);
    cr_assert_eq(io_add(f->io, near, user), SHUNT_OK);
    f->users[user].fd = near;
    return near;
}

int fixture_unix_pair(struct fixture *f, uint64_t user, int *far)
{
    int ends[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    cr_assert_eq(io_add(f->io, ends[0], user), SHUNT_OK);
    f->users[user].fd = ends[0];
    *far = ends[1];
    return ends[0];
}

void fixture_send(struct fixture *f, int fd, const char *text)
{
    struct iovec part = {(void *)text, strlen(text)};

    io_send(f->io, fd, &part, 1);
}

void fixture_write(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t wrote = send(fd, at, len, MSG_NOSIGNAL);

        cr_assert_gt(wrote, 0, "send: %s", strerror(errno));
        at += wrote;
        len -= (size_t)wrote;
    }
}

ssize_t fixture_read(int fd, void *bytes, size_t len)
{
    size_t have = 0;

    while (have < len) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t got;

        cr_assert_eq(poll(&wait, 1, 10000), 1, "nothing came within 10 s");
        got = recv(fd, (char *)bytes + have, len - have, 0);
        if (got < 0) {
            return -errno;
        }
        if (got == 0) {
            break;
        }
        have += (size_t)got;
    }
    return (ssize_t)have;
}

uint64_t fixture_hash(uint64_t hash, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ at[i]) * 1099511628211u;
    }
    return hash;
}

unsigned fixture_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned count = 0;

    cr_assert_not_null(dir);
    while (readdir(dir)) {
        count++;
    }
    closedir(dir);
    return count;
}

/* ---- permission ---- */

bool fixture_uring_permitted(void)
{
    /* The flag is 5.19's, as are provided buffer rings: an older kernel has a ring that will not
     * do. */
    struct io_uring_params params = {.flags = IORING_SETUP_COOP_TASKRUN};
    long fd = syscall(SYS_io_uring_setup, 2, &params);

    if (fd >= 0) {
        close((int)fd);
    }
    return fd >= 0;
}

void fixture_uring_deny(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    cr_assert_not_null(filter);
    cr_assert_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(io_uring_setup), 0), 0);
    cr_assert_eq(seccomp_load(filter), 0);
    seccomp_release(filter);
}
