/* io_send_file. */
#include "conformance/io_fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FILE_BYTES = 5 << 20 };

/* Another byte at each place, as far as a reader could confuse them. */
static uint8_t byte_at(uint64_t offset)
{
    return (uint8_t)(offset * 7 ^ offset >> 8 ^ offset >> 16);
}

/* Unlinked; on a disk where the folder of temporary files is on one. */
static int file_make(size_t len)
{
    char name[] = "/var/tmp/shunt-io-XXXXXX";
    uint8_t *bytes = malloc(len);
    int fd = mkstemp(name);

    cr_assert(bytes && fd >= 0);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = byte_at(i);
    }
    cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
    unlink(name);
    free(bytes);
    return fd;
}

static uint64_t file_hash(uint64_t hash, uint64_t offset, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = byte_at(offset + i);

        hash = fixture_hash(hash, &byte, 1);
    }
    return hash;
}

static void send_file(struct fixture *f, int near, const char *text, struct io_file file)
{
    struct iovec part = {(void *)(uintptr_t)text, strlen(text)};

    io_send_file(f->io, near, &part, part.iov_len > 0, &file);
}

WITH_IO(a_part_of_a_file_goes_out_behind_what_stands_before_it)
{
    int far, near = fixture_pair(f, 1, &far), file = file_make(1000);
    uint8_t back[104];

    send_file(f, near, "head", (struct io_file){file, 300, 100});
    cr_expect_eq(f->users[1].sents, 0, "never inside the call");
    cr_expect(io_send_pending(f->io, near));
    while (f->users[1].sent_bytes < 104) {
        TURN_UNTIL(f, !io_send_pending(f->io, near));
        if (f->users[1].sent_bytes == 0) { /* was to be read first */
            send_file(f, near, "head", (struct io_file){file, 300, 100});
        }
    }
    cr_expect_eq(f->users[1].sent_bytes, 104);
    cr_expect_eq(fixture_read(far, back, 104), 104);
    cr_expect_eq(memcmp(back, "head", 4), 0);
    cr_expect_eq(fixture_hash(FIXTURE_HASH, back + 4, 100), file_hash(FIXTURE_HASH, 300, 100));
    close(file);
    close(far);
}

WITH_IO(a_turn_that_reports_a_file_does_not_sleep_then)
{
    int far, near = fixture_pair(f, 1, &far), file = file_make(1000);
    uint64_t start;

    send_file(f, near, "head", (struct io_file){file, 0, 100});
    start = fixture_now_ms();
    fixture_turn(f, 10000);
    cr_expect_eq(f->users[1].sents, 1);
    cr_expect_lt(fixture_now_ms() - start, 5000);
    close(file);
    close(far);
}

/* Turn until a send has taken something, or failed; once more where it was to be read first. */
static int send_file_result(struct fixture *f, int near, const char *text, struct io_file file)
{
    do {
        send_file(f, near, text, file);
        TURN_UNTIL(f, !io_send_pending(f->io, near));
    } while (f->users[1].sent_result == 0);
    return f->users[1].sent_result;
}

WITH_IO(a_file_that_ends_earlier_is_no_data)
{
    int far, near = fixture_pair(f, 1, &far), file = file_make(1000);

    cr_expect_eq(send_file_result(f, near, "", (struct io_file){file, 900, 500}), 100);
    cr_expect_eq(send_file_result(f, near, "", (struct io_file){file, 1000, 400}), -ENODATA);
    cr_expect_eq(send_file_result(f, near, "head", (struct io_file){file, 1000, 400}), 4);
    cr_expect_eq(send_file_result(f, near, "", (struct io_file){file, UINT32_MAX, 1}), -ENODATA);
    close(file);
    close(far);
}

