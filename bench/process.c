#include "process.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A file of /proc/PID as text. */
static bool read_about(pid_t pid, const char *what, char *text, size_t room)
{
    char file[64];

    snprintf(file, sizeof file, "/proc/%d/%s", (int)pid, what);
    int fd = open(file, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    ssize_t len = read(fd, text, room - 1);

    close(fd);
    text[len > 0 ? len : 0] = '\0';
    return len > 0;
}

enum shunt_status process_cpu(pid_t pid, struct process_cpu *cpu)
{
    char text[1024];
    unsigned long user, system;

    if (!read_about(pid, "stat", text, sizeof text)) {
        return SHUNT_ENOTFOUND;
    }
    /* The name in field 2 may hold spaces and brackets: go on behind the last one (proc(5)). */
    const char *behind = strrchr(text, ')');

    if (!behind || sscanf(behind + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                          &system) != 2) {
        return SHUNT_ENOTFOUND;
    }
    uint64_t tick_us = 1000000u / (uint64_t)sysconf(_SC_CLK_TCK);

    *cpu = (struct process_cpu){user * tick_us, system * tick_us};
    return SHUNT_OK;
}

enum shunt_status process_rss(pid_t pid, uint64_t *bytes)
{
    char text[256];
    unsigned long pages;

    if (!read_about(pid, "statm", text, sizeof text) || sscanf(text, "%*u %lu", &pages) != 1) {
        return SHUNT_ENOTFOUND;
    }
    *bytes = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return SHUNT_OK;
}

enum shunt_status process_descriptors(uint64_t needed, char *error, size_t error_size)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        if (limit.rlim_cur >= needed) {
            return SHUNT_OK;
        }
        if (limit.rlim_max >= needed) {
            limit.rlim_cur = needed;
            if (setrlimit(RLIMIT_NOFILE, &limit) == 0) {
                return SHUNT_OK;
            }
        }
    } else {
        limit.rlim_max = 0;
    }
    snprintf(error, error_size,
             "too few descriptors: this process may have %llu (ulimit -Hn) and needs %llu",
             (unsigned long long)limit.rlim_max, (unsigned long long)needed);
    return SHUNT_EFULL;
}
