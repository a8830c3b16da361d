/*
 * A period of 5 ms keeps the pauses short against the latencies that are measured. The kernel takes
 * no quota under 1 ms, so small shares get a longer period.
 */
#include "compare/quota.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_US    5000.0
#define QUOTA_US_MIN 1000.0
#define PATH_BYTES   512

#define DESTROY_TRIES    100
#define DESTROY_PAUSE_NS 10000000

struct place {
    char mount[PATH_BYTES]; /* where the hierarchy is mounted */
    int version;
};

/* "rw,cpu,cpuacct" has "cpu". */
static bool list_has(const char *list, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, len) == 0 && strchr(", \n", at[len])) {
            return true;
        }
    }
    return false;
}

/* Version 1 has a hierarchy for each controller; where it has none for cpu, version 2 may. */
static bool find_mount(const char *root, struct place *place)
{
    char file[PATH_BYTES], line[2048], mount[PATH_BYTES], type[32], options[512];
    bool found = false;

    snprintf(file, sizeof file, "%s/proc/self/mountinfo", root);
    FILE *in = fopen(file, "re");

    while (in && fgets(line, sizeof line, in)) {
        const char *behind = strstr(line, " - ");

        if (!behind || sscanf(line, "%*s %*s %*s %*s %511s", mount) != 1 ||
            sscanf(behind, " - %31s %*s %511s", type, options) != 2) {
            continue;
        }
        bool first = strcmp(type, "cgroup") == 0 && list_has(options, "cpu");

        if (first || (strcmp(type, "cgroup2") == 0 && !found)) {
            snprintf(place->mount, sizeof place->mount, "%s", mount);
            place->version = first ? 1 : 2;
            found = true;
        }
        if (first) {
            break;
        }
    }
    if (in) {
        fclose(in);
    }
    return found;
}

/* This process's own group in the hierarchy, "" for its root. proc(5): "4:cpu,cpuacct:/a/b", and of
 * version 2 "0::/a/b". */
static void own_group(const char *root, int version, char *group, size_t room)
{
    char file[PATH_BYTES], line[2048];

    group[0] = '\0';
    snprintf(file, sizeof file, "%s/proc/self/cgroup", root);
    FILE *in = fopen(file, "re");

    while (in && fgets(line, sizeof line, in)) {
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;

        if (!path) {
            continue;
        }
        *path++ = '\0';
        path[strcspn(path, "\n")] = '\0';
        bool ours = version == 2 ? controllers[1] == '\0' : list_has(controllers + 1, "cpu");

        if (ours) {
            snprintf(group, room, "%s", strcmp(path, "/") == 0 ? "" : path);
            break;
        }
    }
    if (in) {
        fclose(in);
    }
}

static int write_file(const char *folder, const char *name, const char *text)
{
    char file[PATH_BYTES + 64];

    snprintf(file, sizeof file, "%s/%s", folder, name);
    int fd = open(file, O_WRONLY | O_CLOEXEC);

    if (fd < 0) {
        return -1;
    }
    ssize_t written = write(fd, text, strlen(text));
    int error = errno;

    close(fd);
    errno = error;
    return written == (ssize_t)strlen(text) ? 0 : -1;
}

static int set_share(const struct quota *quota)
{
    double share = quota->share, quota_us = share * PERIOD_US, period_us = PERIOD_US;
    char text[64];

    if (quota_us < QUOTA_US_MIN) {
        quota_us = QUOTA_US_MIN;
        period_us = QUOTA_US_MIN / share;
    }
    if (quota->version == 2) {
        snprintf(text, sizeof text, "%.0f %.0f", quota_us, period_us);
        return write_file(quota->folder, "cpu.max", text);
    }
    snprintf(text, sizeof text, "%.0f", period_us);
    if (write_file(quota->folder, "cpu.cfs_period_us", text) != 0) {
        return -1;
    }
    snprintf(text, sizeof text, "%.0f", quota_us);
    return write_file(quota->folder, "cpu.cfs_quota_us", text);
}

/* A container may see a group's name whose folder is outside of what is mounted for it. */
static void choose_parent(const char *root, const struct place *place, char *parent, size_t room)
{
    char group[PATH_BYTES];

    own_group(root, place->version, group, sizeof group);
    snprintf(parent, room, "%s%s%s", root, place->mount, group);
    if (access(parent, F_OK) != 0) {
        snprintf(parent, room, "%s%s", root, place->mount);
    }
}

