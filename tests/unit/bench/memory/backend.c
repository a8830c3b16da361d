/* The back end in memory keeps the rules of io.h. */
#include "memory/backend.h"
#include "memory/peer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What was told, as one line. */
struct told {
    struct io *io;
    char trace[512];
    int fd;        /* of the last connection */
    bool receives; /* at once, on what is accepted */
    void (*on_received)(struct told *told);
};

__attribute__((format(printf, 2, 3))) static void note(struct told *told, const char *format, ...)
{
    size_t len = strlen(told->trace);
    va_list args;

    va_start(args, format);
    vsnprintf(told->trace + len, sizeof told->trace - len, format, args);
    va_end(args);
}

static void on_accepted(void *context, uint64_t listener, int fd)
{
    struct told *told = context;

    note(told, "accepted(%d) ", (int)listener);
    told->fd = fd;
    io_user_set(told->io, fd, 5);
    if (told->receives) {
        io_receive(told->io, fd, true);
    }
}

static void on_received(void *context, uint64_t user, uint8_t *bytes, int len, bool more)
{
    struct told *told = context;

    note(told, "received(%d, %d, %.*s%s) ", (int)user, len, len > 0 ? len : 0,
         bytes ? (const char *)bytes : "", more ? ", more" : "");
    if (told->on_received) {
        told->on_received(told);
    }
}

static void on_ready(void *context, uint64_t user, int result)
{
    note(context, "ready(%d, %d) ", (int)user, result);
}

static void on_sent(void *context, uint64_t user, int result)
{
    note(context, "sent(%d, %d) ", (int)user, result);
}

static void on_woken(void *context)
{
    note(context, "woken ");
}

static void open_with(struct told *told, unsigned connections, unsigned buffer_bytes)
{
    static const struct io_handler handler = {.accepted = on_accepted,
                                              .received = on_received,
                                              .ready = on_ready,
                                              .sent = on_sent,
                                              .woken = on_woken};
    const struct io_options options = {
        .create = memory_create, .descriptors_max = connections, .buffer_bytes = buffer_bytes};

    *told = (struct told){.receives = true};
    cr_assert_eq(io_create(&options, &handler, told, &told->io, NULL), SHUNT_OK);
    cr_assert_eq(io_add(told->io, memory_listener(told->io), 9), SHUNT_OK);
    cr_assert_eq(io_accept(told->io, memory_listener(told->io), false), SHUNT_OK);
}

/* Turn once; what was told in it must be `want`. */
static void expect_turn(struct told *told, const char *want)
{
    told->trace[0] = '\0';
    cr_assert_eq(io_turn(told->io, 0), SHUNT_OK);
    cr_expect_str_eq(told->trace, want, "%s and not %s", told->trace, want);
}

static void say(struct told *told, int fd, const char *text)
{
    memory_peer_send(told->io, fd, shunt_span_of(text));
}

Test(bench_memory_backend, tells_in_turns_only_and_what_they_start_in_the_next)
{
    struct told told;

    open_with(&told, 1, 0);
    int fd = memory_peer_connect(told.io);

    say(&told, fd, "hello");
    cr_expect_str_eq(told.trace, "");
    expect_turn(&told, "accepted(9) ");
    cr_expect_eq(told.fd, fd);
    expect_turn(&told, "received(5, 5, hello, more) ");
    io_send(told.io, fd, &(struct iovec){(void *)(uintptr_t) "good", 4}, 1);
    cr_expect_str_eq(told.trace, "received(5, 5, hello, more) ");
    cr_expect(memory_busy(told.io));
    expect_turn(&told, "sent(5, 4) ");
    cr_expect_not(memory_busy(told.io));
    expect_turn(&told, "");
    io_destroy(told.io);
}

Test(bench_memory_backend, gives_long_input_in_buffers_and_keeps_the_order)
{
    struct told told;

    open_with(&told, 1, 4);
    int fd = memory_peer_connect(told.io);

    expect_turn(&told, "accepted(9) ");
    say(&told, fd, "abcdefghij");
    expect_turn(&told, "received(5, 4, abcd, more) ");
    expect_turn(&told, "received(5, 4, efgh, more) ");
    expect_turn(&told, "received(5, 2, ij, more) ");
    memory_peer_reset(told.io, fd);
    char want[64];

    snprintf(want, sizeof want, "received(5, %d, ) ", -ECONNRESET);
    expect_turn(&told, want);
    cr_expect_not(io_receive_pending(told.io, fd));
    io_destroy(told.io);
}

