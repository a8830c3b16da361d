#include "observe/system_calls.h"

#include "observe/process.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRACEPOINT "events/raw_syscalls/sys_enter/id"

struct system_calls {
    size_t count;
    int counters[SYSTEM_CALLS_THREADS_MAX];
};

struct opening {
    struct system_calls *calls;
    struct perf_event_attr attributes;
    int failed; /* errno of the first counter that was refused, 0: none was */
};

/* The folder that shows tracefs, by its newer name or its older one, which mounts it when asked. */
static bool find_folder(const char *root, char *folder, size_t folder_size)
{
    static const char *const names[] = {"sys/kernel/tracing", "sys/kernel/debug/tracing"};
    char events[512];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(folder, folder_size, "%s/%s", root, names[i]);
        snprintf(events, sizeof events, "%s/events", folder);
        if (access(events, F_OK) == 0 || errno == EACCES) {
            return true;
        }
    }
    return false;
}

static enum shunt_status read_id(const char *root, uint64_t *id, struct error *why)
{
    char folder[256], file[512], text[32] = "";

    if (!find_folder(root, folder, sizeof folder)) {
        return error_set(why, SHUNT_ENOTSUP, "tracefs is not mounted");
    }
    snprintf(file, sizeof file, "%s/" TRACEPOINT, folder);
    int fd = open(file, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        if (errno == ENOENT) {
            error_set(why, SHUNT_ENOTSUP, "this kernel has no tracepoint raw_syscalls:sys_enter");
        } else {
            error_set(why, SHUNT_ENOTSUP, "%s may not be read: %s", folder, strerror(errno));
        }
        return SHUNT_ENOTSUP;
    }
    ssize_t len = read(fd, text, sizeof text - 1);

    close(fd);
    *id = len > 0 ? strtoull(text, NULL, 10) : 0;
    if (*id == 0) {
        return error_set(why, SHUNT_ENOTSUP, "%s holds no number", file);
    }
    return SHUNT_OK;
}

static void open_counter(pid_t thread, void *context)
{
    struct opening *opening = context;
    struct system_calls *calls = opening->calls;

    if (opening->failed) {
        return;
    }
    if (calls->count == SYSTEM_CALLS_THREADS_MAX) {
        opening->failed = EMFILE;
        return;
    }
    int fd = (int)syscall(SYS_perf_event_open, &opening->attributes, thread, -1, -1,
                          PERF_FLAG_FD_CLOEXEC);

    if (fd >= 0) {
        calls->counters[calls->count++] = fd;
    } else if (errno != ESRCH) { /* that: it has ended since it was listed */
        opening->failed = errno;
    }
}

static enum shunt_status explain(int error, struct error *why)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return error_set(
            why, SHUNT_ENOTSUP,
            "perf_event_open is not permitted: it needs root or CAP_PERFMON, and a seccomp "
            "profile that lets it through");
    case EMFILE:
    case ENFILE:
        return error_set(why, SHUNT_EFULL,
                         "the server has more threads than there are descriptors for "
                         "(each takes one)");
    default:
        return error_set(why, SHUNT_ENOTSUP, "perf_event_open: %s", strerror(error));
    }
}

enum shunt_status system_calls_open_below(const char *root, pid_t pid, struct system_calls **calls,
                                          struct error *why)
{
    /* inherit: what a counted thread starts is added to its counter. */
    struct opening opening = {.attributes = {.type = PERF_TYPE_TRACEPOINT,
                                             .size = sizeof opening.attributes,
                                             .inherit = 1}};
    uint64_t id = 0;
    enum shunt_status status = read_id(root, &id, why);

    if (status != SHUNT_OK) {
        return status;
    }
    opening.attributes.config = id;
    opening.calls = calloc(1, sizeof *opening.calls);
    if (!opening.calls) {
        return error_set(why, SHUNT_ENOMEM, "no memory");
    }
    process_each_thread(pid, open_counter, &opening);
    if (opening.failed) {
        status = explain(opening.failed, why);
    } else if (opening.calls->count == 0) {
        status = error_set(why, SHUNT_ENOTFOUND, "no such process");
    }
    if (status != SHUNT_OK) {
        system_calls_close(opening.calls);
        return status;
    }
    *calls = opening.calls;
    return SHUNT_OK;
}

enum shunt_status system_calls_open(pid_t pid, struct system_calls **calls, struct error *why)
{
    return system_calls_open_below("", pid, calls, why);
}

uint64_t system_calls_count(const struct system_calls *calls)
{
    uint64_t sum = 0, one;

    for (size_t i = 0; calls && i < calls->count; i++) {
        if (read(calls->counters[i], &one, sizeof one) == (ssize_t)sizeof one) {
            sum += one;
        }
    }
    return sum;
}

void system_calls_close(struct system_calls *calls)
{
    for (size_t i = 0; calls && i < calls->count; i++) {
        close(calls->counters[i]);
    }
    free(calls);
}
