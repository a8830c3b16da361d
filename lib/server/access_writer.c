/*
 * The writer sleeps until a first line comes, waits flush_ms for more unless a spool fills up before
 * that, and then writes what there is. Workers wake it at most once a round.
 *
 * A line that a destination has taken in part goes on before any other of that destination.
 */
#include "server/access_writer.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
    RETRY_MS = 1000,   /* from a write that failed to the next */
    NOTICE_MS = 10000, /* from one report of dropped lines to the next */
};

/* The thread's own. */
struct writer {
    struct access_log *log;
    struct spool *cut[ACCESS_OUTPUTS_MAX]; /* whose line has gone out in part; NULL: none's */
    bool failed[ACCESS_OUTPUTS_MAX];       /* the last write, which is logged */
    bool stuck[ACCESS_OUTPUTS_MAX];        /* takes nothing at the moment */
    uint64_t dropped_reported, quiet_until_ms;
};

/* ---- waking ---- */

void access_writer_wake(struct access_log *log)
{
    uint64_t one = 1;

    (void)!write(log->event, &one, sizeof one);
}

/* A line that was published before this sees `idle`, or the writer, which looks once more behind
 * setting it, sees the line. */
void access_writer_notify(struct access_log *log, bool hurry)
{
    if ((hurry || atomic_load(&log->idle)) &&
        !atomic_load_explicit(&log->signalled, memory_order_relaxed) &&
        !atomic_exchange(&log->signalled, true)) {
        access_writer_wake(log);
    }
}

/* ---- waiting ---- */

static bool ordered(const struct access_log *log)
{
    return atomic_load(&log->stop) || atomic_load(&log->reopen);
}

static bool is_empty(const struct access_log *log)
{
    struct iovec pieces[2];

    for (unsigned i = 0; i < log->count; i++) {
        for (unsigned w = 0; w < log->workers; w++) {
            if (spool_peek(log->destinations[i].spools[w], pieces) > 0) {
                return false;
            }
        }
    }
    return true;
}

/* Until the event comes, one of the descriptors can be written, or the time is over. */
static void wait_for(struct access_log *log, const struct pollfd *more, unsigned count, int ms)
{
    struct pollfd waits[1 + ACCESS_OUTPUTS_MAX] = {{.fd = log->event, .events = POLLIN}};
    uint64_t events;

    for (unsigned i = 0; i < count; i++) {
        waits[1 + i] = more[i];
    }
    if (poll(waits, 1 + count, ms) > 0 && waits[0].revents) {
        (void)!read(log->event, &events, sizeof events);
    }
}

static void wait_for_lines(struct access_log *log)
{
    atomic_store(&log->signalled, false);
    atomic_store(&log->idle, true);
    if (is_empty(log) && !ordered(log)) {
        wait_for(log, NULL, 0, -1);
    }
    atomic_store(&log->idle, false);
    atomic_store(&log->signalled, false);
    if (!ordered(log)) {
        wait_for(log, NULL, 0, (int)log->flush_ms);
    }
}

/* Workers need not wake it meanwhile: `signalled` stays set. False: nothing is stuck. */
static bool wait_while_stuck(struct writer *writer, uint32_t ms)
{
    struct pollfd waits[ACCESS_OUTPUTS_MAX];
    unsigned count = 0;
    bool stuck = false;

    for (unsigned i = 0; i < writer->log->count; i++) {
        stuck |= writer->stuck[i];
        if (writer->stuck[i] && !writer->failed[i]) {
            waits[count++] = (struct pollfd){.fd = writer->log->destinations[i].output.file.fd,
                                             .events = POLLOUT};
        }
    }
    if (stuck) {
        atomic_store(&writer->log->signalled, true);
        wait_for(writer->log, waits, count, (int)ms);
    }
    return stuck;
}

/* ---- writing ---- */

static void failure_report(struct writer *writer, unsigned i)
{
    const struct access_output *output = &writer->log->destinations[i].output;

    if (output->error && !writer->failed[i]) {
        log_error("access log %s: cannot be written: %s; lines are kept while there is room, then "
                  "dropped",
                  output->path, strerrordesc_np(output->error));
    } else if (!output->error && writer->failed[i]) {
        log_info("access log %s: is written again", output->path);
    }
    writer->failed[i] = output->error != 0;
}

static char byte_at(const struct iovec *pieces, size_t at)
{
    return at < pieces[0].iov_len ? ((const char *)pieces[0].iov_base)[at]
                                  : ((const char *)pieces[1].iov_base)[at - pieces[0].iov_len];
}

