#include "observe/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Deeper families than this are not servers. */
#define DEPTH_MAX 8

/* A file below /proc/PID as text. */
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

static bool add_cpu(pid_t pid, struct process_usage *usage)
{
    char text[1024];
    unsigned long user, system;

    if (!read_about(pid, "stat", text, sizeof text)) {
        return false;
    }
    /* The name in field 2 may hold spaces and brackets: go on behind the last one (proc(5)). */
    const char *behind = strrchr(text, ')');

    if (!behind || sscanf(behind + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                          &system) != 2) {
        return false;
    }
    uint64_t tick_us = 1000000u / (uint64_t)sysconf(_SC_CLK_TCK);

    usage->user_us += user * tick_us;
    usage->system_us += system * tick_us;
    return true;
}

static void add_rss(pid_t pid, struct process_usage *usage)
{
    char text[256];
    unsigned long pages;

    if (read_about(pid, "statm", text, sizeof text) && sscanf(text, "%*u %lu", &pages) == 1) {
        usage->rss_bytes += (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
    }
}

/* The number behind `name` in a file of "name: number" lines. */
static uint64_t number_after(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static void add_thread(pid_t thread, void *context)
{
    struct process_usage *usage = context;
    char text[4096];

    if (read_about(thread, "status", text, sizeof text)) {
        usage->voluntary += number_after(text, "\nvoluntary_ctxt_switches:");
        usage->involuntary += number_after(text, "\nnonvoluntary_ctxt_switches:");
        usage->threads++;
    }
}

/* Call `one` for the threads of one process. */
static void each_thread(pid_t pid, void (*one)(pid_t thread, void *context), void *context)
{
    char tasks[64];
    const struct dirent *entry;

    snprintf(tasks, sizeof tasks, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(tasks);

    while (folder && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') {
            one((pid_t)strtol(entry->d_name, NULL, 10), context);
        }
    }
    if (folder) {
        closedir(folder);
    }
}

typedef bool visit(pid_t pid, void *context);

struct family {
    int depth;
    visit *one;
    void *context;
};

static bool walk(pid_t pid, const struct family *family);

/* The children that one thread of the process has started. */
static void walk_children(pid_t thread, void *context)
{
    const struct family *family = context;
    struct family younger = {family->depth + 1, family->one, family->context};
    char what[48], text[16384];

    snprintf(what, sizeof what, "task/%d/children", (int)thread);
    if (family->depth == DEPTH_MAX || !read_about(thread, what, text, sizeof text)) {
        return;
    }
    for (char *at = text, *end;; at = end) {
        long child = strtol(at, &end, 10);

        if (end == at) {
            return;
        }
        (void)walk((pid_t)child, &younger); /* it may be gone already */
    }
}

/* Call `one` for the process and its living descendants. */
static bool walk(pid_t pid, const struct family *family)
{
    struct family copy = *family;

    if (!family->one(pid, family->context)) {
        return false;
    }
    each_thread(pid, walk_children, &copy);
    return true;
}

static bool add_process(pid_t pid, void *context)
{
    struct process_usage *usage = context;

    if (!add_cpu(pid, usage)) {
        return false;
    }
    add_rss(pid, usage);
    usage->processes++;
    each_thread(pid, add_thread, usage);
    return true;
}

enum shunt_status process_usage(pid_t pid, struct process_usage *usage)
{
    *usage = (struct process_usage){.processes = 0};
    return walk(pid, &(struct family){0, add_process, usage}) ? SHUNT_OK : SHUNT_ENOTFOUND;
}

/* Descendants may have ended in between: less than nothing is nothing. */
static uint64_t less(uint64_t later, uint64_t earlier)
{
    return later > earlier ? later - earlier : 0;
}

struct process_usage process_usage_since(const struct process_usage *later,
                                         const struct process_usage *earlier)
{
    struct process_usage since = *later;

    since.user_us = less(later->user_us, earlier->user_us);
    since.system_us = less(later->system_us, earlier->system_us);
    since.voluntary = less(later->voluntary, earlier->voluntary);
    since.involuntary = less(later->involuntary, earlier->involuntary);
    return since;
}

static bool add_pss(pid_t pid, void *context)
{
    uint64_t *bytes = context;
    char text[4096];

    if (!read_about(pid, "smaps_rollup", text, sizeof text) || !strstr(text, "\nPss:")) {
        return false;
    }
    *bytes += number_after(text, "\nPss:") * 1024;
    return true;
}

enum shunt_status process_pss(pid_t pid, uint64_t *bytes)
{
    *bytes = 0;
    return walk(pid, &(struct family){0, add_pss, bytes}) ? SHUNT_OK : SHUNT_ENOTFOUND;
}

/* What process_each_thread() asks for. */
struct threads {
    void (*one)(pid_t thread, void *context);
    void *context;
};

static bool visit_threads(pid_t pid, void *context)
{
    const struct threads *threads = context;

    each_thread(pid, threads->one, threads->context);
    return true;
}

void process_each_thread(pid_t pid, void (*one)(pid_t thread, void *context), void *context)
{
    struct threads threads = {one, context};

    (void)walk(pid, &(struct family){0, visit_threads, &threads});
}

enum shunt_status process_descriptors(uint64_t needed, struct error *error)
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
    return error_set(error, SHUNT_EFULL,
                     "too few descriptors: this process may have %llu (ulimit -Hn) and needs %llu",
                     (unsigned long long)limit.rlim_max, (unsigned long long)needed);
}