Test(bench_memory_backend, a_cancelled_receive_ends_once_and_loses_no_byte)
{
    struct told told;
    char want[64];

    open_with(&told, 1, 0);
    int fd = memory_peer_connect(told.io);

    expect_turn(&told, "accepted(9) ");
    say(&told, fd, "kept");
    io_receive_cancel(told.io, fd);
    io_receive_cancel(told.io, fd);
    snprintf(want, sizeof want, "received(5, %d, ) ", -ECANCELED);
    expect_turn(&told, want);
    io_ready(told.io, fd);
    expect_turn(&told, "ready(5, 0) ");
    io_receive(told.io, fd, false);
    expect_turn(&told, "received(5, 4, kept) ");
    io_ready(told.io, fd);
    io_receive_cancel(told.io, fd);
    snprintf(want, sizeof want, "ready(5, %d) ", -ECANCELED);
    expect_turn(&told, want);
    io_destroy(told.io);
}

static void close_it(struct told *told)
{
    io_close(told->io, told->fd, false);
}

Test(bench_memory_backend, after_a_close_only_a_pending_send_is_told)
{
    struct told told;

    open_with(&told, 1, 0);
    int fd = memory_peer_connect(told.io);

    expect_turn(&told, "accepted(9) ");
    io_send(told.io, fd, &(struct iovec){(void *)(uintptr_t) "bye", 3}, 1);
    say(&told, fd, "late");
    io_close(told.io, fd, false);
    cr_expect_eq(memory_peer_user(told.io, fd), 0);
    expect_turn(&told, "sent(5, 3) ");
    expect_turn(&told, "");
    struct shunt_span received = memory_peer_received(told.io, fd);

    cr_expect(shunt_span_equal(received, shunt_span_of("bye")));
    cr_expect_eq(memory_held(told.io), 0);
    io_destroy(told.io);
}

Test(bench_memory_backend, a_callback_may_close_its_own_connection)
{
    struct told told;

    open_with(&told, 1, 2);
    told.on_received = close_it;
    int fd = memory_peer_connect(told.io);

    say(&told, fd, "abcd");
    expect_turn(&told, "accepted(9) ");
    expect_turn(&told, "received(5, 2, ab, more) ");
    expect_turn(&told, "");
    io_destroy(told.io);
}

Test(bench_memory_backend, a_number_is_given_again_once_both_sides_have_left)
{
    struct told told;

    open_with(&told, 2, 0);
    int first = memory_peer_connect(told.io), second = memory_peer_connect(told.io);

    cr_expect_neq(first, second);
    cr_expect_eq(memory_peer_connect(told.io), -1, "no more than two");
    expect_turn(&told, "accepted(9) accepted(9) ");
    cr_expect_eq(memory_held(told.io), 2);
    io_close(told.io, first, true);
    cr_expect_eq(memory_peer_connect(told.io), -1, "the peer has not left");
    memory_peer_reset(told.io, first);
    cr_expect_eq(memory_peer_connect(told.io), first);
    memory_peer_reset(told.io, second);
    cr_expect_eq(memory_peer_connect(told.io), -1, "the server has not closed");
    io_close(told.io, second, false);
    cr_expect_eq(memory_peer_connect(told.io), second);
    io_destroy(told.io);
}

Test(bench_memory_backend, who_resets_before_it_is_accepted_is_accepted_and_then_gone)
{
    struct told told;
    char want[64];

    open_with(&told, 1, 0);
    memory_peer_reset(told.io, memory_peer_connect(told.io));
    expect_turn(&told, "accepted(9) ");
    snprintf(want, sizeof want, "received(5, %d, ) ", -ECONNRESET);
    expect_turn(&told, want);
    io_destroy(told.io);
}

Test(bench_memory_backend, nobody_connects_while_accepting_is_paused_or_once_the_listener_is_closed)
{
    struct told told;

    open_with(&told, 2, 0);
    int listener = memory_listener(told.io);

    io_accept_pause(told.io, listener);
    cr_expect_eq(memory_peer_connect(told.io), -1);
    io_accept_resume(told.io, listener);
    cr_expect_geq(memory_peer_connect(told.io), 0);
    io_close(told.io, listener, false);
    expect_turn(&told, "");
    cr_expect_eq(memory_held(told.io), 0, "who was waiting is gone");
    cr_expect_eq(memory_peer_connect(told.io), -1);
    io_destroy(told.io);
}

Test(bench_memory_backend, a_wake_up_is_told_once)
{
    struct told told;

    open_with(&told, 1, 0);
    io_wake(told.io);
    io_wake(told.io);
    expect_turn(&told, "woken ");
    expect_turn(&told, "");
    io_destroy(told.io);
}