/* The group below `parent`, with its share set. */
static bool make_group(const char *parent, struct quota *quota, char *error, size_t error_size)
{
    /* It is no failure that the parent hands the controller down already. */
    if (quota->version == 2) {
        (void)write_file(parent, "cgroup.subtree_control", "+cpu");
    }
    int len =
        snprintf(quota->folder, sizeof quota->folder, "%s/shunt-bench-%d", parent, (int)getpid());

    if (len < 0 || (size_t)len >= sizeof quota->folder) {
        quota->folder[0] = '\0';
        snprintf(error, error_size, "%s: the path is too long", parent);
        return false;
    }
    snprintf(quota->procs, sizeof quota->procs, "%s/cgroup.procs", quota->folder);
    if (mkdir(quota->folder, 0755) != 0 && errno != EEXIST) {
        snprintf(error, error_size, "%s: %s", quota->folder, strerror(errno));
        quota->folder[0] = '\0';
        return false;
    }
    if (set_share(quota) != 0) {
        snprintf(error, error_size, "%s: %s%s", quota->folder, strerror(errno),
                 quota->version == 2 ? " (does the parent group hand down the cpu controller?)"
                                     : "");
        quota_destroy(quota);
        return false;
    }
    return true;
}

enum shunt_status quota_create_below(const char *root, double share, struct quota *quota,
                                     char *error, size_t error_size)
{
    struct place place;
    char parent[PATH_BYTES * 2], unused[PATH_BYTES];

    *quota = (struct quota){.share = share};
    if (!find_mount(root, &place)) {
        snprintf(error, error_size, "no cgroup hierarchy with the cpu controller is mounted");
        return SHUNT_ENOTSUP;
    }
    choose_parent(root, &place, parent, sizeof parent);
    quota->version = place.version;
    if (make_group(parent, quota, error, error_size)) {
        return SHUNT_OK;
    }
    /* A group of version 2 that holds processes, as this one's does, hands no controller down; only
     * the root may. So go up: a session's parent is a slice, which holds none. */
    size_t top = strlen(root) + strlen(place.mount);

    while (place.version == 2 && strlen(parent) > top) {
        *strrchr(parent, '/') = '\0';
        if (make_group(parent, quota, unused, sizeof unused)) {
            return SHUNT_OK;
        }
    }
    return SHUNT_ENOTSUP;
}

enum shunt_status quota_create(double share, struct quota *quota, char *error, size_t error_size)
{
    return quota_create_below("", share, quota, error, error_size);
}

int quota_enter(const struct quota *quota)
{
    int fd = open(quota->procs, O_WRONLY | O_CLOEXEC);

    if (fd < 0) {
        return -1;
    }
    /* 0 is whoever writes. */
    int result = write(fd, "0", 1) == 1 ? 0 : -1;

    close(fd);
    return result;
}

bool quota_stat(const struct quota *quota, struct quota_stat *stat)
{
    char file[PATH_BYTES + 64], line[128];
    unsigned long long periods = 0, throttled = 0, us = 0, ns = 0;
    int found = 0;

    snprintf(file, sizeof file, "%s/cpu.stat", quota->folder);
    FILE *in = quota->folder[0] ? fopen(file, "re") : NULL;

    while (in && fgets(line, sizeof line, in)) {
        found += sscanf(line, "nr_periods %llu", &periods) == 1;
        found += sscanf(line, "nr_throttled %llu", &throttled) == 1;
        found += sscanf(line, "throttled_usec %llu", &us) == 1; /* version 2 */
        found += sscanf(line, "throttled_time %llu", &ns) == 1; /* version 1 */
    }
    if (in) {
        fclose(in);
    }
    *stat = (struct quota_stat){periods, throttled, us + ns / 1000};
    return found == 3;
}

void quota_destroy(struct quota *quota)
{
    /* A process that was killed may still be ending. */
    for (int i = 0; quota->folder[0] && rmdir(quota->folder) != 0 && errno == EBUSY; i++) {
        if (i == DESTROY_TRIES) {
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = DESTROY_PAUSE_NS}, NULL);
    }
    quota->folder[0] = '\0';
}