/* What one worker has for a destination by now; false: it takes no more at the moment. */
static bool spool_write(struct writer *writer, unsigned i, struct spool *spool)
{
    struct iovec pieces[2];
    unsigned count = spool_peek(spool, pieces);
    size_t left = count ? pieces[0].iov_len + pieces[1].iov_len : 0;

    while (left > 0) {
        ssize_t taken = access_output_write(&writer->log->destinations[i].output, pieces, count);

        failure_report(writer, i);
        if (taken <= 0) {
            return false;
        }
        writer->cut[i] = byte_at(pieces, (size_t)taken - 1) == '\n' ? NULL : spool;
        spool_take(spool, (size_t)taken);
        left -= (size_t)taken < left ? (size_t)taken : left;
        count = spool_peek(spool, pieces);
    }
    return true;
}

static void destination_write(struct writer *writer, unsigned i)
{
    const struct access_log *log = writer->log;
    bool goes_on = !writer->cut[i] || spool_write(writer, i, writer->cut[i]);

    for (unsigned w = 0; goes_on && w < log->workers; w++) {
        goes_on = spool_write(writer, i, log->destinations[i].spools[w]);
    }
    writer->stuck[i] = !goes_on;
}

static void write_all(struct writer *writer)
{
    for (unsigned i = 0; i < writer->log->count; i++) {
        destination_write(writer, i);
    }
}

/* ---- reports and orders ---- */

struct access_writer_counts access_writer_counts(const struct access_log *log)
{
    struct access_writer_counts counts = {0};

    for (unsigned i = 0; log && i < log->count; i++) {
        for (unsigned w = 0; w < log->workers; w++) {
            counts.lines += spool_lines(log->destinations[i].spools[w]);
            counts.dropped += spool_dropped(log->destinations[i].spools[w]);
        }
    }
    return counts;
}

static void dropped_report(struct writer *writer, bool last)
{
    uint64_t dropped = access_writer_counts(writer->log).dropped, now_ms = clock_coarse_ms();

    if (dropped != writer->dropped_reported && (last || now_ms >= writer->quiet_until_ms)) {
        log_warning("access log: %" PRIu64 " lines were dropped: they came faster than they were "
                    "written",
                    dropped - writer->dropped_reported);
        writer->dropped_reported = dropped;
        writer->quiet_until_ms = now_ms + NOTICE_MS;
    }
}

/* Where a line has gone out in part and its end cannot be written, the end begins the new file: no
 * byte is lost or doubled, and who puts the files together has the line. */
static void reopen_all(struct writer *writer)
{
    for (unsigned i = 0; i < writer->log->count; i++) {
        struct access_output *output = &writer->log->destinations[i].output;

        if (access_output_open(output) != SHUNT_OK) {
            log_error("access log %s: cannot be opened anew: %s; the old file is written on",
                      output->path, strerrordesc_np(errno));
            continue;
        }
        writer->stuck[i] = false;
    }
    log_info("access log: opened anew");
}

static void orders_follow(struct writer *writer)
{
    if (atomic_exchange(&writer->log->reopen, false)) {
        write_all(writer); /* what was logged before belongs to the old files */
        reopen_all(writer);
    }
}

/* What the workers have left, as far as it goes out in time. */
static void finish(struct writer *writer)
{
    uint64_t deadline = clock_coarse_ms() + writer->log->stop_ms, now_ms;

    write_all(writer);
    while (!is_empty(writer->log) && (now_ms = clock_coarse_ms()) < deadline) {
        uint64_t left = deadline - now_ms;

        (void)wait_while_stuck(writer, left < RETRY_MS ? (uint32_t)left : RETRY_MS);
        write_all(writer);
    }
    dropped_report(writer, true);
}

static void *writer_main(void *arg)
{
    struct writer writer = {.log = arg};

    while (!atomic_load(&writer.log->stop)) {
        if (!wait_while_stuck(&writer, RETRY_MS)) {
            wait_for_lines(writer.log);
        }
        orders_follow(&writer);
        write_all(&writer);
        dropped_report(&writer, false);
    }
    finish(&writer);
    return NULL;
}

enum shunt_status access_writer_start(struct access_log *log)
{
    enum shunt_status status = thread_start(&log->thread, writer_main, log);

    if (status == SHUNT_OK) {
        (void)pthread_setname_np(log->thread, "shunt-log");
    }
    return status;
}

void access_writer_join(struct access_log *log)
{
    access_writer_wake(log);
    pthread_join(log->thread, NULL);
}
