/* A listener that several loops share wakes one of them, and not all (EPOLLEXCLUSIVE). */
#include "io/epoll.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>

static void accepted(void *context, uint64_t listener, int fd)
{
    (void)context, (void)listener, (void)fd;
}

/* What a loop waits for on `fd`: bits of struct epoll_event.events, as the kernel shows them. */
static unsigned events_of(const struct io *io, int fd)
{
    char file[64], line[256];
    unsigned found = 0, events;
    FILE *in;
    int one;

    snprintf(file, sizeof file, "/proc/self/fdinfo/%d", ((const struct epoll *)io)->fd);
    in = fopen(file, "re");
    cr_assert_not_null(in);
    while (fgets(line, sizeof line, in)) {
        if (sscanf(line, "tfd: %d events: %x", &one, &events) == 2 && one == fd) {
            found = events;
        }
    }
    fclose(in);
    return found;
}

Test(io_epoll_shared, waits_for_a_shared_listener_exclusively_and_for_its_own_alone_does_not)
{
    const struct io_options options = {.backend = IO_EPOLL};
    const struct io_handler handler = {.accepted = accepted};
    struct io *io;

    cr_assert_eq(io_create(&options, &handler, NULL, &io, NULL), SHUNT_OK);
    for (unsigned shared = 0; shared < 2; shared++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        unsigned events;

        cr_assert_eq(io_add(io, fd, 0), SHUNT_OK);
        cr_assert_eq(io_accept(io, fd, shared), SHUNT_OK);
        events = events_of(io, fd);
        cr_expect(events & EPOLLIN);
        cr_expect_eq((events & EPOLLEXCLUSIVE) != 0, shared == 1, "%x", events);
    }
    io_destroy(io);
}
