/*
 * One mutex, for main threads only: they write, open and close under it, and what they do under it
 * never waits. Threads that log touch a ring, one flag and, when the flag was down, an eventfd.
 *
 * The shared ring and the eventfd stay until the process ends: a thread of a plugin may be about to
 * use either.
 */
#include "base/log_queue.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log_format.h"
#include "base/log_output.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct log_queue {
    struct log_queue *next; /* open queues */
    unsigned count;
    struct log_ring *rings[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for what follows */
static struct log_queue *queues;
static struct log_output output = LOG_OUTPUT_CLOSED;
static struct log_ring *cut; /* its front is out in part: it goes on before any other; or NULL */
static size_t sent;          /* bytes of that */
static uint64_t reported;    /* of what was dropped */

/* Any thread. */
static struct log_ring *shared; /* set before `open_count` is not 0 for the first time */
static int event = -1;          /* likewise */
static atomic_uint open_count;
static atomic_bool signalled;
static _Atomic uint64_t dropped; /* without the rings' own counts */
static _Thread_local struct log_ring *own_ring;

/* ---- threads that log ---- */

void log_queue_use(struct log_queue *queue, unsigned ring)
{
    ASSERT(ring < queue->count);
    own_ring = queue->rings[ring];
}

bool log_queue_push(uint64_t stamp, const char *bytes, size_t len)
{
    uint64_t one = 1;

    if (atomic_load(&open_count) == 0) {
        return false;
    }
    (void)log_ring_push(own_ring ? own_ring : shared, stamp, bytes, len); /* the ring counts */
    if (!atomic_exchange(&signalled, true)) {
        (void)!write(event, &one, sizeof one);
    }
    return true;
}

void log_queue_drop(void)
{
    atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
}

/* ---- writing: under the lock ---- */

static uint64_t dropped_total(void)
{
    uint64_t total = atomic_load_explicit(&dropped, memory_order_relaxed);

    total += shared ? log_ring_dropped(shared) : 0;
    for (const struct log_queue *queue = queues; queue; queue = queue->next) {
        for (unsigned i = 0; i < queue->count; i++) {
            total += log_ring_dropped(queue->rings[i]);
        }
    }
    return total;
}

static void consider(struct log_ring *ring, struct log_ring **oldest, uint64_t *stamp)
{
    const struct log_ring_line *line = log_ring_front(ring);

    if (line && (!*oldest || line->stamp < *stamp)) {
        *oldest = ring;
        *stamp = line->stamp;
    }
}

/* The ring whose front is the oldest; NULL: all are empty. */
static struct log_ring *oldest_ring(void)
{
    struct log_ring *oldest = NULL;
    uint64_t stamp = 0;

    consider(shared, &oldest, &stamp);
    for (struct log_queue *queue = queues; queue; queue = queue->next) {
        for (unsigned i = 0; i < queue->count; i++) {
            consider(queue->rings[i], &oldest, &stamp);
        }
    }
    return oldest;
}

static size_t notice_format(char line[LOG_LINE_BYTES_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static size_t notice_format(char line[LOG_LINE_BYTES_MAX], const char *format, ...)
{
    va_list args;
    size_t len;

    va_start(args, format);
    len = log_format(line, clock_wall_ns(), SHUNT_LOG_WARNING, format, args);
    va_end(args);
    return len;
}

/* What is left of the line at the front; true: it is done with, written or never to be. */
static bool front_write(struct log_ring *ring)
{
    const struct log_ring_line *line = log_ring_front(ring);
    ssize_t taken = log_output_write(&output, line->bytes + sent, line->len - sent);

    if (taken < 0) {
        log_queue_drop();
    } else if (sent + (size_t)taken < line->len) {
        sent += (size_t)taken;
        cut = ring;
        return false;
    }
    sent = 0;
    cut = NULL;
    log_ring_take(ring);
    return true;
}

/* Say what was dropped, once something has gone out. A notice that does not fit is tried again
 * behind the next line. */
static void report_dropped(void)
{
    char line[LOG_LINE_BYTES_MAX];
    uint64_t total = dropped_total();
    size_t len;

    if (total == reported) {
        return;
    }
    len = notice_format(line, "log: %" PRIu64 " lines were dropped: standard error took nothing",
                        total - reported);
    if (log_output_write(&output, line, len) == (ssize_t)len) {
        reported = total;
    }
}

static int write_locked(void)
{
    struct log_ring *ring;

    atomic_store(&signalled, false);
    log_output_open(&output, STDERR_FILENO);
    while ((ring = cut ? cut : oldest_ring()) != NULL) {
        if (!front_write(ring)) {
            return output.fd;
        }
        report_dropped();
    }
    return -1;
}

int log_queue_write(void)
{
    uint64_t count;
    int fd;

    pthread_mutex_lock(&lock);
    (void)!read(event, &count, sizeof count);
    fd = write_locked();
    pthread_mutex_unlock(&lock);
    return fd;
}

int log_queue_event(void)
{
    return event;
}

uint64_t log_queue_dropped(void)
{
    uint64_t total;

    pthread_mutex_lock(&lock);
    total = dropped_total();
    pthread_mutex_unlock(&lock);
    return total;
}

/* ---- open and close ---- */

/* What stays until the process ends. */
static enum shunt_status start_locked(size_t lines)
{
    if (!shared) {
        enum shunt_status status = log_ring_create(lines, &shared);

        if (status != SHUNT_OK) {
            return status;
        }
    }
    if (event < 0) {
        event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    return event < 0 ? SHUNT_ESYS : SHUNT_OK;
}

static void rings_destroy(struct log_queue *queue)
{
    for (unsigned i = 0; i < queue->count; i++) {
        log_ring_destroy(queue->rings[i]);
    }
    free(queue);
}

enum shunt_status log_queue_open(unsigned rings, size_t lines, struct log_queue **queue)
{
    struct log_queue *made = calloc(1, sizeof *made + rings * sizeof(struct log_ring *));
    enum shunt_status status = made ? SHUNT_OK : SHUNT_ENOMEM;

    for (unsigned i = 0; status == SHUNT_OK && i < rings; i++) {
        status = log_ring_create(lines, &made->rings[i]);
        made->count += status == SHUNT_OK;
    }
    pthread_mutex_lock(&lock);
    status = status == SHUNT_OK ? start_locked(lines) : status;
    if (status == SHUNT_OK) {
        made->next = queues;
        queues = made;
        atomic_fetch_add(&open_count, 1);
        *queue = made;
    }
    pthread_mutex_unlock(&lock);
    if (status != SHUNT_OK && made) {
        rings_destroy(made);
    }
    return status;
}

/* Drop what a ring still holds. */
static void empty_locked(struct log_ring *ring)
{
    for (; log_ring_front(ring); log_ring_take(ring)) {
        log_queue_drop();
    }
    if (cut == ring) {
        cut = NULL;
        sent = 0;
    }
}

/* Out of the list; what its rings still hold is dropped. */
static void unlist_locked(struct log_queue *queue)
{
    struct log_queue **at = &queues;

    while (*at && *at != queue) {
        at = &(*at)->next;
    }
    ASSERT(*at);
    *at = queue->next;
    for (unsigned i = 0; i < queue->count; i++) {
        empty_locked(queue->rings[i]);
        atomic_fetch_add(&dropped, log_ring_dropped(queue->rings[i]));
    }
    if (atomic_fetch_sub(&open_count, 1) == 1) {
        empty_locked(shared);
        log_output_close(&output);
    }
}

void log_queue_close(struct log_queue *queue, unsigned wait_ms)
{
    uint64_t deadline = clock_coarse_ms() + wait_ms;

    if (!queue) {
        return;
    }
    for (int fd; (fd = log_queue_write()) >= 0;) {
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        uint64_t now = clock_coarse_ms();

        if (now >= deadline || poll(&wait, 1, (int)(deadline - now)) == 0) {
            break;
        }
    }
    pthread_mutex_lock(&lock);
    unlist_locked(queue);
    pthread_mutex_unlock(&lock);
    rings_destroy(queue);
}
