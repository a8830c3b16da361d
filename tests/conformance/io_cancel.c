/* io_receive_cancel: the last callback comes exactly once, and no byte is lost on the way. */
#include "conformance/io_fixture.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

WITH_IO(a_cancelled_receive_ends_with_one_ecanceled)
{
    int far, near;

    near = fixture_pair(f, 1, &far);
    for (unsigned i = 1; i <= 3; i++) {
        io_receive(f->io, near, i != 2);
        if (i == 3) {
            fixture_turn(f, 0);
        }
        io_receive_cancel(f->io, near);
        io_receive_cancel(f->io, near);
        cr_expect_eq(f->users[1].lasts, i - 1, "never inside the call");
        cr_expect(io_receive_pending(f->io, near), "until its last callback");
        TURN_UNTIL(f, f->users[1].lasts == i);
        cr_expect_eq(f->users[1].received_result, -ECANCELED);
        cr_expect_not(io_receive_pending(f->io, near));
        fixture_idle(f);
        cr_expect_eq(f->users[1].received, i);
    }
    close(far);
}

WITH_IO(a_cancelled_ready_ends_with_one_ecanceled)
{
    int far, near;

    near = fixture_pair(f, 1, &far);
    io_ready(f->io, near);
    fixture_turn(f, 0);
    io_receive_cancel(f->io, near);
    TURN_UNTIL(f, f->users[1].readies == 1);
    cr_expect_eq(f->users[1].ready_result, -ECANCELED);
    fixture_idle(f);
    cr_expect_eq(f->users[1].readies, 1);
    cr_expect_eq(f->users[1].received, 0);
    close(far);
}

WITH_IO(a_cancel_of_nothing_has_no_effect)
{
    int far, near;

    near = fixture_pair(f, 1, &far);
    io_receive_cancel(f->io, near);
    fixture_idle(f);
    cr_expect_eq(f->users[1].received, 0);
    io_receive(f->io, near, true);
    fixture_write(far, "x", 1);
    TURN_UNTIL(f, f->users[1].bytes == 1);
    cr_expect_eq(f->users[1].lasts, 0);
    close(far);
}

/* Both are readable in the same turn; whichever completes first cancels the other. */
static void cancel_the_other(struct fixture *f, uint64_t user, uint8_t *bytes, int len, bool more)
{
    (void)bytes, (void)more;
    if (len > 0) {
        io_receive_cancel(f->io, f->users[3 - user].fd);
    }
}

IO_TEST(a_cancel_in_the_batch_of_its_data_completes_exactly_once)
{
    struct fixture f;
    int far[3];

    for (int once = 0; once < 2; once++) {
        fixture_open(&f, backend, NULL);
        f.on_received = cancel_the_other;
        for (uint64_t user = 1; user <= 2; user++) {
            io_receive(f.io, fixture_pair(&f, user, &far[user]), !once);
        }
        fixture_turn(&f, 0);
        fixture_write(far[1], "ab", 2);
        fixture_write(far[2], "ab", 2);
        TURN_UNTIL(&f, f.users[1].received > 0 && f.users[2].received > 0);
        fixture_idle(&f);
        for (uint64_t user = 1; user <= 2; user++) {
            struct fixture_user *u = &f.users[user];

            cr_expect_leq(u->lasts, 1);
            if (!io_receive_pending(f.io, u->fd)) {
                cr_expect_eq(u->lasts, 1);
                f.on_received = NULL;
                io_receive(f.io, u->fd, true);
                TURN_UNTIL(&f, u->bytes == 2);
            }
            close(far[user]);
        }
        fixture_close(&f);
    }
}

/* ---- cancel and start again while a stream runs ---- */

enum { STREAM_BYTES = 4 << 20 };

struct stream {
    int far;
    uint64_t hash;
    unsigned started;
    bool ended;
};

static void *stream_write(void *arg)
{
    struct stream *stream = arg;
    uint32_t random = 12345;
    size_t left = STREAM_BYTES;
    uint8_t bytes[3000];

    stream->hash = FIXTURE_HASH;
    while (left > 0) {
        size_t len;

        random = random * 1664525u + 1013904223u;
        len = 1 + (random >> 8) % sizeof bytes;
        len = len < left ? len : left;
        for (size_t i = 0; i < len; i++) {
            random = random * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)(random >> 24);
        }
        stream->hash = fixture_hash(stream->hash, bytes, len);
        fixture_write(stream->far, bytes, len);
        left -= len;
    }
    shutdown(stream->far, SHUT_WR);
    return NULL;
}

static void stream_again(struct fixture *f, uint64_t user, uint8_t *bytes, int len, bool more)
{
    struct stream *stream = f->data;

    (void)bytes;
    stream->ended = len == 0;
    cr_assert(len >= 0 || len == -ECANCELED, "%d", len);
    if (!more && !stream->ended) {
        stream->started++;
        io_receive(f->io, f->users[user].fd, stream->started % 3 != 0);
    }
}

IO_TEST(cancels_that_race_with_data_leave_the_stream_whole)
{
    struct io_options options = {.buffer_count = 4, .buffer_bytes = 1024};
    struct stream stream = {.started = 1};
    struct fixture f;
    pthread_t writer;
    uint64_t end_ms;
    int near;

    fixture_open(&f, backend, &options);
    f.on_received = stream_again;
    f.data = &stream;
    near = fixture_pair(&f, 1, &stream.far);
    io_receive(f.io, near, true);
    cr_assert_eq(pthread_create(&writer, NULL, stream_write, &stream), 0);
    end_ms = fixture_now_ms() + 30000;
    for (unsigned i = 0; !stream.ended; i++) {
        cr_assert_lt(fixture_now_ms(), end_ms);
        if (i % 2 == 0) {
            io_receive_cancel(f.io, near);
        }
        fixture_turn(&f, 1000);
    }
    pthread_join(writer, NULL);
    cr_expect_eq(f.users[1].bytes, STREAM_BYTES);
    cr_expect_eq(f.users[1].hash, stream.hash);
    cr_expect_eq(f.users[1].lasts, stream.started, "each receive has one last callback");
    cr_expect_gt(stream.started, 20, "the race did take place");
    close(stream.far);
    fixture_close(&f);
}

WITH_IO(a_descriptor_released_after_its_cancel_is_the_callers)
{
    char bytes[4] = "";
    int far, near;

    near = fixture_pair(f, 1, &far);
    io_receive(f->io, near, true);
    fixture_turn(f, 0);
    io_receive_cancel(f->io, near);
    TURN_UNTIL(f, f->users[1].lasts == 1);
    io_release(f->io, near);
    fixture_write(far, "own", 3);
    fixture_idle(f);
    cr_expect_eq(f->users[1].received, 1, "io knows nothing of it");
    cr_expect_eq(fixture_read(near, bytes, 3), 3);
    cr_expect_str_eq(bytes, "own");
    cr_assert_eq(io_add(f->io, near, 2), SHUNT_OK, "and may be added again");
    io_receive(f->io, near, true);
    fixture_write(far, "new", 3);
    TURN_UNTIL(f, f->users[2].bytes == 3);
    io_receive_cancel(f->io, near);
    TURN_UNTIL(f, f->users[2].lasts == 1);
    io_release(f->io, near);
    close(near);
    close(far);
}
