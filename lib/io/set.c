#include "io/set.h"

#include <sys/epoll.h>

enum shunt_status io_set_create(int *set)
{
    *set = epoll_create1(EPOLL_CLOEXEC);
    return *set >= 0 ? SHUNT_OK : SHUNT_ESYS;
}

enum shunt_status io_set_change(int set, int fd, unsigned before, unsigned events, uint64_t name)
{
    struct epoll_event event = {
        .events = (events & IO_SET_READABLE ? EPOLLIN | EPOLLRDHUP : 0u) |
                  (events & IO_SET_WRITABLE ? EPOLLOUT : 0u),
        .data.u64 = name,
    };
    int operation = before == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;

    if (events == before) {
        return SHUNT_OK;
    }
    return epoll_ctl(set, operation, fd, &event) == 0 ? SHUNT_OK : SHUNT_ESYS;
}

int io_set_ready(int set, struct io_set_event *ready, int most)
{
    struct epoll_event events[IO_SET_EVENTS];
    int count = epoll_wait(set, events, most, 0);

    for (int i = 0; i < count; i++) {
        uint32_t seen = events[i].events;

        ready[i].name = events[i].data.u64;
        ready[i].events =
            (seen & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP) ? IO_SET_READABLE : 0u) |
            (seen & (EPOLLOUT | EPOLLERR | EPOLLHUP) ? IO_SET_WRITABLE : 0u);
    }
    return count > 0 ? count : 0;
}
