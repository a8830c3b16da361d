/* Standard error that takes nothing: nobody waits, and what is dropped is counted and reported. */
#include "base/log_queue.h"

#include "base/clock.h"
#include "base/log.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINES = 8 };

static int reader, saved_stderr;
static char text[1 << 18];

/* Standard error becomes `writer`, and `reader` is its other end. */
static void set_up(int writer)
{
    saved_stderr = dup(STDERR_FILENO);
    dup2(writer, STDERR_FILENO);
    close(writer);
    fcntl(reader, F_SETFL, O_NONBLOCK);
}

static void set_up_pipe(void)
{
    int ends[2];

    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    reader = ends[0];
    set_up(ends[1]);
}

static void set_up_socket(void)
{
    int ends[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    reader = ends[0];
    set_up(ends[1]);
}

static void tear_down(void)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    close(reader);
}

/* All that standard error has taken so far. */
static const char *taken(void)
{
    size_t len = 0;
    ssize_t got;

    while (len < sizeof text - 1 && (got = read(reader, text + len, sizeof text - 1 - len)) > 0) {
        len += (size_t)got;
    }
    text[len] = '\0';
    return text;
}

static unsigned count(const char *in, const char *word)
{
    unsigned n = 0;

    for (; (in = strstr(in, word)) != NULL; in += strlen(word)) {
        n++;
    }
    return n;
}

/* Until it takes nothing: what it holds is what it took. */
static void fill(void)
{

    do {
        log_info("filler");
    } while (log_queue_write() < 0);
}

static void stalls_and_flows(void)
{
    struct log_queue *queue;
    uint64_t before;

    cr_assert_eq(log_queue_open(1, LINES, &queue), SHUNT_OK);
    log_queue_use(queue, 0);
    fill();
    before = log_queue_dropped();
    for (unsigned i = 0; i < LINES + 100; i++) {
        log_info("later");
        (void)log_queue_write();
    }
    cr_expect_eq(log_queue_dropped() - before, 101, "one filler waits in the ring");
    (void)taken();
    while (log_queue_write() >= 0) {
        (void)taken();
    }
    (void)taken();
    log_info("flows again");
    cr_expect_lt(log_queue_write(), 0);
    log_queue_close(queue, 0);
    cr_expect_eq(log_queue_dropped() - before, 101);
}

Test(base_log_queue, a_full_pipe_makes_nobody_wait, .init = set_up_pipe, .fini = tear_down,
     .timeout = 30)
{
    stalls_and_flows();
}

Test(base_log_queue, a_full_socket_makes_nobody_wait, .init = set_up_socket, .fini = tear_down,
     .timeout = 30)
{
    stalls_and_flows();
}

Test(base_log_queue, says_how_many_were_dropped_once_it_flows_again, .init = set_up_pipe,
     .fini = tear_down, .timeout = 30)
{
    struct log_queue *queue;
    const char *end;

    cr_assert_eq(log_queue_open(1, LINES, &queue), SHUNT_OK);
    log_queue_use(queue, 0);
    fill();
    for (unsigned i = 0; i < LINES + 4; i++) {
        log_info("later");
    }
    (void)taken();
    cr_expect_lt(log_queue_write(), 0);
    end = taken();
    cr_expect_eq(count(end, "later\n"), LINES - 1, "%s", end);
    cr_expect_eq(count(end, "log: 5 lines were dropped: standard error took nothing\n"), 1, "%s",
                 end);
    log_info("more");
    cr_expect_lt(log_queue_write(), 0);
    cr_expect_eq(count(taken(), "dropped"), 0, "reported once");
    log_queue_close(queue, 0);
}

Test(base_log_queue, closing_waits_no_longer_than_it_may, .init = set_up_pipe, .fini = tear_down,
     .timeout = 30)
{
    struct log_queue *queue;

    cr_assert_eq(log_queue_open(1, LINES, &queue), SHUNT_OK);
    fill();
    log_queue_close(queue, 20);
}

Test(base_log_queue, closing_writes_what_is_left, .init = set_up_pipe, .fini = tear_down)
{
    struct log_queue *queue;

    cr_assert_eq(log_queue_open(1, LINES, &queue), SHUNT_OK);
    log_info("last words");
    cr_expect_str_eq(taken(), "");
    log_queue_close(queue, 1000);
    cr_expect_eq(count(taken(), "last words\n"), 1);
    log_info("after it");
    cr_expect_eq(count(taken(), "after it\n"), 1, "written at once");
}

Test(base_log_queue, announces_lines_by_its_event, .init = set_up_pipe, .fini = tear_down)
{
    struct log_queue *queue;
    struct pollfd event = {.events = POLLIN};

    cr_assert_eq(log_queue_open(1, LINES, &queue), SHUNT_OK);
    event.fd = log_queue_event();
    cr_expect_eq(poll(&event, 1, 0), 0);
    log_info("one");
    log_info("two");
    cr_expect_eq(poll(&event, 1, 0), 1);
    cr_expect_lt(log_queue_write(), 0);
    cr_expect_eq(poll(&event, 1, 0), 0);
    log_info("three");
    cr_expect_eq(poll(&event, 1, 0), 1);
    log_queue_close(queue, 1000);
}

/* ---- several threads ---- */

enum { THREADS = 3, EACH = 300 };

static struct log_queue *shared_queue;

static void *log_many(void *arg)
{
    unsigned number = *(unsigned *)arg;

    if (number < THREADS - 1) {
        log_queue_use(shared_queue, number);
    } /* the last one shares the ring of the main thread */
    for (unsigned i = 0; i < EACH; i++) {
        log_info("thread %u line %u.", number, i);
    }
    return NULL;
}

Test(base_log_queue, lines_of_all_rings_are_written_and_each_ring_s_in_order, .init = set_up_pipe,
     .fini = tear_down, .timeout = 60)
{
    unsigned numbers[THREADS] = {0, 1, 2}, next[THREADS] = {0};
    pthread_t threads[THREADS];
    uint64_t before = log_queue_dropped();

    fcntl(STDERR_FILENO, F_SETPIPE_SZ, 1 << 20);
    cr_assert_eq(log_queue_open(THREADS - 1, 512, &shared_queue), SHUNT_OK);
    for (unsigned i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, log_many, &numbers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    log_queue_close(shared_queue, 1000);
    (void)taken();
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) && *line;) {
        unsigned thread, number;
        const char *at = strstr(line, "thread ");

        cr_assert(at && sscanf(at, "thread %u line %u.", &thread, &number) == 2, "%s", line);
        cr_assert_eq(number, next[thread]++, "%s", line);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        cr_expect_eq(next[i], EACH, "thread %u", i);
    }
    cr_expect_eq(log_queue_dropped(), before);
}
