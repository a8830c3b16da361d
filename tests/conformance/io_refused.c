/* Waits that the kernel refuses. */
#include "conformance/io_fixture.h"
#include "conformance/kernel.h"

#include <unistd.h>

WITH_IO(a_wait_refused_once_or_twice_is_felt_by_nobody)
{
    int near, far;

    near = fixture_pair(f, 1, &far);
    io_receive(f->io, near, true);
    fixture_send(f, near, "out");
    kernel_wait_refuse(2, EBADR);
    fixture_turn(f, 0);
    cr_expect_eq(io_refusal(f->io), EBADR);
    fixture_write(far, "in", 2);
    TURN_UNTIL(f, f->users[1].bytes == 2 && f->users[1].sents == 1);
    cr_expect_eq(io_counters(f->io)->refusals, 2);
    kernel_wait_refuse(2, EBADR);
    fixture_write(far, "more", 4);
    TURN_UNTIL(f, f->users[1].bytes == 6);
    cr_expect_eq(f->users[1].lasts, 0);
    close(far);
}

IO_TEST(an_io_that_is_refused_again_and_again_is_lost_and_lets_go_of_everything)
{
    enum { PAIRS = 100 };
    /* The submission queue is small: closing must not wait for a ring that takes nothing. */
    const struct io_options options = {.sq_entries = 8, .cq_entries = 1024};
    unsigned before = fixture_descriptors();
    int near[PAIRS], far[PAIRS];
    struct fixture f;
    char byte;

    fixture_open(&f, backend, &options);
    for (unsigned i = 0; i < PAIRS; i++) {
        near[i] = fixture_pair(&f, i, &far[i]);
        io_receive(f.io, near[i], true);
    }
    fixture_turn(&f, 0);
    kernel_rings_break();
    kernel_wait_refuse(3, EBADF);
    for (unsigned i = 0; i < 2; i++) {
        cr_expect_eq(io_turn(f.io, 0), SHUNT_OK);
    }
    cr_expect_eq(io_turn(f.io, 0), SHUNT_ESYS);
    cr_expect_eq(io_turn(f.io, 0), SHUNT_ESYS, "for good");
    for (unsigned i = 0; i < PAIRS; i++) {
        fixture_send(&f, near[i], "into the void");
        io_close(f.io, near[i], i % 2);
    }
    fixture_close(&f);
    for (unsigned i = 0; i < PAIRS; i++) {
        ssize_t got;

        while ((got = fixture_read(far[i], &byte, 1)) == 1) {
        }
        cr_expect(got == 0 || got == -ECONNRESET, "pair %u: %zd", i, got);
        close(far[i]);
    }
    cr_expect_eq(fixture_descriptors(), before);
}

Test(io_uring, a_dropped_completion_loses_the_ring, .timeout = 60)
{
    struct fixture f;

    if (!fixture_uring_permitted()) {
        cr_skip_test("io_uring is not available here");
    }
    fixture_open(&f, IO_URING, NULL);
    kernel_completion_drop();
    cr_expect_eq(io_turn(f.io, 0), SHUNT_ESYS, "whose it was, nobody knows");
    cr_expect_eq(io_refusal(f.io), EBADR);
    fixture_close(&f);
}
