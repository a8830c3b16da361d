#include "process.h"

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

static void add_thread(pid_t pid, const char *thread, struct process_usage *usage)
{
    char what[48], text[4096];

    snprintf(what, sizeof what, "task/%.16s/status", thread);
    if (read_about(pid, what, text, sizeof text)) {
        usage->voluntary += number_after(text, "\nvoluntary_ctxt_switches:");
        usage->involuntary += number_after(text, "\nnonvoluntary_ctxt_switches:");
        usage->threads++;
    }
}

typedef bool visit(pid_t pid, void *context);

static bool walk(pid_t pid, int depth, visit *one, void *context);

static void walk_children(pid_t pid, const char *thread, int depth, visit *one, void *context)
{
    char what[48], text[16384];

    snprintf(what, sizeof what, "task/%.16s/children", thread);
    if (depth == DEPTH_MAX || !read_about(pid, what, text, sizeof text)) {
        return;
    }
    for (char *at = text, *end;; at = end) {
        long child = strtol(at, &end, 10);

        if (end == at) {
            return;
        }
        (void)walk((pid_t)child, depth + 1, one, context); /* it may be gone already */
    }
}

/* Call `one` for the process and its living descendants. */
static bool walk(pid_t pid, int depth, visit *one, void *context)
{
    char tasks[64];
    const struct dirent *entry;

    if (!one(pid, context)) {
        return false;
    }
    snprintf(tasks, sizeof tasks, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(tasks);

    while (folder && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') {
            walk_children(pid, entry->d_name, depth, one, context);
        }
    }
    if (folder) {
        closedir(folder);
    }
    return true;
}

static bool add_process(pid_t pid, void *context)
{
    struct process_usage *usage = context;
    char tasks[64];
    const struct dirent *entry;

    if (!add_cpu(pid, usage)) {
        return false;
    }
    add_rss(pid, usage);
    usage->processes++;
    snprintf(tasks, sizeof tasks, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(tasks);

    while (folder && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') {
            add_thread(pid, entry->d_name, usage);
        }
    }
    if (folder) {
        closedir(folder);
    }
    return true;
}

enum shunt_status process_usage(pid_t pid, struct process_usage *usage)
{
    *usage = (struct process_usage){.processes = 0};
    return walk(pid, 0, add_process, usage) ? SHUNT_OK : SHUNT_ENOTFOUND;
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
    return walk(pid, 0, add_pss, bytes) ? SHUNT_OK : SHUNT_ENOTFOUND;
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
