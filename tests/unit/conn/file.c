/* Parts of files among what is sent, and how long a file stays open. */
#include "conn/file.h"

#include "conn/close.h"
#include "conn/output.h"
#include "support/loop_fixture.h"

#include <fcntl.h>
#include <stdlib.h>

static char big[3 << 20];

/* Unlinked, with `len` bytes. */
static struct conn_file *file_make(const void *bytes, size_t len)
{
    char name[] = "/tmp/shunt-file-XXXXXX";
    int fd = mkstemp(name);
    struct conn_file *file;

    cr_assert(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    unlink(name);
    file = conn_file_create(fd);
    cr_assert_not_null(file);
    return file;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

WITH_CONN(conn_file, parts_go_out_in_order_with_what_else_is_written)
{
    struct conn_file *file = file_make("0123456789", 10);
    int fd = file->fd;

    conn_write(conn, "one ", 4);
    cr_expect_eq(conn_write_file(conn, conn_file_take(file), 2, 3), SHUNT_OK);
    conn_write(conn, " two ", 5);
    cr_expect_eq(conn_write_file(conn, conn_file_take(file), 0, 1), SHUNT_OK);
    cr_expect_eq(conn_write_file(conn, conn_file_take(file), 9, 1), SHUNT_OK);
    conn_write(conn, " three", 6);
    cr_expect_eq(conn_queued(conn), 4 + 3 + 5 + 2 + 6);
    conn_file_put(file);
    cr_expect(is_open(fd), "the queue has it still");
    cr_expect_str_eq(loop_read(loop, far, NULL), "one 234 two 09 three");
    cr_expect_not(is_open(fd));
    cr_expect_null(conn->queues);
}

WITH_CONN(conn_file, more_pieces_than_a_send_takes_go_out_in_order)
{
    static char want[1000];
    struct conn_file *file = file_make("0123456789", 10);

    for (unsigned i = 0; i < 100; i++) {
        static const char letters[] = "abcdefghijklmnop";

        if (i % 3 == 0) {
            conn_write_file(conn, conn_file_take(file), i % 10, 1);
            want[i] = (char)('0' + i % 10);
        } else {
            conn_write_borrowed(conn, &letters[i % 16], 1, NULL, NULL);
            want[i] = letters[i % 16];
        }
    }
    conn_file_put(file);
    cr_expect_str_eq(loop_read(loop, far, NULL), want);
}

WITH_CONN(conn_file, of_no_bytes_and_on_a_closing_connection_it_is_given_back)
{
    struct conn_file *file = file_make("x", 1);
    int fd = file->fd;

    cr_expect_eq(conn_write_file(conn, conn_file_take(file), 0, 0), SHUNT_OK);
    cr_expect_eq(file->references, 1);
    conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
    cr_expect_eq(conn_write_file(conn, file, 0, 1), SHUNT_ESTATE);
    cr_expect_not(is_open(fd));
    loop_turn(loop, 3);
}

WITH_CONN(conn_file, that_became_shorter_is_a_reset_which_is_counted)
{
    struct conn_file *file = file_make("0123456789", 10);
    int end, fd = file->fd;

    cr_expect_eq(conn_write_file(conn, file, 0, 20), SHUNT_OK);
    cr_expect_str_eq(loop_read(loop, far, &end), "0123456789");
    cr_expect_neq(end, 0);
    cr_expect_eq(loop->counters.files_truncated, 1);
    cr_expect_eq(loop->counters.send_failures, 0);
    cr_expect(strstr(loop_trace, "closed("), "%s", loop_trace);
    cr_expect_not(is_open(fd));
}

WITH_CONN(conn_file, a_graceful_close_sends_all_of_it_first)
{
    struct conn_file *file = file_make(big, sizeof big);
    size_t got = 0;
    ssize_t here;
    static char bytes[1 << 16];

    cr_expect_eq(conn_write_file(conn, file, 0, sizeof big), SHUNT_AGAIN, "above the mark");
    cr_expect_lt(loop->memory.used, 4096, "whatever its size");
    conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
    for (unsigned turns = 0; turns < 10000 && got < sizeof big; turns++) {
        loop_turn(loop, 1);
        while ((here = read(far, bytes, sizeof bytes)) > 0) {
            got += (size_t)here;
        }
    }
    cr_expect_eq(got, sizeof big);
    loop_turn(loop, 3);
    cr_expect_eq(read(far, bytes, 1), 0, "FIN");
}

WITH_CONN(conn_file, a_close_at_once_leaves_no_descriptor)
{
    struct conn_file *file = file_make(big, sizeof big);
    int fd = file->fd;

    conn_write_file(conn, file, 0, sizeof big);
    loop_turn(loop, 3); /* part of it, and a send that waits for room */
    cr_expect(is_open(fd));
    conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_SERVER);
    loop_turn(loop, 5);
    cr_expect_not(is_open(fd));
}

Test(conn_file, is_read_whole_or_not_at_all)
{
    struct conn_file *file = file_make("0123456789", 10), *none = conn_file_create(-1);
    char got[16] = "";

    cr_expect(conn_file_read(file, 2, got, 5));
    cr_expect_arr_eq(got, "23456", 5);
    cr_expect(conn_file_read(file, 0, got, 10));
    cr_expect(conn_file_read(file, 10, got, 0));
    cr_expect_not(conn_file_read(file, 6, got, 5), "it is shorter");
    cr_expect_not(conn_file_read(file, 11, got, 1));
    cr_assert_not_null(none);
    cr_expect_not(conn_file_read(none, 0, got, 1), "it cannot be read");
    conn_file_put(none);
    conn_file_put(file);
}
