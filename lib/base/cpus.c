/*
 * In a container with a cgroup namespace the membership is "/" and the mount shows the
 * container's own group as its root. Without one it names a host path that may not exist below the
 * mount; walking up from it ends at the root, which is right in both cases.
 */
#include "base/cpus.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CPUS_MAX 65536 /* the kernel's own limit is 8192 today */

/* The thread's mask, to be freed with CPU_FREE; NULL with errno. */
static cpu_set_t *mask_read(size_t *size)
{
    for (int cpus = 1024; cpus <= CPUS_MAX; cpus *= 2) {
        cpu_set_t *mask = CPU_ALLOC((size_t)cpus);

        if (!mask) {
            return NULL;
        }
        *size = CPU_ALLOC_SIZE((size_t)cpus);
        if (sched_getaffinity(0, *size, mask) == 0) {
            return mask;
        }
        CPU_FREE(mask);
        if (errno != EINVAL) { /* EINVAL: the kernel's mask is longer */
            return NULL;
        }
    }
    return NULL;
}

unsigned cpus_allowed(void)
{
    size_t size;
    cpu_set_t *mask = mask_read(&size);

    if (!mask) {
        return 1;
    }
    int count = CPU_COUNT_S(size, mask);

    CPU_FREE(mask);
    return count > 0 ? (unsigned)count : 1;
}

unsigned cpus_usable(void)
{
    unsigned allowed = cpus_allowed(), quota = cpus_quota_own();

    return quota && quota < allowed ? quota : allowed;
}

bool cpus_pin_pays(unsigned threads)
{
    return threads == cpus_allowed() && cpus_quota_own() == 0;
}

unsigned cpus_quota_own(void)
{
    return cpus_quota("/proc/self/cgroup", "/sys/fs/cgroup");
}

enum shunt_status cpus_pin(unsigned n)
{
    size_t size;
    cpu_set_t *mask = mask_read(&size);

    if (!mask) {
        return SHUNT_ESYS;
    }
    unsigned left = n % (unsigned)CPU_COUNT_S(size, mask);
    size_t cpu = 0;

    while (!CPU_ISSET_S(cpu, size, mask) || left-- > 0) {
        cpu++;
    }
    CPU_ZERO_S(size, mask);
    CPU_SET_S(cpu, size, mask);
    int result = sched_setaffinity(0, size, mask);

    CPU_FREE(mask);
    return result == 0 ? SHUNT_OK : SHUNT_ESYS;
}

/* Read up to two numbers of a small file: how many there were. "max" is none. */
static int read_numbers(const char *file, long long *first, long long *second)
{
    FILE *in = fopen(file, "re");

    if (!in) {
        return 0;
    }
    int got = fscanf(in, "%lld %lld", first, second);

    fclose(in);
    return got > 0 ? got : 0;
}

static unsigned whole_cpus(long long quota_us, long long period_us)
{
    if (quota_us <= 0 || period_us <= 0) {
        return 0;
    }
    long long cpus = (quota_us + period_us - 1) / period_us;

    return cpus > UINT_MAX ? UINT_MAX : (unsigned)cpus;
}

static unsigned quota_of(const char *folder, bool version_2)
{
    char file[PATH_MAX];
    long long quota = 0, period = 0, rest;

    if (version_2) {
        if (snprintf(file, sizeof file, "%s/cpu.max", folder) >= (int)sizeof file ||
            read_numbers(file, &quota, &period) != 2) {
            return 0;
        }
        return whole_cpus(quota, period);
    }
    if (snprintf(file, sizeof file, "%s/cpu.cfs_quota_us", folder) >= (int)sizeof file ||
        read_numbers(file, &quota, &rest) < 1 ||
        snprintf(file, sizeof file, "%s/cpu.cfs_period_us", folder) >= (int)sizeof file ||
        read_numbers(file, &period, &rest) < 1) {
        return 0;
    }
    return whole_cpus(quota, period);
}

/* The tightest quota from mount/path up to mount. `path` is cut on the way. */
static unsigned quota_upwards(const char *mount, char *path, bool version_2)
{
    unsigned tightest = 0;

    for (;;) {
        char folder[PATH_MAX];

        if (snprintf(folder, sizeof folder, "%s%s", mount, path) < (int)sizeof folder) {
            unsigned here = quota_of(folder, version_2);

            if (here && (!tightest || here < tightest)) {
                tightest = here;
            }
        }
        char *slash = strrchr(path, '/');

        if (!slash) {
            return tightest;
        }
        *slash = '\0';
    }
}

static bool lists_cpu(const char *controllers)
{
    for (const char *at = controllers; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, "cpu", 3) == 0 && (at[3] == ',' || at[3] == '\0')) {
            return true;
        }
    }
    return false;
}

/* "cpu" by custom, also where the mount itself is called "cpu,cpuacct". */
static bool cpu_mount(const char *root, const char *controllers, char *mount, size_t room)
{
    if (snprintf(mount, room, "%s/cpu", root) < (int)room && access(mount, X_OK) == 0) {
        return true;
    }
    return snprintf(mount, room, "%s/%s", root, controllers) < (int)room;
}

/* One line "ID:CONTROLLERS:PATH"; no controllers is version 2 (cgroups(7)). */
static unsigned quota_of_line(char *line, const char *root)
{
    char mount[PATH_MAX];
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;

    if (!path) {
        return 0;
    }
    *controllers++ = '\0';
    *path++ = '\0';
    path[strcspn(path, "\n")] = '\0';
    if (*controllers == '\0') {
        return quota_upwards(root, path, true);
    }
    if (!lists_cpu(controllers) || !cpu_mount(root, controllers, mount, sizeof mount)) {
        return 0;
    }
    return quota_upwards(mount, path, false);
}

unsigned cpus_quota(const char *membership, const char *root)
{
    FILE *in = fopen(membership, "re");
    char *line = NULL;
    size_t room = 0;
    unsigned tightest = 0;

    if (!in) {
        return 0;
    }
    while (getline(&line, &room, in) > 0) {
        unsigned here = quota_of_line(line, root);

        if (here && (!tightest || here < tightest)) {
            tightest = here;
        }
    }
    free(line);
    fclose(in);
    return tightest;
}