Test(bench_memory_backend, keeps_the_first_bytes_of_what_it_is_sent_and_takes_all)
{
    static char long_text[MEMORY_ANSWER_BYTES + 100];
    struct told told;
    char want[64];

    open_with(&told, 1, 0);
    int fd = memory_peer_connect(told.io);

    expect_turn(&told, "accepted(9) ");
    memset(long_text, 'x', sizeof long_text);
    io_send(told.io, fd, &(struct iovec){long_text, sizeof long_text}, 1);
    snprintf(want, sizeof want, "sent(5, %zu) ", sizeof long_text);
    expect_turn(&told, want);
    cr_expect_eq(memory_peer_received(told.io, fd).len, MEMORY_ANSWER_BYTES);
    io_destroy(told.io);
}

Test(bench_memory_backend,
     the_end_of_a_peers_direction_comes_behind_what_it_sends_and_it_is_still_here)
{
    struct told told;

    open_with(&told, 1, 4);
    int fd = memory_peer_connect(told.io);

    say(&told, fd, "abcdef");
    memory_peer_end(told.io, fd);
    expect_turn(&told, "accepted(9) ");
    expect_turn(&told, "received(5, 4, abcd, more) ");
    cr_expect_eq(memory_peer_unread(told.io, fd), 2);
    expect_turn(&told, "received(5, 2, ef, more) ");
    cr_expect_eq(memory_peer_unread(told.io, fd), 0);
    expect_turn(&told, "received(5, 0, ) ");
    cr_expect_not(io_receive_pending(told.io, fd));
    expect_turn(&told, "");
    io_send(told.io, fd, &(struct iovec){(void *)(uintptr_t) "late", 4}, 1);
    expect_turn(&told, "sent(5, 4) ");
    cr_expect(shunt_span_equal(memory_peer_received(told.io, fd), shunt_span_of("late")));
    memory_peer_reset(told.io, fd);
    expect_turn(&told, "");
    io_destroy(told.io);
}

static void on_piece(void *arg, int fd, struct shunt_span piece)
{
    note(arg, "piece(%d, %zu) ", fd == ((struct told *)arg)->fd, piece.len);
}

Test(bench_memory_backend, a_sink_sees_all_that_is_sent)
{
    static char long_text[MEMORY_ANSWER_BYTES + 100];
    struct told told;

    open_with(&told, 1, 0);
    int fd = memory_peer_connect(told.io);

    expect_turn(&told, "accepted(9) ");
    memory_sink_set(told.io, on_piece, &told);
    told.trace[0] = '\0';
    io_send(told.io, fd, &(struct iovec){long_text, sizeof long_text}, 1);
    cr_expect_str_eq(told.trace, "piece(1, 5284) ");
    memory_sink_set(told.io, NULL, NULL);
    expect_turn(&told, "sent(5, 5284) ");
    io_destroy(told.io);
}

Test(bench_memory_backend, what_is_sent_to_a_peer_that_has_reset_fails)
{
    struct told told;
    char want[64];

    open_with(&told, 1, 0);
    told.receives = false;
    int fd = memory_peer_connect(told.io);

    expect_turn(&told, "accepted(9) ");
    memory_peer_reset(told.io, fd);
    io_send(told.io, fd, &(struct iovec){(void *)(uintptr_t) "late", 4}, 1);
    snprintf(want, sizeof want, "sent(5, %d) ", -ECONNRESET);
    expect_turn(&told, want);
    io_destroy(told.io);
}

Test(bench_memory_backend, a_descriptor_of_the_processs_own_is_never_ready_and_is_closed)
{
    struct told told;
    int ends[2][2];
    char want[64];

    open_with(&told, 1, 0);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pipe(ends[i]), 0);
        cr_assert_eq(io_add(told.io, ends[i][0], 6), SHUNT_OK);
        io_ready(told.io, ends[i][0]);
    }
    cr_assert_eq(write(ends[0][1], "x", 1), 1);
    expect_turn(&told, "");
    io_receive_cancel(told.io, ends[0][0]);
    snprintf(want, sizeof want, "ready(6, %d) ", -ECANCELED);
    expect_turn(&told, want);
    io_close(told.io, ends[0][0], false);
    cr_expect_eq(fcntl(ends[0][0], F_GETFD), -1);
    io_destroy(told.io);
    cr_expect_eq(fcntl(ends[1][0], F_GETFD), -1, "what is left is closed at the end");
}
