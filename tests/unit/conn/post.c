/* Posting from any thread. */
#include "conn/post.h"

#include "conn/close.h"
#include "conn/output.h"
#include "conn/stream.h"
#include "support/loop_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct registry registry = {
    .protocols = {{{.size = sizeof(struct shunt_protocol), .token = "bench"}, 0}},
    .protocol_count = 1};
static unsigned ran, dropped;

static void task(struct shunt_stream *stream, void *arg)
{
    cr_expect_not_null(stream);
    *(unsigned *)arg += 1;
}

static void drop(void *arg)
{
    (void)arg;
    dropped++;
}

static enum shunt_status post(shunt_id id)
{
    return conn_post(id, false, (void (*)(void))task, drop, &ran);
}

/* A stream, as after an upgrade. */
static struct conn *stream_open(struct shunt_worker *loop, int *far)
{
    struct conn *conn = loop_conn(loop, far);

    conn_attach(conn, 0);
    return conn;
}

static struct shunt_worker *mailbox_loop_open(enum io_backend backend, uint32_t mailbox_max)
{
    struct loop_options options = loop_options();

    options.registry = &registry;
    options.limits.mailbox_max = mailbox_max;
    return loop_open(backend, &options);
}

static void *posts(void *arg)
{
    cr_expect_eq(post(*(shunt_id *)arg), SHUNT_OK);
    return NULL;
}

BACKEND_TEST(conn_post, a_task_of_another_thread_wakes_the_loop_and_runs_on_it)
{
    struct shunt_worker *loop = mailbox_loop_open(backend, 64);
    pthread_t thread;
    shunt_id id;
    int far;

    id = conn_id(stream_open(loop, &far));
    loop_turn(loop, 2);
    cr_assert_eq(pthread_create(&thread, NULL, posts, &id), 0);
    for (int i = 0; i < 1000 && ran == 0; i++) {
        cr_assert_eq(conn_loop_turn(loop, 10000), SHUNT_OK);
    }
    pthread_join(thread, NULL);
    cr_expect_eq(ran, 1);
    conn_loop_destroy(loop);
    close(far);
}

BACKEND_TEST(conn_post, what_misses_its_stream_is_dropped_once)
{
    struct shunt_worker *loop = mailbox_loop_open(backend, 64);
    struct conn *http, *stream;
    shunt_id id;
    int far[2];

    http = loop_conn(loop, &far[0]);
    stream = stream_open(loop, &far[1]);
    id = conn_id(stream);
    cr_expect_eq(post(conn_id(http)), SHUNT_OK);
    loop_turn(loop, 3);
    cr_expect_eq(dropped, 1, "no stream yet");
    cr_expect_eq(post(id), SHUNT_OK);
    conn_close(stream, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
    loop_turn(loop, 3);
    cr_expect_eq(dropped, 2, "closing");
    close(far[1]);
    loop_turn(loop, 5);
    cr_expect_eq(post(id), SHUNT_OK);
    loop_turn(loop, 3);
    cr_expect_eq(dropped, 3, "gone");
    cr_expect_eq(loop->counters.posts_missed, 3);
    cr_expect_eq(ran, 0);
    conn_loop_destroy(loop);
    close(far[0]);
}

BACKEND_TEST(conn_post, a_full_mailbox_refuses_and_neither_runs)
{
    struct shunt_worker *loop = mailbox_loop_open(backend, 2);
    shunt_id id;
    int far;

    id = conn_id(stream_open(loop, &far));
    cr_expect_eq(post(id), SHUNT_OK);
    cr_expect_eq(post(id), SHUNT_OK);
    cr_expect_eq(post(id), SHUNT_EFULL);
    loop_turn(loop, 3);
    cr_expect_eq(ran, 2);
    cr_expect_eq(post(id), SHUNT_OK, "there is room again");
    conn_loop_close(loop);
    cr_expect_eq(dropped, 1, "what waits is dropped before the loop is gone");
    cr_expect_eq(post(id), SHUNT_ENOTFOUND);
    conn_loop_destroy(loop);
    cr_expect_eq(dropped, 1);
    cr_expect_eq(ran, 2);
    close(far);
}

/* ---- a loop that ends while others post ---- */

enum { POSTERS = 24 };

struct poster {
    pthread_t thread;
    shunt_id id;
    unsigned accepted;
    atomic_bool *over;
};

static void *posts_on(void *arg)
{
    struct poster *poster = arg;

    while (!atomic_load(poster->over)) {
        poster->accepted += post(poster->id) == SHUNT_OK;
    }
    return NULL;
}

BACKEND_TEST(conn_post, a_worker_ends_while_many_threads_post_and_nothing_accepted_is_lost)
{
    struct shunt_worker *loop = mailbox_loop_open(backend, 64);
    struct poster posters[POSTERS];
    atomic_bool over = false;
    unsigned accepted = 0;
    shunt_id id;
    int far;

    id = conn_id(stream_open(loop, &far));
    for (unsigned i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){.id = id, .over = &over};
        cr_assert_eq(pthread_create(&posters[i].thread, NULL, posts_on, &posters[i]), 0);
    }
    while (ran < 1000) {
        cr_assert_eq(conn_loop_turn(loop, 10000), SHUNT_OK);
    }
    conn_loop_close(loop);
    atomic_store(&over, true);
    for (unsigned i = 0; i < POSTERS; i++) {
        pthread_join(posters[i].thread, NULL);
        accepted += posters[i].accepted;
    }
    conn_loop_destroy(loop);
    cr_expect_eq(ran + dropped, accepted, "%u ran, %u dropped", ran, dropped);
    close(far);
}