WITH_IO(a_file_to_a_peer_that_has_gone_fails_without_a_signal)
{
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    int far, near = fixture_pair(f, 1, &far), file = file_make(1000), result;

    cr_assert_neq(signal(SIGPIPE, SIG_DFL), SIG_ERR);
    cr_assert_eq(setsockopt(far, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    close(far);
    for (int i = 0; i < 3; i++) {
        result = send_file_result(f, near, "", (struct io_file){file, 0, 1000});
        cr_expect(result == -EPIPE || result == -ECONNRESET, "%d", result);
    }
    close(file);
}

/* How far a send has come when its descriptor is closed. */
static const struct {
    const char *why;
    bool blocked, cold, turn, reset;
} stages[] = {
    {"sent and not yet reported", false, false, false, false},
    {"the same, by a reset", false, false, false, true},
    {"waits for room", true, false, true, false},
    {"the same, by a reset", true, false, true, true},
    {"waits for a disk", false, true, false, false},
    {"the same, a turn later", false, true, true, true},
};

static void close_at(struct fixture *f, size_t stage, int file)
{
    struct io_file part = {file, 0, FILE_BYTES};
    int far, near = fixture_pair(f, 1, &far);

    f->users[1].sents = 0;
    if (stages[stage].cold) {
        (void)fsync(file);
        (void)posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    }
    send_file(f, near, "", part);
    while (stages[stage].blocked && f->users[1].sents < 100 &&
           !(fixture_idle(f), io_send_pending(f->io, near))) {
        send_file(f, near, "", part);
    }
    f->users[1].sents = 0;
    if (stages[stage].turn) {
        fixture_turn(f, 0);
    }
    if (f->users[1].sents == 0) {
        cr_expect(io_send_pending(f->io, near), "%s", stages[stage].why);
        io_close(f->io, near, stages[stage].reset);
        TURN_UNTIL(f, f->users[1].sents == 1);
        fixture_idle(f);
        cr_expect_eq(f->users[1].sents, 1, "%s", stages[stage].why);
    } else { /* a disk that is faster than a turn */
        io_close(f->io, near, stages[stage].reset);
        fixture_idle(f);
    }
    close(far);
}

IO_TEST(a_close_is_after_what_is_pending_of_a_file_and_reported_once)
{
    unsigned before = fixture_descriptors();

    for (size_t stage = 0; stage < sizeof stages / sizeof *stages; stage++) {
        struct fixture f;
        int file = file_make(FILE_BYTES);

        fixture_open(&f, backend, NULL);
        close_at(&f, stage, file);
        fixture_close(&f);
        close(file);
    }
    cr_expect_eq(fixture_descriptors(), before);
}

/* ---- every byte, in order, whatever the sizes ---- */

enum { STREAMS = 6, PIECES = 12 };

struct piece {
    char text[8]; /* "" or what stands before the file */
    uint64_t offset, len;
};

struct stream {
    struct piece pieces[PIECES];
    unsigned at;
    uint64_t sent, total, got, hash, expected;
    int near, far;
    size_t read_most;
};

static uint64_t rng;

static uint64_t chance(uint64_t most)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng % most;
}

static void stream_plan(struct stream *s)
{
    static const uint64_t sizes[] = {1, 2, 100, 4095, 4096, 4097, 65537, 300000, 900000};

    s->hash = s->expected = FIXTURE_HASH;
    for (unsigned i = 0; i < PIECES; i++) {
        struct piece *piece = &s->pieces[i];

        memset(piece->text, 0, sizeof piece->text);
        memset(piece->text, 'a' + (int)i % 26, chance(sizeof piece->text));
        piece->len = 1 + chance(sizes[chance(sizeof sizes / sizeof *sizes)]);
        piece->offset = chance(FILE_BYTES - piece->len + 1);
        s->expected = fixture_hash(s->expected, piece->text, strlen(piece->text));
        s->expected = file_hash(s->expected, piece->offset, piece->len);
        s->total += strlen(piece->text) + piece->len;
    }
}

static void stream_open(struct fixture *f, unsigned i, struct stream *s)
{
    int size = chance(2) ? 16384 : 1 << 18;

    *s = (struct stream){.read_most = 1 + chance(chance(2) ? 20000 : 200000)};
    stream_plan(s);
    s->near = fixture_pair(f, i + 1, &s->far);
    (void)setsockopt(s->near, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    (void)setsockopt(s->far, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

/* Start what is left of the piece that is due. */
static void stream_send(struct fixture *f, struct stream *s)
{
    struct piece *piece = &s->pieces[s->at];
    size_t text_len = strlen(piece->text);
    uint64_t done = s->sent;
    struct iovec part = {piece->text + done, done < text_len ? text_len - done : 0};
    uint64_t skip = done > text_len ? done - text_len : 0;
    struct io_file file = {*(int *)f->data, piece->offset + skip, piece->len - skip};

    io_send_file(f->io, s->near, &part, part.iov_len > 0, &file);
}

static void stream_sent(struct stream *s, int result)
{
    cr_assert_geq(result, 0);
    s->sent += (uint64_t)result;
    if (s->sent == strlen(s->pieces[s->at].text) + s->pieces[s->at].len) {
        s->at++;
        s->sent = 0;
    }
}

static struct stream streams[STREAMS];

static void on_sent(struct fixture *f, uint64_t user, int result)
{
    (void)f;
    stream_sent(&streams[user - 1], result);
}

static void stream_read(struct stream *s)
{
    static uint8_t bytes[200000];
    ssize_t got;

    while ((got = recv(s->far, bytes, s->read_most, MSG_DONTWAIT)) > 0) {
        s->got += (uint64_t)got;
        s->hash = fixture_hash(s->hash, bytes, (size_t)got);
    }
}

/* One round: each stream's next send, a turn, and a read of those that read this time. */
static bool streams_go_on(struct fixture *f)
{
    bool left = false;

    for (unsigned i = 0; i < STREAMS; i++) {
        struct stream *s = &streams[i];

        if (s->at < PIECES && !io_send_pending(f->io, s->near)) {
            stream_send(f, s);
        }
    }
    fixture_turn(f, 0);
    for (unsigned i = 0; i < STREAMS; i++) {
        if (chance(3)) {
            stream_read(&streams[i]);
        }
        left |= streams[i].got < streams[i].total;
    }
    return left;
}

/* Some of it has left the page cache, in odd places. */
static void make_cold(int file)
{
    (void)fsync(file);
    for (int i = 0; i < 5; i++) {
        (void)posix_fadvise(file, (off_t)chance(FILE_BYTES), (off_t)chance(FILE_BYTES / 2),
                            POSIX_FADV_DONTNEED);
    }
}

IO_TEST(every_byte_of_files_and_what_stands_between_comes_in_order)
{
    const char *given = getenv("SHUNT_BYTES_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : fixture_now_ms() | 1, end;
    int file = file_make(FILE_BYTES);
    struct fixture f;

    rng = seed * 2654435761u | 1;
    fixture_open(&f, backend, NULL);
    f.data = &file;
    f.on_sent = on_sent;
    for (unsigned i = 0; i < STREAMS; i++) {
        stream_open(&f, i, &streams[i]);
    }
    make_cold(file);
    for (end = fixture_now_ms() + 40000; streams_go_on(&f) && fixture_now_ms() < end;) {
    }
    for (unsigned i = 0; i < STREAMS; i++) {
        cr_expect_eq(streams[i].got, streams[i].total, "seed %lu", (unsigned long)seed);
        cr_expect_eq(streams[i].hash, streams[i].expected, "seed %lu", (unsigned long)seed);
        close(streams[i].far);
    }
    fixture_close(&f);
    close(file);
}