/* ---- a message to many: one task a worker ---- */

enum { LOOPS = 2, MEMBERS = 500, BURSTS = 200 };

static struct conn *members[LOOPS][MEMBERS];
static struct conn_group group;

/* What a service does with a message for a room: write it to each member on this worker. */
static void members_notify(struct shunt_worker *worker, void *arg)
{
    unsigned number = worker->post.group_number;

    (void)arg;
    for (unsigned i = 0; i < MEMBERS; i++) {
        cr_assert_eq(conn_write(members[number][i], "x", 1), SHUNT_OK);
    }
    ran++;
}

static void *bursts(void *arg)
{
    struct shunt_worker *const *loops = arg;

    for (unsigned i = 0; i < BURSTS; i++) {
        for (unsigned t = 0; t < LOOPS; t++) {
            cr_assert_eq(
                conn_post_worker(conn_post_worker_id(loops[t]), members_notify, drop, NULL),
                SHUNT_OK);
        }
    }
    return NULL;
}

/* How many bytes have come; all of them are read. */
static unsigned bytes_at(int far)
{
    char bytes[2 * BURSTS];
    ssize_t got, all = 0;

    while ((got = recv(far, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
        all += got;
    }
    return (unsigned)all;
}

static void descriptors_raise(void)
{
    struct rlimit limit;

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

BACKEND_TEST(conn_post, a_thousand_members_get_each_of_200_messages_by_one_post_a_worker)
{
    struct shunt_worker *loops[LOOPS];
    int far[LOOPS][MEMBERS];
    pthread_t thread;

    descriptors_raise();
    atomic_store(&group.count, LOOPS);
    for (unsigned t = 0; t < LOOPS; t++) {
        loops[t] =
            mailbox_loop_open(backend, BURSTS); /* 1,000 times less than a post for each member */
        conn_post_join(loops[t], &group, t);
        for (unsigned i = 0; i < MEMBERS; i++) {
            members[t][i] = stream_open(loops[t], &far[t][i]);
        }
    }
    cr_assert_eq(pthread_create(&thread, NULL, bursts, loops), 0);
    while (ran < LOOPS * BURSTS) {
        for (unsigned t = 0; t < LOOPS; t++) {
            cr_assert_eq(conn_loop_turn(loops[t], 0), SHUNT_OK);
        }
    }
    pthread_join(thread, NULL);
    loop_turn(loops[0], 3);
    loop_turn(loops[1], 3);
    for (unsigned t = 0; t < LOOPS; t++) {
        for (unsigned i = 0; i < MEMBERS; i++) {
            cr_expect_eq(bytes_at(far[t][i]), BURSTS, "loop %u, member %u", t, i);
            close(far[t][i]);
        }
        cr_expect_eq(loops[t]->counters.posts_refused, 0);
        conn_loop_destroy(loops[t]);
    }
    cr_expect_eq(dropped, 0);
}

BACKEND_TEST(conn_post, what_finds_the_mailbox_full_is_refused_and_counted)
{
    enum { TRIES = 1000, ROOM = 64 };
    struct shunt_worker *loop = mailbox_loop_open(backend, ROOM);
    unsigned accepted = 0;
    shunt_id id;
    int far;

    id = conn_id(stream_open(loop, &far));
    for (unsigned i = 0; i < TRIES; i++) {
        enum shunt_status status = post(id);

        accepted += status == SHUNT_OK;
        cr_assert(status == SHUNT_OK || status == SHUNT_EFULL);
    }
    loop_turn(loop, 3);
    cr_expect_eq(accepted, ROOM);
    cr_expect_eq(ran, ROOM);
    cr_expect_eq(loop->counters.posts_refused, TRIES - ROOM);
    conn_loop_destroy(loop);
    close(far);
}

static void worker_task(struct shunt_worker *worker, void *arg)
{
    cr_expect_eq(worker, arg);
    ran++;
}

BACKEND_TEST(conn_post, a_task_for_a_worker_that_ends_first_is_dropped)
{
    struct shunt_worker *loop = mailbox_loop_open(backend, 64);
    shunt_id id = conn_post_worker_id(loop);

    cr_expect_eq(conn_post_worker(id, worker_task, drop, loop), SHUNT_OK);
    loop_turn(loop, 3);
    cr_expect_eq(ran, 1);
    cr_expect_eq(conn_post_worker(id, worker_task, drop, loop), SHUNT_OK);
    conn_loop_close(loop);
    cr_expect_eq(dropped, 1);
    cr_expect_eq(conn_post_worker(id, worker_task, drop, loop), SHUNT_ENOTFOUND);
    conn_loop_destroy(loop);
    loop = mailbox_loop_open(backend, 64);
    cr_expect_eq(conn_post_worker(id, worker_task, drop, loop), SHUNT_OK, "its number is the same");
    loop_turn(loop, 3);
    cr_expect_eq(dropped, 2, "but another worker has it");
    cr_expect_eq(ran, 1);
    conn_loop_destroy(loop);
}

/* ---- numbers and generations ---- */

Test(conn_post, a_process_has_numbers_for_as_many_workers_as_a_server_may_have)
{
    static struct shunt_worker loops[(1 << CONN_WORKER_BITS) + 1];
    const unsigned most = 1 << CONN_WORKER_BITS;

    for (unsigned i = 0; i < most; i++) {
        cr_assert_eq(conn_post_open(&loops[i]), SHUNT_OK, "loop %u", i + 1);
    }
    cr_expect_eq(conn_post_open(&loops[most]), SHUNT_EFULL);
    conn_post_close(&loops[most]);
    conn_post_close(&loops[7]);
    cr_expect_eq(conn_post_open(&loops[most]), SHUNT_OK);
    cr_expect_eq(loops[most].post.number, loops[7].post.number, "a number is used again");
}

BACKEND_TEST(conn_post, an_id_of_an_earlier_worker_misses_the_one_with_its_number)
{
    struct shunt_worker *loop = mailbox_loop_open(backend, 64);
    struct conn *conn;
    uint32_t index;
    shunt_id old;
    int far;

    conn = stream_open(loop, &far);
    index = conn_slab_index(conn);
    old = conn_id(conn);
    conn_loop_destroy(loop);
    close(far);
    loop = mailbox_loop_open(backend, 64);
    conn = stream_open(loop, &far);
    cr_assert_eq(conn_slab_index(conn), index);
    cr_assert_eq(conn_id(conn) >> CONN_SLOT_BITS & ((1 << CONN_WORKER_BITS) - 1),
                 old >> CONN_SLOT_BITS & ((1 << CONN_WORKER_BITS) - 1));
    cr_expect_eq(post(old), SHUNT_OK);
    loop_turn(loop, 3);
    cr_expect_eq(ran, 0);
    cr_expect_eq(dropped, 1);
    cr_expect_eq(loop->counters.posts_missed, 1);
    conn_loop_destroy(loop);
    close(far);
}

Test(conn_post, an_id_of_no_worker_is_not_found)
{
    cr_expect_eq(post(0), SHUNT_ENOTFOUND);
    cr_expect_eq(post(~(shunt_id)0), SHUNT_ENOTFOUND);
}

BACKEND_TEST(conn_post, workers_have_numbers_of_their_own)
{
    struct shunt_worker *one = mailbox_loop_open(backend, 64),
                        *two = mailbox_loop_open(backend, 64);
    int far[2];
    struct conn *of_one = stream_open(one, &far[0]), *of_two = stream_open(two, &far[1]);

    cr_expect_eq(conn_slab_index(of_one), conn_slab_index(of_two));
    cr_expect_neq(conn_id(of_one), conn_id(of_two));
    cr_expect_eq(post(conn_id(of_two)), SHUNT_OK);
    loop_turn(one, 3);
    cr_expect_eq(ran, 0);
    loop_turn(two, 3);
    cr_expect_eq(ran, 1);
    conn_loop_destroy(one);
    conn_loop_destroy(two);
    close(far[0]);
    close(far[1]);
}
